package crmcom

import (
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// ordering is what all requests for an action share.
type ordering interface {
	performing
	identifying
	GetScheduledDate() string
	GetNullFields() []string
}

// performing is what a request says of an action that is done at once.
type performing interface {
	proto.Message
	GetTransactionReferenceNumber() string
	GetPerformedByUserIdentifier() *crmcomv2.UserIdentifier
	GetPerformedByUnitIdentifier() *crmcomv2.UnitIdentifier
	GetPerformedOn() string
	GetActionTypeIdentifier() *crmcomv2.ActionTypeIdentifier
	GetSubActionTypeIdentifier() *crmcomv2.ActionTypeIdentifier
}

// detailsOf returns the details of an action, and who really did it.
func detailsOf(request performing, calendar subscription.Calendar) (details subscription.Details, performer *resource.Reference, err error) {
	details.Reference = request.GetTransactionReferenceNumber()
	performer = userReference("performed_by_user_identifier", request.GetPerformedByUserIdentifier())
	if unit := request.GetPerformedByUnitIdentifier(); unit != nil {
		details.PerformerUnit = &resource.Unit{ID: unit.GetId(), Name: unit.GetName(), AlternativeCode: unit.GetAlternativeCode()}
	}
	details.Performed, err = instantOf("performed_on", request.GetPerformedOn(), calendar)
	return details, performer, err
}

// orderOf returns the action that a request asks for. Its dates and times are those of the tenant's clock.
func orderOf(request ordering, operation lifecycle.Operation, calendar subscription.Calendar) (order subscription.Order, err error) {
	order = subscription.Order{Target: targetOf(request), Operation: operation}
	if order.Details, order.Performer, err = detailsOf(request, calendar); err != nil {
		return subscription.Order{}, err
	}
	order.Type = actionTypeReference("action_type_identifier", request.GetActionTypeIdentifier())
	order.SubType = actionTypeReference("sub_action_type_identifier", request.GetSubActionTypeIdentifier())
	if order.Details.Scheduled, err = instantOf(subscription.FieldScheduled, request.GetScheduledDate(), calendar); err != nil {
		return subscription.Order{}, err
	}
	changes, err := fieldsOf(request, "", request.GetNullFields())
	if err != nil {
		return subscription.Order{}, err
	}
	return order, changes.Apply("", &order.Details.Fields)
}

func subscriptionReference(identifier *crmcomv2.SubscriptionIdentifier) resource.Reference {
	return resource.Reference{Field: "subscription_identifier", Keys: []resource.Key{
		{Name: resource.KeyID, Value: identifier.GetId()}, {Name: resource.KeyNumber, Value: identifier.GetNumber()},
	}}
}

// readDateTime returns a date and time as if it were in UTC.
func readDateTime(field, text string) (time.Time, error) {
	read, err := userfield.ParseLooseDateTime(text)
	if err != nil {
		return time.Time{}, fault.InvalidField(field, reason.InvalidValue, "%v", err)
	}
	return read.Time(), nil
}

// firstYear is the first year of an instant. Some clients send the year 1 for a date that is not set.
const firstYear = 1900

// instantOf returns the instant of a date and time of the tenant's clock. An empty text is the zero time; no other one is.
func instantOf(field, text string, calendar subscription.Calendar) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	local, err := readDateTime(field, text)
	if err == nil && local.Year() < firstYear {
		err = fault.InvalidField(field, reason.OutOfRange, "must be in %d or later; leave it out if there is none", firstYear)
	}
	return calendar.At(local), err
}

// codeOf returns the known code that a text spells, with its underscores or without them, as older pages print it.
func codeOf[C ~string](field, text string, known []C) (C, error) {
	if text == "" {
		return "", nil
	}
	for _, code := range known {
		if strings.ReplaceAll(text, "_", "") == strings.ReplaceAll(string(code), "_", "") {
			return code, nil
		}
	}
	return "", fault.InvalidField(field, reason.UnknownValue, "%q is not such a code", text)
}

// actionOf converts an action of a subscription.
func (a answering) actionOf(action subscription.Action, of subscription.View) *crmcomv2.SubscriptionAction {
	moment := func(at time.Time) *string {
		if at.IsZero() {
			return nil
		}
		return text(userfield.DateTimeOf(a.calendar.Local(at)).String())
	}
	message := &crmcomv2.SubscriptionAction{
		Id:                         text(action.ID),
		Number:                     text(action.Number),
		TransactionReferenceNumber: text(action.Reference),
		LifeCycleState:             text(action.State),
		BehaviorCode:               text(action.Operation.Behaviour()),
		BusinessClassificationCode: text(action.Operation),
		ScheduledDate:              moment(action.Scheduled),
		SubmittedOn:                moment(action.Submitted),
		PerformedOn:                moment(action.Performed),
		SubmittedBy:                &crmcomv2.ActionUser{Username: text(action.Submitter)},
		EndDate:                    day(action.Until),
		Subscription:               subscriptionOf(of),
		ActionType:                 actionTypeOf(of.ActionTypes[action.Type]),
		SubActionType:              actionTypeOf(of.ActionTypes[action.SubType]),
	}
	if id, isUser := strings.CutPrefix(action.Submitter, string(resource.KindUser)+"/"); isUser {
		message.SubmittedBy = &crmcomv2.ActionUser{Id: text(id)}
	}
	if by, known := of.ReplacementTypes[action.ReplacementType]; known {
		message.ReplacedByType = typeOf(by)
		if made, known := of.Replacements[action.Replacement]; known {
			message.ReplacedBySubscription = subscriptionOf(subscription.View{Subscription: made, Account: of.Account, Type: of.ReplacementTypes[made.Type]})
		}
	}
	if action.State == subscription.ActionExecuted {
		message.ExecutedOn = moment(action.Settled)
	}
	if action.Performer != "" {
		message.PerformedBy = &crmcomv2.ActionUser{Id: text(action.Performer)}
	}
	setUserFields(message.ProtoReflect(), action.Fields)
	if a.selected != nil {
		keep(message.ProtoReflect(), a.selected)
		message.Fields = a.selected
	}
	return message
}

// actionTypeOf converts a type of actions; one without an id is none.
func actionTypeOf(kind catalogue.ActionType) *crmcomv2.ActionType {
	if kind.ID == "" {
		return nil
	}
	return &crmcomv2.ActionType{Id: text(kind.ID), Name: text(kind.Name), AlternativeCode: text(kind.AlternativeCode)}
}

// selectActionFields parses fields_set for an action.
func selectActionFields(fieldsSet string) (selection, error) {
	if strings.TrimSpace(fieldsSet) == "" {
		return nil, nil
	}
	mask := &fieldmaskpb.FieldMask{}
	for path := range strings.SplitSeq(fieldsSet, ",") {
		path = strings.TrimSpace(path)
		if path == projectionField || mask.Append((*crmcomv2.SubscriptionAction)(nil), path) != nil {
			return nil, fault.InvalidField("fields_set", reason.UnknownField, "a subscription action has no field %q", path)
		}
	}
	mask.Normalize()
	return mask.GetPaths(), nil
}
