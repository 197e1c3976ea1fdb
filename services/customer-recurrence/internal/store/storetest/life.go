package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

func settingsReplaced(t *testing.T, o Opened) {
	read := func(tenant auth.Tenant) (found settings.Settings) {
		o.read(t, tenant, func(ctx context.Context, r books.Reader) (err error) {
			found, err = r.Settings(ctx)
			return err
		})
		return found
	}
	same(t, settings.Default(), read(ana.Tenant))
	own := settings.Settings{Zone: "America/Mexico_City", Proration: settings.ByPeriod, QuoteValidity: time.Hour, UsageWindow: settings.OfCycle, AlertPercents: []int32{1, 1000}}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return w.PutSettings(ctx, &own) })
	stale := own
	stale.Version = 0
	o.expectError(t, ana, mutation.ErrStale, func(ctx context.Context, w books.Writer) error {
		stale := stale
		return w.PutSettings(ctx, &stale)
	})
	same(t, own, read(ana.Tenant))
	own.Zone = "UTC"
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return w.PutSettings(ctx, &own) })
	same(t, own, read(ana.Tenant))
	same(t, settings.Default(), read(bea.Tenant))
}

// dueFound checks that an agenda finds what ends by a day, in pages, and nothing else.
func dueFound(t *testing.T, o Opened) {
	day := newRecurrence("one", "one").EndDate
	o.createFamily(t, ana, "one")
	o.createFamily(t, bea, "one")
	later, active := newRecurrence("one", "later"), newRecurrence("one", "active")
	later.EndDate = day.AddDays(1)
	active.Terms = recurrence.Terms{State: recurrence.Active, Cycle: recurrence.Monthly}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.CreateRecurrence(ctx, later), w.CreateRecurrence(ctx, active), w.CreateRecurrence(ctx, newRecurrence("one", "two")))
	})
	for _, c := range []struct {
		day  date.Date
		want []recurrence.Key
	}{
		{day.AddDays(-1), nil},
		{day, []recurrence.Key{key("one", "one"), key("one", "two")}},
		{day.AddDays(1), []recurrence.Key{key("one", "later"), key("one", "one"), key("one", "two")}},
	} {
		var found []recurrence.Key
		for after := (recurrence.Key{}); ; after = found[len(found)-1] {
			page, err := o.Agenda.Ending(t.Context(), ana.Tenant, c.day, after, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			found = append(found, page...)
		}
		same(t, c.want, found)
	}
	tenants, err := o.Agenda.DueTenants(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	same(t, []auth.Tenant{ana.Tenant, bea.Tenant}, tenants)
}
