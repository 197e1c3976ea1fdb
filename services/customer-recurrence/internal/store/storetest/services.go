package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

func sold(id string) catalogue.Sold {
	return catalogue.Sold{
		ID: catalogue.ServiceID(id), DisplayName: "Timbrado", Unit: "CFDI", Version: 1, CreateTime: at, UpdateTime: at,
		Prices:   []catalogue.Price{{Cycle: catalogue.Monthly, Currency: "MXN", Amount: decimal.MustParse("1.50")}},
		Versions: []catalogue.SoldVersion{{}, {ValidFrom: date.MustNew(2026, 3, 1), Prices: []catalogue.Price{{Cycle: catalogue.Annual, Currency: "USD", Amount: decimal.MustParse("9.000001")}}}},
	}
}

func soldServicesKept(t *testing.T, o Opened) {
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return w.CreateService(ctx, sold("one")) })
	o.expectError(t, ana, mutation.ErrTaken, func(ctx context.Context, w books.Writer) error { return w.CreateService(ctx, sold("one")) })
	changed, later := sold("one"), at.Add(time.Hour)
	changed.DisplayName, changed.Unit, changed.Prices, changed.Versions, changed.Inactive = "Other", "", nil, nil, true
	if err := o.Store.Write(t.Context(), ana, later, func(ctx context.Context, w books.Writer) error {
		updated := changed
		return w.UpdateService(ctx, &updated)
	}); err != nil {
		t.Fatal(err)
	}
	changed.Version, changed.UpdateTime = 2, later
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		got, err1 := r.Service(ctx, "one")
		all, err2 := r.Services(ctx, listing.Query{})
		same(t, changed, got)
		same(t, []catalogue.Sold{changed}, all)
		return errors.Join(err1, err2)
	})
	o.read(t, bea.Tenant, func(ctx context.Context, r books.Reader) error {
		if _, err := r.Service(ctx, "one"); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("reading another tenant's: got %v", err)
		}
		return nil
	})
	o.expectError(t, ana, mutation.ErrStale, func(ctx context.Context, w books.Writer) error { return w.DeleteService(ctx, sold("one")) })
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return w.DeleteService(ctx, changed) })
}

// referencesCounted counts what names services and packages: recurrences with z and a, a scheduled change to package p with
// service s, and totals. Ids in other letters, as texts, or of another tenant do not count.
func referencesCounted(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.createFamily(t, bea, "one")
	quoted := newRecurrence("one", "quoted")
	quoted.Services = []recurrence.ContractedService{{ServiceID: `<"q">`, Value: `"service_id":"text"`, ExternalServiceID: "ext"}}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.CreateRecurrence(ctx, quoted), w.CreateScheduledChange(ctx, scheduled("one", "first")),
			w.CreateTotals(ctx, []usage.Total{total("1", "b"), total("2", "a")}))
	})
	count := func(ctx context.Context, w books.Writer, service catalogue.ServiceID, pack catalogue.PackageID) []int64 {
		counts := make([]int64, 6)
		var errs [6]error
		counts[0], errs[0] = w.RecurrencesOfService(ctx, service)
		counts[1], errs[1] = w.PendingChangesToService(ctx, service)
		counts[2], errs[2] = w.UsageOfService(ctx, service)
		counts[3], errs[3] = w.RecurrencesOfPackage(ctx, pack)
		counts[4], errs[4] = w.PendingChangesToPackage(ctx, pack)
		counts[5], errs[5] = w.UsageOfPackage(ctx, pack)
		if err := errors.Join(errs[:]...); err != nil {
			t.Error(err)
		}
		return counts
	}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		same(t, []int64{1, 0, 0, 2, 0, 0}, count(ctx, w, "z", "not in any catalogue"))
		same(t, []int64{1, 0, 0, 0, 1, 0}, count(ctx, w, `<"q">`, "p"))
		same(t, []int64{0, 1, 0, 0, 0, 2}, count(ctx, w, "s", "before"))
		same(t, []int64{0, 0, 1, 0, 0, 0}, count(ctx, w, "b/ñ'", "P"))
		for _, other := range []catalogue.ServiceID{"Z", "text", "ext", "q", "", "%"} {
			same(t, make([]int64, 6), count(ctx, w, other, "one"))
		}
		return nil
	})
	o.write(t, bea, func(ctx context.Context, w books.Writer) error {
		same(t, []int64{1, 0, 0, 1, 0, 0}, count(ctx, w, "z", "not in any catalogue"))
		same(t, make([]int64, 6), count(ctx, w, "s", "p"))
		return nil
	})
	done := scheduled("one", "first")
	done.State = recurrence.Withdrawn
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		if err := w.UpdateScheduledChange(ctx, &done); err != nil {
			return err
		}
		same(t, make([]int64, 6), count(ctx, w, "s", "p"))
		return nil
	})
}
