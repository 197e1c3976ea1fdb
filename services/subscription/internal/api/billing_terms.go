package api

import (
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// The prefixes of enums of billing terms.
const (
	frequencyPrefix = "BILLING_FREQUENCY_"
	periodPrefix    = "BINDING_PERIOD_CODE_"
)

// AmendBillingTerms amends the billing terms of a subscription.
func (s *actionServer) AmendBillingTerms(ctx context.Context, request *pb.AmendBillingTermsRequest) (*pb.SubscriptionAction, error) {
	var r reading
	order := subscription.Order{Operation: word[lifecycle.Operation](classificationPrefix, request.GetClassification())}
	order.Terms = r.termsChange("billing_terms.", request.GetBillingTerms())
	if order.Terms != nil && order.Terms.Scheme != "" {
		order.Scheme = byID("billing_terms.scheme", order.Terms.Scheme)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s.act(ctx, request, order, nil)
}

// termsChange reads what is asked of billing terms, or nil.
func (r *reading) termsChange(path string, message *pb.BillingTermsChange) *terms.Change {
	if message == nil {
		return nil
	}
	return &terms.Change{
		Scheme:    reference[terms.SchemeID](r, billingTermSchemeName.Optional(), path+"scheme", message.GetScheme()),
		Frequency: word[terms.Frequency](frequencyPrefix, message.GetFrequency()),
		CycleDay:  int(message.GetCycleDay()),
		LastDay:   message.CycleLastDay,
		Period:    word[terms.BindingPeriod](periodPrefix, message.GetBindingPeriod()),
		Start:     r.date(path+"binding_start_date", message.GetBindingStartDate()),
		Renewed:   message.AutoRenewed,
	}
}

func termsChangeMessage(change *terms.Change) *pb.BillingTermsChange {
	if change == nil {
		return nil
	}
	return &pb.BillingTermsChange{
		Scheme:           billingTermSchemeName.Format(change.Scheme),
		Frequency:        enum[pb.BillingFrequency](frequencyPrefix, pb.BillingFrequency_value, change.Frequency),
		CycleDay:         int32(change.CycleDay),
		CycleLastDay:     change.LastDay,
		BindingPeriod:    enum[pb.BindingPeriodCode](periodPrefix, pb.BindingPeriodCode_value, change.Period),
		BindingStartDate: gtype.Date(change.Start),
		AutoRenewed:      change.Renewed,
	}
}

func termsMessage(of *terms.Terms) *pb.BillingTerms {
	if of == nil {
		return nil
	}
	message := &pb.BillingTerms{
		Id: of.ID, Scheme: billingTermSchemeName.Format(of.Scheme),
		Frequency:   enum[pb.BillingFrequency](frequencyPrefix, pb.BillingFrequency_value, of.Frequency),
		CycleLength: lengthMessage(of.Every), CycleDay: int32(of.CycleDay), CycleLastDay: of.LastDay,
		AgreementDate: gtype.Date(of.Agreed), EffectiveDate: gtype.Date(of.Effective), ExpirationDate: gtype.Date(of.Expired),
		CycleAnchorDate: gtype.Date(of.Anchor), AutoRenewed: of.Renewed,
	}
	if binding := of.Binding; binding != nil {
		message.Binding = &pb.BindingPeriod{
			Period: enum[pb.BindingPeriodCode](periodPrefix, pb.BindingPeriodCode_value, binding.Period), Length: lengthMessage(binding.Length),
			StartDate: gtype.Date(binding.Start), EndDate: gtype.Date(binding.End),
		}
	}
	return message
}

func lengthMessage(of terms.Length) *pb.TermLength {
	return &pb.TermLength{Months: int32(of.Months), Days: int32(of.Days)}
}

// length reads a length, which must be in range.
func (r *reading) length(path string, message *pb.TermLength) terms.Length {
	length := terms.Length{Months: int(message.GetMonths()), Days: int(message.GetDays())}
	if !length.InRange() {
		r.Add(path, reason.OutOfRange, "must have 0 to %d months and 0 to %d days, and one of both at least", terms.MaxMonths, terms.MaxDays)
	}
	return length
}

// terms reads billing terms, which only an import sets, or nil.
func (r *reading) terms(path string, message *pb.BillingTerms) *terms.Terms {
	if message == nil {
		return nil
	}
	of := &terms.Terms{
		ID: message.GetId(), Scheme: reference[terms.SchemeID](r, billingTermSchemeName, path+"scheme", message.GetScheme()),
		Frequency: word[terms.Frequency](frequencyPrefix, message.GetFrequency()), Every: r.length(path+"cycle_length", message.GetCycleLength()),
		CycleDay: int(message.GetCycleDay()), LastDay: message.GetCycleLastDay(),
		Agreed:    r.date(path+"agreement_date", message.GetAgreementDate()),
		Effective: r.date(path+"effective_date", message.GetEffectiveDate()),
		Expired:   r.date(path+"expiration_date", message.GetExpirationDate()),
		Anchor:    r.date(path+"cycle_anchor_date", message.GetCycleAnchorDate()),
		Renewed:   message.GetAutoRenewed(),
	}
	if binding := message.GetBinding(); binding != nil {
		of.Binding = &terms.Binding{
			Period: word[terms.BindingPeriod](periodPrefix, binding.GetPeriod()), Length: r.length(path+"binding.length", binding.GetLength()),
			Start: r.date(path+"binding.start_date", binding.GetStartDate()), End: r.date(path+"binding.end_date", binding.GetEndDate()),
		}
	}
	return of
}

func (r *reading) termsHistory(messages []*pb.BillingTerms) (history terms.History) {
	for i, message := range messages {
		history = append(history, *r.terms(fmt.Sprintf("subscription.billing_terms[%d].", i), message))
	}
	return history
}
