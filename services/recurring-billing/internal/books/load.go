package books

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Set is a set of resources to load together. They are created in the order of the fields, so lines
// may refer to the items, bill-tos and master accounts in the set.
type Set struct {
	Items          []catalogue.Item
	BillTos        []catalogue.BillTo
	MasterAccounts []catalogue.MasterAccount
	Lines          []line.Line
}

// LoadIntoEmpty creates all resources of the set in one transaction if the tenant has no item,
// bill-to, master account or line yet. Otherwise it does nothing.
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
	items, err := r.Items(ctx, listing.Query{Limit: 1})
	if err != nil {
		return false, err
	}
	billTos, err := r.BillTos(ctx, listing.Query{Limit: 1})
	if err != nil {
		return false, err
	}
	// Master accounts and lines cannot exist without a bill-to.
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
