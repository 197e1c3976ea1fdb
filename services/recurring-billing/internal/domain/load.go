package domain

import (
	"context"
	"fmt"
)

// Catalogue is a set of resources to move in together. Those that others name come first: lines may name the items,
// bill-tos and master accounts beside them.
type Catalogue struct {
	Items          []Item
	BillTos        []BillTo
	MasterAccounts []MasterAccount
	Lines          []Line
}

// LoadIntoEmpty creates all resources of the catalogue, or none, if the tenant has no item, bill-to, master account or
// line yet; otherwise it does nothing.
func (s *Service) LoadIntoEmpty(ctx context.Context, catalogue Catalogue) error {
	_, err := write(ctx, s, false, func(ctx context.Context, w Writer) (loaded bool, err error) {
		empty, err := isEmpty(ctx, w)
		if err != nil || !empty {
			return false, err
		}
		return true, catalogue.create(ctx, w)
	})
	return err
}

func isEmpty(ctx context.Context, r Reader) (bool, error) {
	items, err := r.Items(ctx, 0, 1)
	if err != nil {
		return false, err
	}
	billTos, err := r.BillTos(ctx, 0, 1)
	if err != nil {
		return false, err
	}
	// A master account and a line need a bill-to.
	return len(items)+len(billTos) == 0, nil
}

func (c Catalogue) create(ctx context.Context, w Writer) error {
	if err := createEach(ctx, w, c.Items, createItem); err != nil {
		return fmt.Errorf("loading items: %w", err)
	}
	if err := createEach(ctx, w, c.BillTos, createBillTo); err != nil {
		return fmt.Errorf("loading bill-tos: %w", err)
	}
	if err := createEach(ctx, w, c.MasterAccounts, createMasterAccount); err != nil {
		return fmt.Errorf("loading master accounts: %w", err)
	}
	if err := createEach(ctx, w, c.Lines, createLine); err != nil {
		return fmt.Errorf("loading recurring lines: %w", err)
	}
	return nil
}

func createEach[T any](ctx context.Context, w Writer, resources []T, create func(context.Context, Writer, *T) error) error {
	for _, resource := range resources {
		if err := create(ctx, w, &resource); err != nil {
			return err
		}
	}
	return nil
}
