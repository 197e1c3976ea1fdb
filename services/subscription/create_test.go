package subscription_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// subscribe creates a subscription by CRM.COM's contract, with the parameters of body.
func (f *fixture) subscribe(t testing.TB, body string) (*crmcomv2.SubscriptionAction, error) {
	t.Helper()
	return f.subscribeAs(t, demoToken, body)
}

// subscribeAs creates a subscription as subscribe does, with a token.
func (f *fixture) subscribeAs(t testing.TB, token, body string) (*crmcomv2.SubscriptionAction, error) {
	t.Helper()
	request := &crmcomv2.CreateSubscriptionRequest{}
	if err := protojson.Unmarshal([]byte("{"+body+"}"), request); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	request.Token = proto.String(token)
	answered, err := crmcomv2.NewSubscriptionCreationServiceClient(f.connection).CreateSubscription(t.Context(), request)
	return answered.GetData(), err
}

// TestVendorCreates creates subscriptions of new and existing accounts, effective and as drafts, and refuses what is wrong.
func TestVendorCreates(t *testing.T) {
	f := startFixture(t)
	f.devices(t, "a", "b")
	const (
		kind     = `"type_identifier":{"alternative_code":"UK"},`
		existing = `"accounts_receivable":{"action":"EXISTING","accounts_receivable_identifier":{"number":"180"}}`
		person   = `"accounts_receivable":{"action":"NEW","name":"Donna","classification_identifier":{"name":"Private"}`
		draft    = `"business_classification_code":"CREATE_DRAFT_SUBSCRIPTION",` + kind
		active   = `"business_classification_code":"CREATEACTIVATESUBSCRIPTION",` + kind
	)
	for _, c := range []struct {
		name, body, want string
		refused          rejection
	}{
		{"a draft", draft + existing, "CREATE_DRAFT_SUBSCRIPTION EXECUTED DRAFT Louis Litt 2", rejection{}},
		{"an active one of a new account", active + person + `,"currency_identifier":{"code":"EUR"},"credit_period":30,"credit_period_operator":"PLUS","vat_number":"CY1"},
			"services_set":[{"service_identifier":{"code":"INTERNET"}}],"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-a"}}],
			"notes":"n","owned_by_group_identifier":{"name":"Managers Group"},"udf_string_1":"u","transaction_reference_number":"T1"`, "CREATE_ACTIVATE_SUBSCRIPTION EXECUTED EFFECTIVE Donna", rejection{}},
		{"the same again", active + person + `,"currency_identifier":{"code":"EUR"},"credit_period":30,"credit_period_operator":"PLUS","vat_number":"CY1"},
			"services_set":[{"service_identifier":{"code":"INTERNET"}}],"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-a"}}],
			"notes":"n","owned_by_group_identifier":{"name":"Managers Group"},"udf_string_1":"u","transaction_reference_number":"T1"`, "CREATE_ACTIVATE_SUBSCRIPTION EXECUTED EFFECTIVE Donna", rejection{}},
		{"without its notes", active + person + `},"services_set":[{"service_identifier":{"code":"INTERNET"}}],"transaction_reference_number":"T1"`, "", rejection{codes.AlreadyExists, "ALREADY_EXISTS", "transaction_reference_number"}},
		{"another with the reference", draft + existing + `,"transaction_reference_number":"T1"`, "", rejection{codes.AlreadyExists, "ALREADY_EXISTS", "transaction_reference_number"}},
		{"without a code", kind + existing, "", rejection{codes.InvalidArgument, "REQUIRED", "business_classification_code"}},
		{"by another code", `"business_classification_code":"CANCEL_SUBSCRIPTION",` + kind + existing, "", rejection{codes.InvalidArgument, "UNKNOWN_VALUE", "business_classification_code"}},
		{"without a type", `"business_classification_code":"CREATE_DRAFT_SUBSCRIPTION",` + existing, "", rejection{codes.InvalidArgument, "REQUIRED", "type_identifier"}},
		{"without an account", `"business_classification_code":"CREATE_DRAFT_SUBSCRIPTION","type_identifier":{"name":"United Kingdom"}`, "", rejection{codes.InvalidArgument, "REQUIRED", "accounts_receivable.action"}},
		{"of an account that is not there", draft + `"accounts_receivable":{"action":"EXISTING","accounts_receivable_identifier":{"number":"0"}}`, "",
			rejection{codes.NotFound, "NOT_FOUND", "accounts_receivable.accounts_receivable_identifier.number"}},
		{"of an existing account with a name", draft + `"accounts_receivable":{"action":"EXISTING","name":"x","accounts_receivable_identifier":{"number":"180"}}`, "", rejection{codes.InvalidArgument, "INCONSISTENT", "accounts_receivable.name"}},
		{"of a new account without a name", draft + `"accounts_receivable":{"action":"NEW"}`, "", rejection{codes.InvalidArgument, "REQUIRED", "accounts_receivable.name"}},
		{"of a new account without a classification", draft + `"accounts_receivable":{"action":"NEW","name":"x"}`, "", rejection{codes.InvalidArgument, "REQUIRED", "accounts_receivable.classification_identifier"}},
		{"in no currency", draft + person + `,"currency_identifier":{"code":"ABC"}}`, "", rejection{codes.InvalidArgument, "UNKNOWN_CURRENCY", "accounts_receivable.currency_identifier"}},
		{"with a service that is not there", draft + existing + `,"services_set":[{"service_identifier":{"code":"X"}}]`, "", rejection{codes.NotFound, "NOT_FOUND", "services_set[0].service_identifier.code"}},
		{"with an item of another", draft + existing + `,"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-ROUTER-1"}}]`, "",
			rejection{codes.FailedPrecondition, "INSTALLED_ELSEWHERE", "installed_items_set[0].installed_item_identifier"}},
		{"with an item twice", draft + existing + `,"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-b"}},{"installed_item_identifier":{"id":"b"}}]`, "",
			rejection{codes.InvalidArgument, "REPEATED", "installed_items_set[1].installed_item_identifier"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := f.entries(t)
			done, err := f.subscribe(t, c.body)
			if c.want == "" {
				expectRejection(t, err, c.refused)
				if after := f.entries(t); len(after) != len(before) {
					t.Errorf("a refused creation changed %v", after[len(before):])
				}
				return
			}
			made := done.GetSubscription()
			got := done.GetBusinessClassificationCode() + " " + done.GetLifeCycleState() + " " + made.GetLifeCycleState() + " " + made.GetAccountsReceivable().GetName()
			if err != nil || got != c.want || done.GetBehaviorCode() != "BECOME_SUBSCRIBER" {
				t.Errorf("got %v, %v, want %s", done, err, c.want)
			}
		})
	}
	f.expectSubscriber(t)
}

// expectSubscriber reads what the creation of the new account has kept.
func (f *fixture) expectSubscriber(t *testing.T) {
	t.Helper()
	listed, err := f.accounts.ListAccounts(t.Context(), &pb.ListAccountsRequest{Filter: `display_name = "Donna"`})
	if err != nil || len(listed.GetAccounts()) != 1 {
		t.Fatalf("got %v, %v, want one account", listed, err)
	}
	owner := listed.GetAccounts()[0]
	if owner.GetCurrencyCode() != "EUR" || owner.GetCreditPeriodDays() != 30 || owner.GetAccountOwner().GetCompanyProfile().GetVatRegistrationNumber() != "CY1" || owner.GetClassification() == "" {
		t.Errorf("got %v", owner)
	}
	found, err := f.subscriptions.ListSubscriptions(t.Context(), &pb.ListSubscriptionsRequest{Filter: `account = "` + owner.GetName() + `"`})
	if err != nil || len(found.GetSubscriptions()) != 1 {
		t.Fatalf("got %v, %v, want one subscription", found, err)
	}
	made := found.GetSubscriptions()[0]
	if made.GetNotes() != "n" || made.GetGroup() != "groups/"+demoGroup || made.GetUserDefinedFields().GetStrings()[1] != "u" ||
		made.GetServices()[0].GetState() != pb.ServiceState_SERVICE_STATE_EFFECTIVE || len(made.GetInstalledItems()) != 1 || made.GetFirstActivatedDate().GetDay() != 15 {
		t.Errorf("got %v", made)
	}
	actions, err := pb.NewSubscriptionActionServiceClient(f.connection).ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{Filter: `subscription = "` + made.GetName() + `"`})
	if err != nil || len(actions.GetSubscriptionActions()) != 1 ||
		actions.GetSubscriptionActions()[0].GetClassification() != pb.ActionClassification_ACTION_CLASSIFICATION_CREATE_ACTIVATE_SUBSCRIPTION {
		t.Errorf("got %v, %v, want the creation", actions, err)
	}
	// The account owns this subscription and no other one, so that it names it in every action.
	life := crmcomv2.NewSubscriptionActionsServiceClient(f.connection)
	owned := &crmcomv2.SubscriptionActionRequest{Token: proto.String(demoToken), AccountsReceivableIdentifier: &crmcomv2.AccountsReceivableIdentifier{Name: proto.String("Donna")}}
	if done, err := life.DeactivateSubscription(t.Context(), owned); err != nil || done.GetData().GetSubscription().GetLifeCycleState() != "NOT_EFFECTIVE" {
		t.Errorf("got %v, %v", done, err)
	}
	owned.AccountsReceivableIdentifier = &crmcomv2.AccountsReceivableIdentifier{Number: proto.String("180")}
	_, err = life.DeactivateSubscription(t.Context(), owned)
	expectRejection(t, err, rejection{codes.InvalidArgument, "AMBIGUOUS", "accounts_receivable_identifier"})
}

// TestCreatedSubscriptionsWaitForVerification creates active subscriptions of a type that asks for a verification, on both faces, and one that was
// activated elsewhere.
func TestCreatedSubscriptionsWaitForVerification(t *testing.T) {
	f := startFixture(t)
	must := mustCreate(t)
	must(f.catalogue.CreateSubscriptionType(t.Context(), &pb.CreateSubscriptionTypeRequest{
		SubscriptionTypeId: "v", SubscriptionType: &pb.SubscriptionType{DisplayName: "Verified", LifeCycleRules: &pb.LifeCycleRules{VerifyActivation: true}},
	}))
	done, err := f.subscribe(t, `"business_classification_code":"CREATE_ACTIVATE_SUBSCRIPTION","type_identifier":{"id":"v"},
		"accounts_receivable":{"action":"EXISTING","accounts_receivable_identifier":{"number":"180"}}`)
	if err != nil || done.GetSubscription().GetLifeCycleState() != "PENDING_VERIFICATION" {
		t.Errorf("got %v, %v", done, err)
	}
	f.verify(t, done.GetSubscription().GetNumber())
	given := &pb.Subscription{Number: "V", Account: f.subscription(t).GetAccount(), SubscriptionType: "subscriptionTypes/v"}
	created, err := f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: given})
	if err != nil || created.GetState() != pb.LifeCycleState_LIFE_CYCLE_STATE_PENDING_VERIFICATION {
		t.Errorf("got %v, %v", created, err)
	}
	given.Number, given.FirstActivatedDate = "V2", &date.Date{Year: 2020, Month: 1, Day: 1}
	created, err = f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: given})
	if err != nil || created.GetState() != pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE {
		t.Errorf("got %v, %v", created, err)
	}
}

// verify verifies the activation of a subscription by the contract, which is possible once.
func (f *fixture) verify(t *testing.T, number string) {
	t.Helper()
	life := crmcomv2.NewSubscriptionActionsServiceClient(f.connection)
	request := &crmcomv2.SubscriptionActionRequest{Token: proto.String(demoToken), SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: &number}}
	done, err := life.VerifySubscription(t.Context(), request)
	if got := done.GetData(); err != nil || got.GetSubscription().GetLifeCycleState() != "EFFECTIVE" || got.GetBehaviorCode() != "VERIFY_SUBSCRIPTION" ||
		got.GetBusinessClassificationCode() != "VERIFY_SUBSCRIPTION" || got.GetLifeCycleState() != "EXECUTED" {
		t.Errorf("got %v, %v", done, err)
	}
	_, err = life.VerifySubscription(t.Context(), request)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""})
}

// TestBusinessUnitsOwnSubscriptions names the group of a subscription as a business unit, as the vendor's contract does from R18.0.0 on.
func TestBusinessUnitsOwnSubscriptions(t *testing.T) {
	f := startFixture(t)
	must := mustCreate(t)
	must(f.catalogue.CreateGroup(t.Context(), &pb.CreateGroupRequest{GroupId: "north", Group: &pb.Group{DisplayName: "North", AlternativeCode: "N"}}))
	of, update := &crmcomv2.SubscriptionIdentifier{Number: proto.String("S60117")}, crmcomv2.NewSubscriptionsServiceClient(f.connection).UpdateSubscription
	must(f.organisations.UpdateUser(t.Context(), &pb.UpdateUserRequest{User: &pb.User{Name: "users/demo", VisibleGroups: []string{"groups/north", "groups/" + demoGroup}}}))
	for _, unit := range []*crmcomv2.BusinessUnitIdentifier{{Code: proto.String("N")}, {Name: proto.String("North")}, {Id: proto.String("north")}} {
		if _, err := update(t.Context(), &crmcomv2.UpdateSubscriptionRequest{Token: proto.String(demoToken), SubscriptionIdentifier: of, OwnedByBusinessUnitIdentifier: unit}); err != nil {
			t.Fatal(err)
		}
		if owner := f.subscription(t).GetGroup(); owner != "groups/north" {
			t.Errorf("%v: got the group %s", unit, owner)
		}
	}
	for _, c := range []struct {
		unit    *crmcomv2.BusinessUnitIdentifier
		group   *crmcomv2.GroupIdentifier
		refused rejection
	}{
		{&crmcomv2.BusinessUnitIdentifier{Code: proto.String("X")}, nil, rejection{codes.NotFound, "NOT_FOUND", "owned_by_business_unit_identifier.code"}},
		{&crmcomv2.BusinessUnitIdentifier{}, nil, rejection{codes.InvalidArgument, "REQUIRED", "owned_by_business_unit_identifier"}},
		{&crmcomv2.BusinessUnitIdentifier{Code: proto.String("N")}, &crmcomv2.GroupIdentifier{Name: proto.String("North")}, rejection{codes.InvalidArgument, "AMBIGUOUS", "owned_by_business_unit_identifier"}},
	} {
		_, err := update(t.Context(), &crmcomv2.UpdateSubscriptionRequest{
			Token: proto.String(demoToken), SubscriptionIdentifier: of, OwnedByBusinessUnitIdentifier: c.unit, OwnedByGroupIdentifier: c.group,
		})
		expectRejection(t, err, c.refused)
	}
	created, err := crmcomv2.NewSubscriptionCreationServiceClient(f.connection).CreateSubscription(t.Context(), &crmcomv2.CreateSubscriptionRequest{
		Token: proto.String(demoToken), BusinessClassificationCode: proto.String("CREATE_DRAFT_SUBSCRIPTION"),
		TypeIdentifier: &crmcomv2.SubscriptionTypeIdentifier{AlternativeCode: proto.String("UK")}, OwnedByBusinessUnitIdentifier: &crmcomv2.BusinessUnitIdentifier{Code: proto.String("N")},
		AccountsReceivable: &crmcomv2.SubscriberAccount{Action: proto.String("EXISTING"), AccountsReceivableIdentifier: &crmcomv2.AccountsReceivableIdentifier{Number: proto.String("180")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	made, err := f.subscriptions.ListSubscriptions(t.Context(), &pb.ListSubscriptionsRequest{Filter: `group = "groups/north" AND number = "` + created.GetData().GetSubscription().GetNumber() + `"`})
	if err != nil || len(made.GetSubscriptions()) != 1 {
		t.Errorf("got %v, %v", made, err)
	}
}

// TestNativeCreationIsRecorded creates subscriptions by the native API, which leave an action each with what is said of it and what it costs. The same
// creation with the same reference creates nothing.
func TestNativeCreationIsRecorded(t *testing.T) {
	f := startFixture(t)
	life, must, demo := pb.NewSubscriptionActionServiceClient(f.connection), mustCreate(t), f.subscription(t)
	internet := f.price(t, "31.00")
	must(pb.NewSettingsServiceClient(f.connection).UpdateSettings(t.Context(), &pb.UpdateSettingsRequest{Settings: &pb.Settings{UserFieldDefinitions: []*pb.UserFieldDefinition{
		{Object: pb.UserFieldDefinition_OBJECT_SUBSCRIPTION_ACTION, Field: "udf_string_1", Label: "Ticket", Mandatory: true},
		{Object: pb.UserFieldDefinition_OBJECT_SUBSCRIPTION_ACTION, Field: "udf_string_2", Label: "Channel", AllowedValues: []string{"web"}},
	}}}))
	ask := func(number string, details *pb.CreationDetails) *pb.CreateSubscriptionRequest {
		return &pb.CreateSubscriptionRequest{
			Subscription: &pb.Subscription{Number: number, Account: demo.GetAccount(), SubscriptionType: demo.GetSubscriptionType(), Services: []*pb.SubscribedService{{Product: internet}}},
			BillingTerms: &pb.BillingTermsChange{Scheme: demoScheme, Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: 1},
			Details:      details,
		}
	}
	details := &pb.CreationDetails{TransactionReference: "CALL-1", Performer: "users/demo", UserDefinedFields: &pb.UserDefinedFields{Strings: map[int32]string{2: "fax"}}}
	_, err := f.subscriptions.CreateSubscription(t.Context(), ask("N1", details))
	expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_VALUE", "details.user_defined_fields.strings[2]"})
	details.UserDefinedFields.Strings[2] = "web"
	created, err := f.subscriptions.CreateSubscription(t.Context(), ask("N1", details))
	must(created, err)
	again, err := f.subscriptions.CreateSubscription(t.Context(), ask("N1", details))
	if err != nil || again.GetName() != created.GetName() {
		t.Errorf("repeated: got %v, %v", again, err)
	}
	_, err = f.subscriptions.CreateSubscription(t.Context(), ask("N2", details))
	expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", "details.transaction_reference"})
	listed, err := life.ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{Filter: `subscription = "` + created.GetName() + `"`})
	if err != nil || len(listed.GetSubscriptionActions()) != 1 {
		t.Fatalf("got %v, %v", listed, err)
	}
	action := listed.GetSubscriptionActions()[0]
	if action.GetClassification() != pb.ActionClassification_ACTION_CLASSIFICATION_CREATE_ACTIVATE_SUBSCRIPTION || action.GetBehaviorCode() != "BECOME_SUBSCRIBER" ||
		action.GetDetails().GetTransactionReference() != "CALL-1" || action.GetDetails().GetPerformer() != "users/demo" || action.GetEffect().GetCost().GetTotal().GetValue() != "17.00" ||
		action.GetState() != pb.ActionState_ACTION_STATE_EXECUTED || action.GetEffect().GetStateAfter() != pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE {
		t.Errorf("got %v", action)
	}
	over := ask("N3", nil)
	over.Subscription.FirstActivatedDate = &date.Date{Year: 2020, Month: 5, Day: 1}
	brought, err := f.subscriptions.CreateSubscription(t.Context(), over)
	must(brought, err)
	listed, err = life.ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{Filter: `subscription = "` + brought.GetName() + `"`})
	if err != nil || len(listed.GetSubscriptionActions()) != 1 || listed.GetSubscriptionActions()[0].GetEffect().GetCost() != nil {
		t.Errorf("brought over: got %v, %v", listed, err)
	}
}

// TestCreationIsNotScheduled refuses to create a subscription later.
func TestCreationIsNotScheduled(t *testing.T) {
	f := startFixture(t)
	for _, code := range []string{"CREATE_ACTIVATE_SUBSCRIPTION", "CREATE_DRAFT_SUBSCRIPTION"} {
		_, err := f.subscribe(t, `"business_classification_code":"`+code+`","type_identifier":{"name":"United Kingdom"},"scheduled_date":"2099-01-01T00:00:00",
			"accounts_receivable":{"action":"NEW","name":"Donna","classification_identifier":{"name":"Private"}}`)
		expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_VALUE", "scheduled_date"})
	}
}
