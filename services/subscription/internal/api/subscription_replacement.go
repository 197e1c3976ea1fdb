package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Fields of the request that replaces a subscription.
const (
	replacement     = "replacement"
	replacementType = "replacement_type"
)

// ReplaceSubscription ends a subscription in favour of another one, or of a new one of a type.
func (s *actionServer) ReplaceSubscription(ctx context.Context, request *pb.ReplaceSubscriptionRequest) (*pb.SubscriptionAction, error) {
	order := subscription.Order{Operation: lifecycle.Replace}
	var r reading
	switch {
	case request.GetReplacement() == "" && request.GetReplacementType() == "":
		return nil, fault.InvalidField(replacement, reason.Required, "one of %s and %s is required", replacement, replacementType)
	case request.GetReplacement() != "" && request.GetReplacementType() != "":
		return nil, fault.InvalidField(replacementType, reason.Ambiguous, "only one of %s and this may be given", replacement)
	case request.GetReplacementType() != "":
		order.ReplacementType = byID(replacementType, reference[catalogue.TypeID](&r, subscriptionTypeName, replacementType, request.GetReplacementType()))
		order.Services = r.swaps(request.GetSwaps())
		for i := range order.Services {
			order.Services[i].Swaps = true
		}
		order.Services = append(order.Services, r.additions(request)...)
	default:
		order.Replacement = byID(replacement, reference[subscription.ID](&r, subscriptionName, replacement, request.GetReplacement()))
		for _, given := range []struct {
			field string
			is    bool
		}{{"swaps", len(request.GetSwaps()) > 0}, {"products", len(request.GetProducts()) > 0}, {"components", len(request.GetComponents()) > 0}} {
			if given.is {
				r.Add(given.field, reason.Inconsistent, "is for %s only; leave it out", replacementType)
			}
		}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s.act(ctx, request, order, nil)
}
