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
// ordered as integers, and of accounts with levels.
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
	for _, test := range []struct {
		sees visibility.Visibility
		want string
	}{
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
	} {
		query := listing.Query{Where: test.sees.Condition(), Order: []listing.Order{{Field: "name"}}, Limit: 20}
		found, err := store.list(t, by.Tenant, resource.KindSubscription, query)
		if got := strings.Join(found, " "); err != nil || got != test.want {
			t.Errorf("%+v: got %s, %v, want %s", test.sees, got, err, test.want)
		}
		if err := store.Read(t.Context(), by.Tenant, func(ctx context.Context, r books.Reader) error {
			resolved, err := test.sees.Resolved(ctx, r)
			query.Where, query.Among = resolved.Split()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		found, err = store.list(t, by.Tenant, resource.KindSubscription, query)
		if got := strings.Join(found, " "); err != nil || got != test.want {
			t.Errorf("%+v, split: got %s, %v, want %s", test.sees, got, err, test.want)
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
