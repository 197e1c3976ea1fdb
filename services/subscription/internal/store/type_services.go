package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// keepTypeServices stores the services of a subscription type, so that their products are counted as in use.
func (w *writer) keepTypeServices(ctx context.Context, of resource.Resource) error {
	kept, ok := of.(*catalogue.SubscriptionType)
	if !ok {
		return nil
	}
	if kept.Version > 1 {
		if err := w.dropTypeServices(ctx, of); err != nil {
			return err
		}
	}
	for _, service := range kept.Services {
		if err := w.rows.CreateTypeService(ctx, rows.CreateTypeServiceParams{
			Tenant: string(w.tenant), Type: string(kept.ID), Product: string(service.Product),
		}); err != nil {
			return &writeError{of, err}
		}
	}
	return nil
}

func (w *writer) dropTypeServices(ctx context.Context, of resource.Resource) error {
	if of.Kind() != resource.KindSubscriptionType {
		return nil
	}
	if err := w.rows.DeleteTypeServices(ctx, string(w.tenant), of.Key()); err != nil {
		return &writeError{of, err}
	}
	return nil
}
