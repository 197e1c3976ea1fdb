package api

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// The prefixes of enums.
const (
	classificationPrefix = "ACTION_CLASSIFICATION_"
	actionStatePrefix    = "ACTION_STATE_"
	serviceStatePrefix   = "SERVICE_STATE_"
	statePrefix          = "LIFE_CYCLE_STATE_"
)

func actionMessage(action subscription.Action) *pb.SubscriptionAction {
	etag, created, updated := versions(action.Revision)
	return &pb.SubscriptionAction{
		Name:           actionName.Format(action.ID),
		Number:         action.Number,
		Subscription:   subscriptionName.Format(action.Subscription),
		Classification: enum[pb.ActionClassification](classificationPrefix, pb.ActionClassification_value, action.Operation),
		BehaviorCode:   string(action.Operation.Behaviour()),
		State:          enum[pb.ActionState](actionStatePrefix, pb.ActionState_value, action.State),
		Details:        detailsMessage(action.Details),
		SubmitTime:     timestamppb.New(action.Submitted),
		Submitter:      action.Submitter,
		SettleTime:     timestamp(action.Settled),
		EndDate:        gtype.Date(action.Until),
		Replacement:    subscriptionName.Format(action.Replacement), ReplacementType: subscriptionTypeName.Format(action.ReplacementType),
		Replaced:       subscriptionName.Format(action.Replaced),
		Effect:         effectMessage(action.Effect),
		Rejection:      rejectionMessage(action.Rejection),
		Failure:        failureMessage(action.Failure),
		Automatic:      action.Automatic,
		Services:       serviceChangesMessage(action.Services),
		InstalledItems: itemChangesMessage(action.Items),
		Destination:    subscriptionName.Format(action.Destination),
		BillingTerms:   termsChangeMessage(action.Terms),
		Etag:           etag, CreateTime: created, UpdateTime: updated,
	}
}

func detailsMessage(details subscription.Details) *pb.ActionDetails {
	return &pb.ActionDetails{
		ScheduleTime:         timestamp(details.Scheduled),
		TransactionReference: details.Reference,
		PerformTime:          timestamp(details.Performed),
		Performer:            userName.Format(details.Performer),
		PerformerUnit:        unitMessage(details.PerformerUnit),
		UserDefinedFields:    userFieldsMessage(details.Fields),
		ActionType:           actionTypeName.Format(details.Type),
		SubActionType:        actionTypeName.Format(details.SubType),
	}
}

// timestamp converts a time. The zero time becomes nil.
func timestamp(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

func effectMessage(effect *subscription.Effect) *pb.ActionEffect {
	if effect == nil {
		return nil
	}
	message := &pb.ActionEffect{
		StateBefore:          enum[pb.LifeCycleState](statePrefix, pb.LifeCycleState_value, effect.From),
		StateAfter:           enum[pb.LifeCycleState](statePrefix, pb.LifeCycleState_value, effect.To),
		WithdrawnActionCount: int32(effect.Withdrawn),
		BillingTermsBefore:   termsMessage(effect.TermsBefore),
		BillingTermsAfter:    termsMessage(effect.TermsAfter),
		Cost:                 costMessage(effect.Cost),
	}
	for _, service := range effect.Services {
		message.Services = append(message.Services, &pb.ServiceEffect{
			Id:          service.ID,
			StateBefore: enum[pb.ServiceState](serviceStatePrefix, pb.ServiceState_value, service.From),
			StateAfter:  enum[pb.ServiceState](serviceStatePrefix, pb.ServiceState_value, service.To),
		})
	}
	return message
}

func rejectionMessage(rejection *subscription.Rejection) *pb.ActionRejection {
	if rejection == nil {
		return nil
	}
	return &pb.ActionRejection{Reason: string(rejection.Reason), Message: rejection.Message}
}

func failureMessage(failure *subscription.Failure) *pb.ActionFailure {
	if failure == nil {
		return nil
	}
	return &pb.ActionFailure{
		Reason: string(failure.Reason), Message: failure.Message,
		AttemptCount: int32(failure.Attempts), RetryTime: timestamp(failure.Retry), //nolint:gosec // attempts are few
	}
}

// action reads all fields of an action, which only an import sets.
func (r *reading) action(message *pb.SubscriptionAction, into *subscription.Action) {
	into.Number = r.key("number", message.GetNumber())
	into.Subscription = reference[subscription.ID](r, subscriptionName, "subscription", message.GetSubscription())
	into.Operation = word[lifecycle.Operation](classificationPrefix, message.GetClassification())
	into.State = word[subscription.ActionState](actionStatePrefix, message.GetState())
	if into.Operation == "" || into.State == "" {
		r.Add("state", reason.Required, "classification and state must be given")
	}
	into.Details = r.details("details.", message.GetDetails())
	into.Submitted = r.instant("submit_time", message.GetSubmitTime())
	into.Submitter = message.GetSubmitter()
	into.Settled = r.instant("settle_time", message.GetSettleTime())
	into.Until = r.date("end_date", message.GetEndDate())
	into.Replacement = reference[subscription.ID](r, subscriptionName.Optional(), "replacement", message.GetReplacement())
	into.ReplacementType = reference[catalogue.TypeID](r, subscriptionTypeName.Optional(), "replacement_type", message.GetReplacementType())
	into.Replaced = reference[subscription.ID](r, subscriptionName.Optional(), "replaced", message.GetReplaced())
	into.Services = r.serviceChanges(message.GetServices())
	into.Items = r.itemChanges(message.GetInstalledItems())
	into.Destination = reference[subscription.ID](r, subscriptionName.Optional(), "destination", message.GetDestination())
	into.Terms = r.termsChange("billing_terms.", message.GetBillingTerms())
	into.Effect, into.Automatic = r.effect(message.GetEffect()), message.GetAutomatic()
	if rejection := message.GetRejection(); rejection != nil {
		into.Rejection = &subscription.Rejection{Reason: reason.Reason(rejection.GetReason()), Message: rejection.GetMessage()}
	}
	if failure := message.GetFailure(); failure != nil {
		into.Failure = &subscription.Failure{
			Reason: reason.Reason(failure.GetReason()), Message: failure.GetMessage(), Attempts: int(failure.GetAttemptCount()),
			Retry: r.instant("failure.retry_time", failure.GetRetryTime()),
		}
	}
}

func (r *reading) effect(message *pb.ActionEffect) *subscription.Effect {
	if message == nil {
		return nil
	}
	effect := &subscription.Effect{
		From:      word[lifecycle.State](statePrefix, message.GetStateBefore()),
		To:        word[lifecycle.State](statePrefix, message.GetStateAfter()),
		Withdrawn: int(message.GetWithdrawnActionCount()),

		TermsBefore: r.terms("effect.billing_terms_before.", message.GetBillingTermsBefore()),
		TermsAfter:  r.terms("effect.billing_terms_after.", message.GetBillingTermsAfter()),
		Cost:        r.cost("effect.cost.", message.GetCost()),
	}
	for _, service := range message.GetServices() {
		effect.Services = append(effect.Services, subscription.ServiceEffect{
			ID:   service.GetId(),
			From: word[lifecycle.State](serviceStatePrefix, service.GetStateBefore()),
			To:   word[lifecycle.State](serviceStatePrefix, service.GetStateAfter()),
		})
	}
	return effect
}

// classificationNames maps the values of ActionClassification to operations.
func classificationNames() map[string]string {
	names := map[string]string{}
	for name := range pb.ActionClassification_value {
		if operation := strings.TrimPrefix(name, classificationPrefix); operation != "UNSPECIFIED" {
			names[name] = operation
		}
	}
	return names
}
