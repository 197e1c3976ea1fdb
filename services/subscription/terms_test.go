package subscription_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

const demoScheme = "billingTermSchemes/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A06"

// TestNativeBillingTerms gives a subscription billing terms, amends them and cancels it, by the native API.
func TestNativeBillingTerms(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	demo, must := f.subscription(t), mustCreate(t)
	must(f.catalogue.CreateSubscriptionType(t.Context(), &pb.CreateSubscriptionTypeRequest{SubscriptionTypeId: "bound", SubscriptionType: &pb.SubscriptionType{
		DisplayName: "Bound", LifeCycleRules: &pb.LifeCycleRules{BillingTermsRequired: true, BoundUntilEnd: true},
		Services: []*pb.TypeService{{Product: demo.GetServices()[0].GetProduct(), Mandatory: true}},
	}}))
	create := &pb.CreateSubscriptionRequest{
		SubscriptionId: "D", BusinessClassification: pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION,
		Subscription: &pb.Subscription{Number: "D", Account: demo.GetAccount(), SubscriptionType: "subscriptionTypes/bound"},
		BillingTerms: &pb.BillingTermsChange{Scheme: demoScheme, CycleDay: 1},
	}
	_, err := f.subscriptions.CreateSubscription(t.Context(), create)
	expectRejection(t, err, rejection{codes.InvalidArgument, "REQUIRED", "billing_terms.frequency"})
	create.BillingTerms = nil
	must(f.subscriptions.CreateSubscription(t.Context(), create))
	name := "subscriptions/D"
	activate := &pb.ActivateSubscriptionRequest{Name: name}
	_, err = life.ActivateSubscription(t.Context(), activate)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "NO_BILLING_TERMS", ""})
	amend := func(classification string, change *pb.BillingTermsChange) (*pb.SubscriptionAction, error) {
		return life.AmendBillingTerms(t.Context(), &pb.AmendBillingTermsRequest{
			Name: name, Classification: pb.ActionClassification(pb.ActionClassification_value["ACTION_CLASSIFICATION_"+classification]), BillingTerms: change,
		})
	}
	_, err = amend("NO_BINDING_PERIOD_TERM_CHANGES", &pb.BillingTermsChange{Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: 1})
	expectRejection(t, err, rejection{codes.InvalidArgument, "REQUIRED", "billing_terms.scheme"})
	must(amend("NO_BINDING_PERIOD_TERM_CHANGES", &pb.BillingTermsChange{Scheme: demoScheme, Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: 1}))
	_, err = life.ActivateSubscription(t.Context(), activate)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "MANDATORY_SERVICE", ""})
	_, err = life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{demo.GetServices()[1].GetProduct()}})
	expectRejection(t, err, rejection{codes.InvalidArgument, "SERVICE_NOT_OF_TYPE", "products[0]"})
	added, err := life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{demo.GetServices()[0].GetProduct()}})
	must(added, err)
	must(life.ActivateSubscription(t.Context(), activate))
	_, err = life.RemoveSubscriptionServices(t.Context(), &pb.RemoveSubscriptionServicesRequest{Name: name, ServiceIds: []string{added.GetServices()[0].GetNewId()}})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "MANDATORY_SERVICE", ""})
	done, err := amend("NEW_BINDING_PERIOD_TERMS", &pb.BillingTermsChange{BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_QUARTER})
	if err != nil || done.GetEffect().GetBillingTermsAfter().GetBinding().GetEndDate().GetMonth() != 4 || done.GetEffect().GetBillingTermsBefore() == nil || done.GetBehaviorCode() != "AMEND_BILLING_TERMS" {
		t.Errorf("got %v, %v", done, err)
	}
	_, err = amend("NEW_BINDING_PERIOD_TERMS", &pb.BillingTermsChange{BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_QUARTER})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_BINDING", ""})
	cancel := &pb.CancelSubscriptionRequest{Name: name}
	_, err = life.CancelSubscription(t.Context(), cancel)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_BINDING", ""})
	f.clock.Set(start.AddDate(0, 3, 1))
	_, err = amend("CANCELED_BINDING_PERIOD_TERMS", nil)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "NOT_IN_BINDING", ""})
	must(life.CancelSubscription(t.Context(), cancel))
	_, err = amend("NEW_BINDING_PERIOD_TERMS", &pb.BillingTermsChange{BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_WEEK})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""})
	if terms := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_CANCELLED).GetBillingTerms(); len(terms) != 2 || terms[0].GetExpirationDate().GetDay() != 15 || terms[1].GetExpirationDate() != nil {
		t.Errorf("got %v", terms)
	}
	_, err = pb.NewBillingTermSchemeServiceClient(f.connection).DeleteBillingTermScheme(t.Context(), &pb.DeleteBillingTermSchemeRequest{Name: demoScheme})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
}

// TestVendorBillingTerms creates a subscription with billing terms by CRM.COM's contract, amends and shows them.
func TestVendorBillingTerms(t *testing.T) {
	f := startFixture(t)
	const of = `"business_classification_code":"CREATE_ACTIVATE_SUBSCRIPTION","type_identifier":{"name":"United Kingdom"},
		"accounts_receivable":{"action":"NEW","name":"Donna","classification_identifier":{"name":"Private"}},`
	_, err := f.subscribe(t, of+`"billing_terms":{"billing_term_scheme_identifier":{"code":"MONTHLY"},"billing_frequency":"MONTHLY"}`)
	expectRejection(t, err, rejection{codes.InvalidArgument, "REQUIRED", "billing_terms.billing_cycle_day"})
	_, err = f.subscribe(t, of+`"billing_terms":{"billing_term_scheme_identifier":{"code":"X"}}`)
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "billing_terms.billing_term_scheme_identifier.code"})
	created, err := f.subscribe(t, of+`"billing_terms":{"billing_term_scheme_identifier":{"code":"MONTHLY"},"billing_frequency":"MONTHLY","billing_cycle_last_day_of_month":true,
		"binding_information":{"binding_period":"ANNUAL"},"is_auto_renewed":true}`)
	if err != nil {
		t.Fatal(err)
	}
	amend := func(body string) (*crmcomv2.SubscriptionAction, error) {
		request := &crmcomv2.AmendBillingTermsRequest{}
		if err := protojson.Unmarshal([]byte(`{"accounts_receivable_identifier":{"name":"Donna"},`+body+`}`), request); err != nil {
			t.Fatal(err)
		}
		request.Token = proto.String(demoToken)
		answered, err := crmcomv2.NewSubscriptionBillingTermsServiceClient(f.connection).AmendBillingTerms(t.Context(), request)
		return answered.GetData(), err
	}
	for _, c := range []struct {
		body    string
		refused rejection
	}{
		{`"billing_frequency":"MONTHLY"`, rejection{codes.InvalidArgument, "REQUIRED", "business_classification_code"}},
		{`"business_classification_code":"CANCELLED_BINDING_PERIOD_TERMS"`, rejection{codes.InvalidArgument, "UNKNOWN_VALUE", "business_classification_code"}},
		{`"business_classification_code":"NEWBINDINGPERIODTERMS","binding_information":{"binding_period":"WEEK"}`, rejection{codes.FailedPrecondition, "IN_BINDING", ""}},
		{`"business_classification_code":"EXTENDED_BINDING_PERIOD_TERMS","binding_information":{"binding_period":"LONG"}`, rejection{codes.InvalidArgument, "UNKNOWN_VALUE", "binding_information.binding_period"}},
		{`"business_classification_code":"EXTENDED_BINDING_PERIOD_TERMS","binding_information":{"binding_period":"WEEK"}`, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "binding_information.binding_period"}},
		{`"business_classification_code":"ADJUSTED_BINDING_PERIOD_TERMS","binding_information":{"start_date":"soon"}`, rejection{codes.InvalidArgument, "INVALID_VALUE", "binding_information.start_date"}},
		{`"business_classification_code":"NO_BINDING_PERIOD_TERM_CHANGES","billing_frequency":"ANNUAL"`, rejection{codes.InvalidArgument, "REQUIRED", "billing_term_scheme_identifier"}},
		{`"business_classification_code":"EXTENDED_BINDING_PERIOD_TERMS","binding_information":{"binding_period":"TWOYEARS"}`, rejection{}},
	} {
		done, err := amend(c.body)
		if c.refused != (rejection{}) {
			expectRejection(t, err, c.refused)
		} else if err != nil || done.GetBehaviorCode() != "AMEND_BILLING_TERMS" {
			t.Errorf("%s: got %v, %v", c.body, done, err)
		}
	}
	for when, want := range map[time.Time]string{
		start: "IN_BINDING 2026-01-15T00:00:00 2028-01-15T00:00:00", start.AddDate(2, 0, 0): "IN_BINDING 2028-01-15T00:00:00 2030-01-15T00:00:00",
	} {
		f.clock.Set(when)
		shown, err := f.reads.ShowSubscription(t.Context(), &crmcomv2.ShowSubscriptionRequest{
			Token: proto.String(demoToken), SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Id: created.GetSubscription().Id}, FieldsSet: proto.String("billing_terms"),
		})
		terms := shown.GetData().GetBillingTerms()
		binding := terms.GetBindingInformation()
		if got := binding.GetState() + " " + binding.GetStartDate() + " " + binding.GetEndDate(); err != nil || got != want {
			t.Errorf("on %s: got %s, %v, want %s", when, got, err, want)
		}
		if binding.GetBindingPeriod().GetName() != "Two years" || terms.GetBillingTermScheme().GetClassification() != "NORMAL" || terms.GetBillingFrequency() != "MONTHLY" ||
			!terms.GetBillingCycleLastDayOfMonth() || terms.GetNextRenewalDate() != binding.GetEndDate() || terms.BillingCycleDay != nil {
			t.Errorf("got %v", terms)
		}
	}
}
