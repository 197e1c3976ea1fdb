package storetest

import (
	"context"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// visible lists the subscriptions that callers see, of two groups and none, of levels whose numbers are
// ordered as integers, and of accounts with levels. Then levels get other numbers, accounts other levels, and subscriptions another account.
func visible(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, &catalogue.Group{ID: "g1", Name: "Caf\u00e9"}, &catalogue.Group{ID: "g2", Name: "Second"},
		&catalogue.PrivacyLevel{ID: "p9", Number: "9"}, &catalogue.PrivacyLevel{ID: "p10", Number: "010"},
		&catalogue.PrivacyLevel{ID: "px", Number: "1x"}, &catalogue.PrivacyLevel{ID: "long", Number: "1" + strings.Repeat("0", 18)})
	create(t, store, by, &account.Account{ID: "ha", Number: "HA", Name: "Hidden", PrivacyLevel: "p10"}, &account.Account{ID: "hx", Number: "HX", Name: "Hidden", PrivacyLevel: "px"})
	for id, of := range map[subscription.ID]subscription.Subscription{
		"none": {}, "g1": {Group: "g1"}, "g2": {Group: "g2"}, "p9": {PrivacyLevel: "p9"}, "p10": {PrivacyLevel: "p10"},
		"px": {PrivacyLevel: "px"}, "long": {PrivacyLevel: "long"}, "both": {Group: "g2", PrivacyLevel: "p10"},
		"ya": {Account: "ha"}, "yx": {Account: "hx"},
	} {
		of.ID, of.Number = id, string(id)
		create(t, store, by, &of)
	}
	expectSeen(t, store, by, []seenTest{
		{visibility.Visibility{}, "both g1 g2 long none p10 p9 px ya yx"},
		{visibility.Visibility{UnitGroup: "Second"}, "both g2 long none p10 p9 px ya yx"},
		{visibility.Visibility{Groups: []catalogue.GroupID{"g1"}}, "g1 long none p10 p9 px ya yx"},
		{visibility.Visibility{Groups: []catalogue.GroupID{"gone"}}, "long none p10 p9 px ya yx"},
		{visibility.Visibility{Groups: []catalogue.GroupID{"g1"}, UnitGroup: "Second"}, "both g1 g2 long none p10 p9 px ya yx"},
		{visibility.Visibility{Groups: []catalogue.GroupID{"g2"}, UnitGroup: "Cafe\u0301"}, "both g1 g2 long none p10 p9 px ya yx"},
		{visibility.Visibility{MaxPrivacy: ptr(int64(9))}, "g1 g2 none p9"},
		{visibility.Visibility{MaxPrivacy: ptr(int64(10))}, "both g1 g2 none p10 p9 ya"},
		{visibility.Visibility{MaxPrivacy: ptr(int64(-1))}, "g1 g2 none"},
		{visibility.Visibility{Groups: []catalogue.GroupID{"g1"}, MaxPrivacy: ptr(int64(10))}, "g1 none p10 p9 ya"},
	})
	update(t, store, by, &catalogue.PrivacyLevel{ID: "p9", Number: "11"}, &account.Account{ID: "ha", Number: "HA", Name: "Hidden", PrivacyLevel: "p9"},
		&account.Account{ID: "hx", Number: "HX", Name: "Hidden"})
	expectSeen(t, store, by, []seenTest{
		{visibility.Visibility{MaxPrivacy: ptr(int64(10))}, "both g1 g2 none p10 yx"},
		{visibility.Visibility{MaxPrivacy: ptr(int64(11))}, "both g1 g2 none p10 p9 ya yx"},
	})
	update(t, store, by, &subscription.Subscription{ID: "ya", Number: "ya", Account: "hx"},
		&subscription.Subscription{ID: "both", Number: "both", Group: "g2", PrivacyLevel: "p10", Account: "ha"},
		&subscription.Subscription{ID: "g1", Number: "g1", Group: "g1", PrivacyLevel: "p9", Account: "hx"})
	expectSeen(t, store, by, []seenTest{
		{visibility.Visibility{MaxPrivacy: ptr(int64(10))}, "g2 none p10 ya yx"},
		{visibility.Visibility{Groups: []catalogue.GroupID{"g2"}, MaxPrivacy: ptr(int64(11))}, "both g2 none p10 p9 ya yx"},
	})
}

// update replaces resources that have version 1.
func update(t *testing.T, store Subject, by auth.Principal, updated ...resource.Resource) {
	t.Helper()
	if err := store.Books.Write(t.Context(), by, later, func(ctx context.Context, w books.Writer) error {
		for _, one := range updated {
			one.Versions().Version = 1
			if one.Kind() == resource.KindAccount && one.Key() == "hx" { // both with what the transaction has read, and without
				if _, err := w.Account(ctx, resource.Key{Name: resource.KeyID, Value: one.Key()}); err != nil {
					return err
				}
			}
			if err := w.Update(ctx, one); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// seenTest is what a caller sees, and the ids of the subscriptions that match.
type seenTest struct {
	sees visibility.Visibility
	want string
}

// expectSeen lists the subscriptions that callers see: by their names and numbers, by the levels that exist, and split.
func expectSeen(t *testing.T, store Subject, by auth.Principal, tests []seenTest) {
	t.Helper()
	for _, test := range tests {
		var resolved visibility.Visibility
		if err := store.Subscriptions.Read(t.Context(), by.Tenant, func(ctx context.Context, r subscription.Reader) (err error) {
			resolved, err = test.sees.Resolved(ctx, r, nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		every, among := resolved.Split()
		for how, query := range map[string]listing.Query{
			"by numbers": {Where: test.sees.Condition()}, "resolved": {Where: resolved.Condition()}, "split": {Where: every, Among: among},
		} {
			query.Order, query.Limit = []listing.Order{{Field: "name"}}, 20
			found, err := store.list(t, by.Tenant, resource.KindSubscription, query)
			if got := strings.Join(found, " "); err != nil || got != test.want {
				t.Errorf("%+v, %s: got %s, %v, want %s", test.sees, how, got, err, test.want)
			}
		}
	}
}

// locatedUser finds who uses a token.
func locatedUser(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, every(by.Tenant)...)
	byToken := resource.Key{Name: resource.KeyToken, Value: "token hash of " + string(by.Tenant)}
	located, err := store.Organisations.LocateSession(t.Context(), byToken)
	if user := located.User; err != nil || user.ID != "u" || len(user.VisibleGroups) != 2 || user.MaxPrivacyLevel != "l" || located.MaxPrivacyLevel.ID != "l" {
		t.Errorf("got %+v, %v", located, err)
	}
	create(t, store, by, &organisation.Session{ID: "2", TokenHash: "orphan of " + string(by.Tenant), User: "nobody", LastUsed: at})
	_, err = store.Locate(context.Background(), resource.Key{Name: resource.KeyToken, Value: "orphan of " + string(by.Tenant)}, &organisation.Session{})
	if err == nil {
		t.Error("a session without a user was located")
	}
}
