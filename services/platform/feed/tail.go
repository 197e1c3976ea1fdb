package feed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// pollInterval is how often entries of other replicas are looked for. Commits of this process are
// noticed at once.
const pollInterval = 250 * time.Millisecond

// Tail tells those who follow the feed when their tenant has new entries. It looks at the store once
// for all followers, and only while there are any, so a follower of one tenant costs the commits of
// others nothing. It is safe for concurrent use.
type Tail struct {
	db *database.DB

	mu sync.Mutex
	// end is a position up to which all followers with new entries were woken.
	end       Position
	followers map[auth.Tenant]*followed
	stop      context.CancelFunc
}

// followed is a tenant that someone follows.
type followed struct {
	followers int
	// wake is closed when the tenant has new entries.
	wake chan struct{}
}

// NewTail returns the tail of a store's feed.
func NewTail(db *database.DB) *Tail { return &Tail{db: db, followers: map[auth.Tenant]*followed{}} }

// Follower follows the entries of one tenant.
type Follower struct {
	tail   *Tail
	tenant auth.Tenant
	wake   chan struct{}
}

// Follow begins to follow a tenant. leave must be called once.
func (t *Tail) Follow(ctx context.Context, tenant auth.Tenant) (follower *Follower, leave func(), err error) {
	var end Position
	if err := t.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		end, err = End(ctx, tx)
		return err
	}); err != nil {
		return nil, nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.followers) == 0 {
		running, stop := context.WithCancel(context.WithoutCancel(ctx))
		t.end, t.stop = end, stop
		go t.run(running)
	}
	of := t.followers[tenant]
	if of == nil {
		of = &followed{wake: make(chan struct{})}
		t.followers[tenant] = of
	}
	of.followers++
	return &Follower{tail: t, tenant: tenant}, func() { t.leave(tenant) }, nil
}

func (t *Tail) leave(tenant auth.Tenant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.followers[tenant].followers--; t.followers[tenant].followers == 0 {
		delete(t.followers, tenant)
	}
	if len(t.followers) == 0 {
		t.stop()
	}
}

// Next returns a channel that is closed when entries of the tenant may have come since this call, or
// when the store cannot be read. Call it before reading.
func (f *Follower) Next() <-chan struct{} {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	f.wake = f.tail.followers[f.tenant].wake
	return f.wake
}

// End returns a position up to which the tenant has no entries besides those that it had at the last
// call of Next. ok is false if there may be some.
func (f *Follower) End() (end Position, ok bool) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	select {
	case <-f.wake:
		return Position{}, false
	default:
		return f.tail.end, true
	}
}

// run wakes followers until ctx ends.
func (t *Tail) run(ctx context.Context) {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		committed := t.db.Committed()
		select {
		case <-ctx.Done():
			return
		case <-committed:
		case <-poll.C:
		}
		t.look(ctx)
	}
}

// look wakes the followers of tenants that have entries after the end, and moves the end. It wakes all
// if the store cannot be read, so that they find out why.
func (t *Tail) look(ctx context.Context) {
	after, asked := t.state()
	var end Position
	var found []auth.Tenant
	err := t.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if end, err = End(ctx, tx); err != nil || end == after {
			return err
		}
		found, err = newsOf(ctx, tx, asked, after)
		return err
	})
	if err == nil && end == after {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() != nil {
		return
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
