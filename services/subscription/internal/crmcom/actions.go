package crmcom

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// actions serves crmcom.v2.SubscriptionActionsService.
type actions struct {
	crmcomv2.UnimplementedSubscriptionActionsServiceServer
	service  *subscription.Service
	sessions *organisation.Service
}

// ActivateSubscription makes a subscription effective.
func (s *actions) ActivateSubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.Activate)
}

// VerifySubscription makes a subscription effective that waits for the verification of its activation.
func (s *actions) VerifySubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.Verify)
}

// ShortTermActivateSubscription makes a subscription effective until a date.
func (s *actions) ShortTermActivateSubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.ActivateShortTerm)
}

// EndShortTermActivation ends a short-term activation.
func (s *actions) EndShortTermActivation(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.EndShortTermActivation)
}

// DeactivateSubscription makes a subscription not effective.
func (s *actions) DeactivateSubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.Deactivate)
}

// ShortTermDeactivateSubscription makes a subscription not effective until a date.
func (s *actions) ShortTermDeactivateSubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.DeactivateShortTerm)
}

// EndShortTermDeactivation ends a short-term deactivation.
func (s *actions) EndShortTermDeactivation(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.EndShortTermDeactivation)
}

// RestSubscription rests a subscription until a date.
func (s *actions) RestSubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.Rest)
}

// EndResting ends a rest.
func (s *actions) EndResting(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.EndResting)
}

// CancelSubscription ends a subscription.
func (s *actions) CancelSubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.Cancel)
}

// RegretSubscription ends a subscription within its cooling-off days.
func (s *actions) RegretSubscription(ctx context.Context, request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.Regret)
}

// act does what a request asks for.
func (s *actions) act(ctx context.Context, request *crmcomv2.SubscriptionActionRequest, operation lifecycle.Operation) (*crmcomv2.SubscriptionActionResponse, error) {
	ctx, answer, err := s.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	order, err := orderOf(request, operation, answer.calendar)
	if err != nil {
		return nil, err
	}
	if text := request.GetEndDate(); text != "" {
		local, err := readDateTime(lifecycle.UntilField, text)
		if err != nil {
			return nil, err
		}
		order.Until = date.Of(local)
	}
	return s.submit(ctx, order, answer)
}

// submit submits an action and answers with it.
func (s *actions) submit(ctx context.Context, order subscription.Order, answer answering) (*crmcomv2.SubscriptionActionResponse, error) {
	done, err := s.service.Act(ctx, order)
	if err != nil {
		return nil, err
	}
	return &crmcomv2.SubscriptionActionResponse{Status: emptyStatus(), Data: answer.actionOf(done.Action, done.View)}, nil
}

// GetScheduledActions lists the actions of a subscription that are scheduled.
func (s *actions) GetScheduledActions(ctx context.Context, request *crmcomv2.GetScheduledActionsRequest) (*crmcomv2.GetScheduledActionsResponse, error) {
	ctx, answer, err := s.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	where, err := codesOf(request)
	if err != nil {
		return nil, err
	}
	found, err := s.service.Scheduled(ctx, subscriptionReference(request.GetSubscriptionIdentifier()), where)
	if err != nil {
		return nil, err
	}
	response := &crmcomv2.GetScheduledActionsResponse{Status: emptyStatus()}
	for _, action := range pageOf(found.Actions, request) {
		response.Data = append(response.Data, answer.actionOf(action, found.View))
	}
	return response, nil
}

// unscheduled are codes on the vendor's pages (pageId=523891, 491916) of actions that are not scheduled here, as behaviours or classifications.
// A request for them is valid, and finds nothing.
var unscheduled = []lifecycle.Operation{
	"ADD_INSTALLED_ITEM", "ADD_SERVICE_USAGE", "BECOME_SUBSCRIBER", "BILL_AS_OF_DATE", "CHANGE_SUBSCRIBER_ACCOUNT", "CHANGE_SUBSCRIPTION_LOCATION",
	"EXTEND_GRACE_PERIOD", "REMOVE_INSTALLED_ITEM", "STOP_SERVICE", "SWAP_INSTALLED_ITEM", "CREATE_ACTIVATE_SUBSCRIPTION",
	"CREATE_DRAFT_SUBSCRIPTION", "NORMAL", "CHANGE_SUBSCRIBER", "CHANGE_ACCOUNTS_RECEIVABLE",
}

// codesOf returns the condition that actions have the codes that a request asks for.
func codesOf(request *crmcomv2.GetScheduledActionsRequest) (listing.Condition, error) {
	var behaviours []lifecycle.Behaviour
	known := slices.Concat(lifecycle.Operations, lifecycle.ServiceOperations, lifecycle.Amendments, unscheduled)
	for _, operation := range known {
		behaviours = append(behaviours, operation.Behaviour())
	}
	behaviour, err := codeOf("behavior_code", request.GetBehaviorCode(), behaviours)
	if err != nil {
		return nil, err
	}
	operation, err := codeOf("business_classification_code", request.GetBusinessClassificationCode(), known)
	if err != nil {
		return nil, err
	}
	var where listing.And
	if behaviour != "" {
		where = append(where, listing.Is("behavior_code", behaviour))
	}
	if operation != "" {
		where = append(where, listing.Is("classification", operation))
	}
	return listing.All(where...), nil
}

// CancelAction withdraws a scheduled action.
func (s *actions) CancelAction(ctx context.Context, request *crmcomv2.CancelActionRequest) (*crmcomv2.CancelActionResponse, error) {
	ctx, answer, err := s.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	identifier := request.GetSubscriptionActionIdentifier()
	done, err := s.service.Withdraw(ctx, resource.Reference{Field: "subscription_action_identifier", Keys: []resource.Key{
		{Name: resource.KeyID, Value: identifier.GetId()}, {Name: resource.KeyNumber, Value: identifier.GetNumber()},
		{Name: resource.KeyReference, Value: identifier.GetTransactionReferenceNumber()},
	}})
	if err != nil {
		return nil, err
	}
	return &crmcomv2.CancelActionResponse{Status: emptyStatus(), Data: answer.actionOf(done.Action, done.View)}, nil
}

// answering is how an answer shows actions: limited to the selected fields, and with the times of the tenant's clock.
type answering struct {
	selected selection
	calendar subscription.Calendar
}

// begin returns the context of the caller with a token, and how the answer shows actions.
func (s *actions) begin(ctx context.Context, token, fieldsSet string) (_ context.Context, answer answering, err error) {
	by, err := s.sessions.Authenticate(ctx, token)
	if err != nil {
		return nil, answer, err
	}
	if answer.selected, err = selectActionFields(fieldsSet); err != nil {
		return nil, answer, err
	}
	ctx = auth.With(ctx, by)
	answer.calendar, err = s.service.Calendar(ctx)
	return ctx, answer, err
}

// emptyStatus returns the status of a successful call with empty texts, as in the vendor's examples of subscriptions.
func emptyStatus() *crmcomv2.Status {
	return &crmcomv2.Status{Code: proto.String("OK"), Message: proto.String(""), Description: proto.String("")}
}
