package crmcom

import (
	"context"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// reads serves crmcom.v2.SubscriptionReadsService.
type reads struct {
	crmcomv2.UnimplementedSubscriptionReadsServiceServer
	service  *subscription.Service
	sessions *organisation.Service
}

// usualResults is the number of subscriptions of a list that does not say how many.
const usualResults = 100

// ShowSubscription returns one subscription.
func (s *reads) ShowSubscription(ctx context.Context, request *crmcomv2.ShowSubscriptionRequest) (*crmcomv2.ShowSubscriptionResponse, error) {
	target := targetOf(request)
	ctx = target.Prefetch(ctx)
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	selected, err := selectFields(request.GetFieldsSet(), (*crmcomv2.FullSubscription)(nil))
	if err != nil {
		return nil, err
	}
	found, err := s.service.Show(auth.With(ctx, by), target)
	if err != nil {
		return nil, err
	}
	return &crmcomv2.ShowSubscriptionResponse{Status: plainStatus(), Data: fullOf(found, selected)[0]}, nil
}

// AuthenticateSubscription returns one subscription if it belongs to an account.
func (s *reads) AuthenticateSubscription(ctx context.Context, request *crmcomv2.AuthenticateSubscriptionRequest) (*crmcomv2.AuthenticateSubscriptionResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	selected, err := selectFields(request.GetFieldsSet(), (*crmcomv2.FullSubscription)(nil))
	if err != nil {
		return nil, err
	}
	found, err := s.service.ShowOf(auth.With(ctx, by), targetOf(request))
	if err != nil {
		return nil, err
	}
	return &crmcomv2.AuthenticateSubscriptionResponse{Status: plainStatus(), Data: fullOf(found, selected)[0]}, nil
}

// ListSubscriptions returns the subscriptions of an account, or of all, in a state, or in any.
func (s *reads) ListSubscriptions(ctx context.Context, request *crmcomv2.ListSubscriptionsRequest) (*crmcomv2.ListSubscriptionsResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	selected, err := selectFields(request.GetFieldsSet(), (*crmcomv2.FullSubscription)(nil))
	if err != nil {
		return nil, err
	}
	state, err := readCode("life_cycle_state", request.GetLifeCycleState(), subscription.LifeCycleStates...)
	if err != nil {
		return nil, err
	}
	limit := usualResults
	if request.NumberOfResults != nil {
		limit = int(request.GetNumberOfResults())
	}
	found, err := s.service.Select(auth.With(ctx, by), subscription.Selection{
		Account: ownerOf(request.GetAccountsReceivableIdentifier()), State: state, Limit: limit, Offset: int(request.GetOffset()),
	})
	if err != nil {
		return nil, err
	}
	return &crmcomv2.ListSubscriptionsResponse{Status: plainStatus(), Data: fullOf(found, selected)}, nil
}

// ListSubscriptionTypes returns the types that a new subscription can have.
func (s *reads) ListSubscriptionTypes(ctx context.Context, request *crmcomv2.ListSubscriptionTypesRequest) (*crmcomv2.ListSubscriptionTypesResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	selected, err := selectFields(request.GetFieldsSet(), (*crmcomv2.SubscriptionType)(nil))
	if err != nil {
		return nil, err
	}
	found, err := s.service.Types(auth.With(ctx, by), ownerOf(request.GetAccountsReceivableIdentifier()), groupReference("group_identifier", request.GetGroupIdentifier()))
	if err != nil {
		return nil, err
	}
	response := &crmcomv2.ListSubscriptionTypesResponse{Status: plainStatus()}
	for _, one := range pageOf(found, request) {
		message := typeOf(one)
		if selected.limit(message) {
			message.Fields = selected
		}
		response.Data = append(response.Data, message)
	}
	return response, nil
}

// paged is a request for a part of a list.
type paged interface {
	GetNumberOfResults() int32
	GetOffset() int32
}

// pageOf returns the part of a list that a request asks for: number_of_results, or all without it, after offset.
func pageOf[T any](all []T, asked paged) []T {
	all = all[min(len(all), int(asked.GetOffset())):]
	if most := int(asked.GetNumberOfResults()); most > 0 {
		all = all[:min(len(all), most)]
	}
	return all
}

// plainStatus returns the status of a successful call with empty texts, as in the vendor's examples of
// subscriptions, where other responses have null.
func plainStatus() *crmcomv2.Status {
	return &crmcomv2.Status{Code: proto.String("OK"), Message: proto.String(""), Description: proto.String("")}
}
