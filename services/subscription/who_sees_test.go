package subscription_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// seeing says what a method shows to a user of CRM.COM.
type seeing struct {
	// request is what the method is called with, as JSON. ID, ACTION, OWNER and TOKEN stand for the id and number of a subscription, for the
	// id of a scheduled action of it, for the number of its account, and for the caller's token.
	request string
	// shows is what the answer has for each subscription that the caller sees, and for no other one. Empty: the request names the
	// subscription, which does not exist for those who do not see it.
	shows string
	// refused methods refuse the tokens of users altogether.
	refused bool
	// about is why a method shows nothing of any subscription that exists.
	about string
}

// servicesRefused are services whose methods refuse the tokens of users.
var servicesRefused = []string{
	"continuo.changes.v1.ChangeService", "continuo.webhooks.v1.WebhookService", "continuo.transfer.v1.TransferService", "continuo.search.v1.SearchService",
	"continuo.subscription.v1.AccountService", "continuo.subscription.v1.ContactService", "continuo.subscription.v1.AccountClassificationService", "continuo.subscription.v1.CatalogueService",
	"continuo.subscription.v1.OrganisationService", "continuo.subscription.v1.SettingsService",
	"continuo.subscription.v1.BillingTermSchemeService", "continuo.subscription.v1.ActionTypeService",
}

const (
	vendorNamed = `{"token":"TOKEN","subscription_identifier":{"number":"ID"}}`
	vendorItem  = `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"installed_items_set":[{"subscription_installed_item_id":"1"}]}`
	nativeNamed = `{"name":"subscriptions/ID","validate_only":true}`
)

// methodsSeen is the table of what each method that takes a user's token shows.
var methodsSeen = map[string]seeing{
	"crmcom.v2.AuthenticationService/CreateToken":          {about: "it signs in"},
	"crmcom.v2.AuthenticationService/CreateWebApiKeyToken": {about: "it signs in"},
	"crmcom.v2.AuthenticationService/ReleaseToken":         {about: "it signs out"},

	"crmcom.v2.SubscriptionsService/UpdateSubscription":           {request: vendorNamed},
	"crmcom.v2.SubscriptionReadsService/AuthenticateSubscription": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"accounts_receivable_identifier":{"number":"OWNER"}}`},
	"crmcom.v2.SubscriptionReadsService/ShowSubscription":         {request: vendorNamed},
	"crmcom.v2.SubscriptionReadsService/ListSubscriptionTypes":    {about: "types are no subscriptions"},
	"crmcom.v2.SubscriptionReadsService/ListSubscriptions":        {request: `{"token":"TOKEN"}`, shows: `"number":"ID"`},
	"crmcom.v2.SubscriptionServicesService/StartServices":         {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"scheduled_date":"2099-01-01","services_set":[{"subscription_service_id":"1"}]}`},
	"crmcom.v2.SubscriptionServicesService/AddServices":           {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"services_set":[{"service_identifier":{"code":"TELEVISION"}}]}`},
	"crmcom.v2.SubscriptionServicesService/CancelServices":        {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"services_set":[{"service_identifier":{"code":"TELEVISION"}}]}`},
	"crmcom.v2.SubscriptionServicesService/RegretServices":        {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"services_set":[{"service_identifier":{"code":"TELEVISION"}}]}`},
	"crmcom.v2.SubscriptionServicesService/SwapServices": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"business_classification_code":"UPGRADE_SERVICE",
		"services_set":[{"from_service":{"subscription_service_id":"1"},"to_service":{"service_identifier":{"code":"INTERNET"}}}]}`},
	"crmcom.v2.SubscriptionCreationService/CreateSubscription":         {about: "it adds one; TestNativeCallsOfASessionMoveWithinWhatTheUserSees shows where"},
	"crmcom.v2.SubscriptionInstalledItemsService/AddInstalledItems":    {request: vendorItem},
	"crmcom.v2.SubscriptionInstalledItemsService/RemoveInstalledItems": {request: vendorItem},
	"crmcom.v2.SubscriptionInstalledItemsService/SwapInstalledItems": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"from_installed_item":{"subscription_installed_item_id":"1"},
		"to_installed_item":{"installed_item_identifier":{"serial_number":"SN-1"}}}`},
	"crmcom.v2.SubscriptionInstalledItemsService/MoveInstalledItems": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"to_subscription_identifier":{"number":"free"},
		"installed_items_set":[{"subscription_installed_item_id":"1"}]}`},
	"crmcom.v2.SubscriptionBillingTermsService/AmendBillingTerms": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"business_classification_code":"CANCELED_BINDING_PERIOD_TERMS"}`},
	"crmcom.v2.SubscriptionOffersService/ListAddableServices":     {request: vendorNamed},
	"crmcom.v2.SubscriptionOffersService/ListSwappableServices":   {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"subscription_service_id":"1"}`},
	"crmcom.v2.SubscriptionOffersService/ListBillingTermSchemes":  {about: "schemes are no subscriptions"},
	"crmcom.v2.SubscriptionOffersService/PreviewBill":             {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"as_of_date":"2026-06-01"}`},
	"crmcom.v2.SubscriptionReplacementService/ReplaceSubscription": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"business_classification_code":"REPLACE_SUB_FLEX_TO_FLEX",
		"replaced_by_type_identifier":{"name":"United Kingdom"},"scheduled_date":"2099-01-01"}`},
	"crmcom.v2.SubscriptionActionsService/CancelAction":       {request: `{"token":"TOKEN","subscription_action_identifier":{"transaction_reference_number":"of-ID"}}`},
	"crmcom.v2.SubscriptionActionsService/RestSubscription":   {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"end_date":"2026-02-01"}`},
	"crmcom.v2.SubscriptionActionsService/CancelSubscription": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"scheduled_date":"2099-01-01"}`},

	"crmcom.v2.SubscriptionActionsService/ActivateSubscription":            {request: vendorNamed},
	"crmcom.v2.SubscriptionActionsService/ShortTermActivateSubscription":   {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"end_date":"2026-02-01"}`},
	"crmcom.v2.SubscriptionActionsService/EndShortTermActivation":          {request: vendorNamed},
	"crmcom.v2.SubscriptionActionsService/DeactivateSubscription":          {request: vendorNamed},
	"crmcom.v2.SubscriptionActionsService/ShortTermDeactivateSubscription": {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"end_date":"2026-02-01"}`},
	"crmcom.v2.SubscriptionActionsService/EndShortTermDeactivation":        {request: vendorNamed},
	"crmcom.v2.SubscriptionActionsService/VerifySubscription":              {request: vendorNamed},
	"crmcom.v2.SubscriptionActionsService/EndResting":                      {request: vendorNamed},
	"crmcom.v2.SubscriptionActionsService/RegretSubscription":              {request: `{"token":"TOKEN","subscription_identifier":{"number":"ID"},"scheduled_date":"2099-01-01"}`},
	"crmcom.v2.SubscriptionActionsService/GetScheduledActions":             {request: vendorNamed},

	"continuo.subscription.v1.SubscriptionService/CreateSubscription":    {about: "it adds one; TestNativeCallsOfASessionMoveWithinWhatTheUserSees shows where"},
	"continuo.subscription.v1.SubscriptionService/GetSubscription":       {request: `{"name":"subscriptions/ID"}`},
	"continuo.subscription.v1.SubscriptionService/BatchGetSubscriptions": {request: `{"names":["subscriptions/ID"]}`},
	"continuo.subscription.v1.SubscriptionService/ListSubscriptions":     {request: `{}`, shows: `"name":"subscriptions/ID"`},
	"continuo.subscription.v1.SubscriptionService/UpdateSubscription":    {request: `{"subscription":{"name":"subscriptions/ID","notes":"n"},"update_mask":"notes","validate_only":true}`},
	"continuo.subscription.v1.SubscriptionService/DeleteSubscription":    {request: nativeNamed},

	"continuo.subscription.v1.SubscriptionService/FindAddableServices":   {request: `{"name":"subscriptions/ID"}`},
	"continuo.subscription.v1.SubscriptionService/FindSwappableServices": {request: `{"name":"subscriptions/ID","service_id":"1"}`},
	"continuo.subscription.v1.SubscriptionService/PreviewBill":           {request: `{"name":"subscriptions/ID","as_of_date":{"year":2026,"month":6,"day":1}}`},

	"continuo.subscription.v1.SubscriptionActionService/ActivateSubscription":             {request: nativeNamed},
	"continuo.subscription.v1.SubscriptionActionService/VerifySubscription":               {request: nativeNamed},
	"continuo.subscription.v1.SubscriptionActionService/DeactivateSubscription":           {request: nativeNamed},
	"continuo.subscription.v1.SubscriptionActionService/RestSubscription":                 {request: `{"name":"subscriptions/ID","end_date":{"year":2026,"month":2,"day":1},"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/ResumeSubscription":               {request: nativeNamed},
	"continuo.subscription.v1.SubscriptionActionService/CancelSubscription":               {request: nativeNamed},
	"continuo.subscription.v1.SubscriptionActionService/RegretSubscription":               {request: nativeNamed},
	"continuo.subscription.v1.SubscriptionActionService/ReplaceSubscription":              {request: `{"name":"subscriptions/ID","replacement":"subscriptions/free","validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/StartSubscriptionServices":        {request: `{"name":"subscriptions/ID","service_ids":["1"],"details":{"schedule_time":"2099-01-01T00:00:00Z"},"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/AddSubscriptionServices":          {request: `{"name":"subscriptions/ID","products":["products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01"],"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/RemoveSubscriptionServices":       {request: `{"name":"subscriptions/ID","service_ids":["1"],"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/SwapSubscriptionServices":         {request: `{"name":"subscriptions/ID","swaps":[{"service_id":"1","product":"products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01"}],"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/AddSubscriptionInstalledItems":    {request: `{"name":"subscriptions/ID","installed_items":["installedItems/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A03"],"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/RemoveSubscriptionInstalledItems": {request: `{"name":"subscriptions/ID","item_ids":["1"],"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/SwapSubscriptionInstalledItems": {request: `{"name":"subscriptions/ID","swaps":[{"item_id":"1","installed_item":"installedItems/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A03"}],
		"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/MoveSubscriptionInstalledItems": {request: `{"name":"subscriptions/ID","destination":"subscriptions/free","item_ids":["1"],"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/AmendBillingTerms":              {request: `{"name":"subscriptions/ID","classification":31,"validate_only":true}`},
	"continuo.subscription.v1.SubscriptionActionService/GetSubscriptionAction":          {request: `{"name":"subscriptionActions/ACTION"}`},
	"continuo.subscription.v1.SubscriptionActionService/BatchGetSubscriptionActions":    {request: `{"names":["subscriptionActions/ACTION"]}`},
	"continuo.subscription.v1.SubscriptionActionService/ListSubscriptionActions":        {request: `{}`, shows: `"subscription":"subscriptions/ID"`},
	"continuo.subscription.v1.SubscriptionActionService/CancelSubscriptionAction":       {request: `{"name":"subscriptionActions/ACTION","validate_only":true}`},
}

// callersSee says which of the subscriptions managed, main, secret and hidden (whose account has the level of secret) each user sees: ann is granted the group of managers and has a
// highest level, bob has nothing but the group of its unit, una has a unit that names none, and max has neither unit nor level.
var callersSee = map[string][]string{
	"ann": {"managed", "main"}, "bob": {"main", "secret", "hidden"}, "una": {"secret", "hidden"}, "max": {"managed", "main", "secret", "hidden"},
}

// TestWhoSeesWhat calls every method of the service with the tokens of users, about subscriptions that they see and that they do not.
func TestWhoSeesWhat(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			expectSeen(t, peopleOf(t, startConfigured(t, databasetest.Migrated(t, engine, subscription.Migrations()), func(*subscription.Config) {})))
		})
	}
}

// signIn makes users beside ann, and returns the tokens of all.
func (p people) signIn(t *testing.T) map[string]string {
	t.Helper()
	tokens := map[string]string{"ann": p.token}
	for name, unit := range map[string]string{"bob": `,"unit":{"group_name":"Main Group"}`, "una": `,"unit":{"display_name":"Unit"}`, "max": ""} {
		p.must(t, "OrganisationService", "CreateUser", `{"user_id":"`+name+`","user":{"organisation":"organisations/demo","user_name":"`+name+`","password":"password"`+unit+`}}`)
		signedIn, err := p.sessions.CreateToken(t.Context(), credentials(name, "password", "demo"))
		if err != nil {
			t.Fatal(err)
		}
		tokens[name] = signedIn.GetData().GetToken()
	}
	return tokens
}

// TestHiddenSubscriptionsAreNotNamed shows a subscription whose item was moved to another one, which is to replace it too: only a user who
// sees that one is told which it is.
func TestHiddenSubscriptionsAreNotNamed(t *testing.T) {
	p := startPeople(t)
	tokens := p.signIn(t)
	p.must(t, "CatalogueService", "CreateInstalledItem", `{"installed_item_id":"device","installed_item":{"serial_number":"SN-DEVICE"}}`)
	p.must(t, "SubscriptionActionService", "AddSubscriptionInstalledItems", `{"name":"subscriptions/main","installed_items":["installedItems/device"]}`)
	item := p.must(t, "SubscriptionService", "GetSubscription", `{"name":"subscriptions/main"}`)["installed_items"].([]any)[0].(map[string]any)["id"].(string)
	p.must(t, "SubscriptionActionService", "MoveSubscriptionInstalledItems", `{"name":"subscriptions/main","destination":"subscriptions/others","item_ids":["`+item+`"]}`)
	scheduled := p.must(t, "SubscriptionActionService", "ReplaceSubscription",
		`{"name":"subscriptions/main","replacement":"subscriptions/others","details":{"schedule_time":"2099-01-01T00:00:00Z"}}`)["name"].(string)
	for _, method := range p.methods(t) {
		var request string
		switch method.Name() {
		case "GetSubscription":
			request = `{"name":"subscriptions/main"}`
		case "BatchGetSubscriptions":
			request = `{"names":["subscriptions/main"]}`
		case "UpdateSubscription":
			request = `{"subscription":{"name":"subscriptions/main","notes":"n"},"update_mask":"notes"}`
		case "GetSubscriptionAction":
			request = `{"name":"` + scheduled + `"}`
		case "BatchGetSubscriptionActions":
			request = `{"names":["` + scheduled + `"]}`
		case "CancelSubscriptionAction":
			request = `{"name":"` + scheduled + `","validate_only":true}`
		case "ListSubscriptions", "ListSubscriptionActions":
			request = `{}`
		default:
			continue
		}
		if method.ParentFile().Package() != "continuo.subscription.v1" {
			continue
		}
		for caller, sees := range map[string]bool{"ann": false, "bob": false, "max": true} {
			answer, err := p.ask(t, method, tokens[caller], request)
			named := strings.Contains(strings.ReplaceAll(answer, `"name":"subscriptions/others"`, ""), "subscriptions/others")
			if err != nil || named != sees || !strings.Contains(answer, "subscriptions/main") {
				t.Errorf("%s by %s: got %s, %v; is the other one to be named: %v", method.Name(), caller, answer, err, sees)
			}
		}
	}
}

// expectSeen calls every method, as TestWhoSeesWhat says.
func expectSeen(t *testing.T, p people) {
	tokens := p.signIn(t)
	actions := map[string]string{"missing": "missing"}
	for _, id := range callersSee["max"] {
		made := p.must(t, "SubscriptionActionService", "CancelSubscription",
			`{"name":"subscriptions/`+id+`","details":{"schedule_time":"2099-01-01T00:00:00Z","transaction_reference":"of-`+id+`"}}`)
		actions[id] = strings.TrimPrefix(made["name"].(string), "subscriptionActions/")
	}
	for _, method := range p.methods(t) {
		name := string(method.Parent().FullName()) + "/" + string(method.Name())
		row, known := methodsSeen[name]
		if slices.Contains(servicesRefused, string(method.Parent().FullName())) {
			row, known = seeing{request: `{}`, refused: true}, true
		}
		if !known {
			t.Errorf("%s has no row in the table of who sees what", name)
			continue
		}
		if row.about != "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for caller, seen := range callersSee {
				row.check(t, p, method, tokens[caller], actions, seen)
			}
		})
	}
}

// check calls a method as a user about the subscriptions that the user sees, and about those that it does not.
func (s seeing) check(t *testing.T, p people, method protoreflect.MethodDescriptor, token string, actions map[string]string, seen []string) {
	t.Helper()
	call := func(id string) (string, error) {
		owner := "180"
		if id == "hidden" {
			owner = id
		}
		return p.ask(t, method, token, strings.NewReplacer("TOKEN", token, "ACTION", actions[id], "ID", id, "OWNER", owner).Replace(s.request))
	}
	if s.refused {
		_, err := call("main")
		expectRejection(t, err, rejection{codes.PermissionDenied, "SCOPE_MISSING", ""})
		return
	}
	for _, id := range callersSee["max"] {
		answer, err := call(id)
		sees := slices.Contains(seen, id)
		if s.shows != "" {
			if has := strings.Contains(answer, strings.ReplaceAll(s.shows, "ID", id)); err != nil || has != sees {
				t.Errorf("%s: shown: %v, want %v (error %v)", id, has, sees, err)
			}
			continue
		}
		_, missing := call("missing")
		told := strings.NewReplacer(actions[id], "missing", id, "missing").Replace(status.Convert(err).Message())
		hidden := rejectionOf(err) == rejectionOf(missing) && told == status.Convert(missing).Message() && status.Code(err) == codes.NotFound
		if hidden == sees || status.Code(err) == codes.PermissionDenied || status.Code(err) == codes.Unauthenticated {
			t.Errorf("%s: got %v, and for a missing one %v; does the user see it: %v", id, err, missing, sees)
		}
	}
}

// methods returns every method that the server has, apart from those of gRPC itself.
func (f *fixture) methods(t *testing.T) (all []protoreflect.MethodDescriptor) {
	t.Helper()
	stream, err := grpc_reflection_v1.NewServerReflectionClient(f.connection).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range answer.GetListServicesResponse().GetService() {
		if strings.HasPrefix(service.GetName(), "grpc.") {
			continue
		}
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service.GetName()))
		if err != nil {
			t.Fatal(err)
		}
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			all = append(all, methods.Get(i))
		}
	}
	return all
}

// method returns the method with a name, `package.Service/Method`.
func (f *fixture) method(t *testing.T, name string) protoreflect.MethodDescriptor {
	t.Helper()
	for _, method := range f.methods(t) {
		if string(method.Parent().FullName())+"/"+string(method.Name()) == name {
			return method
		}
	}
	t.Fatalf("there is no method %s", name)
	return nil
}

// ask calls a method with a token as credential and returns the first answer as JSON.
func (f *fixture) ask(t *testing.T, method protoreflect.MethodDescriptor, token, request string) (string, error) {
	t.Helper()
	input, output := newMessage(t, method.Input()), newMessage(t, method.Output())
	if err := protojson.Unmarshal([]byte(request), input); err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	ctx := t.Context()
	if !strings.HasPrefix(string(method.FullName()), "crmcom.") {
		ctx = bearer(ctx, token)
	}
	path := "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
	stream, err := f.connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, path)
	if err != nil {
		return "", err
	}
	if err := stream.SendMsg(input); err != nil && !errors.Is(err, io.EOF) { // RecvMsg tells why the server ended the call
		return "", err
	}
	if err := stream.CloseSend(); err != nil {
		return "", err
	}
	if err := stream.RecvMsg(output); err != nil {
		return "", err
	}
	return compact(t, output), nil
}

func compact(t *testing.T, message proto.Message) string {
	t.Helper()
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var compacted bytes.Buffer
	if err := json.Compact(&compacted, text); err != nil {
		t.Fatal(err)
	}
	return compacted.String()
}
