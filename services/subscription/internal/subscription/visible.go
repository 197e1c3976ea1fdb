package subscription

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// find returns the subscription with a key. One that the caller does not see gives the same fault as one
// that does not exist.
func find[R Reader](r R, ctx context.Context, key resource.Key) (Subscription, error) {
	found, err := r.Subscription(ctx, key)
	if err != nil {
		return Subscription{}, err
	}
	if err := checkSeen(ctx, r, found, key, "Subscription", key); err != nil {
		return Subscription{}, err
	}
	return found, nil
}

// checkSeen returns a NotFound fault if the caller does not see a subscription, which has a key, or its account. what and asked are the kind of resource and
// the key that the caller has asked for.
func checkSeen(ctx context.Context, r Reader, of Subscription, key resource.Key, what string, asked resource.Key) error {
	sees := visibility.From(ctx)
	seen, err := sees.Sees(ctx, r, of.Group, of.PrivacyLevel)
	if err == nil && seen && sees.MaxPrivacy != nil {
		var owned Owned
		if owned, err = r.Owned(ctx, key); err == nil { // updates have read it
			seen, err = sees.SeesLevel(ctx, r, owned.Account.PrivacyLevel)
		}
	}
	if err == nil && !seen {
		err = resource.Missing(what, asked)
	}
	return err
}

// seenAccount returns the account with a key. One that the caller does not see gives the same fault as one that does not exist.
func seenAccount(ctx context.Context, r Reader, key resource.Key) (account.Account, error) {
	found, err := r.Account(ctx, key)
	if err != nil {
		return found, err
	}
	seen, err := visibility.From(ctx).SeesLevel(ctx, r, found.PrivacyLevel)
	if err == nil && !seen {
		err = resource.Missing("Account", key)
	}
	if err != nil {
		return account.Account{}, err
	}
	return found, nil
}

// list returns the subscriptions that match a query and that the caller sees.
func list(r Reader, ctx context.Context, query listing.Query) ([]Subscription, error) {
	of, indexed := inIndex(query)
	seen, err := visibility.From(ctx).Resolved(ctx, r, of)
	if err != nil {
		return nil, err
	}
	sees, among := seen.Condition(), []listing.Condition(nil)
	if indexed {
		sees, among = seen.Split()
		if len(among) == 0 && query.Offset > 0 {
			among = []listing.Condition{listing.And{}} // what is left out is then read in the index alone
		}
	}
	query.Where, query.Among = listing.All(query.Where, sees), among
	return r.Subscriptions(ctx, query)
}

// inIndex reports whether an index has what a query asks for by group and by privacy levels, in the order of the ids, and of which
// subscriptions: those of an account, of a state, or all.
func inIndex(query listing.Query) (of listing.Condition, indexed bool) {
	if !slices.Equal(query.Order, byID) {
		return nil, false
	}
	for _, field := range []string{visibility.FieldAccount, FieldState} {
		if value, fixed := listing.Fixed(query.Where, field); fixed {
			return listing.Is(field, value), true
		}
	}
	return nil, query.Where == nil
}

// Update applies revise to the subscription with an id. A non-empty etag must be the present one.
func (s *Service) Update(ctx context.Context, id ID, etag string, revise func(*Subscription) error, options ...mutation.Option) (Subscription, error) {
	updated, err := s.Standard.Update(ctx, id, etag, revise, options...)
	updated, err = shown(ctx, s, updated.ID, updated, err)
	return concealed(ctx, s, updated, err)
}

// shown returns the outcome of a mutation of a subscription if the caller sees it. The outcome may be
// that of somebody else's request with the same idempotency key.
func shown[T any](ctx context.Context, s *Service, id ID, outcome T, err error) (T, error) {
	if err != nil || !mutation.HasKey(ctx) || mutation.OnlyValidates(ctx) || visibility.From(ctx).Condition() == nil {
		return outcome, err
	}
	if _, err := s.Get(ctx, id); err != nil {
		var none T
		return none, err
	}
	return outcome, nil
}
