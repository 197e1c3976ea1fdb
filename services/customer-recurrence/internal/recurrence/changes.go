package recurrence

import (
	"context"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// ChangeKey identifies a change within the tenant, by its recurrence and the version that it made.
type ChangeKey struct {
	Key
	Version Version
}

// String names the change in messages.
func (k ChangeKey) String() string {
	return fmt.Sprintf("%d of recurrence %s", k.Version, k.Key)
}

// Key returns the change's key.
func (c Change) Key() ChangeKey { return ChangeKey{Key{c.Customer, c.Recurrence}, c.Version} }

// Day returns the first day of what the change made, in a time zone: that for which it was scheduled, if it
// began a cycle then, or else that on which it was made.
func (c Change) Day(zone *time.Location) date.Date {
	before, after := c.Difference.OldTerms, c.Difference.NewTerms
	if c.Scheduled != "" && before != nil && after != nil && before.Cycle != after.Cycle {
		return after.StartDate
	}
	return date.Of(c.CreateTime.In(zone))
}

// Change returns the change that made a version of a recurrence. Faults: NotFound.
func (s *Service) Change(ctx context.Context, key ChangeKey) (Change, error) {
	return mutation.Get(ctx, s.Service, "change", Reader.Change, key)
}

// Changes returns the changes that match a query. Faults: NotFound if the query selects a recurrence
// that does not exist.
func (s *Service) Changes(ctx context.Context, query listing.Query) ([]Change, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Change, error) {
		if err := CheckSelected(ctx, r, query); err != nil {
			return nil, err
		}
		return r.Changes(ctx, query)
	})
}

// CheckSelected returns a NotFound fault if a query selects a recurrence that does not exist.
func CheckSelected(ctx context.Context, r interface {
	Recurrence(ctx context.Context, key Key) (Recurrence, error)
}, query listing.Query,
) error {
	owner, ofOne := confined[customer.ID](query, "customer")
	recurrence, ofRecurrence := confined[ID](query, "recurrence")
	if !ofOne || !ofRecurrence {
		return nil
	}
	key := Key{owner, recurrence}
	_, err := r.Recurrence(ctx, key)
	return mutation.Explain(err, "recurrence", key)
}
