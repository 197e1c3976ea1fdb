package subscription_test

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	exact "github.com/govalues/decimal"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
)

// price gives the first service of the demo's subscription a price, and its account a currency.
func (f *fixture) price(t testing.TB, amount string) (internet string) {
	t.Helper()
	demo, must := f.subscription(t), mustCreate(t)
	internet = demo.GetServices()[0].GetProduct()
	must(f.accounts.UpdateAccount(t.Context(), &pb.UpdateAccountRequest{Account: &pb.Account{Name: demo.GetAccount(), CurrencyCode: "EUR"}}))
	must(f.catalogue.UpdateProduct(t.Context(), &pb.UpdateProductRequest{Product: &pb.Product{Name: internet, Prices: []*pb.ProductPrice{{
		Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CurrencyCode: "EUR", Amount: &decimal.Decimal{Value: amount},
	}}}}))
	return internet
}

// agree gives a subscription monthly billing terms with a binding period of a quarter.
func (f *fixture) agree(t testing.TB, life pb.SubscriptionActionServiceClient, name string) {
	t.Helper()
	mustCreate(t)(life.AmendBillingTerms(t.Context(), &pb.AmendBillingTermsRequest{
		Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_NO_BINDING_PERIOD_TERM_CHANGES,
		BillingTerms: &pb.BillingTermsChange{Scheme: demoScheme, Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: 1},
	}))
	mustCreate(t)(life.AmendBillingTerms(t.Context(), &pb.AmendBillingTermsRequest{
		Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_NEW_BINDING_PERIOD_TERMS,
		BillingTerms: &pb.BillingTermsChange{BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_QUARTER},
	}))
}

// TestProductsHavePricesAndComponents sets prices and components, and refuses what is wrong with them.
func TestProductsHavePricesAndComponents(t *testing.T) {
	f := startFixture(t)
	internet := f.price(t, "31.00")
	price := func(code, amount string) *pb.ProductPrice {
		return &pb.ProductPrice{Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CurrencyCode: code, Amount: &decimal.Decimal{Value: amount}}
	}
	for _, c := range []struct {
		product *pb.Product
		refused rejection
	}{
		{&pb.Product{Prices: []*pb.ProductPrice{price("EUR", "1.005")}}, rejection{codes.InvalidArgument, "TOO_PRECISE", "product.prices[0].amount"}},
		{&pb.Product{Prices: []*pb.ProductPrice{price("ABC", "1")}}, rejection{codes.InvalidArgument, "UNKNOWN_CURRENCY", "product.prices[0].currency_code"}},
		{&pb.Product{Prices: []*pb.ProductPrice{price("EUR", "-1")}}, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "product.prices[0].amount"}},
		{&pb.Product{Prices: []*pb.ProductPrice{price("EUR", "1"), price("EUR", "2")}}, rejection{codes.InvalidArgument, "REPEATED", "product.prices[1]"}},
		{&pb.Product{Components: []*pb.ProductComponent{{Product: "products/x"}}}, rejection{codes.NotFound, "NOT_FOUND", "product.components[0].product"}},
		{&pb.Product{Components: []*pb.ProductComponent{{Product: internet}, {Product: internet}}}, rejection{codes.InvalidArgument, "REPEATED", "product.components[1].product"}},
		{&pb.Product{Prices: []*pb.ProductPrice{price("JPY", "100"), price("EUR", "1.50")}, Components: []*pb.ProductComponent{{Product: internet, Quantity: 2}}}, rejection{}},
		{&pb.Product{Components: []*pb.ProductComponent{{Product: "products/bundle"}}}, rejection{codes.InvalidArgument, "INVALID_VALUE", "product.components[0].product"}},
	} {
		c.product.Code = "BUNDLE"
		made, err := f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "bundle", Product: c.product})
		if c.refused != (rejection{}) {
			expectRejection(t, err, c.refused)
		} else if err != nil || made.GetComponents()[0].GetQuantity() != 2 || made.GetPrices()[1].GetAmount().GetValue() != "1.50" {
			t.Errorf("got %v, %v", made, err)
		}
		c.product.Code = "OTHER"
	}
	_, err := f.catalogue.DeleteProduct(t.Context(), &pb.DeleteProductRequest{Name: internet})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
}

// TestEarlyEndsCost previews and makes a cancellation within a binding period.
func TestEarlyEndsCost(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	f.price(t, "31.00")
	name := f.draft(t, "D")
	f.agree(t, life, name)
	activated, err := life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name})
	if err != nil || activated.GetEffect().GetCost().GetTotal().GetValue() != "17.00" {
		t.Errorf("got %v, %v", activated, err)
	}
	cancelled, err := life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: name, ValidateOnly: true})
	cost := cancelled.GetEffect().GetCost()
	// 17 days of January come back; of 17 + 31 + 31 + 14/30 of 31 until 15 April half is charged.
	if err != nil || cost.GetTotal().GetValue() != "29.74" || len(cost.GetCharges()) != 2 || cost.GetCharges()[0].GetAmount().GetValue() != "-17.00" ||
		cost.GetCharges()[1].GetKind() != pb.ActionCharge_KIND_EARLY_END || cost.GetCharges()[1].GetEndDate().GetMonth() != 4 || cost.GetCurrencyCode() != "EUR" {
		t.Errorf("got %v, %v", cost, err)
	}
	f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE)
}

// TestEarlyEndsCostTheSameByEveryPath takes a subscription out of its binding period by several actions on one day. What they charge for that sums to what
// the cancellation charges, also after the scheme was exchanged for one that charges nothing.
func TestEarlyEndsCostTheSameByEveryPath(t *testing.T) {
	f := startFixture(t)
	life, must := pb.NewSubscriptionActionServiceClient(f.connection), mustCreate(t)
	f.price(t, "31.00")
	television := f.subscription(t).GetServices()[1].GetProduct()
	must(f.catalogue.UpdateProduct(t.Context(), &pb.UpdateProductRequest{Product: &pb.Product{Name: television, Prices: []*pb.ProductPrice{{
		Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CurrencyCode: "EUR", Amount: &decimal.Decimal{Value: "9.99"},
	}}}}))
	must(pb.NewBillingTermSchemeServiceClient(f.connection).CreateBillingTermScheme(t.Context(), &pb.CreateBillingTermSchemeRequest{BillingTermSchemeId: "free", BillingTermScheme: &pb.BillingTermScheme{
		Code: "FREE", BillingType: pb.BillingTermScheme_BILLING_TYPE_PRE_BILL, State: pb.BillingTermScheme_STATE_EFFECTIVE,
	}}))
	type act = func(name string) (*pb.SubscriptionAction, error)
	amend := func(classification pb.ActionClassification, change *pb.BillingTermsChange) act {
		return func(name string) (*pb.SubscriptionAction, error) {
			return life.AmendBillingTerms(t.Context(), &pb.AmendBillingTermsRequest{Name: name, Classification: classification, BillingTerms: change})
		}
	}
	cancel := func(name string) (*pb.SubscriptionAction, error) {
		return life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: name})
	}
	remove := func(name string) (*pb.SubscriptionAction, error) {
		return life.RemoveSubscriptionServices(t.Context(), &pb.RemoveSubscriptionServicesRequest{Name: name, ServiceIds: []string{"1"}})
	}
	downgrade := func(name string) (*pb.SubscriptionAction, error) {
		return life.SwapSubscriptionServices(t.Context(), &pb.SwapSubscriptionServicesRequest{
			Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_DOWNGRADE_SERVICE, Swaps: []*pb.ServiceSwap{{ServiceId: "1", Product: television}},
		})
	}
	shorter := amend(pb.ActionClassification_ACTION_CLASSIFICATION_ADJUSTED_BINDING_PERIOD_TERMS, &pb.BillingTermsChange{BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_WEEK})
	away := amend(pb.ActionClassification_ACTION_CLASSIFICATION_ADJUSTED_BINDING_PERIOD_TERMS,
		&pb.BillingTermsChange{BindingStartDate: &date.Date{Year: 2026, Month: 2, Day: 1}})
	unbind := amend(pb.ActionClassification_ACTION_CLASSIFICATION_CANCELED_BINDING_PERIOD_TERMS, nil)
	exchange := amend(pb.ActionClassification_ACTION_CLASSIFICATION_NO_BINDING_PERIOD_TERM_CHANGES,
		&pb.BillingTermsChange{Scheme: "billingTermSchemes/free", Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: 1})
	rest := func(name string) (*pb.SubscriptionAction, error) {
		return life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 2, Day: 1}})
	}
	for i, path := range [][]act{
		{cancel}, {remove, cancel}, {downgrade, cancel}, {shorter, cancel}, {away, cancel}, {unbind, cancel}, {exchange, cancel}, {exchange, shorter, downgrade, unbind, cancel}, {rest, cancel},
	} {
		name, total := f.draft(t, string(rune('A'+i))), exact.MustParse("0.00")
		f.agree(t, life, name)
		must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name}))
		for _, one := range path {
			done, err := one(name)
			if err != nil {
				t.Fatalf("path %d: %v", i, err)
			}
			for _, charge := range done.GetEffect().GetCost().GetCharges() {
				if charge.GetKind() == pb.ActionCharge_KIND_EARLY_END {
					total, err = total.Add(exact.MustParse(charge.GetAmount().GetValue()))
					must(nil, err)
				}
			}
		}
		if total.String() != "46.74" {
			t.Errorf("path %d charges %s", i, total)
		}
	}
	must(f.catalogue.UpdateSubscriptionType(t.Context(), &pb.UpdateSubscriptionTypeRequest{SubscriptionType: &pb.SubscriptionType{Name: demoType, LifeCycleRules: &pb.LifeCycleRules{CoolingOffDays: 14, BoundUntilEnd: true}}}))
	bound := f.draft(t, "Z")
	f.agree(t, life, bound)
	must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: bound}))
	_, err := remove(bound)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_BINDING", ""})
	regretted := f.draft(t, "R")
	f.agree(t, life, regretted)
	must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: regretted}))
	done, err := life.RegretSubscription(t.Context(), &pb.RegretSubscriptionRequest{Name: regretted})
	if err != nil || done.GetEffect().GetCost().GetTotal().GetValue() != "-17.00" {
		t.Errorf("got %v, %v", done, err)
	}
}

// plainly removes from an effect the ids of what is new, which differ between a preview and the action.
func plainly(effect *pb.ActionEffect) *pb.ActionEffect {
	made := map[string]bool{}
	for _, service := range effect.GetServices() {
		if service.GetStateBefore() == pb.ServiceState_SERVICE_STATE_UNSPECIFIED {
			made[service.GetId()] = true
			service.Id = "new"
		}
	}
	for _, charge := range effect.GetCost().GetCharges() {
		known := func(service *pb.ServiceEffect) bool { return service.GetId() == charge.GetServiceId() }
		if effect.GetStateAfter() == pb.LifeCycleState_LIFE_CYCLE_STATE_REPLACED && !slices.ContainsFunc(effect.GetServices(), known) {
			made[charge.GetServiceId()] = true // a service of the new subscription
		}
		if made[charge.GetServiceId()] {
			charge.ServiceId = "new"
		}
	}
	if effect.GetBillingTermsAfter() != nil {
		effect.BillingTermsAfter.Id = "new"
	}
	return effect
}

// alike returns what of an action a preview shows too: all but what is new with each call.
func alike(action *pb.SubscriptionAction) *pb.SubscriptionAction {
	plainly(action.GetEffect())
	if action != nil {
		action.Name, action.Number, action.Etag = "", "", ""
		if action.GetReplacementType() != "" {
			action.Replacement = ""
		}
	}
	for _, service := range action.GetServices() {
		service.NewId = ""
	}
	for _, item := range action.GetInstalledItems() {
		if item.GetInstalledItemBefore() == "" {
			item.Id = "new"
		}
	}
	return action
}

// last returns the id of the last service of a subscription.
func (f *fixture) last(t testing.TB, name string) []string {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return []string{found.GetServices()[len(found.GetServices())-1].GetId()}
}

// TestPreviewsEqualEffects makes random actions on subscriptions, each after its preview: the preview shows what the action then does and costs, or
// the fault with which it is refused, and stores nothing.
func TestPreviewsEqualEffects(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	internet := f.price(t, "19.99")
	spare := f.draft(t, "spare")
	const item = "1"
	device := func(kind, name string) string { return "installedItems/" + kind + path.Base(name) }
	later := &pb.ActionDetails{ScheduleTime: timestamppb.New(start.AddDate(0, 0, 3))}
	end := &date.Date{Year: 2026, Month: 3, Day: 1}
	actions := map[string]func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error){
		"activate": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ActivateSubscription(ctx, &pb.ActivateSubscriptionRequest{Name: name, ValidateOnly: preview})
		},
		"deactivate": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.DeactivateSubscription(ctx, &pb.DeactivateSubscriptionRequest{Name: name, ValidateOnly: preview})
		},
		"rest": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.RestSubscription(ctx, &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2099, Month: 1, Day: 1}, ValidateOnly: preview})
		},
		"resume": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ResumeSubscription(ctx, &pb.ResumeSubscriptionRequest{Name: name, ValidateOnly: preview})
		},
		"cancel": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.CancelSubscription(ctx, &pb.CancelSubscriptionRequest{Name: name, ValidateOnly: preview})
		},
		"add": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.AddSubscriptionServices(ctx, &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{internet}, ValidateOnly: preview})
		},
		"remove": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.RemoveSubscriptionServices(ctx, &pb.RemoveSubscriptionServicesRequest{Name: name, ServiceIds: []string{"1"}, ValidateOnly: preview})
		},
		"swap": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.SwapSubscriptionServices(ctx, &pb.SwapSubscriptionServicesRequest{Name: name, Swaps: []*pb.ServiceSwap{{ServiceId: "1", Product: internet}}, ValidateOnly: preview})
		},
		"replace": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ReplaceSubscription(ctx, &pb.ReplaceSubscriptionRequest{Name: name, Replacement: spare, ValidateOnly: preview})
		},
		"replace by type": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ReplaceSubscription(ctx, &pb.ReplaceSubscriptionRequest{Name: name, ReplacementType: "subscriptionTypes/verified", Products: []string{internet}, ValidateOnly: preview})
		},
		"replace by type later": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ReplaceSubscription(ctx, &pb.ReplaceSubscriptionRequest{Name: name, ReplacementType: demoType, Details: later, ValidateOnly: preview})
		},
		"replace later": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ReplaceSubscription(ctx, &pb.ReplaceSubscriptionRequest{Name: name, Replacement: spare, Details: later, ValidateOnly: preview})
		},
		"rest later": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.RestSubscription(ctx, &pb.RestSubscriptionRequest{Name: name, EndDate: end, Details: later, ValidateOnly: preview})
		},
		"short term later": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ActivateSubscription(ctx, &pb.ActivateSubscriptionRequest{Name: name, EndDate: end, Details: later, ValidateOnly: preview})
		},
		"add item": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.AddSubscriptionInstalledItems(ctx, &pb.AddSubscriptionInstalledItemsRequest{Name: name, InstalledItems: []string{device("a", name)}, ValidateOnly: preview})
		},
		"remove item": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.RemoveSubscriptionInstalledItems(ctx, &pb.RemoveSubscriptionInstalledItemsRequest{Name: name, ItemIds: []string{item}, ValidateOnly: preview})
		},
		"swap item": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.SwapSubscriptionInstalledItems(ctx, &pb.SwapSubscriptionInstalledItemsRequest{Name: name, Swaps: []*pb.InstalledItemSwap{{ItemId: item, InstalledItem: device("b", name)}}, ValidateOnly: preview})
		},
		"move item": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.MoveSubscriptionInstalledItems(ctx, &pb.MoveSubscriptionInstalledItemsRequest{Name: name, ItemIds: []string{item}, Destination: spare, ValidateOnly: preview})
		},
		"regret": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.RegretSubscription(ctx, &pb.RegretSubscriptionRequest{Name: name, ValidateOnly: preview})
		},
		"verify": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.VerifySubscription(ctx, &pb.VerifySubscriptionRequest{Name: name, ValidateOnly: preview})
		},
		"short term": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.ActivateSubscription(ctx, &pb.ActivateSubscriptionRequest{Name: name, EndDate: end, ValidateOnly: preview})
		},
		"short deactivation": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.DeactivateSubscription(ctx, &pb.DeactivateSubscriptionRequest{Name: name, EndDate: end, ValidateOnly: preview})
		},
		"add draft": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.AddSubscriptionServices(ctx, &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{internet}, AsDraft: true, ValidateOnly: preview})
		},
		"start draft": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.StartSubscriptionServices(ctx, &pb.StartSubscriptionServicesRequest{Name: name, ServiceIds: f.last(t, name), ValidateOnly: preview})
		},
		"undo": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.RemoveSubscriptionServices(ctx, &pb.RemoveSubscriptionServicesRequest{
				Name: name, ServiceIds: f.last(t, name), Classification: pb.ActionClassification_ACTION_CLASSIFICATION_UNDO_ADD_SERVICE, ValidateOnly: preview,
			})
		},
		"regret service": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.RemoveSubscriptionServices(ctx, &pb.RemoveSubscriptionServicesRequest{
				Name: name, ServiceIds: f.last(t, name), Classification: pb.ActionClassification_ACTION_CLASSIFICATION_REGRET_SERVICE, ValidateOnly: preview,
			})
		},
		"unbind": func(ctx context.Context, name string, preview bool) (*pb.SubscriptionAction, error) {
			return life.AmendBillingTerms(ctx, &pb.AmendBillingTermsRequest{Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_CANCELED_BINDING_PERIOD_TERMS, ValidateOnly: preview})
		},
	}
	for name, change := range map[string]*pb.BillingTermsChange{
		"NEW_BINDING_PERIOD_TERMS": {BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_MONTH}, "RENEWED_BINDING_PERIOD_TERMS": nil,
		"EXTENDED_BINDING_PERIOD_TERMS":  {BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_ANNUAL},
		"ADJUSTED_BINDING_PERIOD_TERMS":  {BindingPeriod: pb.BindingPeriodCode_BINDING_PERIOD_CODE_WEEK},
		"NO_BINDING_PERIOD_TERM_CHANGES": {Scheme: demoScheme, Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: 10},
	} {
		classification := pb.ActionClassification(pb.ActionClassification_value["ACTION_CLASSIFICATION_"+name])
		actions[name] = func(ctx context.Context, of string, preview bool) (*pb.SubscriptionAction, error) {
			return life.AmendBillingTerms(ctx, &pb.AmendBillingTermsRequest{Name: of, Classification: classification, BillingTerms: change, ValidateOnly: preview})
		}
	}
	all := slices.Sorted(maps.Keys(actions))
	mustCreate(t)(f.catalogue.UpdateSubscriptionType(t.Context(), &pb.UpdateSubscriptionTypeRequest{SubscriptionType: &pb.SubscriptionType{Name: demoType, LifeCycleRules: &pb.LifeCycleRules{CoolingOffDays: 14}}}))
	mustCreate(t)(f.catalogue.CreateSubscriptionType(t.Context(), &pb.CreateSubscriptionTypeRequest{SubscriptionTypeId: "verified", SubscriptionType: &pb.SubscriptionType{
		DisplayName: "Verified", LifeCycleRules: &pb.LifeCycleRules{CoolingOffDays: 14, VerifyActivation: true, BillingTermsRequired: true},
	}}))
	names := rapid.SliceOfN(rapid.SampledFrom(append(all, []string{"activate", "deactivate", "rest", "resume", "cancel", "add", "add", "remove", "swap", "unbind", "replace", "replace later", "replace by type", "replace by type later",
		"rest later", "short term later", "add item", "remove item", "swap item", "move item"}...)), 16, 16)
	costs, done := 0, map[string]bool{}
	for seed := range 28 {
		name, kind, first := f.draft(t, fmt.Sprint("N", seed)), demoType, []string{"activate"}
		f.devices(t, "a"+path.Base(name), "b"+path.Base(name), "c"+path.Base(name))
		if seed%4 == 0 {
			kind, first = "subscriptionTypes/verified", []string{"activate", "verify", "add draft", "start draft", "NEW_BINDING_PERIOD_TERMS"}
		}
		mustCreate(t)(f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{
			Name: name, SubscriptionType: kind, InstalledItems: []*pb.SubscribedItem{{Id: item, InstalledItem: device("c", name)}},
		}}))
		f.agree(t, life, name)
		if seed%4 == 1 {
			first = []string{"short term"}
		}
		if seed%4 == 2 {
			first = []string{"activate", "rest", "resume", "add draft", "undo", "unbind", "NEW_BINDING_PERIOD_TERMS"}
		}
		for _, action := range append(first, names.Example(seed)...) {
			before := len(f.entries(t))
			previewed, refused := actions[action](t.Context(), name, true)
			if after := len(f.entries(t)); after != before {
				t.Fatalf("the preview of %s has stored something", action)
			}
			made, err := actions[action](t.Context(), name, false)
			if rejectionOf(err) != rejectionOf(refused) {
				t.Fatalf("%s: previewed %v, got %v", action, refused, err)
			}
			if strings.HasSuffix(action, " later") && previewed != nil {
				if (previewed.GetEffect() == nil) == (previewed.GetRejection() == nil) {
					t.Fatalf("the preview of %s tells neither its effect nor its rejection: %v", action, previewed)
				}
				previewed.Effect, previewed.Rejection = nil, nil // its time has not come
			}
			if diff := cmp.Diff(alike(previewed), alike(made), protocmp.Transform()); diff != "" {
				t.Fatalf("%s (-previewed +done):\n%s", action, diff)
			}
			if made.GetEffect().GetCost() != nil {
				costs++
			}
			done[action] = done[action] || err == nil
		}
	}
	if costs < 12 {
		t.Errorf("only %d actions cost something", costs)
	}
	for action := range actions {
		if !done[action] {
			t.Errorf("%s was never possible", action)
		}
	}
}
