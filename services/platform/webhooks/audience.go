package webhooks

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/webhooks/internal/rows"
)

// audience is whom a worker works for: the tenants with an endpoint that is enabled. Commits that are not about
// them do not wake it.
type audience struct {
	db *database.DB
	// wake gets commits about the tenants, and the ends of turns. endpoints gets commits about endpoints of any tenant.
	wake, endpoints chan struct{}
	// tenants holds what ends the news about each.
	tenants map[auth.Tenant]func()
	leave   func()
}

func newAudience(db *database.DB) *audience {
	a := &audience{db: db, wake: make(chan struct{}, 1), endpoints: make(chan struct{}, 1), tenants: map[auth.Tenant]func(){}}
	a.leave = db.Follow(a.endpoints, database.Subject{Type: resourceType})
	return a
}

// read reads the tenants.
func (a *audience) read(ctx context.Context) error {
	var found []string
	if err := a.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		found, err = rows.New(tx).ListServed(ctx)
		return err
	}); err != nil {
		return fmt.Errorf("reading which tenants have webhook endpoints: %w", err)
	}
	left := a.tenants
	a.tenants = make(map[auth.Tenant]func(), len(found))
	for _, tenant := range found {
		unfollow, known := left[auth.Tenant(tenant)]
		if !known {
			unfollow = a.db.Follow(a.wake, database.Subject{Tenant: tenant})
		}
		a.tenants[auth.Tenant(tenant)] = unfollow
		delete(left, auth.Tenant(tenant))
	}
	for _, unfollow := range left {
		unfollow()
	}
	return nil
}

// isEmpty reports whether there is nobody to work for.
func (a *audience) isEmpty() bool { return len(a.tenants) == 0 }

// turned wakes the worker after a turn: there may be more to send, or room for another endpoint.
func (a *audience) turned() {
	select {
	case a.wake <- struct{}{}:
	default: // it is awake already
	}
}

// end ends all news.
func (a *audience) end() {
	a.leave()
	for _, unfollow := range a.tenants {
		unfollow()
	}
}
