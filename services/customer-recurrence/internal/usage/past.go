package usage

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// The bounds of the changes of terms that are read to tell the past: maxPast for each recurrence on average, and maxPasts in all.
const (
	maxPast  = 100
	maxPasts = 20_000
)

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

// readPast reads the terms that recurrences had since a day of each, all at once. Only cycles need them. They are not known of
// a recurrence that changed today without a record, as an import does, or whose changes are more than are read.
func (p *placement) readPast(ctx context.Context, r Reader, of map[recurrence.Key]asked, since map[recurrence.Key]date.Date, zone *time.Location) error {
	if p.own.UsageWindow != settings.OfCycle {
		return nil
	}
	var changed []recurrence.Key
	first := p.today
	for key, day := range since {
		contract := of[key].contract
		switch {
		case !day.Before(date.Of(contract.UpdateTime.In(zone))):
			p.past[key] = nil
		case contract.Version > 1:
			changed = append(changed, key)
			if day.Before(first) {
				first = day
			}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	// What a change made began on the day on which it was made, or before it.
	from := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, zone)
	limit := min(maxPast*len(changed), maxPasts)
	changes, err := r.TermChanges(ctx, changed, from, limit)
	if err != nil {
		return err
	}
	if len(changes) < limit {
		for _, key := range changed {
			p.past[key] = nil
		}
	}
	for _, change := range changes {
		key := change.Key().Key
		p.past[key] = append(p.past[key], ended{change.Day(zone), *change.Difference.OldTerms})
	}
	if len(changes) == limit {
		delete(p.past, changes[limit-1].Key().Key)
	}
	return nil
}
