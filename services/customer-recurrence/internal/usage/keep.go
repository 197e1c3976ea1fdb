package usage

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// begin returns a tally of what is stored of the wanted events and their places.
func begin(ctx context.Context, w Writer, events []Event, places []Place, wanted []int) (*tally, error) {
	ids, at := make(map[EventID]bool, len(wanted)), make(map[Place]bool)
	for _, i := range wanted {
		ids[events[i].ID], at[places[i]] = true, true
	}
	asked := slices.Sorted(maps.Keys(ids))
	counted, err := w.Counted(ctx, asked)
	if err != nil {
		return nil, err
	}
	before := make(map[TotalID]bool)
	for _, event := range counted {
		before[event.Total] = true
	}
	totals, err := w.LockTotals(ctx, slices.Collect(maps.Keys(at)), slices.Sorted(maps.Keys(before)))
	if err != nil || len(counted) == 0 {
		return newTally(totals, counted), err
	}
	// Another mutation may have corrected them before the totals were locked.
	again, err := w.Counted(ctx, asked)
	counts := newTally(totals, again)
	for _, event := range again {
		if _, locked := counts.places[event.Total]; !locked && err == nil {
			err = mutation.ErrStale
		}
	}
	return counts, err
}

// keep writes what a tally changed: known are the events that it began with, stored the totals.
func (r *recording) keep(ctx context.Context, w Writer, counts *tally, known map[EventID]Counted, stored map[TotalID]bool) error {
	var created, corrected []Counted
	for id := range counts.counted {
		if _, before := known[id]; before {
			corrected = append(corrected, counts.events[id])
		} else {
			created = append(created, counts.events[id])
		}
	}
	var added, changed []Total
	var alerts []Alert
	for place := range counts.changed {
		total := counts.totals[place]
		alerts = append(alerts, alertsOf(total, counts.before[place], r.own.AlertPercents, w.Now())...)
		if stored[total.ID] {
			changed = append(changed, *total)
		} else {
			added = append(added, *total)
		}
	}
	// In one order, so that mutations that add the same wait for one another, and not each for the other.
	slices.SortFunc(created, func(a, b Counted) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(added, func(a, b Total) int { return cmp.Compare(a.String(), b.String()) })
	for _, write := range []func() error{
		func() error { return w.CreateTotals(ctx, added) },
		func() error { return w.UpdateTotals(ctx, changed) },
		func() error { return w.CreateCounted(ctx, created) },
		func() error { return w.UpdateCounted(ctx, corrected) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	for _, alert := range alerts {
		if err := w.CreateAlert(ctx, alert); err != nil {
			return mutation.Explain(err, "usage alert", alert.Key())
		}
	}
	return nil
}

// alertsOf returns the alerts of the shares of its limit that a total has reached, and had not before.
func alertsOf(total *Total, before Total, thresholds []int32, now time.Time) (alerts []Alert) {
	for _, percent := range total.reached(before, thresholds) {
		alerts = append(alerts, Alert{
			Customer: total.Recurrence.Customer, Recurrence: total.Recurrence.Recurrence, ID: AlertID(id.New()), ServiceID: total.ServiceID,
			Window: total.Window, Percent: percent, Consumed: total.Consumed, Included: total.Included, CreateTime: now,
		})
	}
	return alerts
}
