package feed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// Commits of this process are noticed at once, though the store is not looked at more than once in minPause.
// Entries of other replicas are looked for every pollInterval. Those that an older transaction holds back are
// looked for from minPause on, less and less often.
const (
	minPause     = 5 * time.Millisecond
	pollInterval = 250 * time.Millisecond
)

// run wakes followers until ctx ends.
func (t *Tail) run(ctx context.Context, wake <-chan struct{}) {
	next := pollInterval
	timer := time.NewTimer(next)
	defer timer.Stop()
	var awaited Position // of what is committed but perhaps not settled
	for {
		woken := false
		select {
		case <-ctx.Done():
			return
		case <-wake:
			woken = true
		case <-timer.C:
		}
		end, committed := t.look(ctx)
		if woken {
			awaited, next = committed, minPause
		}
		if end.Compare(awaited) >= 0 {
			next = pollInterval
		} else {
			next = min(2*next, pollInterval)
		}
		timer.Reset(next)
		if woken {
			select {
			case <-ctx.Done():
				return
			case <-time.After(minPause):
			}
		}
	}
}

// look wakes the followers of tenants that have entries after the end, and moves the end. It wakes all
// if the store cannot be read, so that they find out why. It returns the end and a position after all that
// is committed.
func (t *Tail) look(ctx context.Context) (end, committed Position) {
	after, asked := t.state()
	var found []auth.Tenant
	err := t.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if end, committed, err = ends(ctx, tx); err != nil || end == after {
			return err
		}
		found, err = newsOf(ctx, tx, asked, after)
		return err
	})
	if err == nil && end == after {
		return end, committed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() != nil {
		return end, committed
	}
	for tenant, of := range t.followers {
		_, known := slices.BinarySearch(asked, tenant)
		// Tenants that were not asked for have been followed only since.
		if err != nil || !known || slices.Contains(found, tenant) {
			close(of.wake)
			of.wake = make(chan struct{})
		}
	}
	if err == nil {
		t.end = end
	}
	return end, committed
}

// state returns the end and the tenants that are followed.
func (t *Tail) state() (end Position, tenants []auth.Tenant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end, slices.Sorted(maps.Keys(t.followers))
}

// newsOf returns those of the tenants that have entries after a position.
func newsOf(ctx context.Context, tx *database.Tx, tenants []auth.Tenant, after Position) ([]auth.Tenant, error) {
	asked, err := database.Many(tx, tenants)
	if err != nil {
		return nil, fmt.Errorf("looking for changes of %d tenants: %w", len(tenants), err)
	}
	from := `json_each($1) AS asked`
	if tx.Engine == database.PostgreSQL {
		from = `unnest($1::text[]) AS asked (value)`
	}
	return database.Select(ctx, tx, "tenant with changes", func(row database.Row) (tenant auth.Tenant, err error) {
		err = row.Scan(&tenant)
		return tenant, err
	}, `SELECT asked.value FROM `+from+` WHERE EXISTS (SELECT 1 FROM change_feed WHERE tenant = asked.value`+
		standing(tx.Engine, ">", "$2", "$3")+settled(tx.Engine)+`)`, asked, after.Transaction, after.Sequence)
}
