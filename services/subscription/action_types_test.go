package subscription_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// startTypes starts a fixture with the type of actions Complaint, its sub type By phone, and another type.
func startTypes(t *testing.T) *fixture {
	t.Helper()
	f := startFixture(t)
	for id, fields := range map[string]string{"complaint": `"display_name":"Complaint","alternative_code":"COMPLAINT"`, "dunning": `"display_name":"Dunning"`} {
		f.must(t, "ActionTypeService", "CreateActionType", `{"action_type_id":"`+id+`","action_type":{`+fields+`}}`)
	}
	f.must(t, "ActionTypeService", "CreateActionType", `{"action_type_id":"phone","action_type":{"display_name":"By phone","parent_type":"actionTypes/complaint"}}`)
	return f
}

// TestSubTypesBelongToOneType refuses types that are not what they are to be.
func TestSubTypesBelongToOneType(t *testing.T) {
	f := startTypes(t)
	const field = "action_type.parent_type"
	f.must(t, "ActionTypeService", "UpdateActionType", `{"action_type":{"name":"actionTypes/dunning","inactive":true}}`)
	for parent, want := range map[string]rejection{
		"actionTypes/phone":   {codes.InvalidArgument, "INCONSISTENT", field},
		"actionTypes/dunning": {codes.InvalidArgument, "INACTIVE", field},
		"actionTypes/none":    {codes.NotFound, "NOT_FOUND", field},
	} {
		_, err := f.call(t.Context(), t, "ActionTypeService", "CreateActionType", `{"action_type":{"display_name":"New","parent_type":"`+parent+`"}}`)
		expectRejection(t, err, want)
	}
	f.must(t, "ActionTypeService", "UpdateActionType", `{"action_type":{"name":"actionTypes/dunning"},"update_mask":"inactive"}`)
	for _, update := range []string{`{"action_type":{"name":"actionTypes/phone","parent_type":"actionTypes/dunning"}}`, `{"action_type":{"name":"actionTypes/phone"},"update_mask":"parentType"}`, `{"action_type":{"name":"actionTypes/dunning","parent_type":"actionTypes/complaint"}}`} {
		_, err := f.call(t.Context(), t, "ActionTypeService", "UpdateActionType", update)
		expectRejection(t, err, rejection{codes.InvalidArgument, "INCONSISTENT", field})
	}
	_, err := f.call(t.Context(), t, "ActionTypeService", "DeleteActionType", `{"name":"actionTypes/complaint"}`)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
}

// TestVendorActionsHaveTypes gives actions of each kind of request a type by each key, and refuses what does not fit.
func TestVendorActionsHaveTypes(t *testing.T) {
	f := startTypes(t)
	const named = `{"token":"` + demoToken + `","subscription_identifier":{"number":"S60117"},`
	both := `"action_type_identifier":{"alternative_code":"COMPLAINT"},"sub_action_type_identifier":{"name":"By phone"}`
	for method, body := range map[string]string{
		"crmcom.v2.SubscriptionActionsService/CancelSubscription":          named + `"scheduled_date":"2099-01-01","transaction_reference_number":"later",` + both + `}`,
		"crmcom.v2.SubscriptionReplacementService/ReplaceSubscription":     named + `"business_classification_code":"REPLACE_SUB_FLEX_TO_FLEX","replaced_by_type_identifier":{"alternative_code":"UK"},"scheduled_date":"2099-01-01",` + both + `}`,
		"crmcom.v2.SubscriptionServicesService/AddServices":                named + `"services_set":[{"service_identifier":{"code":"TELEVISION"}}],` + both + `}`,
		"crmcom.v2.SubscriptionInstalledItemsService/RemoveInstalledItems": named + `"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-ROUTER-1"}}],` + both + `}`,
		"crmcom.v2.SubscriptionBillingTermsService/AmendBillingTerms":      named + `"business_classification_code":"NO_BINDING_PERIOD_TERM_CHANGES","billing_term_scheme_identifier":{"code":"MONTHLY"},"billing_frequency":"MONTHLY","billing_cycle_day":1,` + both + `}`,
		"crmcom.v2.SubscriptionCreationService/CreateSubscription":         `{"token":"` + demoToken + `","business_classification_code":"CREATE_DRAFT_SUBSCRIPTION","type_identifier":{"alternative_code":"UK"},"accounts_receivable":{"action":"EXISTING","accounts_receivable_identifier":{"number":"180"}},` + both + `}`,
		"crmcom.v2.SubscriptionActionsService/DeactivateSubscription":      named + `"sub_action_type_identifier":{"id":"phone"},"fields_set":"action_type,sub_action_type"}`,
	} {
		expectTypes(t, f, method, body)
	}
	expectTypes(t, f, "crmcom.v2.SubscriptionActionsService/CancelSubscription", named+`"scheduled_date":"2099-01-01","transaction_reference_number":"later",`+both+`}`)
	expectTypes(t, f, "crmcom.v2.SubscriptionActionsService/CancelAction", `{"token":"`+demoToken+`","subscription_action_identifier":{"transaction_reference_number":"later"}}`)
	for given, want := range map[string]rejection{
		`"action_type_identifier":{"name":"By phone"}`:                                                                     {codes.InvalidArgument, "INCONSISTENT", "action_type_identifier"},
		`"sub_action_type_identifier":{"name":"Complaint"}`:                                                                {codes.InvalidArgument, "INCONSISTENT", "sub_action_type_identifier"},
		`"action_type_identifier":{"name":"Dunning"},"sub_action_type_identifier":{"name":"By phone"}`:                     {codes.InvalidArgument, "INCONSISTENT", "sub_action_type_identifier"},
		`"action_type_identifier":{"name":"None"}`:                                                                         {codes.NotFound, "NOT_FOUND", "action_type_identifier.name"},
		`"action_type_identifier":{}`:                                                                                      {codes.InvalidArgument, "REQUIRED", "action_type_identifier"},
		`"transaction_reference_number":"later","scheduled_date":"2099-01-01","action_type_identifier":{"name":"Dunning"}`: {codes.AlreadyExists, "ALREADY_EXISTS", "transaction_reference_number"},
	} {
		_, err := f.ask(t, f.method(t, "crmcom.v2.SubscriptionActionsService/CancelSubscription"), demoToken, named+given+`}`)
		expectRejection(t, err, want)
	}
	found := f.must(t, "SubscriptionActionService", "ListSubscriptionActions", `{"filter":"action_type = \"actionTypes/complaint\" AND sub_action_type = \"actionTypes/phone\""}`)
	if listed, _ := found["subscription_actions"].([]any); len(listed) != 7 {
		t.Errorf("got %d actions of the type, want 7", len(listed))
	}
	_, err := f.call(t.Context(), t, "ActionTypeService", "DeleteActionType", `{"name":"actionTypes/phone"}`)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
	done := f.must(t, "SubscriptionActionService", "ActivateSubscription", `{"name":"`+demoSubscription+`","details":{"sub_action_type":"actionTypes/phone"}}`)
	if details, _ := done["details"].(map[string]any); details["action_type"] != "actionTypes/complaint" {
		t.Errorf("natively: got %v", done)
	}
	f.must(t, "ActionTypeService", "UpdateActionType", `{"action_type":{"name":"actionTypes/complaint","inactive":true}}`)
	_, err = f.call(t.Context(), t, "SubscriptionActionService", "DeactivateSubscription", `{"name":"`+demoSubscription+`","details":{"sub_action_type":"actionTypes/phone"}}`)
	expectRejection(t, err, rejection{codes.InvalidArgument, "INACTIVE", "details.sub_action_type"})
	_, err = f.call(t.Context(), t, "SubscriptionActionService", "DeactivateSubscription", `{"name":"`+demoSubscription+`","details":{"action_type":"actionTypes/none"}}`)
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "details.action_type"})
}

// expectTypes calls a method of the contract and expects the type Complaint and its sub type in the action of the answer.
func expectTypes(t *testing.T, f *fixture, method, body string) {
	t.Helper()
	answer, err := f.ask(t, f.method(t, method), demoToken, body)
	if err != nil {
		t.Errorf("%s: %v", method, err)
		return
	}
	var read crmcomv2.SubscriptionActionResponse
	if err := protojson.Unmarshal([]byte(answer), &read); err != nil {
		t.Fatal(err)
	}
	kind, subType := read.GetData().GetActionType(), read.GetData().GetSubActionType()
	if kind.GetName() != "Complaint" || kind.GetAlternativeCode() != "COMPLAINT" || subType.GetId() != "phone" {
		t.Errorf("%s: got %v and %v, want the type and the sub type", method, kind, subType)
	}
}
