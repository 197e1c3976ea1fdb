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
func (s *BookService) LoadIntoEmpty(ctx context.Context, catalogue Catalogue) error {
	_, err := WriteOnce(ctx, s.store, s.clock, false, func(ctx context.Context, w BookWriter) (loaded bool, err error) {
		empty, err := isEmpty(ctx, w)
		if err != nil || !empty {
			return false, err
		}
		return true, catalogue.create(ctx, w)
	})
	return err
}

func isEmpty(ctx context.Context, r BookReader) (bool, error) {
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

func (c Catalogue) create(ctx context.Context, w BookWriter) error {
	if err := createEach(c.Items, func(r *Item) error { return createItem(ctx, w, r) }); err != nil {
		return fmt.Errorf("loading items: %w", err)
	}
	if err := createEach(c.BillTos, func(r *BillTo) error { return createBillTo(ctx, w, r) }); err != nil {
		return fmt.Errorf("loading bill-tos: %w", err)
	}
	if err := createEach(c.MasterAccounts, func(r *MasterAccount) error { return createMasterAccount(ctx, w, r) }); err != nil {
		return fmt.Errorf("loading master accounts: %w", err)
	}
	if err := createEach(c.Lines, func(r *Line) error { return createLine(ctx, w, r) }); err != nil {
		return fmt.Errorf("loading recurring lines: %w", err)
	}
	return nil
}

func createEach[T any](resources []T, create func(*T) error) error {
	for _, resource := range resources {
		if err := create(&resource); err != nil {
			return err
		}
	}
	return nil
}
