package usage

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// maxPast is the most changes of a recurrence that are read to tell its past.
const maxPast = 100

// past are changes of a recurrence's terms, the newest first.
type past []ended

// ended are terms that a recurrence had until a day, which is the first with others.
type ended struct {
	day   date.Date
	terms recurrence.Terms
}

// on returns the terms at the end of a day, of a recurrence that has others now.
func (p past) on(present recurrence.Terms, day date.Date) recurrence.Terms {
	for _, change := range p {
		if !day.Before(change.day) {
			break
		}
		present = change.terms
	}
	return present
}

// readPast reads the terms that a recurrence had since a day. Only cycles need them. They are not known if
// more changes than maxPast came after the day, or none is kept though something changed.
func (p *placement) readPast(ctx context.Context, r Reader, contract recurrence.Recurrence, since date.Date, zone *time.Location) error {
	if p.own.UsageWindow != settings.OfCycle {
		return nil
	}
	if !since.Before(date.Of(contract.UpdateTime.In(zone))) {
		p.past[contract.Key()] = nil
		return nil
	}
	changes, err := r.Changes(ctx, listing.Query{
		Where: listing.All(listing.Is("customer", contract.Customer), listing.Is("recurrence", contract.ID)),
		Order: []listing.Order{{Field: "version", Descending: true}}, Limit: maxPast,
	})
	if err != nil || len(changes) == 0 || len(changes) == maxPast && since.Before(date.Of(changes[maxPast-1].CreateTime.In(zone))) {
		return err
	}
	found := make(past, 0, len(changes))
	for _, change := range changes {
		if before := change.Difference.OldTerms; before != nil {
			found = append(found, ended{change.Day(zone), *before})
		}
	}
	p.past[contract.Key()] = found
	return nil
}
