package api

import (
	"context"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// actionServer serves continuo.subscription.v1.SubscriptionActionService.
type actionServer struct {
	pb.UnimplementedSubscriptionActionServiceServer
	service *subscription.Service
	sealer  aip.Sealer
}

var actions = kind[subscription.ActionID, subscription.Action, *pb.SubscriptionAction]{
	pattern: actionName, field: "subscription_action", list: actionList, message: actionMessage, read: (*reading).action,
	setID: func(a *subscription.Action, id subscription.ActionID) { a.ID = id },
}

// ActivateSubscription activates a subscription, until a date if there is one.
func (s *actionServer) ActivateSubscription(ctx context.Context, request *pb.ActivateSubscriptionRequest) (*pb.SubscriptionAction, error) {
	order := subscription.Order{Operation: lifecycle.Activate}
	if request.GetEndDate() != nil {
		order.Operation = lifecycle.ActivateShortTerm
	}
	return s.act(ctx, request, order, request.GetEndDate())
}

// VerifySubscription verifies the activation of a subscription.
func (s *actionServer) VerifySubscription(ctx context.Context, request *pb.VerifySubscriptionRequest) (*pb.SubscriptionAction, error) {
	return s.act(ctx, request, subscription.Order{Operation: lifecycle.Verify}, nil)
}

// DeactivateSubscription deactivates a subscription, until a date if there is one.
func (s *actionServer) DeactivateSubscription(ctx context.Context, request *pb.DeactivateSubscriptionRequest) (*pb.SubscriptionAction, error) {
	order := subscription.Order{Operation: lifecycle.Deactivate}
	if request.GetEndDate() != nil {
		order.Operation = lifecycle.DeactivateShortTerm
	}
	return s.act(ctx, request, order, request.GetEndDate())
}

// RestSubscription rests a subscription until a date.
func (s *actionServer) RestSubscription(ctx context.Context, request *pb.RestSubscriptionRequest) (*pb.SubscriptionAction, error) {
	return s.act(ctx, request, subscription.Order{Operation: lifecycle.Rest}, request.GetEndDate())
}

// ResumeSubscription ends the rest or the short term of a subscription.
func (s *actionServer) ResumeSubscription(ctx context.Context, request *pb.ResumeSubscriptionRequest) (*pb.SubscriptionAction, error) {
	return s.act(ctx, request, subscription.Order{Operation: subscription.Resume}, nil)
}

// CancelSubscription ends a subscription.
func (s *actionServer) CancelSubscription(ctx context.Context, request *pb.CancelSubscriptionRequest) (*pb.SubscriptionAction, error) {
	return s.act(ctx, request, subscription.Order{Operation: lifecycle.Cancel}, nil)
}

// RegretSubscription ends a subscription within its cooling-off days.
func (s *actionServer) RegretSubscription(ctx context.Context, request *pb.RegretSubscriptionRequest) (*pb.SubscriptionAction, error) {
	return s.act(ctx, request, subscription.Order{Operation: lifecycle.Regret}, nil)
}

// GetSubscriptionAction returns an action.
func (s *actionServer) GetSubscriptionAction(ctx context.Context, request *pb.GetSubscriptionActionRequest) (*pb.SubscriptionAction, error) {
	return actions.get(ctx, request.GetName(), s.service.Action)
}

// BatchGetSubscriptionActions returns several actions.
func (s *actionServer) BatchGetSubscriptionActions(ctx context.Context, request *pb.BatchGetSubscriptionActionsRequest) (*pb.BatchGetSubscriptionActionsResponse, error) {
	found, err := actions.batchGet(ctx, request.GetNames(), s.service.Actions)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetSubscriptionActionsResponse{SubscriptionActions: found}, nil
}

// ListSubscriptionActions returns a page of actions.
func (s *actionServer) ListSubscriptionActions(ctx context.Context, request *pb.ListSubscriptionActionsRequest) (*pb.ListSubscriptionActionsResponse, error) {
	found, next, err := actions.page(ctx, s.sealer, request, s.service.Actions)
	if err != nil {
		return nil, err
	}
	return &pb.ListSubscriptionActionsResponse{SubscriptionActions: found, NextPageToken: next}, nil
}

// CancelSubscriptionAction withdraws a scheduled action.
func (s *actionServer) CancelSubscriptionAction(ctx context.Context, request *pb.CancelSubscriptionActionRequest) (*pb.SubscriptionAction, error) {
	id, err := resourcename.ID[subscription.ActionID](actionName, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	cancelled, err := s.service.CancelAction(ctx, id, request.GetEtag())
	if err != nil {
		return nil, err
	}
	return actionMessage(cancelled), nil
}

// ordering is what all requests for an action have.
type ordering interface {
	GetName() string
	GetEtag() string
	GetDetails() *pb.ActionDetails
}

// act does what a request asks for.
func (s *actionServer) act(ctx context.Context, request ordering, order subscription.Order, until *date.Date) (*pb.SubscriptionAction, error) {
	var r reading
	order.Target.Subscription = *byID("name", reference[subscription.ID](&r, subscriptionName, "name", request.GetName()))
	order.Etag, order.FieldsPath = request.GetEtag(), userfield.NativePath("details.")
	order.Until = r.date(lifecycle.UntilField, until)
	order.Details = r.details("details.", request.GetDetails())
	order.Performer, order.Type, order.SubType = referencesOf("details.", order.Details)
	if err := r.Err(); err != nil {
		return nil, err
	}
	done, err := s.service.Act(ctx, order)
	if err != nil {
		return nil, fault.Rename(err, orderField)
	}
	return actionMessage(done.Action), nil
}

// nativeField returns the name of a field in the native API.
func nativeField(field string) string {
	switch field {
	case subscription.FieldScheduled:
		return "details.schedule_time"
	case subscription.FieldReference:
		return "details.transaction_reference"
	case subscription.FieldReplacementType:
		return replacementType
	case terms.FieldScheme:
		return "billing_terms.scheme"
	case terms.FieldFrequency:
		return "billing_terms.frequency"
	case terms.FieldCycleDay:
		return "billing_terms.cycle_day"
	case terms.FieldLastDay:
		return "billing_terms.cycle_last_day"
	case terms.FieldPeriod:
		return "billing_terms.binding_period"
	case terms.FieldStart:
		return "billing_terms.binding_start_date"
	}
	return field
}

// orderField is nativeField for an action, whose references are names, which have no members.
func orderField(field string) string {
	return strings.TrimSuffix(nativeField(field), "."+string(resource.KeyID))
}

// creationField is nativeField for a creation, whose details have references as those of actions.
func creationField(field string) string {
	if strings.HasPrefix(field, "details.") {
		return orderField(field)
	}
	return nativeField(field)
}

// byID refers to a resource by its id.
func byID[ID ~string](field string, id ID) *resource.Reference {
	return &resource.Reference{Field: field, Keys: []resource.Key{resource.ByID(id)}}
}

// referencesOf returns the references to the user, the type and the sub type that details name; nil for none.
func referencesOf(path string, of subscription.Details) (performer, kind, subType *resource.Reference) {
	if of.Performer != "" {
		performer = byID(path+"performer", of.Performer)
	}
	if of.Type != "" {
		kind = byID(path+"action_type", of.Type)
	}
	if of.SubType != "" {
		subType = byID(path+"sub_action_type", of.SubType)
	}
	return performer, kind, subType
}

// creationDetails reads what is said of a creation, as details does.
func (r *reading) creationDetails(path string, message *pb.CreationDetails) subscription.Details {
	return r.details(path, &pb.ActionDetails{
		TransactionReference: message.GetTransactionReference(), PerformTime: message.GetPerformTime(), Performer: message.GetPerformer(),
		PerformerUnit: message.GetPerformerUnit(), UserDefinedFields: message.GetUserDefinedFields(),
		ActionType: message.GetActionType(), SubActionType: message.GetSubActionType(),
	})
}

func (r *reading) details(path string, message *pb.ActionDetails) subscription.Details {
	return subscription.Details{
		Reference:     r.key(path+"transaction_reference", message.GetTransactionReference()),
		Scheduled:     r.instant(path+"schedule_time", message.GetScheduleTime()).Truncate(time.Microsecond),
		Performed:     r.instant(path+"perform_time", message.GetPerformTime()).Truncate(time.Microsecond),
		Performer:     reference[organisation.UserID](r, userName.Optional(), path+"performer", message.GetPerformer()),
		PerformerUnit: unit(message.GetPerformerUnit()),
		Type:          reference[catalogue.ActionTypeID](r, actionTypeName.Optional(), path+"action_type", message.GetActionType()),
		SubType:       reference[catalogue.ActionTypeID](r, actionTypeName.Optional(), path+"sub_action_type", message.GetSubActionType()),
		Fields:        r.userFields(path+"user_defined_fields", message.GetUserDefinedFields()),
	}
}
