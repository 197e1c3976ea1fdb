package feed

import (
	"context"
	"sync"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// Tail tells those who follow the feed when their tenant has new entries. It looks at the store once
// for all followers, and only while there are any and their tenants change, so a follower of one tenant
// costs the commits of others nothing. It is safe for concurrent use.
type Tail struct {
	db *database.DB

	mu sync.Mutex
	// end is a position up to which all followers with new entries were woken.
	end       Position
	followers map[auth.Tenant]*followed
	// wake gets the commits of tenants that are followed, until stop.
	wake chan struct{}
	stop context.CancelFunc
}

// followed is a tenant that someone follows.
type followed struct {
	followers int
	// wake is closed when the tenant has new entries.
	wake chan struct{}
	// unfollow ends the news of the store about the tenant.
	unfollow func()
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
		t.end, t.stop, t.wake = end, stop, make(chan struct{}, 1)
		go t.run(running, t.wake)
	}
	of := t.followers[tenant]
	if of == nil {
		of = &followed{
			wake: make(chan struct{}), unfollow: t.db.Follow(t.wake, database.Subject{Tenant: string(tenant)}),
		}
		t.followers[tenant] = of
	}
	of.followers++
	return &Follower{tail: t, tenant: tenant}, func() { t.leave(tenant) }, nil
}

func (t *Tail) leave(tenant auth.Tenant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.followers[tenant]
	if of.followers--; of.followers == 0 {
		of.unfollow()
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
