package usage

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// readMoved reads, for the recurrences that do not exist under the names that were asked for, those of
// the customers that stand for theirs.
func (r *recording) readMoved(ctx context.Context, w Writer, asked map[recurrence.Key]bool) error {
	standing := make(map[customer.ID]customer.ID)
	moved := make(map[recurrence.Key]recurrence.Key)
	var keys []recurrence.Key
	for key := range asked {
		if _, exists := r.contracts[key]; exists {
			continue
		}
		id, known := standing[key.Customer]
		if !known {
			var err error
			if id, err = customer.Standing(ctx, w, key.Customer); errors.Is(err, fault.NotFound) || errors.Is(err, fault.FailedPrecondition) {
				id = key.Customer
			} else if err != nil {
				return err
			}
			standing[key.Customer] = id
		}
		if id != key.Customer {
			moved[key] = recurrence.Key{Customer: id, Recurrence: key.Recurrence}
			keys = append(keys, moved[key])
		}
	}
	found, err := w.RecurrencesByKey(ctx, keys)
	if err != nil {
		return err
	}
	for _, one := range found {
		r.contracts[one.Key()] = one
	}
	for old, now := range moved {
		if contract, exists := r.contracts[now]; exists {
			r.contracts[old] = contract
		}
	}
	return r.packages.read(ctx, w, contracted(found)...)
}
