package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

func scheduled(owner, id string) recurrence.ScheduledChange {
	price, currency, cycle, pack, name := decimal.MustParse("1.50"), recurrence.Currency("MXN"), recurrence.Annual, catalogue.PackageID("p"), "n"
	services := []recurrence.ContractedService{{ServiceID: "s", TransactionLimit: 3}}
	return recurrence.ScheduledChange{
		Customer: customer.ID(owner), Recurrence: recurrence.ID(owner), ID: recurrence.ScheduledID(id), State: recurrence.Scheduled,
		Day: date.MustNew(2026, 3, 29), Note: "why", Quote: "q", Actor: "clerk", Problem: "p", Withdrawal: "w",
		Wanted: recurrence.Wanted{
			PackageID: &pack, DisplayName: &name, Price: &price, Currency: &currency, Cycle: &cycle, Services: &services,
		},
		Version: 1, CreateTime: at, UpdateTime: at,
	}
}

func scheduledChangesKept(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	first := scheduled("one", "first")
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return w.CreateScheduledChange(ctx, first) })
	o.expectError(t, ana, mutation.ErrTaken, func(ctx context.Context, w books.Writer) error {
		return w.CreateScheduledChange(ctx, scheduled("one", "second"))
	})
	keys, err := o.Agenda.Changing(t.Context(), ana.Tenant, first.Day, recurrence.Key{}, 9)
	same(t, []recurrence.Key{key("one", "one")}, keys)
	tooEarly, err2 := o.Agenda.Changing(t.Context(), ana.Tenant, first.Day.AddDays(-1), recurrence.Key{}, 9)
	same(t, []recurrence.Key(nil), tooEarly)
	tenants, err3 := o.Agenda.DueTenants(t.Context(), first.Day)
	if err := errors.Join(err, err2, err3); err != nil || len(tenants) != 1 {
		t.Errorf("got tenants %v, error %v", tenants, err)
	}
	done := first
	done.State, done.Change, done.Problem = recurrence.Done, 7, ""
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.UpdateScheduledChange(ctx, &done), w.CreateScheduledChange(ctx, scheduled("one", "second")))
	})
	o.expectError(t, ana, mutation.ErrStale, func(ctx context.Context, w books.Writer) error {
		stale := first
		return w.UpdateScheduledChange(ctx, &stale)
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		got, err1 := r.ScheduledChange(ctx, first.Key())
		all, err2 := r.ScheduledChanges(ctx, listing.Query{Order: []listing.Order{{Field: "scheduled_change"}}})
		same(t, done, got)
		same(t, []recurrence.ScheduledChange{done, scheduled("one", "second")}, all)
		return errors.Join(err1, err2)
	})
	o.read(t, bea.Tenant, func(ctx context.Context, r books.Reader) error {
		if _, err := r.ScheduledChange(ctx, first.Key()); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("reading another tenant's: got %v", err)
		}
		return nil
	})
}
