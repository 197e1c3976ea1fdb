package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// mostTypes is how many types a list holds.
const mostTypes = 1000

// Types returns the types that a new subscription can have, in the order of their names. An account and a group that are given must
// exist. Faults: NOT_FOUND, REQUIRED or AMBIGUOUS for them.
func (s *Service) Types(ctx context.Context, of, group *resource.Reference) ([]catalogue.SubscriptionType, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]catalogue.SubscriptionType, error) {
		if of != nil {
			if _, err := accountOf(ctx, r, *of); err != nil {
				return nil, err
			}
		}
		if group != nil {
			if _, err := resource.Find(ctx, *group, r.Group); err != nil {
				return nil, err
			}
		}
		return r.SubscriptionTypes(ctx, listing.Query{
			Where: listing.Is("inactive", false), Order: []listing.Order{{Field: "display_name"}, {Field: "name"}}, Limit: mostTypes,
		})
	})
}
