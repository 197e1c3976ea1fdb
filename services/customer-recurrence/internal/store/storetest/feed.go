package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
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
	o.family(t, ana, "one")
	o.write(t, ana, func(ctx context.Context, w domain.Writer) error {
		changed := recurrence("one", "one")
		changed.Version = 2
		return w.UpdateRecurrence(ctx, changed)
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

// feedHoldsNoPassword checks that the portal's password, which the vendor contract makes us keep, stays in its column.
func feedHoldsNoPassword(t *testing.T, o Opened) {
	o.family(t, ana, "one")
	for _, entry := range o.entries(t, ana.Tenant) {
		if bytes.Contains(entry.State, []byte("hush")) {
			t.Errorf("the entry of %s holds the password: %s", entry.Resource, entry.State)
		}
	}
}

// feedReplaysState checks that the last entry of each resource is its row as the lists give it, and that no entry is of
// anything else.
func feedReplaysState(t *testing.T, o Opened) {
	o.family(t, ana, "one")
	o.family(t, ana, "two")
	o.family(t, bea, "one")
	o.changeConcurrently(t)
	replayed := make(map[string]string)
	for _, entry := range o.entries(t, ana.Tenant) {
		replayed[entry.Resource] = shown(t, entry.State)
	}
	if diff := cmp.Diff(o.state(t), replayed); diff != "" {
		t.Errorf("resources as the feed tells them (-rows +feed):\n%s", diff)
	}
}

// shown is a state as text.
func shown(t *testing.T, state feed.State) string {
	t.Helper()
	message, err := state.Message()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%T %v", message, message)
}

// state is every resource of ana's by its name, as the feed shows it.
func (o Opened) state(t *testing.T) map[string]string {
	t.Helper()
	rows := make(map[string]any)
	o.read(t, ana.Tenant, func(ctx context.Context, r domain.Reader) error {
		packages, _, errs := r.Packages(ctx, "", 1000)
		for _, pack := range packages {
			rows[domain.PackageName(pack.ID)] = pack
		}
		customers, _, err := r.Customers(ctx, "", 1000)
		errs = errors.Join(errs, err)
		for _, customer := range customers {
			rows[domain.CustomerName(customer.ID)] = customer
			recurrences, _, err := r.Recurrences(ctx, customer.ID, "", 1000)
			errs = errors.Join(errs, err)
			for _, recurrence := range recurrences {
				rows[domain.RecurrenceName(customer.ID, recurrence.ID)] = recurrence
				changes, _, err := r.Changes(ctx, customer.ID, recurrence.ID, 0, 1000)
				errs = errors.Join(errs, err)
				for _, change := range changes {
					rows[domain.ChangeName(customer.ID, recurrence.ID, change.Version)] = change
				}
			}
		}
		return errs
	})
	state := make(map[string]string)
	for name, row := range rows {
		message, err := o.Message(row)
		if err != nil {
			t.Fatalf("showing %s: %v", name, err)
		}
		packed, err := feed.Pack(message)
		if err != nil {
			t.Fatalf("showing %s: %v", name, err)
		}
		state[name] = shown(t, packed)
	}
	return state
}
