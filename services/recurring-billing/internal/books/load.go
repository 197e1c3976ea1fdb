package books

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Set is a set of resources to load together. Those that others name come first: lines may name the items,
// bill-tos and master accounts beside them.
type Set struct {
	Items          []catalogue.Item
	BillTos        []catalogue.BillTo
	MasterAccounts []catalogue.MasterAccount
	Lines          []line.Line
}

// LoadIntoEmpty creates all resources of the catalogue, or none, if the tenant has no item, bill-to, master account or
// line yet; otherwise it does nothing.
func (s *Service) LoadIntoEmpty(ctx context.Context, catalogue Set) error {
	_, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (loaded bool, err error) {
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

func (c Set) create(ctx context.Context, w Writer) error {
	if err := createEach(c.Items, func(r *catalogue.Item) error { return catalogue.CreateItem(ctx, w, r) }); err != nil {
		return fmt.Errorf("loading items: %w", err)
	}
	if err := createEach(c.BillTos, func(r *catalogue.BillTo) error { return catalogue.CreateBillTo(ctx, w, r) }); err != nil {
		return fmt.Errorf("loading bill-tos: %w", err)
	}
	if err := createEach(c.MasterAccounts, func(r *catalogue.MasterAccount) error { return catalogue.CreateMasterAccount(ctx, w, r) }); err != nil {
		return fmt.Errorf("loading master accounts: %w", err)
	}
	if err := createEach(c.Lines, func(r *line.Line) error { return line.Create(ctx, w, r) }); err != nil {
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
