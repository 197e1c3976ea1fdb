package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

func total(id, service string) usage.Total {
	return usage.Total{
		ID:       usage.TotalID(id),
		Place:    usage.Place{Recurrence: key("one", "one"), ServiceID: catalogue.ServiceID(service + "/ñ'"), Window: usage.MonthOf(date.MustNew(2026, 2, 1))},
		Consumed: 1 << 60, Included: 2147483647, Alerted: 80, PackageID: "before",
	}
}

func usageKept(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.createFamily(t, bea, "one")
	first, second, cycle := total("1", "b"), total("2", "a"), total("3", "a")
	cycle.Window = usage.Window{Start: date.MustNew(2026, 2, 1), End: date.MustNew(2026, 5, 1)}
	event := usage.Counted{ID: "e", Revision: 3, Total: "1", Quantity: 1 << 40}
	alert := usage.Alert{
		Customer: "one", Recurrence: "one", ID: "alert", ServiceID: "a", Window: usage.Window{Start: date.MustNew(2026, 2, 28), End: date.MustNew(2027, 2, 28)}, Percent: 80, Consumed: 1 << 60, Included: 9, CreateTime: at,
	}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.CreateTotals(ctx, []usage.Total{first, second, cycle}), w.CreateCounted(ctx, []usage.Counted{event}), w.CreateAlert(ctx, alert))
	})
	for name, write := range map[string]func(context.Context, books.Writer) error{
		"total": func(ctx context.Context, w books.Writer) error {
			return w.CreateTotals(ctx, []usage.Total{total("5", "a")})
		},
		"total of a recurrence that was moved": func(ctx context.Context, w books.Writer) error {
			moved := total("4", "d")
			moved.Recurrence = key("one", "moved")
			return w.CreateTotals(ctx, []usage.Total{moved})
		},
		"event": func(ctx context.Context, w books.Writer) error { return w.CreateCounted(ctx, []usage.Counted{event}) },
	} {
		t.Run("stale "+name, func(t *testing.T) { o.expectError(t, ana, mutation.ErrStale, write) })
	}
	o.expectError(t, ana, mutation.ErrTaken, func(ctx context.Context, w books.Writer) error { return w.CreateAlert(ctx, alert) })
	first.Consumed, first.Alerted, first.PackageID, event.Revision, event.Total = 7, 100, "after", 4, "2"
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		locked, err := w.LockTotals(ctx, []usage.Place{first.Place, total("", "c").Place}, []usage.TotalID{"1", "2", "none"})
		slices.SortFunc(locked, func(a, b usage.Total) int { return int(a.ID[0]) - int(b.ID[0]) })
		same(t, []usage.Total{total("1", "b"), second}, locked)
		return errors.Join(err, w.UpdateTotals(ctx, []usage.Total{first}), w.UpdateCounted(ctx, []usage.Counted{event}))
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		totals, err1 := r.UsageTotals(ctx, key("one", "one"), listing.Query{Where: listing.Is("month", "2026-02-01"), Order: []listing.Order{{Field: "service_id"}}})
		counted, err2 := r.Counted(ctx, []usage.EventID{"none", "e"})
		alerts, err3 := r.Alerts(ctx, listing.Query{})
		found, err4 := r.RecurrencesByKey(ctx, []recurrence.Key{key("one", "one"), key("one", "none")})
		same(t, []usage.Total{second, first}, totals)
		same(t, []usage.Counted{event}, counted)
		same(t, []usage.Alert{alert}, alerts)
		same(t, []recurrence.Recurrence{newRecurrence("one", "one")}, found)
		windows, err5 := r.UsageWindows(ctx, []recurrence.Key{key("one", "one"), key("one", "none")}, date.MustNew(2026, 2, 1), date.MustNew(2026, 2, 2))
		slices.SortFunc(windows[key("one", "one")], func(a, b usage.Window) int { return strings.Compare(a.String(), b.String()) })
		same(t, map[recurrence.Key][]usage.Window{key("one", "one"): {first.Window, cycle.Window}}, windows)
		packages, err7 := r.PackagesByID(ctx, []catalogue.PackageID{"one", "none"})
		same(t, []catalogue.Package{pack("one")}, packages)
		outside, err6 := r.UsageWindows(ctx, []recurrence.Key{key("one", "one")}, date.MustNew(2026, 2, 2), date.MustNew(2026, 5, 2))
		same(t, map[recurrence.Key][]usage.Window{}, outside)
		return errors.Join(err1, err2, err3, err4, err5, err6, err7)
	})
	o.read(t, bea.Tenant, func(ctx context.Context, r books.Reader) error {
		totals, err1 := r.UsageTotals(ctx, key("one", "one"), listing.Query{})
		counted, err2 := r.Counted(ctx, []usage.EventID{"e"})
		windows, err3 := r.UsageWindows(ctx, []recurrence.Key{key("one", "one")}, date.MustNew(2026, 1, 1), date.MustNew(2027, 1, 1))
		if len(totals)+len(counted)+len(windows) > 0 {
			t.Errorf("another tenant reads %v, %v and %v", totals, counted, windows)
		}
		return errors.Join(err1, err2, err3)
	})
}
