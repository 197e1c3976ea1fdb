package customer

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Finder finds customers.
type Finder interface {
	// Customer returns one customer, or mutation.ErrNotFound.
	Customer(ctx context.Context, id ID) (Customer, error)
}

// Standing returns the id of the customer that stands for another, within a read: its own, unless it was
// merged. Faults: NotFound, FailedPrecondition if customers are merged into one another.
func Standing(ctx context.Context, r Finder, id ID) (ID, error) {
	for seen := make(map[ID]bool); !seen[id]; {
		seen[id] = true
		found, err := r.Customer(ctx, id)
		if err != nil || found.State != Merged {
			return id, mutation.Explain(err, "customer", id)
		}
		id = found.MergedInto
	}
	return id, fault.New(fault.FailedPrecondition, reason.LifeCycleState, "customer %s is merged into a customer that is merged into it", id)
}

// CheckMerged returns an Invalid fault if an imported customer is merged into one that, through any
// number of merges, is merged into it. One that does not exist yet is checked when it is imported.
func (c Customer) CheckMerged(ctx context.Context, r Finder) error {
	seen := make(map[ID]bool)
	for into := c.MergedInto; into != "" && !seen[into]; {
		if into == c.ID {
			return fault.InvalidField("customer.merged_into", reason.Inconsistent, "must name a customer that is not merged into %s itself", c.ID)
		}
		seen[into] = true
		found, err := r.Customer(ctx, into)
		if err != nil && !errors.Is(err, mutation.ErrNotFound) {
			return err
		}
		into = found.MergedInto
	}
	return nil
}
