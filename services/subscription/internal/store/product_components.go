package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// keepComponents stores what a bundle consists of, so that its components are counted as in use.
func (w *writer) keepComponents(ctx context.Context, of resource.Resource) error {
	kept, ok := of.(*catalogue.Product)
	if !ok {
		return nil
	}
	if kept.Version > 1 {
		if err := w.dropComponents(ctx, of); err != nil {
			return err
		}
	}
	for _, component := range kept.Components {
		if err := w.rows.CreateProductComponent(ctx, rows.CreateProductComponentParams{
			Tenant: string(w.tenant), Product: string(kept.ID), Component: string(component.Product),
		}); err != nil {
			return &writeError{of, err}
		}
	}
	return nil
}

func (w *writer) dropComponents(ctx context.Context, of resource.Resource) error {
	if of.Kind() != resource.KindProduct {
		return nil
	}
	if err := w.rows.DeleteProductComponents(ctx, string(w.tenant), of.Key()); err != nil {
		return &writeError{of, err}
	}
	return nil
}
