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
	if err := checkSeen(ctx, r, found, key, resource.Missing("Subscription", key)); err != nil {
		return Subscription{}, err
	}
	return found, nil
}

// checkSeen returns missing if the caller does not see a subscription, which has a key, or its account.
func checkSeen(ctx context.Context, r Reader, of Subscription, key resource.Key, missing error) error {
	sees := visibility.From(ctx)
	seen, err := sees.Sees(ctx, r, of.Group, of.PrivacyLevel)
	if err == nil && seen && sees.MaxPrivacy != nil {
		var owned Owned
		if owned, err = r.Owned(ctx, key); err == nil { // updates have read it
			seen, err = sees.SeesLevel(ctx, r, owned.Account.PrivacyLevel)
		}
	}
	if err == nil && !seen {
		err = missing
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
	seen, err := resolved(ctx, r)
	if err != nil {
		return nil, err
	}
	sees, among := seen.Condition(), []listing.Condition(nil)
	if inIndex(query) {
		sees, among = seen.Split()
		if len(among) == 0 && query.Offset > 0 {
			among = []listing.Condition{listing.And{}} // what is left out is then read in the index alone
		}
	}
	query.Where, query.Among = listing.All(query.Where, sees), among
	return r.Subscriptions(ctx, query)
}

// maxHidden is how many accounts a list names that the caller does not see. With more, the account of each subscription is looked at.
const maxHidden = 100

// resolved returns what the caller sees, so that lists need to look at as little as possible.
func resolved(ctx context.Context, r Reader) (visibility.Visibility, error) {
	seen, err := visibility.From(ctx).Resolved(ctx, r)
	above, known := seen.Above()
	if err != nil || !known {
		return seen, err
	}
	var hidden []account.Account
	if len(above) > 0 {
		if hidden, err = r.Accounts(ctx, listing.Query{Where: listing.IsOneOf("privacy_level", above), Limit: maxHidden + 1}); err != nil {
			return seen, err
		}
	}
	if len(hidden) > maxHidden {
		return seen, nil
	}
	ids := make([]string, len(hidden))
	for i, account := range hidden {
		ids[i] = string(account.ID)
	}
	return seen.Hiding(ids), nil
}

// inIndex reports whether an index has what a query asks for by group and by privacy level, in the order of the ids.
func inIndex(query listing.Query) bool {
	if !slices.Equal(query.Order, byID) {
		return false
	}
	_, state := listing.Fixed(query.Where, FieldState)
	_, account := listing.Fixed(query.Where, visibility.FieldAccount)
	return state || account
}

// Create adds a subscription with defaults for what is not set.
func (s *Service) Create(ctx context.Context, given Subscription, options ...mutation.Option) (Subscription, error) {
	created, err := s.Standard.Create(ctx, given, options...)
	return shown(ctx, s, created.ID, created, err)
}

// Update applies revise to the subscription with an id. A non-empty etag must be the present one.
func (s *Service) Update(ctx context.Context, id ID, etag string, revise func(*Subscription) error, options ...mutation.Option) (Subscription, error) {
	updated, err := s.Standard.Update(ctx, id, etag, revise, options...)
	return shown(ctx, s, updated.ID, updated, err)
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
