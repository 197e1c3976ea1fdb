package subscription_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// bundle makes a flexible bundle FLEX of the demo's products: Internet, which costs 31.00 a month, and twice Television at 10.00.
func (f *fixture) bundle(t testing.TB) (name, internet, television string) {
	t.Helper()
	internet, television = f.price(t, "31.00"), f.subscription(t).GetServices()[1].GetProduct()
	must := mustCreate(t)
	must(f.catalogue.UpdateProduct(t.Context(), &pb.UpdateProductRequest{Product: &pb.Product{Name: television, Prices: []*pb.ProductPrice{{
		Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CurrencyCode: "EUR", Amount: &decimal.Decimal{Value: "10.00"},
	}}}}))
	must(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "flex", Product: &pb.Product{
		Code: "FLEX", Flexible: true, Components: []*pb.ProductComponent{{Product: internet}, {Product: television, Quantity: 2}},
	}}))
	return "products/flex", internet, television
}

// componentsOf returns the components of the last service of a subscription.
func (f *fixture) componentsOf(t testing.TB, name string) []string {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return found.GetServices()[len(found.GetServices())-1].GetComponents()
}

// TestVendorChoosesComponents adds and swaps in services of a flexible bundle by CRM.COM's contract, and creates subscriptions with them.
func TestVendorChoosesComponents(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	f.bundle(t)
	name := f.draft(t, "D")
	f.agree(t, life, name)
	mustCreate(t)(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name}))
	services := crmcomv2.NewSubscriptionServicesServiceClient(f.connection)
	ask := func(body string) *crmcomv2.SubscriptionServicesRequest {
		request := &crmcomv2.SubscriptionServicesRequest{}
		if err := protojson.Unmarshal([]byte(`{"subscription_identifier":{"number":"D"},"services_set":[{`+body+`}]}`), request); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		request.Token = proto.String(demoToken)
		return request
	}
	const flex = `"service_identifier":{"code":"FLEX"}`
	const chosen = "services_set[0].components_set"
	for body, refused := range map[string]rejection{
		flex: {codes.InvalidArgument, "REQUIRED", chosen},
		flex + `,"components_set":[{"component_identifier":{"code":"X"}}]`:                                                             {codes.NotFound, "NOT_FOUND", chosen + "[0].component_identifier.code"},
		flex + `,"components_set":[{}]`:                                                                                                {codes.InvalidArgument, "REQUIRED", chosen + "[0].component_identifier"},
		flex + `,"components_set":[{"component_identifier":{"code":"FLEX"}}]`:                                                          {codes.InvalidArgument, "INVALID_VALUE", chosen + "[0]"},
		flex + `,"components_set":[{"component_identifier":{"code":"TELEVISION"}},{"component_identifier":{"alternative_code":"TV"}}]`: {codes.InvalidArgument, "REPEATED", chosen + "[1]"},
		`"service_identifier":{"code":"INTERNET"},"components_set":[{"component_identifier":{"code":"TELEVISION"}}]`:                   {codes.InvalidArgument, "INVALID_VALUE", chosen},
	} {
		_, err := services.AddServices(t.Context(), ask(body))
		expectRejection(t, err, refused)
	}
	must := mustCreate(t)
	must(services.AddServices(t.Context(), ask(flex+`,"components_set":[{"component_identifier":{"code":"TELEVISION"}}]`)))
	shown, err := f.show(t, `{"subscription_identifier":{"number":"D"},"fields_set":"services_set"}`)
	if err != nil || len(shown.GetServicesSet()) != 2 || shown.GetServicesSet()[1].GetComponentsSet()[0].GetProduct().GetCode() != "TELEVISION" {
		t.Errorf("got %v, %v", shown, err)
	}
	swap := ask(`"from_service":{"service_identifier":{"code":"FLEX"}},"to_service":{` + flex + `,"components_set":[{"component_identifier":{"code":"INTERNET"}}]}`)
	swap.BusinessClassificationCode = proto.String("SWITCH_SERVICE")
	must(services.SwapServices(t.Context(), swap))
	if got := f.componentsOf(t, name); len(got) != 1 || got[0] != f.subscription(t).GetServices()[0].GetProduct() {
		t.Errorf("after a swap: got %v", got)
	}

	create := func(component string) error {
		_, err := f.subscribe(t, `"business_classification_code":"CREATE_DRAFT_SUBSCRIPTION","type_identifier":{"alternative_code":"UK"},"transaction_reference_number":"T",
			"accounts_receivable":{"action":"EXISTING","accounts_receivable_identifier":{"number":"180"}},"services_set":[{`+flex+component+`}]`)
		return err
	}
	expectRejection(t, create(""), rejection{codes.InvalidArgument, "REQUIRED", chosen})
	for _, component := range []string{"INTERNET", "INTERNET", "TELEVISION"} {
		err := create(`,"components_set":[{"component_identifier":{"code":"` + component + `"}}]`)
		if component == "INTERNET" && err != nil {
			t.Error(err)
		}
		if component == "TELEVISION" {
			expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", "transaction_reference_number"})
		}
	}
}

// TestComponentsCostWhatIsChosen adds services of a flexible bundle natively, corrects what they have, and keeps their components in use.
func TestComponentsCostWhatIsChosen(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	flex, internet, television := f.bundle(t)
	name := f.draft(t, "D")
	f.agree(t, life, name)
	must := mustCreate(t)
	must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name}))
	for _, c := range []struct {
		chosen []string
		total  string
	}{{[]string{television}, "10.97"}, {[]string{internet}, "17.00"}, {[]string{internet, television}, "27.97"}} { // 17 of 31 days
		added, err := life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{
			Name: name, Products: []string{flex}, Components: []*pb.ChosenComponents{{Products: c.chosen}},
		})
		if err != nil || added.GetEffect().GetCost().GetTotal().GetValue() != c.total || len(added.GetServices()[0].GetComponents()) != len(c.chosen) {
			t.Errorf("%v: got %v, %v", c.chosen, added, err)
		}
	}
	_, err := life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{flex}, Components: []*pb.ChosenComponents{{Products: []string{internet}}, {}}})
	expectRejection(t, err, rejection{codes.InvalidArgument, "INCONSISTENT", "components[1]"})
	_, err = life.SwapSubscriptionServices(t.Context(), &pb.SwapSubscriptionServicesRequest{Name: name, Swaps: []*pb.ServiceSwap{{ServiceId: "1", Product: flex}}})
	expectRejection(t, err, rejection{codes.InvalidArgument, "REQUIRED", "swaps[0].components"})

	name = f.draft(t, "E") // only in a draft can it be corrected in place
	must(life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{
		Name: name, Products: []string{flex}, Components: []*pb.ChosenComponents{{Products: []string{internet, television}}},
	}))
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	last := found.GetServices()[len(found.GetServices())-1]
	last.Components = nil
	change := &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: name, Services: found.GetServices()}}
	_, err = f.subscriptions.UpdateSubscription(t.Context(), change)
	expectRejection(t, err, rejection{codes.InvalidArgument, "REQUIRED", "subscription.services[1].components"})
	last.Components = []string{television}
	must(f.subscriptions.UpdateSubscription(t.Context(), change))
	if got := f.componentsOf(t, name); len(got) != 1 || got[0] != television {
		t.Errorf("after a correction: got %v", got)
	}

	must(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "music", Product: &pb.Product{Code: "MUSIC"}}))
	must(f.catalogue.UpdateProduct(t.Context(), &pb.UpdateProductRequest{Product: &pb.Product{Name: flex, Components: []*pb.ProductComponent{{Product: "products/music"}}}}))
	last.Components = []string{"products/music"}
	must(f.subscriptions.UpdateSubscription(t.Context(), change))
	must(f.catalogue.UpdateProduct(t.Context(), &pb.UpdateProductRequest{Product: &pb.Product{Name: flex, Components: []*pb.ProductComponent{{Product: internet}}}}))
	_, err = f.catalogue.DeleteProduct(t.Context(), &pb.DeleteProductRequest{Name: "products/music"})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
	_, err = f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "empty", Product: &pb.Product{Code: "EMPTY", Flexible: true}})
	expectRejection(t, err, rejection{codes.InvalidArgument, "INCONSISTENT", "product.flexible"})
}
