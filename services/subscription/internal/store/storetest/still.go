package storetest

import (
	"context"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// stillLocated changes, one after the other, what decides what the holder of a token may do, and expects that a transaction notices. A store that does not say
// where it has found a session needs not notice anything.
func stillLocated(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, every(by.Tenant)...)
	byToken := resource.Key{Name: resource.KeyToken, Value: "token hash of " + string(by.Tenant)}
	before := locate(t, store, byToken)
	if before.Stored.Place == "" {
		return
	}
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"a use was recorded", func() { touch(t, store, by) }},
		{"the session was updated", func() {
			revise(t, store, by, writer.Session, "x", func(stored *organisation.Session) { stored.Lasting = true })
		}},
		{"the user sees another group", func() {
			revise(t, store, by, writer.User, "u", func(stored *organisation.User) { stored.VisibleGroups = []catalogue.GroupID{"other"} })
		}},
		{"the level got another number", func() {
			revise(t, store, by, writer.PrivacyLevel, "l", func(stored *catalogue.PrivacyLevel) { stored.Number = "7" })
		}},
		{"the user sees all levels", func() {
			revise(t, store, by, writer.User, "u", func(stored *organisation.User) { stored.MaxPrivacyLevel = "" })
		}},
		{"the user sees some levels", func() {
			revise(t, store, by, writer.User, "u", func(stored *organisation.User) { stored.MaxPrivacyLevel = "l" })
		}},
		{"the session was replaced by one that is the same", func() {
			write(t, store, by, later, func(ctx context.Context, w writer) error {
				stored, err := w.Session(ctx, resource.ByID("x"))
				if err != nil {
					return err
				}
				if err := w.Delete(ctx, &stored); err != nil {
					return err
				}
				return w.Create(ctx, &stored)
			})
		}},
	} {
		before = locate(t, store, byToken)
		expectStill(t, store, by, before, true, "before "+change.name)
		expectStill(t, store, auth.Principal{Tenant: "another " + by.Tenant, Actor: "a"}, before, false, "for another tenant")
		change.do()
		expectStill(t, store, by, before, false, "after "+change.name)
	}
	for _, name := range []string{strings.Repeat("long ", 4<<10), "short"} { // only what takes little memory is known again
		revise(t, store, by, writer.User, "u", func(stored *organisation.User) { stored.Name = name })
		if known := locate(t, store, byToken).Stored != (organisation.Stored{}); known != (name == "short") {
			t.Errorf("a user with a name of %d bytes is known again: %t", len(name), known)
		}
	}
	before = locate(t, store, byToken)
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		stored, err := w.Session(ctx, resource.ByID("x"))
		if err != nil {
			return err
		}
		return w.Delete(ctx, &stored)
	})
	expectStill(t, store, by, before, false, "after it was deleted")
}

func locate(t *testing.T, store Subject, key resource.Key) organisation.Located {
	t.Helper()
	found, err := store.Organisations.LocateSession(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func touch(t *testing.T, store Subject, by auth.Principal) {
	t.Helper()
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		stored, err := w.Session(ctx, resource.ByID("x"))
		if err != nil {
			return err
		}
		stored.LastUsed = later
		return w.TouchSession(ctx, &stored)
	})
}

// expectStill asks writers of different kinds.
func expectStill(t *testing.T, store Subject, by auth.Principal, before organisation.Located, want bool, when string) {
	t.Helper()
	ask := func(ctx context.Context, w any) error {
		got, err := w.(organisation.StillLocator).StillLocated(ctx, before.Stored)
		if got != want {
			t.Errorf("%s: got %t, want %t", when, got, want)
		}
		return err
	}
	for _, err := range []error{
		store.Subscriptions.Write(t.Context(), by, later, func(ctx context.Context, w subscription.Writer) error { return ask(ctx, w) }),
		store.Accounts.Write(t.Context(), by, later, func(ctx context.Context, w account.Writer) error { return ask(ctx, w) }),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}
