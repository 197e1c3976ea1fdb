package subscription

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Prefetched is a subscription that is read by the same statement as the session of its caller.
type Prefetched struct {
	// Key identifies the subscription by its id or number.
	Key resource.Key
	// Tenant is that of the session. It is empty until the subscription was looked for.
	Tenant auth.Tenant
	// Err is why the subscription was not found. It is a NotFound fault if there is none.
	Err error
	// All is the subscription with everything that it refers to, as the only one, and the privacy level of its account. Nobody may
	// write into what it refers to.
	All      Expanded
	Settings Settings
}

type prefetchKey struct{}

// Prefetch returns a context with which the session of a caller is read together with the subscription that is meant, which Show then
// returns: both cost one statement, and on PostgreSQL one round trip instead of two. A subscription that is meant by its account, or not
// by exactly one key, is not read together.
func (t Target) Prefetch(ctx context.Context) context.Context {
	together := ctx
	if t.Account == nil {
		resource.Announce(ctx, &t.Subscription, func(ctx context.Context, key resource.Key) (none struct{}, err error) {
			together = context.WithValue(ctx, prefetchKey{}, &Prefetched{Key: key})
			return none, nil
		})
	}
	return together
}

// PrefetchedOf returns the subscription that is to be read with the session of the caller, or nil.
func PrefetchedOf(ctx context.Context) *Prefetched {
	ahead, _ := ctx.Value(prefetchKey{}).(*Prefetched)
	return ahead
}

// isOf reports whether the subscription was looked for in the tenant of the caller. A nil one was not.
func (p *Prefetched) isOf(ctx context.Context) bool {
	caller, err := auth.From(ctx)
	return p != nil && err == nil && p.Tenant == caller.Tenant
}

// shown returns the subscription with a key as Show does.
func (p *Prefetched) shown(ctx context.Context, s *Service, r Reader, key resource.Key) (Expanded, error) {
	if key != p.Key {
		return Expanded{}, fmt.Errorf("subscription %s was read with the session, not %s", p.Key.Value, key.Value)
	}
	if p.Err != nil {
		return Expanded{}, p.Err
	}
	all := p.All
	if err := checkSeen(ctx, prefetchedReader{r, all}, all.Subscriptions[0], key, "Subscription", key); err != nil {
		return Expanded{}, err
	}
	err := s.date(&all, p.Settings)
	return all, err
}

// prefetchedReader reads what decides who sees a subscription from what was read with it.
type prefetchedReader struct {
	Reader
	all Expanded
}

// Group returns the group that owns the subscription.
func (r prefetchedReader) Group(ctx context.Context, key resource.Key) (catalogue.Group, error) {
	if group, known := r.all.Groups[catalogue.GroupID(key.Value)]; known && key.Name == resource.KeyID {
		return group, nil
	}
	return r.Reader.Group(ctx, key)
}

// PrivacyLevel returns the privacy level of the subscription, or that of its account.
func (r prefetchedReader) PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error) {
	if level, known := r.all.PrivacyLevels[catalogue.PrivacyLevelID(key.Value)]; known && key.Name == resource.KeyID {
		return level, nil
	}
	return r.Reader.PrivacyLevel(ctx, key)
}

// Owned returns the subscription and its account.
func (r prefetchedReader) Owned(context.Context, resource.Key) (Owned, error) {
	shown := r.all.Subscriptions[0]
	return Owned{Subscription: shown, Account: r.all.Accounts[shown.Account]}, nil
}
