package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

func found(t *testing.T, store Subject, by auth.Principal) {
	resources := every(by.Tenant)
	create(t, store, by, resources...)
	for _, kept := range resources {
		if got, want := *kept.Versions(), (mutation.Revision{Version: 1, Created: at, Updated: at}); got != want {
			t.Errorf("creating %s: got revision %+v", resource.Name(kept), got)
		}
		expect(t, store, by.Tenant, kept)
		for _, key := range kept.Keys() {
			if key.Name == resource.KeyToken || key.Name == resource.KeyAPIKey {
				continue
			}
			got := blank(kept.Kind())
			if err := find(t, store, by.Tenant, key, got); err != nil {
				t.Errorf("finding %s by %s: %v", resource.Name(kept), key.Name, err)
			} else if diff := cmp.Diff(kept, got, exactly); diff != "" {
				t.Errorf("finding %s by %s (-want +got):\n%s", resource.Name(kept), key.Name, diff)
			}
		}
	}
}

func notFound(t *testing.T, store Subject, by auth.Principal) {
	for _, kept := range every(by.Tenant) {
		err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyID, Value: kept.Key()}, blank(kept.Kind()))
		expectFault(t, resource.Name(kept), err, fault.NotFound, reason.NotFound)
	}
	_, err := store.Locate(t.Context(), resource.Key{Name: resource.KeyToken, Value: "nobody's"}, &organisation.Session{})
	expectFault(t, "a token", err, fault.NotFound, reason.NotFound)
	if strings.Contains(err.Error(), "nobody's") {
		t.Errorf("the fault repeats the hash: %v", err)
	}
}

func updates(t *testing.T, store Subject, by auth.Principal) {
	stored := every(by.Tenant)[0].(*subscription.Subscription)
	create(t, store, by, stored)
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		if err := w.Find(ctx, resource.Key{Name: resource.KeyID, Value: "s"}, stored); err != nil {
			return err
		}
		stored.Number, stored.Notes, stored.Services[1].Fields = "S2", nil, fields()
		return w.Update(ctx, stored)
	})
	if got, want := stored.Revision, (mutation.Revision{Version: 2, Created: at, Updated: later}); got != want {
		t.Errorf("revision after an update: got %+v, want %+v", got, want)
	}
	expect(t, store, by.Tenant, stored)
	err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyNumber, Value: "S1"}, &subscription.Subscription{})
	expectFault(t, "the previous number", err, fault.NotFound, reason.NotFound)
}

func stale(t *testing.T, store Subject, by auth.Principal) {
	user := &organisation.User{ID: "u", Organisation: "o", UserName: "first of " + string(by.Tenant)}
	session := &organisation.Session{ID: "x", TokenHash: "token of stale", User: "u", LastUsed: at}
	create(t, store, by, user, session)
	oldUser, oldSession := *user, *session
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		user.UserName = "second of " + string(by.Tenant)
		return errors.Join(w.Update(ctx, user), w.TouchSession(ctx, session))
	})
	for what, change := range map[string]func(context.Context, writer, organisation.User, organisation.Session) error{
		"update": func(ctx context.Context, w writer, u organisation.User, _ organisation.Session) error {
			return w.Update(ctx, &u)
		},
		"touch": func(ctx context.Context, w writer, _ organisation.User, s organisation.Session) error {
			return w.TouchSession(ctx, &s)
		},
		"delete": func(ctx context.Context, w writer, _ organisation.User, s organisation.Session) error {
			return w.Delete(ctx, &s)
		},
	} {
		err := store.Write(t.Context(), by, later, func(ctx context.Context, w writer) error {
			return change(ctx, w, oldUser, oldSession)
		})
		expectFault(t, what, err, fault.Conflict, reason.ConcurrentChange)
	}
	expect(t, store, by.Tenant, user)
	expect(t, store, by.Tenant, session)
}

func taken(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, every(by.Tenant)...)
	tenant := organisation.ID(by.Tenant)
	for what, second := range map[string]resource.Resource{
		"an id":                              &catalogue.Group{ID: "g", Name: "Other"},
		"a subscription's number":            &subscription.Subscription{ID: "2", Number: "S1"},
		"an account's number":                &account.Account{ID: "2", Number: "A1"},
		"a type's name":                      &catalogue.SubscriptionType{ID: "2", Name: "Type"},
		"a type's alternative code":          &catalogue.SubscriptionType{ID: "2", Name: "Other", AlternativeCode: "T"},
		"a group's name":                     &catalogue.Group{ID: "2", Name: "Group"},
		"a group's alternative code":         &catalogue.Group{ID: "2", Name: "Other", AlternativeCode: "G"},
		"a privacy level's number":           &catalogue.PrivacyLevel{ID: "2", Number: "1"},
		"a product's code":                   &catalogue.Product{ID: "2", Code: "P"},
		"a product's alternative code":       &catalogue.Product{ID: "2", Code: "Other", AlternativeCode: "PA"},
		"an installed item's serial number":  &catalogue.InstalledItem{ID: "2", SerialNumber: "SN"},
		"an installed item's other code":     &catalogue.InstalledItem{ID: "2", SerialNumber: "Other", AlternativeCode: "IA"},
		"a user's name in its organisation":  &organisation.User{ID: "2", Organisation: tenant, UserName: "user"},
		"an action's number":                 &subscription.Action{ID: "2", Number: "N1"},
		"an action's transaction reference":  &subscription.Action{ID: "2", Number: "N2", Details: subscription.Details{Reference: "R"}},
		"an API key's hash":                  &organisation.APIKey{ID: "2", User: "u", Hash: "key hash of " + string(tenant)},
		"a session's token":                  &organisation.Session{ID: "2", TokenHash: "token hash of " + string(tenant)},
		"an organisation's id in the tenant": &organisation.Organisation{ID: tenant},
	} {
		err := store.Write(t.Context(), by, at, func(ctx context.Context, w writer) error { return w.Create(ctx, second) })
		expectFault(t, what, err, fault.AlreadyExists, reason.AlreadyExists)
	}
	create(t, store, by, &subscription.Subscription{ID: "2", Number: "S2"})
	err := store.Write(t.Context(), by, at, func(ctx context.Context, w writer) error {
		var second subscription.Subscription
		if err := w.Find(ctx, resource.Key{Name: resource.KeyID, Value: "2"}, &second); err != nil {
			return err
		}
		second.Number = "S1"
		return w.Update(ctx, &second)
	})
	expectFault(t, "a number taken by an update", err, fault.AlreadyExists, reason.AlreadyExists)
}

func absentKeys(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, &catalogue.Group{ID: "1", Name: "1"}, &catalogue.Group{ID: "2", Name: "2"})
	err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyAlternativeCode, Value: ""}, &catalogue.Group{})
	expectFault(t, "an absent key", err, fault.NotFound, reason.NotFound)
}

func lists(t *testing.T, store Subject, by auth.Principal) {
	for _, id := range []catalogue.GroupID{"c", "a", "e", "b", "d"} {
		create(t, store, by, &catalogue.Group{ID: id, Name: "name of " + string(id)})
	}
	for _, test := range []struct {
		after string
		limit int
		want  string
	}{{"", 2, "ab"}, {"b", 2, "cd"}, {"d", 2, "e"}, {"e", 2, ""}, {"bb", 9, "cde"}, {"", 9, "abcde"}} {
		got := ""
		query := listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: test.limit}
		if test.after != "" {
			query.After = listing.Cursor{test.after}
		}
		var groups []catalogue.Group
		err := store.Read(t.Context(), by.Tenant, func(ctx context.Context, r books.Reader) (err error) {
			groups, err = r.Groups(ctx, query)
			return err
		})
		for _, group := range groups {
			got += string(group.ID)
		}
		if err != nil || got != test.want {
			t.Errorf("list after %q, limit %d: got %q, %v, want %q", test.after, test.limit, got, err, test.want)
		}
	}
}

func allOrNothing(t *testing.T, store Subject, by auth.Principal) {
	stored := &subscription.Subscription{ID: "s", Number: "before"}
	create(t, store, by, stored, &organisation.Session{ID: "x", TokenHash: "kept token of " + string(by.Tenant), User: "u", LastUsed: at})
	before := *stored
	stop := errors.New("stop")
	err := store.Write(t.Context(), by, later, func(ctx context.Context, w writer) error {
		stored.Number = "after"
		var session organisation.Session
		return errors.Join(w.Update(ctx, stored), w.Create(ctx, &catalogue.Group{ID: "new", Name: "new"}),
			w.Find(ctx, resource.Key{Name: resource.KeyID, Value: "x"}, &session), w.Delete(ctx, &session), w.PurgeSessions(ctx, later), stop)
	})
	if !errors.Is(err, stop) {
		t.Errorf("writing: %v", err)
	}
	expect(t, store, by.Tenant, &before)
	expectFault(t, "finding what the failed write created", find(t, store, by.Tenant, resource.Key{Name: resource.KeyID, Value: "new"}, &catalogue.Group{}), fault.NotFound, reason.NotFound)
	if err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyID, Value: "x"}, &organisation.Session{}); err != nil {
		t.Errorf("finding what the failed write deleted: %v", err)
	}
	if entries := store.Feed(t, by.Tenant); len(entries) != 2 {
		t.Errorf("feed: got %d entries, want the two of the creations", len(entries))
	}
}

func seesOwnWrites(t *testing.T, store Subject, by auth.Principal) {
	write(t, store, by, at, func(ctx context.Context, w writer) error {
		var read catalogue.Group
		err := errors.Join(w.Create(ctx, &catalogue.Group{ID: "g", Name: "own"}), w.Find(ctx, resource.Key{Name: resource.KeyNameText, Value: "own"}, &read))
		if read.ID != "g" {
			t.Errorf("got %+v, want the group just created", read)
		}
		return err
	})
}

func tenants(t *testing.T, store Subject, by auth.Principal) {
	other := auth.Principal{Tenant: by.Tenant + "-other", Actor: "suite"}
	ours := every(by.Tenant)
	create(t, store, by, ours...)
	theirs := every(other.Tenant)
	for _, kept := range theirs {
		err := find(t, store, other.Tenant, resource.Key{Name: resource.KeyID, Value: kept.Key()}, blank(kept.Kind()))
		expectFault(t, resource.Name(kept), err, fault.NotFound, reason.NotFound)
	}
	create(t, store, other, theirs...)
	for _, kept := range theirs {
		expect(t, store, other.Tenant, kept)
	}
	write(t, store, other, later, func(ctx context.Context, w writer) error {
		return errors.Join(w.Delete(ctx, theirs[9].(*organisation.Session)), w.PurgeSessions(ctx, later))
	})
	for _, kept := range ours {
		expect(t, store, by.Tenant, kept)
	}
}

func located(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, every(by.Tenant)...)
	owner := string(by.Tenant)
	for _, key := range []struct {
		resource.Key
		into resource.Resource
	}{
		{resource.Key{Name: resource.KeyLogin, Value: owner + "/user"}, &organisation.User{}},
		{resource.Key{Name: resource.KeyAPIKey, Value: "key hash of " + owner}, &organisation.User{}},
		{resource.Key{Name: resource.KeyToken, Value: "token hash of " + owner}, &organisation.Session{}},
	} {
		tenant, err := store.Locate(t.Context(), key.Key, key.into)
		if err != nil || tenant != by.Tenant || key.into.Versions().Version != 1 {
			t.Errorf("locating by %s: got %+v of tenant %q, %v", key.Name, key.into, tenant, err)
		}
	}
	other := auth.Principal{Tenant: by.Tenant + "-other", Actor: "suite"}
	for what, second := range map[string]resource.Resource{
		"an organisation": &organisation.Organisation{ID: organisation.ID(owner)},
		"a login":         &organisation.User{ID: "2", Organisation: organisation.ID(owner), UserName: "user"},
		"an API key":      &organisation.APIKey{ID: "3", User: "x", Hash: "key hash of " + owner},
		"a token":         &organisation.Session{ID: "2", TokenHash: "token hash of " + owner},
	} {
		err := store.Write(t.Context(), other, at, func(ctx context.Context, w writer) error { return w.Create(ctx, second) })
		expectFault(t, what+" of another tenant", err, fault.AlreadyExists, reason.AlreadyExists)
	}
}

func feeds(t *testing.T, store Subject, by auth.Principal) {
	resources := every(by.Tenant)
	create(t, store, by, resources...)
	second := auth.Principal{Tenant: by.Tenant, Actor: "second"}
	write(t, store, second, later, func(ctx context.Context, w writer) error {
		return errors.Join(w.Update(ctx, resources[0].(*subscription.Subscription)), w.Delete(ctx, resources[9].(*organisation.Session)))
	})
	entries := store.Feed(t, by.Tenant)
	if len(entries) != len(resources)+2 {
		t.Fatalf("feed: got %d entries", len(entries))
	}
	for i, entry := range entries {
		kind, actor, when, kept := feed.Created, "suite", at, resource.Resource(nil)
		switch i - len(resources) {
		case 0:
			kind, actor, when, kept = feed.Updated, "second", later, resources[0]
		case 1:
			kind, actor, when, kept = feed.Deleted, "second", later, resources[9]
		default:
			kept = resources[i]
		}
		if entry.Kind != kind || entry.Actor != actor || !entry.Time.Equal(when) || entry.Resource != resource.Name(kept) ||
			entry.Type != kept.Kind().Type() || entry.Type == "" || entry.Tenant != by.Tenant {
			t.Errorf("feed entry %d: got %+v", i, entry)
		}
		state, err := entry.State.Message()
		if err != nil {
			t.Fatal(err)
		}
		named, _ := state.(interface{ GetName() string })
		if strings.Contains(string(entry.State), "hash") || named.GetName() != resource.Name(kept) {
			t.Errorf("feed entry %d: got state %v", i, state)
		}
	}
}

func touches(t *testing.T, store Subject, by auth.Principal) {
	session := &organisation.Session{ID: "x", TokenHash: "touched token", User: "u", LastUsed: at}
	create(t, store, by, session)
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		session.LastUsed = later
		return errors.Join(w.TouchSession(ctx, session), w.PurgeSessions(ctx, later))
	})
	expect(t, store, by.Tenant, session)
	if entries := store.Feed(t, by.Tenant); len(entries) != 1 {
		t.Errorf("feed: got %d entries, want the one of the creation", len(entries))
	}
}

func purges(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by,
		&organisation.Session{ID: "expired", TokenHash: "token 1 of purges", LastUsed: at},
		&organisation.Session{ID: "live", TokenHash: "token 2 of purges", LastUsed: at.Add(time.Microsecond)},
		&organisation.Session{ID: "lasting", TokenHash: "token 3 of purges", LastUsed: at, Lasting: true},
		&organisation.Session{ID: "ended", TokenHash: "token 4 of purges", LastUsed: at, Ends: later},
		&organisation.Session{ID: "ending", TokenHash: "token 5 of purges", LastUsed: at, Ends: later.Add(time.Microsecond)})
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		return w.PurgeSessions(ctx, at.Add(time.Microsecond))
	})
	for id, want := range map[string]bool{"expired": false, "live": true, "lasting": true, "ended": false, "ending": true} {
		err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyID, Value: id}, &organisation.Session{})
		if errors.Is(err, fault.NotFound) == want {
			t.Errorf("%s: %v", id, err)
		}
	}
}
