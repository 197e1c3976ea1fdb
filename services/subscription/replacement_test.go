package subscription_test

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// successors makes the types `wide`, which has the services of the offer's type and another one, `narrow`, which does not have that of 31 euros and has one of 20
// as mandatory, `parcel`, a package, and `archived`; and returns the name of a subscription of the offer's type, with a device and a value of a unique field.
func (f *fixture) successors(t testing.TB, life pb.SubscriptionActionServiceClient) (name string) {
	t.Helper()
	name, must := f.offer(t, life), mustCreate(t)
	for id, kind := range map[string]*pb.SubscriptionType{
		"wide": {}, "archived": {Inactive: true}, "parcel": {Classification: pb.Classification_CLASSIFICATION_PACKAGE},
		"narrow": {Services: []*pb.TypeService{{Product: "products/less", Mandatory: true}, {Product: "products/more"}}},
	} {
		kind.DisplayName = id
		must(f.catalogue.CreateSubscriptionType(t.Context(), &pb.CreateSubscriptionTypeRequest{SubscriptionTypeId: id, SubscriptionType: kind}))
	}
	f.must(t, "SettingsService", "UpdateSettings", `{"settings":{"user_field_definitions":[{"object":"OBJECT_SUBSCRIPTION","field":"udf_string_1","label":"Contract no.","unique":true}]}}`)
	f.devices(t, "a")
	must(f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{
		Name: name, Notes: "Calls on Fridays", Group: "groups/" + demoGroup, UserDefinedFields: &pb.UserDefinedFields{Strings: map[int32]string{1: "C-1", 2: "x"}},
		InstalledItems: []*pb.SubscribedItem{{Id: "place", InstalledItem: "installedItems/a"}},
	}}))
	return name
}

// TestReplacedByAType replaces a subscription by a new one of another type natively, and looks at both and at what is recorded of them.
func TestReplacedByAType(t *testing.T) {
	f := startFixture(t)
	life, must := pb.NewSubscriptionActionServiceClient(f.connection), mustCreate(t)
	name := f.successors(t, life)
	old := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE)
	f.clock.Set(start.AddDate(0, 0, 5))
	waiting, err := life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: name, Details: &pb.ActionDetails{ScheduleTime: timestamppb.New(start.AddDate(1, 0, 0))}})
	must(waiting, err)
	asked := &pb.ReplaceSubscriptionRequest{Name: name, ReplacementType: "subscriptionTypes/wide", Etag: old.GetEtag(), Products: []string{"products/less"}, ValidateOnly: true,
		Details: &pb.ActionDetails{Performer: "users/demo", TransactionReference: "R-1"}}
	before := len(f.entries(t))
	previewed, err := life.ReplaceSubscription(t.Context(), asked)
	if err != nil || previewed.GetReplacement() != "" || len(f.entries(t)) != before {
		t.Fatalf("got %v, %v, and %d changes", previewed, err, len(f.entries(t))-before)
	}
	asked.ValidateOnly = false
	done, err := life.ReplaceSubscription(t.Context(), asked)
	must(done, err)
	// 31 euros are credited and charged for 12 of 31 days of January, and 20 euros charged.
	if effect := done.GetEffect(); effect.GetCost().GetTotal().GetValue() != "7.74" || len(effect.GetCost().GetCharges()) != 3 || effect.GetWithdrawnActionCount() != 1 ||
		done.GetClassification() != pb.ActionClassification_ACTION_CLASSIFICATION_REPLACE_SUB_FLEX_TO_FLEX || done.GetBehaviorCode() != "REPLACE_SUBSCRIPTION" ||
		previewed.GetEffect().GetCost().GetTotal().GetValue() != "7.74" {
		t.Errorf("got %v", done)
	}
	if again, err := life.ReplaceSubscription(t.Context(), asked); err != nil || again.GetName() != done.GetName() {
		t.Errorf("the same again: got %v, %v", again, err)
	}
	left := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_REPLACED)
	if past := left.GetPastInstalledItems(); len(left.GetInstalledItems()) != 0 || len(past) != 1 || past[0].GetDestination() != done.GetReplacement() || past[0].GetEnd() != "REPLACE_SUB_FLEX_TO_FLEX" ||
		left.GetServices()[0].GetState() != pb.ServiceState_SERVICE_STATE_REPLACED || left.GetServices()[0].GetEndDate().GetDay() != 20 ||
		left.GetUserDefinedFields().GetStrings()[1] != "" || left.GetUserDefinedFields().GetStrings()[2] != "x" || left.GetNumber() != old.GetNumber() {
		t.Errorf("got %v", left)
	}
	made := f.expectState(t, done.GetReplacement(), pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE)
	services, items, terms := made.GetServices(), made.GetInstalledItems(), made.GetBillingTerms()
	if made.GetAccount() != old.GetAccount() || made.GetGroup() != old.GetGroup() || made.GetNotes() != old.GetNotes() || made.GetUserDefinedFields().GetStrings()[1] != "C-1" ||
		made.GetSubscriptionType() != "subscriptionTypes/wide" || made.GetNumber() == old.GetNumber() || !proto.Equal(made.GetFirstActivatedDate(), old.GetFirstActivatedDate()) ||
		len(terms) != 2 || !proto.Equal(terms[1].GetBinding(), old.GetBillingTerms()[1].GetBinding()) ||
		len(items) != 1 || items[0].GetId() != "place" || items[0].GetInstallDate().GetDay() != 20 ||
		len(services) != 2 || services[0].GetProduct() != old.GetServices()[0].GetProduct() || services[0].GetId() == "1" || services[0].GetAddDate().GetDay() != 15 || services[1].GetAddDate().GetDay() != 20 {
		t.Errorf("got %v in the place of %v", made, old)
	}
	f.expectRecorded(t, life, done)
	// The value of the unique field has gone over.
	_, err = f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: name, UserDefinedFields: &pb.UserDefinedFields{Strings: map[int32]string{1: "C-1"}}}})
	expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", "subscription.user_defined_fields.strings[1]"})
	_, err = life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""})
}

// expectRecorded checks the record of the creation of the subscription that has taken the place of another one.
func (f *fixture) expectRecorded(t *testing.T, life pb.SubscriptionActionServiceClient, done *pb.SubscriptionAction) {
	t.Helper()
	listed, err := life.ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{Filter: `subscription = "` + done.GetReplacement() + `"`})
	if err != nil || len(listed.GetSubscriptionActions()) != 1 {
		t.Fatalf("got %v, %v", listed, err)
	}
	creation := listed.GetSubscriptionActions()[0]
	if creation.GetClassification() != pb.ActionClassification_ACTION_CLASSIFICATION_CREATE_ACTIVATE_SUBSCRIPTION || creation.GetReplaced() != done.GetSubscription() || creation.GetEffect().GetCost() != nil ||
		creation.GetDetails().GetPerformer() != "users/demo" || creation.GetDetails().GetTransactionReference() != "" || len(creation.GetServices()) != 2 {
		t.Errorf("got %v", creation)
	}
}

// TestReplacementsByATypeAreRefused refuses what the new type does not have or requires, with everything as it was.
func TestReplacementsByATypeAreRefused(t *testing.T) {
	f := startFixture(t)
	life, must := pb.NewSubscriptionActionServiceClient(f.connection), mustCreate(t)
	name := f.successors(t, life)
	swap := func(product string) []*pb.ServiceSwap { return []*pb.ServiceSwap{{ServiceId: "1", Product: product}} }
	by := func(kind string) *pb.ReplaceSubscriptionRequest {
		return &pb.ReplaceSubscriptionRequest{Name: name, ReplacementType: "subscriptionTypes/" + kind}
	}
	with := func(kind string, change func(*pb.ReplaceSubscriptionRequest)) *pb.ReplaceSubscriptionRequest {
		asked := by(kind)
		change(asked)
		return asked
	}
	refused := func(what string, asked *pb.ReplaceSubscriptionRequest, want rejection) {
		t.Helper()
		t.Run(what, func(t *testing.T) {
			before := len(f.entries(t))
			_, err := life.ReplaceSubscription(t.Context(), asked)
			expectRejection(t, err, want)
			if after := len(f.entries(t)); after != before {
				t.Errorf("%d changes", after-before)
			}
		})
	}
	refused("by nothing", &pb.ReplaceSubscriptionRequest{Name: name}, rejection{codes.InvalidArgument, "REQUIRED", "replacement"})
	refused("by both", with("wide", func(r *pb.ReplaceSubscriptionRequest) { r.Replacement = demoSubscription }), rejection{codes.InvalidArgument, "AMBIGUOUS", "replacement_type"})
	refused("by one that exists, with services", &pb.ReplaceSubscriptionRequest{Name: name, Replacement: demoSubscription, Products: []string{"products/less"}}, rejection{codes.InvalidArgument, "INCONSISTENT", "products"})
	refused("by no type", by("none"), rejection{codes.NotFound, "NOT_FOUND", "replacement_type"})
	refused("by an archived type", by("archived"), rejection{codes.InvalidArgument, "INACTIVE", "replacement_type"})
	refused("with a service that the type does not have", by("narrow"), rejection{codes.InvalidArgument, "SERVICE_NOT_OF_TYPE", "replacement_type"})
	refused("swapped for one that it does not have", with("narrow", func(r *pb.ReplaceSubscriptionRequest) { r.Swaps = swap("products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A02") }), rejection{codes.InvalidArgument, "SERVICE_NOT_OF_TYPE", "swaps[0].product"})
	refused("without its mandatory one", with("narrow", func(r *pb.ReplaceSubscriptionRequest) { r.Swaps = swap("products/more") }), rejection{codes.FailedPrecondition, "MANDATORY_SERVICE", ""})
	refused("swapping a service that is not there", with("wide", func(r *pb.ReplaceSubscriptionRequest) {
		r.Swaps = []*pb.ServiceSwap{{ServiceId: "x", Product: "products/less"}}
	}), rejection{codes.NotFound, "NOT_FOUND", "swaps[0].service_id"})
	refused("with another etag", with("wide", func(r *pb.ReplaceSubscriptionRequest) { r.Etag = `"7"` }), rejection{codes.Aborted, "ETAG_MISMATCH", ""})
	must(f.catalogue.UpdateSubscriptionType(t.Context(), &pb.UpdateSubscriptionTypeRequest{SubscriptionType: &pb.SubscriptionType{Name: "subscriptionTypes/o", LifeCycleRules: &pb.LifeCycleRules{BoundUntilEnd: true}}}))
	refused("out of its binding period", by("wide"), rejection{codes.FailedPrecondition, "IN_BINDING", ""})
	must(f.catalogue.UpdateSubscriptionType(t.Context(), &pb.UpdateSubscriptionTypeRequest{SubscriptionType: &pb.SubscriptionType{Name: "subscriptionTypes/wide", LifeCycleRules: &pb.LifeCycleRules{BoundUntilEnd: true, BillingTermsRequired: true}}}))
	must(life.ReplaceSubscription(t.Context(), with("wide", func(r *pb.ReplaceSubscriptionRequest) { r.ValidateOnly = true })))
	// Swapped for a service of 20 euros, half of the 11 less that it costs until 15 April is charged.
	cheaper, err := life.ReplaceSubscription(t.Context(), with("wide", func(r *pb.ReplaceSubscriptionRequest) { r.Swaps, r.ValidateOnly = swap("products/less"), true }))
	charges := cheaper.GetEffect().GetCost().GetCharges()
	if err != nil || len(charges) != 3 || charges[2].GetKind() != pb.ActionCharge_KIND_EARLY_END || charges[2].GetAmount().GetValue() != "16.59" {
		t.Errorf("got %v, %v", cheaper, err)
	}
	unbilled := f.draft(t, "U")
	must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: unbilled}))
	refused("without the terms that the type requires", &pb.ReplaceSubscriptionRequest{Name: unbilled, ReplacementType: "subscriptionTypes/wide"}, rejection{codes.FailedPrecondition, "NO_BILLING_TERMS", ""})
	must(life.ReplaceSubscription(t.Context(), &pb.ReplaceSubscriptionRequest{Name: unbilled, ReplacementType: "subscriptionTypes/parcel"}))
	parcel := f.replacementOf(t, life, unbilled)
	refused("a package by a package", &pb.ReplaceSubscriptionRequest{Name: parcel, ReplacementType: "subscriptionTypes/parcel"}, rejection{codes.InvalidArgument, "INCONSISTENT", "replacement_type"})
}

// replacementOf returns the subscription that has taken the place of another one.
func (f *fixture) replacementOf(t *testing.T, life pb.SubscriptionActionServiceClient, name string) string {
	t.Helper()
	listed, err := life.ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{Filter: `subscription = "` + name + `" AND behavior_code = "REPLACE_SUBSCRIPTION"`})
	if err != nil || len(listed.GetSubscriptionActions()) == 0 {
		t.Fatalf("got %v, %v", listed, err)
	}
	return listed.GetSubscriptionActions()[0].GetReplacement()
}

// TestReplacementsByATypeAreScheduled schedules a replacement: the type stays while it waits, the bill of the old subscription ends with it, it can be withdrawn, it
// is done at its time, and it is rejected if it is not possible then.
func TestReplacementsByATypeAreScheduled(t *testing.T) {
	f := startFixture(t)
	life, must := pb.NewSubscriptionActionServiceClient(f.connection), mustCreate(t)
	name := f.successors(t, life)
	later := &pb.ReplaceSubscriptionRequest{Name: name, ReplacementType: "subscriptionTypes/wide", Details: &pb.ActionDetails{ScheduleTime: timestamppb.New(time.Date(2026, time.March, 11, 0, 0, 0, 0, time.UTC))}}
	bill := func(of, want string) {
		t.Helper()
		got, err := f.subscriptions.PreviewBill(t.Context(), &pb.PreviewBillRequest{Name: of, AsOfDate: &date.Date{Year: 2026, Month: 4, Day: 1}})
		if err != nil || got.GetTotal().GetValue() != want {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
	bill(name, "93.00")
	scheduled, err := life.ReplaceSubscription(t.Context(), later)
	if err != nil || scheduled.GetReplacementType() != "subscriptionTypes/wide" || scheduled.GetReplacement() != "" {
		t.Fatalf("got %v, %v", scheduled, err)
	}
	bill(name, "41.00")
	_, err = f.catalogue.DeleteSubscriptionType(t.Context(), &pb.DeleteSubscriptionTypeRequest{Name: "subscriptionTypes/wide"})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
	must(life.CancelSubscriptionAction(t.Context(), &pb.CancelSubscriptionActionRequest{Name: scheduled.GetName()}))
	bill(name, "93.00")
	rejected, err := life.ReplaceSubscription(t.Context(), later)
	must(rejected, err)
	later.Details.ScheduleTime = timestamppb.New(time.Date(2026, time.March, 12, 0, 0, 0, 0, time.UTC))
	done, err := life.ReplaceSubscription(t.Context(), later)
	must(done, err)
	archived := func(inactive bool) {
		must(f.catalogue.UpdateSubscriptionType(t.Context(), &pb.UpdateSubscriptionTypeRequest{SubscriptionType: &pb.SubscriptionType{Name: "subscriptionTypes/wide", Inactive: inactive},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"inactive"}}}))
	}
	archived(true)
	bill(name, "93.00") // as both will be rejected
	f.clock.Set(time.Date(2026, time.March, 11, 1, 0, 0, 0, time.UTC))
	if got := f.settled(t, life, rejected.GetName()); got.GetRejection().GetReason() != "INACTIVE" {
		t.Errorf("got %v", got)
	}
	archived(false)
	f.clock.Set(time.Date(2026, time.March, 20, 0, 0, 0, 0, time.UTC))
	got := f.settled(t, life, done.GetName())
	if left := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_REPLACED); left.GetServices()[0].GetEndDate().GetDay() != 12 {
		t.Errorf("got %v", left)
	}
	f.expectState(t, got.GetReplacement(), pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE)
	bill(got.GetReplacement(), "31.00")
}

// settled waits for the worker of the service to do an action or to reject it. News of another action wake it, as the real clock stood still for it.
func (f *fixture) settled(t *testing.T, life pb.SubscriptionActionServiceClient, name string) *pb.SubscriptionAction {
	t.Helper()
	mustCreate(t)(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: f.draft(t, "wakes "+path.Base(name))}))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		action, err := life.GetSubscriptionAction(t.Context(), &pb.GetSubscriptionActionRequest{Name: name})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the action was not done: %v, %v", action, err)
		}
		if action.GetSettleTime() != nil {
			return action
		}
	}
}

// TestVendorReplaces replaces subscriptions by CRM.COM's contract: by each of the codes, with services swapped and added, and later; and refuses what is wrong.
func TestVendorReplaces(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	f.successors(t, life)
	must := mustCreate(t)
	must(f.catalogue.UpdateProduct(t.Context(), &pb.UpdateProductRequest{Product: &pb.Product{Name: "products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A02", Prices: []*pb.ProductPrice{{
		Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CurrencyCode: "EUR", Amount: &decimal.Decimal{Value: "5.00"},
	}}}}))
	replace := func(body string) (*crmcomv2.SubscriptionAction, error) {
		request := &crmcomv2.ReplaceSubscriptionRequest{}
		if err := protojson.Unmarshal([]byte("{"+body+"}"), request); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		request.Token = proto.String(demoToken)
		answered, err := crmcomv2.NewSubscriptionReplacementServiceClient(f.connection).ReplaceSubscription(t.Context(), request)
		return answered.GetData(), err
	}
	const flexible, narrow = `"business_classification_code":"REPLACE_SUB_FLEX_TO_FLEX"`, `,"replaced_by_type_identifier":{"name":"narrow"}`
	of := func(number string) string { return `,"subscription_identifier":{"number":"` + number + `"}` }
	for _, c := range []struct {
		body    string
		refused rejection
	}{
		{strings.TrimPrefix(narrow, ",") + of("O"), rejection{codes.InvalidArgument, "REQUIRED", "business_classification_code"}},
		{`"business_classification_code":"REPLACE_SUB_FLEX_TO_FIXED"` + narrow + of("O"), rejection{codes.InvalidArgument, "UNKNOWN_VALUE", "business_classification_code"}},
		{`"business_classification_code":"REPLACE_SUB_FLEX_TO_PACKAGE"` + narrow + of("O"), rejection{codes.InvalidArgument, "INCONSISTENT", "business_classification_code"}},
		{flexible + of("O"), rejection{codes.InvalidArgument, "REQUIRED", "replaced_by_type_identifier"}},
		{flexible + of("O") + `,"replaced_by_type_identifier":{"name":"none"}`, rejection{codes.NotFound, "NOT_FOUND", "replaced_by_type_identifier.name"}},
		{flexible + narrow, rejection{codes.InvalidArgument, "REQUIRED", "subscription_identifier"}},
		{flexible + narrow + of("O"), rejection{codes.InvalidArgument, "SERVICE_NOT_OF_TYPE", "replaced_by_type_identifier"}},
		{flexible + narrow + of("O") + `,"services_set":[{}]`, rejection{codes.InvalidArgument, "REQUIRED", "services_set[0].service_identifier"}},
		{flexible + narrow + of("O") + `,"services_set":[{"to_service":{"service_identifier":{"code":"less"}}}]`, rejection{codes.InvalidArgument, "REQUIRED", "services_set[0].from_service"}},
		{flexible + narrow + of("O") + `,"services_set":[{"from_service":{"service_identifier":{"code":"INTERNET"}},"to_service":{"service_identifier":{"code":"INTERNET"}}}]`,
			rejection{codes.InvalidArgument, "SERVICE_NOT_OF_TYPE", "services_set[0].to_service.service_identifier"}},
		{flexible + narrow + of("O") + `,"services_set":[{"service_identifier":{"code":"more"},"from_service":{"service_identifier":{"code":"INTERNET"}},"to_service":{"service_identifier":{"code":"less"}}}]`,
			rejection{codes.InvalidArgument, "INCONSISTENT", "services_set[0]"}},
		{flexible + narrow + of("O") + `,"services_set":[{"service_identifier":{"code":"more"},"subscription_service_id":"1"}]`, rejection{codes.InvalidArgument, "INCONSISTENT", "services_set[0]"}},
	} {
		_, err := replace(c.body)
		expectRejection(t, err, c.refused)
	}
	_, err := replace(`"business_classification_code":"X"` + narrow + of("O"))
	if err == nil || !strings.Contains(err.Error(), "REPLACE_SUB_FLEX_TO_FLEX, REPLACE_SUB_FLEX_TO_PACKAGE, REPLACE_SUB_PACKAGE_TO_FLEX") {
		t.Errorf("an unknown code: got %v", err)
	}
	const services = `,"services_set":[{"from_service":{"service_identifier":{"code":"INTERNET"}},"to_service":{"service_identifier":{"code":"less"}}},{"service_identifier":{"code":"more"}}]`
	first := `"business_classification_code":"REPLACESUBFLEXTOFLEX","transaction_reference_number":"V-1","udf_string_3":"u"` + narrow + of("O") + services
	done, err := replace(first)
	made := done.GetReplacedBySubscription()
	if err != nil || done.GetSubscription().GetLifeCycleState() != "REPLACED" || made.GetLifeCycleState() != "EFFECTIVE" || done.GetReplacedByType().GetName() != "narrow" || done.GetUdfString_3() != "u" ||
		done.GetBehaviorCode() != "REPLACE_SUBSCRIPTION" || done.GetBusinessClassificationCode() != "REPLACE_SUB_FLEX_TO_FLEX" || made.GetAccountsReceivable().GetNumber() != "180" {
		t.Fatalf("got %v, %v", done, err)
	}
	again, err := replace(first)
	if err != nil || again.GetNumber() != done.GetNumber() || again.GetReplacedBySubscription().GetNumber() != made.GetNumber() {
		t.Errorf("the same again: got %v, %v", again, err)
	}
	packed, err := replace(`"business_classification_code":"REPLACE_SUB_FLEX_TO_PACKAGE","replaced_by_type_identifier":{"id":"parcel"},"fields_set":"replaced_by_subscription.number"` + of(made.GetNumber()))
	if err != nil || packed.GetReplacedBySubscription().GetNumber() == "" || packed.Number != nil {
		t.Fatalf("got %v, %v", packed, err)
	}
	number := packed.GetReplacedBySubscription().GetNumber()
	scheduled, err := replace(`"business_classification_code":"REPLACE_SUB_PACKAGE_TO_FLEX","replaced_by_type_identifier":{"id":"wide"},"scheduled_date":"2026-02-01T00:00:00"` + of(number))
	if err != nil || scheduled.GetLifeCycleState() != "SCHEDULED" || scheduled.GetReplacedByType().GetId() != "wide" || scheduled.GetReplacedBySubscription() != nil {
		t.Fatalf("got %v, %v", scheduled, err)
	}
	for _, code := range []string{`"behavior_code":"REPLACE_SUBSCRIPTION"`, `"business_classification_code":"REPLACE_SUB_PACKAGE_TO_FLEX"`} {
		asked := &crmcomv2.GetScheduledActionsRequest{}
		if err := protojson.Unmarshal([]byte(fmt.Sprintf(`{"token":%q,"subscription_identifier":{"number":%q},%s}`, demoToken, number, code)), asked); err != nil {
			t.Fatal(err)
		}
		waiting, err := crmcomv2.NewSubscriptionActionsServiceClient(f.connection).GetScheduledActions(t.Context(), asked)
		if err != nil || len(waiting.GetData()) != 1 || waiting.GetData()[0].GetNumber() != scheduled.GetNumber() {
			t.Errorf("%s: got %v, %v", code, waiting, err)
		}
	}
}
