package crmcom

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// billingTerms serves crmcom.v2.SubscriptionBillingTermsService.
type billingTerms struct {
	crmcomv2.UnimplementedSubscriptionBillingTermsServiceServer
	actions *actions
}

// AmendBillingTerms amends the billing terms of a subscription.
func (s *billingTerms) AmendBillingTerms(ctx context.Context, request *crmcomv2.AmendBillingTermsRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	ctx, answer, err := s.actions.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	const code = "business_classification_code"
	if request.GetBusinessClassificationCode() == "" {
		return nil, fault.Required(code)
	}
	operation, err := readCode(code, request.GetBusinessClassificationCode(), lifecycle.Amendments...)
	if err != nil {
		return nil, err
	}
	order, err := orderOf(request, operation, answer.calendar)
	if err != nil {
		return nil, err
	}
	if order.Terms, err = termsChangeOf("", request); err != nil {
		return nil, err
	}
	if scheme := request.GetBillingTermSchemeIdentifier(); scheme != nil {
		reference := schemeReference(terms.FieldScheme, scheme)
		order.Scheme = &reference
	}
	return s.actions.submit(ctx, order, answer)
}

// asking is what requests say of billing terms.
type asking interface {
	GetBillingFrequency() string
	GetBillingCycleDay() int32
	GetBindingInformation() *crmcomv2.BindingInformationParameter
}

// openingPath is the path of the billing terms of a new subscription.
const openingPath = "billing_terms."

// openingOf returns what is asked of the billing terms of a new subscription.
func openingOf(given *crmcomv2.BillingTermsParameter) (*terms.Change, error) {
	change, err := changeOfTerms(openingPath, given)
	change.LastDay, change.Renewed = given.BillingCycleLastDayOfMonth, given.IsAutoRenewed
	return change, err
}

// termsChangeOf returns what an amendment asks of billing terms.
func termsChangeOf(path string, given *crmcomv2.AmendBillingTermsRequest) (*terms.Change, error) {
	change, err := changeOfTerms(path, given)
	change.LastDay, change.Renewed = given.BillingCycleLastDayOfMonth, given.IsAutoRenewed
	return change, err
}

func changeOfTerms(path string, given asking) (change *terms.Change, err error) {
	change = &terms.Change{CycleDay: int(given.GetBillingCycleDay())}
	if change.Frequency, err = readCode(path+terms.FieldFrequency, given.GetBillingFrequency(), terms.Frequencies...); err != nil {
		return change, err
	}
	binding := given.GetBindingInformation()
	if change.Period, err = readCode(path+terms.FieldPeriod, binding.GetBindingPeriod(), terms.BindingPeriods...); err != nil {
		return change, err
	}
	if text := binding.GetStartDate(); text != "" {
		local, err := readDateTime(path+terms.FieldStart, text)
		if err != nil {
			return change, err
		}
		change.Start = date.Of(local)
	}
	return change, nil
}

func schemeReference(field string, given *crmcomv2.BillingTermSchemeIdentifier) resource.Reference {
	return resource.Reference{Field: field, Keys: []resource.Key{
		{Name: resource.KeyID, Value: given.GetId()}, {Name: resource.KeyCode, Value: given.GetCode()},
	}}
}

// termsOf converts the billing terms that are in force on a day.
func termsOf(of terms.Terms, scheme catalogue.BillingTermScheme, today date.Date) *crmcomv2.BillingTermsOfSubscription {
	message := &crmcomv2.BillingTermsOfSubscription{
		Id: text(of.ID), LifeCycleState: proto.String("EFFECTIVE"), IsAutoRenewed: proto.Bool(of.Renewed),
		BillingCycleDay: number(int32(of.CycleDay)), BillingCycleLastDayOfMonth: proto.Bool(of.LastDay),
		AgreementDate: day(of.Agreed), EffectiveDate: day(of.Effective), ExpirationDate: day(of.Expired),
		BillingFrequency: text(of.Frequency), BillingTermScheme: schemeOf(scheme),
	}
	binding := of.BindingOn(today)
	if binding == nil {
		return message
	}
	message.BindingInformation = &crmcomv2.BindingInformation{
		State: proto.String("OUT_OF_BINDING"), StartDate: day(binding.Start), EndDate: day(binding.End),
		BindingPeriod: &crmcomv2.BindingPeriodOfTerms{
			Code: text(binding.Period), Name: proto.String(nameOf(binding.Period)),
		},
	}
	if _, bound := of.BoundUntil(today); bound {
		message.BindingInformation.State = proto.String("IN_BINDING")
	}
	if of.Renewed {
		message.NextRenewalDate = day(binding.End)
	} else {
		message.ExpiresOn = day(binding.End)
	}
	return message
}

// nameOf returns the name of a binding period for people, as the vendor's "Annual" for ANNUAL.
func nameOf(period terms.BindingPeriod) string {
	if period == terms.TwoYearsBinding {
		return "Two years"
	}
	return string(period[:1]) + strings.ToLower(string(period[1:]))
}

func schemeOf(scheme catalogue.BillingTermScheme) *crmcomv2.BillingTermSchemeOfTerms {
	classification := "NORMAL"
	if scheme.Prepaid() {
		classification = "PREPAID"
	}
	return &crmcomv2.BillingTermSchemeOfTerms{
		Id: text(scheme.ID), Code: text(scheme.Code), Name: text(scheme.Name), LifeCycleState: text(scheme.State),
		Classification: &classification, BillingType: text(scheme.Type), BillingMethod: text(scheme.Method),
	}
}
