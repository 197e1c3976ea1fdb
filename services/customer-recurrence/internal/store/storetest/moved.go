package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

func recurrencesMoved(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.createFamily(t, bea, "one")
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.CreateCustomer(ctx, newCustomer("two")), w.CreateScheduledChange(ctx, scheduled("one", "later")))
	})
	toBe := scheduled("one", "later")
	toBe.Customer = "two"
	before := len(o.entries(t, ana.Tenant))
	move := func(ctx context.Context, w closing.Writer) error { return w.MoveRecurrences(ctx, "one", "two") }
	if err := o.Closing.Write(t.Context(), ana, at, move); err != nil {
		t.Fatal(err)
	}
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		recurrences, err1 := r.Recurrences(ctx, listing.Query{})
		changes, err2 := r.Changes(ctx, listing.Query{})
		later, err3 := r.ScheduledChanges(ctx, listing.Query{})
		same(t, []recurrence.Recurrence{newRecurrence("two", "one")}, recurrences)
		same(t, []recurrence.Change{change("two", "one", 2)}, changes)
		same(t, []recurrence.ScheduledChange{toBe}, later)
		return errors.Join(err1, err2, err3)
	})
	o.read(t, bea.Tenant, func(ctx context.Context, r books.Reader) error {
		_, err := r.Change(ctx, recurrence.ChangeKey{Key: key("one", "one"), Version: 2})
		return err
	})
	var got []string
	for _, entry := range o.entries(t, ana.Tenant)[before:] {
		got = append(got, fmt.Sprintf("%s %s", entry.Kind, entry.Resource))
	}
	same(t, []string{
		"CREATED customers/two/recurrences/one", "DELETED customers/one/recurrences/one",
		"CREATED customers/two/recurrences/one/changes/2", "DELETED customers/one/recurrences/one/changes/2",
		"CREATED customers/two/recurrences/one/scheduledChanges/later", "DELETED customers/one/recurrences/one/scheduledChanges/later",
	}, got)
}
