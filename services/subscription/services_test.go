package subscription_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// statesOf returns the states of a subscription's services, in their order.
func (f *fixture) statesOf(t testing.TB, name string) (states string) {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range found.GetServices() {
		states += service.GetState().String()[len("SERVICE_STATE_"):] + " "
	}
	return states
}

// TestNativeServices adds, swaps and ends services of a subscription by the native API.
func TestNativeServices(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	name, television := f.draft(t, "D"), f.subscription(t).GetServices()[1].GetProduct()
	must := mustCreate(t)
	must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name}))
	add := &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{television}, ValidateOnly: true}
	must(life.AddSubscriptionServices(t.Context(), add))
	if got := f.statesOf(t, name); got != "EFFECTIVE " {
		t.Errorf("after a preview: got %s", got)
	}
	add.ValidateOnly = false
	added, err := life.AddSubscriptionServices(t.Context(), add)
	if err != nil {
		t.Fatal(err)
	}
	newID := added.GetServices()[0].GetNewId()
	must(life.SwapSubscriptionServices(t.Context(), &pb.SwapSubscriptionServicesRequest{
		Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_UPGRADE_SERVICE, Swaps: []*pb.ServiceSwap{{ServiceId: "1", Product: television}},
	}))
	_, err = life.RemoveSubscriptionServices(t.Context(), &pb.RemoveSubscriptionServicesRequest{Name: name, ServiceIds: []string{newID, "1"}})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""})
	if got := f.statesOf(t, name); got != "SWAPPED EFFECTIVE EFFECTIVE " {
		t.Errorf("after a set of which one is refused: got %s", got)
	}
	must(life.RemoveSubscriptionServices(t.Context(), &pb.RemoveSubscriptionServicesRequest{Name: name, ServiceIds: []string{newID}}))
	must(life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{television}, AsDraft: true}))
	if got := f.statesOf(t, name); got != "SWAPPED CANCELLED EFFECTIVE DRAFT " {
		t.Errorf("got %s", got)
	}
	draft := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE).GetServices()[3].GetId()
	started, err := life.StartSubscriptionServices(t.Context(), &pb.StartSubscriptionServicesRequest{Name: name, ServiceIds: []string{draft}})
	if err != nil || started.GetBehaviorCode() != "START_SERVICE" || started.GetClassification() != pb.ActionClassification_ACTION_CLASSIFICATION_START_SERVICE {
		t.Errorf("got %v, %v", started, err)
	}
	if got := f.statesOf(t, name); got != "SWAPPED CANCELLED EFFECTIVE EFFECTIVE " {
		t.Errorf("after the start: got %s", got)
	}
	for field, call := range map[string]func() error{
		"products[0]": func() error {
			_, err := life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{"products/X"}})
			return err
		},
		"service_ids[0]": func() error {
			_, err := life.RemoveSubscriptionServices(t.Context(), &pb.RemoveSubscriptionServicesRequest{Name: name, ServiceIds: []string{"X"}})
			return err
		},
	} {
		expectRejection(t, call(), rejection{codes.NotFound, "NOT_FOUND", field})
	}
}

// TestUpdatesKeepServices corrects the services of a draft by updates. Once a subscription is active, an update changes their user defined fields only, and what
// has ended stays in either.
func TestUpdatesKeepServices(t *testing.T) {
	f := startFixture(t)
	life, must := pb.NewSubscriptionActionServiceClient(f.connection), mustCreate(t)
	internet, television := f.subscription(t).GetServices()[0].GetProduct(), f.subscription(t).GetServices()[1].GetProduct()
	must(f.catalogue.CreateSubscriptionType(t.Context(), &pb.CreateSubscriptionTypeRequest{SubscriptionTypeId: "tv", SubscriptionType: &pb.SubscriptionType{
		DisplayName: "Television", Services: []*pb.TypeService{{Product: television, Mandatory: true}},
	}}))
	name := f.draft(t, "D")
	update := func(services ...*pb.SubscribedService) error {
		_, err := f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
			Subscription: &pb.Subscription{Name: name, Services: services}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"services"}},
		})
		return err
	}
	service := func(id, product string) *pb.SubscribedService { return &pb.SubscribedService{Id: id, Product: product} }
	if err := update(); err != nil {
		t.Error(err)
	}
	if err := update(service("1", television), service("2", television)); err != nil {
		t.Error(err)
	}
	must(life.RemoveSubscriptionServices(t.Context(), &pb.RemoveSubscriptionServicesRequest{
		Name: name, ServiceIds: []string{"2"}, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_UNDO_ADD_SERVICE,
	}))
	refused := func(field string) rejection { return rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", field} }
	expectRejection(t, update(service("1", internet)), refused("subscription.services"))
	if err := update(service("1", internet), service("2", television)); err != nil {
		t.Error(err)
	}
	must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name}))
	for field, services := range map[string][]*pb.SubscribedService{
		"subscription.services":    {service("1", internet)},
		"subscription.services[0]": {service("1", television), service("2", television)},
		"subscription.services[2]": {service("1", internet), service("2", television), service("", television)},
	} {
		expectRejection(t, update(services...), refused(field))
	}
	labelled := service("1", internet)
	labelled.UserDefinedFields = &pb.UserDefinedFields{Strings: map[int32]string{1: "attic"}}
	if err := update(service("2", television), labelled); err != nil {
		t.Error(err)
	}
	_, err := f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: name, SubscriptionType: "subscriptionTypes/tv"}})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "MANDATORY_SERVICE", ""})
	must(life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: name}))
	expectRejection(t, update(labelled, service("2", television), service("3", television)), refused("subscription.services[2]"))
	if got := f.statesOf(t, name); got != "REMOVED CANCELLED " {
		t.Errorf("got %s", got)
	}
}

// TestVendorServices adds, swaps and ends services of a subscription by CRM.COM's contract.
func TestVendorServices(t *testing.T) {
	f := startFixture(t)
	name := f.draft(t, "D")
	must := mustCreate(t)
	must(pb.NewSubscriptionActionServiceClient(f.connection).ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name}))
	services := crmcomv2.NewSubscriptionServicesServiceClient(f.connection)
	for _, step := range []struct {
		name    string
		call    func(context.Context, *crmcomv2.SubscriptionServicesRequest, ...grpc.CallOption) (*crmcomv2.SubscriptionActionResponse, error)
		body    string
		want    string
		refused rejection
	}{
		{"added", services.AddServices, `"services_set":[{"service_identifier":{"code":"TELEVISION"}}]`, "EFFECTIVE EFFECTIVE ", rejection{}},
		{"added as a draft", services.AddServices, `"business_classification_code":"ADD_SERVICE_AS_DRAFT","services_set":[{"service_identifier":{"code":"TELEVISION"}}]`, "EFFECTIVE EFFECTIVE DRAFT ", rejection{}},
		{"a draft is cancelled", services.CancelServices, `"services_set":[{"subscription_service_id":"DRAFT"}]`, "", rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""}},
		{"its addition is undone", services.CancelServices, `"business_classification_code":"UNDOADDSERVICE","services_set":[{"subscription_service_id":"DRAFT"}]`, "EFFECTIVE EFFECTIVE REMOVED ", rejection{}},
		{"another draft", services.AddServices, `"business_classification_code":"ADD_SERVICE_AS_DRAFT","services_set":[{"service_identifier":{"code":"TELEVISION"}}]`, "EFFECTIVE EFFECTIVE REMOVED DRAFT ", rejection{}},
		{"is started", services.StartServices, `"services_set":[{"subscription_service_id":"DRAFT"}]`, "EFFECTIVE EFFECTIVE REMOVED EFFECTIVE ", rejection{}},
		{"an effective one is started", services.StartServices, `"services_set":[{"subscription_service_id":"1"}]`, "", rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""}},
		{"and cancelled", services.CancelServices, `"services_set":[{"subscription_service_id":"LAST"}]`, "EFFECTIVE EFFECTIVE REMOVED CANCELLED ", rejection{}},
		{"nothing added", services.AddServices, `"services_set":[]`, "", rejection{codes.InvalidArgument, "REQUIRED", "services_set"}},
		{"added by a wrong code", services.AddServices, `"business_classification_code":"SWITCH_SERVICE"`, "", rejection{codes.InvalidArgument, "UNKNOWN_VALUE", "business_classification_code"}},
		{"swapped without a code", services.SwapServices, `"services_set":[{}]`, "", rejection{codes.InvalidArgument, "REQUIRED", "business_classification_code"}},
		{"swapped for nothing", services.SwapServices, `"business_classification_code":"UPGRADE_SERVICE","services_set":[{"from_service":{"subscription_service_id":"1"}}]`, "",
			rejection{codes.InvalidArgument, "REQUIRED", "services_set[0].to_service.service_identifier"}},
		{"upgraded", services.SwapServices, `"transaction_reference_number":"U1","business_classification_code":"UPGRADESERVICE","services_set":[{"from_service":{"service_identifier":{"code":"INTERNET"}},"to_service":{"service_identifier":{"code":"INTERNET"}}}]`,
			"SWAPPED EFFECTIVE REMOVED CANCELLED EFFECTIVE ", rejection{}},
		{"upgraded, repeated", services.SwapServices, `"transaction_reference_number":"U1","business_classification_code":"UPGRADESERVICE","services_set":[{"from_service":{"service_identifier":{"code":"INTERNET"}},"to_service":{"service_identifier":{"code":"INTERNET"}}}]`,
			"SWAPPED EFFECTIVE REMOVED CANCELLED EFFECTIVE ", rejection{}},
		{"cancelled by the product", services.CancelServices, `"transaction_reference_number":"C1","services_set":[{"service_identifier":{"alternative_code":"TV"}}]`, "SWAPPED CANCELLED REMOVED CANCELLED EFFECTIVE ", rejection{}},
		{"cancelled by the product, repeated", services.CancelServices, `"transaction_reference_number":"C1","services_set":[{"service_identifier":{"alternative_code":"TV"}}]`, "SWAPPED CANCELLED REMOVED CANCELLED EFFECTIVE ", rejection{}},
		{"cancelled again", services.CancelServices, `"services_set":[{"service_identifier":{"alternative_code":"TV"}}]`, "", rejection{codes.NotFound, "NOT_FOUND", "services_set[0].service_identifier"}},
		{"twice in a set", services.RegretServices, `"services_set":[{"service_identifier":{"code":"INTERNET"}},{"service_identifier":{"code":"INTERNET"}}]`, "", rejection{codes.InvalidArgument, "REPEATED", "services_set[1]"}},
		{"regretted", services.RegretServices, `"transaction_reference_number":"R1","services_set":[{"service_identifier":{"code":"INTERNET"}}]`, "SWAPPED CANCELLED REMOVED CANCELLED REGRETTED ", rejection{}},
		{"regretted, repeated", services.RegretServices, `"transaction_reference_number":"R1","services_set":[{"service_identifier":{"code":"INTERNET"}}]`, "SWAPPED CANCELLED REMOVED CANCELLED REGRETTED ", rejection{}},
	} {
		t.Run(step.name, func(t *testing.T) {
			request := &crmcomv2.SubscriptionServicesRequest{}
			present, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			last := present.GetServices()[len(present.GetServices())-1].GetId()
			body := strings.NewReplacer(`"DRAFT"`, `"`+last+`"`, `"LAST"`, `"`+last+`"`).Replace(step.body)
			if err := protojson.Unmarshal([]byte(`{"subscription_identifier":{"number":"D"},`+body+`}`), request); err != nil {
				t.Fatal(err)
			}
			request.Token = proto.String(demoToken)
			before := f.statesOf(t, name)
			done, err := step.call(t.Context(), request)
			if step.want == "" {
				expectRejection(t, err, step.refused)
				step.want = before
			} else if err != nil || done.GetData().GetLifeCycleState() != "EXECUTED" {
				t.Errorf("got %v, %v", done, err)
			}
			if got := f.statesOf(t, name); got != step.want {
				t.Errorf("got %s, want %s", got, step.want)
			}
		})
	}
}
