package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

func sold(id string) catalogue.Sold {
	return catalogue.Sold{
		ID: catalogue.ServiceID(id), DisplayName: "Timbrado", Unit: "CFDI", Version: 1, CreateTime: at, UpdateTime: at,
		Prices: []catalogue.Price{{Cycle: catalogue.Monthly, Currency: "MXN", Amount: decimal.MustParse("1.50")}},
	}
}

func soldServicesKept(t *testing.T, o Opened) {
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return w.CreateService(ctx, sold("one")) })
	o.expectError(t, ana, mutation.ErrTaken, func(ctx context.Context, w books.Writer) error { return w.CreateService(ctx, sold("one")) })
	changed, later := sold("one"), at.Add(time.Hour)
	changed.DisplayName, changed.Unit, changed.Prices, changed.Inactive = "Other", "", nil, true
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
