package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

func (o Opened) entries(t *testing.T, tenant auth.Tenant) []feed.Entry {
	t.Helper()
	entries, err := o.Feed(t.Context(), tenant)
	if err != nil {
		t.Fatalf("reading the feed: %v", err)
	}
	return entries
}

func feedHoldsMutations(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		changed := newRecurrence("one", "one")
		return w.UpdateRecurrence(ctx, &changed)
	})
	var told []string
	for _, entry := range o.entries(t, ana.Tenant) {
		told = append(told, fmt.Sprintf("%s %s %s", entry.Kind, entry.Type, entry.Resource))
		if entry.Actor != ana.Actor || !entry.Time.Equal(at) || len(entry.State) == 0 {
			t.Errorf("entry %+v lacks its actor, time or state", entry)
		}
	}
	same(t, []string{
		"CREATED Customer customers/one", "CREATED Package packages/one", "CREATED Recurrence customers/one/recurrences/one",
		"CREATED RecurrenceChange customers/one/recurrences/one/changes/2", "UPDATED Recurrence customers/one/recurrences/one",
	}, told)
	if theirs := o.entries(t, bea.Tenant); len(theirs) > 0 {
		t.Errorf("another tenant's feed has %d entries", len(theirs))
	}
}

// feedHoldsNoPassword checks that the portal password is stored only in its column.
func feedHoldsNoPassword(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	for _, entry := range o.entries(t, ana.Tenant) {
		if bytes.Contains(entry.State, []byte("hush")) {
			t.Errorf("the entry of %s holds the password: %s", entry.Resource, entry.State)
		}
	}
}

// feedReplaysState checks that the last feed entry of each resource equals its row in the lists,
// and that the feed contains nothing else.
func feedReplaysState(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.createFamily(t, ana, "two")
	o.createFamily(t, bea, "one")
	o.changeConcurrently(t)
	replayed := make(map[string]string)
	for _, entry := range o.entries(t, ana.Tenant) {
		replayed[entry.Resource] = shown(t, entry.State)
	}
	if diff := cmp.Diff(o.state(t), replayed); diff != "" {
		t.Errorf("resources replayed from the feed (-rows +feed):\n%s", diff)
	}
}

// shown formats a state as text.
func shown(t *testing.T, state feed.State) string {
	t.Helper()
	message, err := state.Message()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%T %v", message, message)
}

// state returns every resource of ana's, by name, as the feed shows it.
func (o Opened) state(t *testing.T) map[string]string {
	t.Helper()
	var rows []any
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		packages, err1 := r.Packages(ctx, listing.Query{})
		customers, err2 := r.Customers(ctx, listing.Query{})
		recurrences, err3 := r.Recurrences(ctx, listing.Query{})
		changes, err4 := r.Changes(ctx, listing.Query{})
		rows = slices.Concat(toAny(packages), toAny(customers), toAny(recurrences), toAny(changes))
		return errors.Join(err1, err2, err3, err4)
	})
	state := make(map[string]string)
	for _, row := range rows {
		message, err := o.Message(row)
		if err != nil {
			t.Fatalf("converting %v: %v", row, err)
		}
		packed, err := feed.Pack(message)
		if err != nil {
			t.Fatalf("converting %v: %v", row, err)
		}
		state[message.(interface{ GetName() string }).GetName()] = shown(t, packed)
	}
	return state
}

func toAny[T any](rows []T) (all []any) {
	for _, row := range rows {
		all = append(all, row)
	}
	return all
}
