package subscription

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// Target says which subscription is meant: by itself, or by the account that owns it and no other one.
type Target struct {
	Subscription resource.Reference
	// Account is the reference to the account, or nil if none is given.
	Account *resource.Reference
}

// find returns the subscription if the caller sees it. Faults:
//
//   - REQUIRED or AMBIGUOUS: neither or both of subscription and account are given, or a reference does
//     not have exactly one key.
//   - NOT_FOUND: a reference identifies nothing, or the caller sees no subscription of the account.
//   - AMBIGUOUS: the caller sees several subscriptions of the account.
func (t Target) find(ctx context.Context, r Reader) (Subscription, error) {
	if t.Account == nil {
		return resource.Find(ctx, t.Subscription, func(ctx context.Context, key resource.Key) (Subscription, error) { return find(r, ctx, key) })
	}
	if t.Subscription.Given() {
		return Subscription{}, fault.InvalidField(t.Account.Field, reason.Ambiguous, "only one of %s and this may be given", t.Subscription.Field)
	}
	owner, err := accountOf(ctx, r, *t.Account)
	if err != nil {
		return Subscription{}, err
	}
	owned, err := list(r, ctx, listing.Query{Where: listing.Is("account", owner.ID), Order: byID, Limit: 2})
	switch {
	case err != nil:
		return Subscription{}, err
	case len(owned) == 0:
		return Subscription{}, resource.NotFound(t.Account.Field, "the account owns no subscription")
	case len(owned) > 1:
		return Subscription{}, fault.InvalidField(t.Account.Field, reason.Ambiguous, "the account owns several subscriptions; name one by %s", t.Subscription.Field)
	}
	// Read again by its id, so that the store knows what is there before a change.
	return r.Subscription(ctx, resource.ByID(owned[0].ID))
}

// byID is the order of lists, which makes pages fit together.
var byID = []listing.Order{{Field: "name"}}

// accountOf returns the account of a reference, if the caller sees it. A name that several of those have is AMBIGUOUS.
func accountOf(ctx context.Context, r Reader, reference resource.Reference) (account.Account, error) {
	return resource.Find(ctx, reference, func(ctx context.Context, key resource.Key) (account.Account, error) {
		if key.Name != resource.KeyNameText {
			return seenAccount(ctx, r, key)
		}
		named, err := r.Accounts(ctx, listing.Query{
			Where: listing.All(listing.Is("display_name", key.Value), visibility.From(ctx).OfAccounts()), Order: byID, Limit: 2,
		})
		switch {
		case err != nil:
			return account.Account{}, fmt.Errorf("finding an account by its name: %w", err)
		case len(named) == 0:
			return account.Account{}, resource.Missing("Account", key)
		case len(named) > 1:
			return account.Account{}, fault.InvalidField(reference.Field+".name", reason.Ambiguous, "several accounts have this name; give an id or a number")
		}
		return named[0], nil
	})
}
