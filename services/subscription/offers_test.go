package subscription_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// offer makes a type with three services of 31, 40 and 20 euros, the first of which is mandatory, and a subscription of it with that one.
func (f *fixture) offer(t testing.TB, life pb.SubscriptionActionServiceClient) (name string) {
	t.Helper()
	must, internet, demo := mustCreate(t), f.price(t, "31.00"), f.subscription(t)
	services := []*pb.TypeService{{Product: internet, Mandatory: true}}
	for id, amount := range map[string]string{"more": "40.00", "less": "20.00"} {
		must(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: id, Product: &pb.Product{Code: id, Prices: []*pb.ProductPrice{{
			Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CurrencyCode: "EUR", Amount: &decimal.Decimal{Value: amount},
		}}}}))
		services = append(services, &pb.TypeService{Product: "products/" + id})
	}
	must(f.catalogue.CreateSubscriptionType(t.Context(), &pb.CreateSubscriptionTypeRequest{SubscriptionTypeId: "o", SubscriptionType: &pb.SubscriptionType{
		DisplayName: "Offers", Services: services, LifeCycleRules: &pb.LifeCycleRules{RestsExtendBinding: true},
	}}))
	must(f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{SubscriptionId: "O", Subscription: &pb.Subscription{
		Number: "O", Account: demo.GetAccount(), SubscriptionType: "subscriptionTypes/o", Services: []*pb.SubscribedService{{Id: "1", Product: internet}},
	}}))
	f.agree(t, life, "subscriptions/O")
	return "subscriptions/O"
}

// TestRestsExtendBindingPeriods ends a rest of ten days within a binding period.
func TestRestsExtendBindingPeriods(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	name, must := f.offer(t, life), mustCreate(t)
	must(life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 3, Day: 1}}))
	if resting := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_IN_RESTING); resting.GetRestStartDate().GetDay() != 15 {
		t.Errorf("got %v", resting)
	}
	f.clock.Set(start.AddDate(0, 0, 10))
	done, err := life.ResumeSubscription(t.Context(), &pb.ResumeSubscriptionRequest{Name: name})
	after := done.GetEffect().GetBillingTermsAfter().GetBinding().GetEndDate()
	if err != nil || after.GetMonth() != 4 || after.GetDay() != 25 || done.GetEffect().GetBillingTermsBefore().GetBinding().GetEndDate().GetDay() != 15 {
		t.Errorf("got %v, %v", done, err)
	}
	resumed := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE)
	if terms := resumed.GetBillingTerms(); terms[len(terms)-1].GetBinding().GetEndDate().GetDay() != 25 || resumed.GetRestStartDate() != nil {
		t.Errorf("got %v", resumed)
	}
}

// TestRestsDoNotReviveBindingPeriods cancels a binding period during a rest: the end of the rest leaves it over.
func TestRestsDoNotReviveBindingPeriods(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	name, must := f.offer(t, life), mustCreate(t)
	must(life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 3, Day: 1}}))
	f.clock.Set(start.AddDate(0, 0, 5))
	must(life.AmendBillingTerms(t.Context(), &pb.AmendBillingTermsRequest{Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_CANCELED_BINDING_PERIOD_TERMS}))
	f.clock.Set(start.AddDate(0, 0, 10))
	done, err := life.ResumeSubscription(t.Context(), &pb.ResumeSubscriptionRequest{Name: name})
	if err != nil || done.GetEffect().GetBillingTermsAfter() != nil {
		t.Errorf("got %v, %v", done, err)
	}
	terms := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE).GetBillingTerms()
	if end := terms[len(terms)-1].GetBinding().GetEndDate(); end.GetMonth() != 1 || end.GetDay() != 20 {
		t.Errorf("got %v", terms)
	}
}

// TestBillsEndWithWhatIsScheduled previews bills of a subscription whose rest or short term ends on its date, and for which actions are scheduled.
func TestBillsEndWithWhatIsScheduled(t *testing.T) {
	for _, post := range []bool{false, true} {
		f := startFixture(t)
		life := pb.NewSubscriptionActionServiceClient(f.connection)
		name, must := f.offer(t, life), mustCreate(t)
		lastDay := &date.Date{Year: 2026, Month: 4, Day: 1} // for February to April
		if post {
			must(pb.NewBillingTermSchemeServiceClient(f.connection).UpdateBillingTermScheme(t.Context(), &pb.UpdateBillingTermSchemeRequest{BillingTermScheme: &pb.BillingTermScheme{
				Name: demoScheme, BillingType: pb.BillingTermScheme_BILLING_TYPE_POST_BILL,
			}}))
			lastDay.Month = 5 // for 15 January to April
		}
		expect := func(what, pre, postBilled string, lines int) {
			t.Helper()
			bill, err := f.subscriptions.PreviewBill(t.Context(), &pb.PreviewBillRequest{Name: name, AsOfDate: lastDay})
			want := pre
			if post {
				want = postBilled
			}
			if err != nil || bill.GetTotal().GetValue() != want || len(bill.GetServices()) != lines {
				t.Errorf("%s, billed after %t: got %v, %v, want %s", what, post, bill, err, want)
			}
		}
		withdraw := func(action *pb.SubscriptionAction, err error) {
			t.Helper()
			must(action, err)
			must(life.CancelSubscriptionAction(t.Context(), &pb.CancelSubscriptionActionRequest{Name: action.GetName()}))
		}
		on := func(month time.Month, day int) *pb.ActionDetails {
			return &pb.ActionDetails{ScheduleTime: timestamppb.New(time.Date(2026, month, day, 0, 0, 0, 0, time.UTC))}
		}
		expect("effective", "93.00", "110.00", 1)
		cancel, err := life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: name, Details: on(time.March, 11)})
		expect("cancelled on 11 March", "41.00", "58.00", 1)
		withdraw(cancel, err)
		deactivated, err := life.DeactivateSubscription(t.Context(), &pb.DeactivateSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 3, Day: 11}, Details: on(time.March, 1)})
		expect("interrupted from 1 to 11 March", "83.00", "100.00", 2)
		withdraw(deactivated, err)
		added, err := life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{"products/less"}, Details: on(time.March, 1)})
		expect("another service from 1 March", "133.00", "150.00", 2)
		withdraw(added, err)
		impossible, err := life.VerifySubscription(t.Context(), &pb.VerifySubscriptionRequest{Name: name, Details: on(time.March, 1)})
		expect("verified, which will be rejected", "93.00", "110.00", 1)
		withdraw(impossible, err)
		must(life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 3, Day: 11}}))
		expect("at rest until 11 March", "52.00", "52.00", 1)
		must(life.ResumeSubscription(t.Context(), &pb.ResumeSubscriptionRequest{Name: name}))
		must(life.DeactivateSubscription(t.Context(), &pb.DeactivateSubscriptionRequest{Name: name}))
		must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 2, Day: 15}}))
		expect("active until 15 February", "15.50", "32.50", 1)
	}
}

// TestVendorOffers lists what can be added and swapped in, and previews bills, by CRM.COM's contract.
func TestVendorOffers(t *testing.T) {
	f := startFixture(t)
	name := f.offer(t, pb.NewSubscriptionActionServiceClient(f.connection))
	offers, token := crmcomv2.NewSubscriptionOffersServiceClient(f.connection), proto.String(demoToken)
	of := &crmcomv2.SubscriptionIdentifier{Number: proto.String("O")}
	said := func(offered []*crmcomv2.OfferedService) string {
		texts := make([]string, len(offered))
		for i, service := range offered {
			texts[i] = service.GetProduct().GetCode() + " " + service.GetMandatory()
		}
		return strings.Join(texts, ", ")
	}
	for mandatory, want := range map[*bool]string{
		nil: "INTERNET MANDATORY, less OPTIONAL, more OPTIONAL", proto.Bool(true): "INTERNET MANDATORY", proto.Bool(false): "less OPTIONAL, more OPTIONAL",
	} {
		listed, err := offers.ListAddableServices(t.Context(), &crmcomv2.ListAddableServicesRequest{Token: token, SubscriptionIdentifier: of, Mandatory: mandatory})
		if got := said(listed.GetData()); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	all, err := offers.ListAddableServices(t.Context(), &crmcomv2.ListAddableServicesRequest{Token: token, SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String("S60117")}})
	if got := said(all.GetData()); err != nil || got != "INTERNET OPTIONAL, TELEVISION OPTIONAL, less OPTIONAL, more OPTIONAL" {
		t.Errorf("got %s, %v", got, err)
	}
	second, err := offers.ListAddableServices(t.Context(), &crmcomv2.ListAddableServicesRequest{Token: token, SubscriptionIdentifier: of, NumberOfResults: proto.Int32(1), Offset: proto.Int32(1)})
	if got := said(second.GetData()); err != nil || got != "less OPTIONAL" {
		t.Errorf("the second: got %s, %v", got, err)
	}
	for code, want := range map[string]string{"": "less OPTIONAL, more OPTIONAL", "UPGRADE_SERVICE": "more OPTIONAL", "DOWNGRADESERVICE": "less OPTIONAL"} {
		listed, err := offers.ListSwappableServices(t.Context(), &crmcomv2.ListSwappableServicesRequest{
			Token: token, SubscriptionIdentifier: of, SubscriptionServiceId: proto.String("1"), BusinessClassificationCode: proto.String(code),
		})
		if got := said(listed.GetData()); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", code, got, err, want)
		}
	}
	_, err = offers.ListSwappableServices(t.Context(), &crmcomv2.ListSwappableServicesRequest{Token: token, SubscriptionIdentifier: of, SubscriptionServiceId: proto.String("x")})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "subscription_service_id"})
	f.expectFoundByService(t, offers, said)
	schemes, err := offers.ListBillingTermSchemes(t.Context(), &crmcomv2.ListBillingTermSchemesRequest{
		Token: token, TypeIdentifier: &crmcomv2.SubscriptionTypeIdentifier{Name: proto.String("Offers")},
	})
	if listed := schemes.GetData(); err != nil || len(listed) != 1 || listed[0].GetCode() != "MONTHLY" || listed[0].GetBillingType() != "PRE_BILL" {
		t.Errorf("got %v, %v", schemes, err)
	}
	_, err = offers.ListBillingTermSchemes(t.Context(), &crmcomv2.ListBillingTermSchemesRequest{Token: token, TypeIdentifier: &crmcomv2.SubscriptionTypeIdentifier{Id: proto.String("x")}})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "type_identifier.id"})
	preview := func(number, asOf string) (*crmcomv2.BillPreview, error) {
		answered, err := offers.PreviewBill(t.Context(), &crmcomv2.PreviewBillRequest{
			Token: token, SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String(number)}, AsOfDate: proto.String(asOf),
		})
		return answered.GetData(), err
	}
	before := f.entries(t)
	bill, err := preview("O", "2026-04-01T00:00:00")
	if line := bill.GetServicesSet(); err != nil || bill.GetTotal().GetValue() != "93.00" || bill.GetCurrency() != "EUR" || len(line) != 1 || line[0].GetCycles() != 3 ||
		line[0].GetFromDate() != "2026-02-01T00:00:00" || line[0].GetToDate() != "2026-05-01T00:00:00" {
		t.Errorf("got %v, %v", bill, err)
	}
	if bill, err = preview("O", "2026-01-31"); err != nil || bill.GetTotal().GetValue() != "0.00" || len(bill.GetServicesSet()) != 0 {
		t.Errorf("got %v, %v", bill, err)
	}
	for _, c := range []struct {
		number, asOf string
		refused      rejection
	}{
		{"O", "", rejection{codes.InvalidArgument, "REQUIRED", "as_of_date"}},
		{"O", "soon", rejection{codes.InvalidArgument, "INVALID_VALUE", "as_of_date"}},
		{"O", "2026-01-14", rejection{codes.InvalidArgument, "OUT_OF_RANGE", "as_of_date"}},
		{"O", "2036-01-16", rejection{codes.InvalidArgument, "OUT_OF_RANGE", "as_of_date"}},
		{"S60117", "2026-04-01", rejection{codes.FailedPrecondition, "NO_BILLING_TERMS", ""}},
	} {
		_, err := preview(c.number, c.asOf)
		expectRejection(t, err, c.refused)
	}
	if after := f.entries(t); len(after) != len(before) {
		t.Errorf("previews of %s changed %v", name, after[len(before):])
	}
}

// expectFoundByService lists what can be swapped in for a service that is named by its id alone: the only one with it that the user sees.
func (f *fixture) expectFoundByService(t *testing.T, offers crmcomv2.SubscriptionOffersServiceClient, said func([]*crmcomv2.OfferedService) string) {
	t.Helper()
	find := func(id string) (string, error) {
		listed, err := offers.ListSwappableServices(t.Context(), &crmcomv2.ListSwappableServicesRequest{Token: proto.String(demoToken), SubscriptionServiceId: proto.String(id)})
		return said(listed.GetData()), err
	}
	added := f.must(t, "SubscriptionActionService", "AddSubscriptionServices", `{"name":"subscriptions/O","products":["products/more"]}`)
	id := added["services"].([]any)[0].(map[string]any)["new_id"].(string)
	if got, err := find(id); err != nil || got != "INTERNET MANDATORY, less OPTIONAL" {
		t.Errorf("got %s, %v", got, err)
	}
	_, err := find("none")
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "subscription_service_id"})
	f.create(t, "twice", `"services":[{"id":"`+id+`","product":"products/less"}]`)
	_, err = find(id)
	expectRejection(t, err, rejection{codes.InvalidArgument, "AMBIGUOUS", "subscription_service_id"})
	f.must(t, "SubscriptionService", "UpdateSubscription", `{"subscription":{"name":"subscriptions/twice","group":"groups/`+demoGroup+`"}}`)
	f.must(t, "CatalogueService", "CreateGroup", `{"group_id":"elsewhere","group":{"display_name":"Elsewhere"}}`)
	f.must(t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo","visible_groups":["groups/elsewhere"]},"update_mask":"visibleGroups"}`)
	if got, err := find(id); err != nil || got != "INTERNET MANDATORY, less OPTIONAL" { // the user does not see the other one
		t.Errorf("got %s, %v", got, err)
	}
	f.must(t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo"},"update_mask":"visibleGroups"}`)
	f.must(t, "SubscriptionService", "DeleteSubscription", `{"name":"subscriptions/twice"}`)
	if got, err := find(id); err != nil || got != "INTERNET MANDATORY, less OPTIONAL" {
		t.Errorf("after the deletion: got %s, %v", got, err)
	}
	f.must(t, "SubscriptionActionService", "RemoveSubscriptionServices", `{"name":"subscriptions/O","service_ids":["`+id+`"]}`)
}

// TestNativeOffers finds what can be added and swapped in, and previews a bill, in the native API.
func TestNativeOffers(t *testing.T) {
	f := startFixture(t)
	name := f.offer(t, pb.NewSubscriptionActionServiceClient(f.connection))
	before := f.entries(t)
	said := func(offered []*pb.OfferedService) string {
		texts := make([]string, len(offered))
		for i, service := range offered {
			texts[i] = service.GetProduct() + " " + service.GetCode()
			if service.GetMandatory() {
				texts[i] += " mandatory"
			}
		}
		return strings.Join(texts, ", ")
	}
	internet := f.subscription(t).GetServices()[0].GetProduct()
	for mandatory, want := range map[*bool]string{
		nil: internet + " INTERNET mandatory, products/less less, products/more more", proto.Bool(true): internet + " INTERNET mandatory",
		proto.Bool(false): "products/less less, products/more more",
	} {
		found, err := f.subscriptions.FindAddableServices(t.Context(), &pb.FindAddableServicesRequest{Name: name, Mandatory: mandatory})
		if got := said(found.GetServices()); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	for comparison, want := range map[pb.FindSwappableServicesRequest_Comparison]string{
		pb.FindSwappableServicesRequest_COMPARISON_UNSPECIFIED: "products/less less, products/more more",
		pb.FindSwappableServicesRequest_COMPARISON_UPGRADE:     "products/more more",
		pb.FindSwappableServicesRequest_COMPARISON_DOWNGRADE:   "products/less less",
	} {
		found, err := f.subscriptions.FindSwappableServices(t.Context(), &pb.FindSwappableServicesRequest{Name: name, ServiceId: "1", Comparison: comparison})
		if got := said(found.GetServices()); err != nil || got != want {
			t.Errorf("%v: got %s, %v, want %s", comparison, got, err, want)
		}
	}
	bill, err := f.subscriptions.PreviewBill(t.Context(), &pb.PreviewBillRequest{Name: name, AsOfDate: &date.Date{Year: 2026, Month: 4, Day: 1}})
	if line := bill.GetServices(); err != nil || bill.GetTotal().GetValue() != "93.00" || bill.GetCurrencyCode() != "EUR" || len(line) != 1 ||
		line[0].GetCycles() != 3 || line[0].GetStartDate().GetMonth() != 2 || line[0].GetEndDate().GetMonth() != 5 || line[0].GetProduct() != internet {
		t.Errorf("got %v, %v", bill, err)
	}
	for _, c := range []struct {
		call    func() error
		refused rejection
	}{
		{func() error {
			_, err := f.subscriptions.FindAddableServices(t.Context(), &pb.FindAddableServicesRequest{Name: "products/x"})
			return err
		}, rejection{codes.InvalidArgument, "INVALID_NAME", "name"}},
		{func() error {
			_, err := f.subscriptions.FindSwappableServices(t.Context(), &pb.FindSwappableServicesRequest{Name: name, ServiceId: "x"})
			return err
		}, rejection{codes.NotFound, "NOT_FOUND", "service_id"}},
		{func() error {
			_, err := f.subscriptions.PreviewBill(t.Context(), &pb.PreviewBillRequest{Name: name, AsOfDate: &date.Date{Year: 2026, Month: 2, Day: 30}})
			return err
		}, rejection{codes.InvalidArgument, "INVALID_DATE", "as_of_date"}},
		{func() error {
			_, err := f.subscriptions.PreviewBill(t.Context(), &pb.PreviewBillRequest{Name: name, AsOfDate: &date.Date{Year: 2025, Month: 2, Day: 3}})
			return err
		}, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "as_of_date"}},
	} {
		expectRejection(t, c.call(), c.refused)
	}
	if after := f.entries(t); len(after) != len(before) {
		t.Errorf("questions about %s changed %v", name, after[len(before):])
	}
}

// TestPostBilledInterruptions rests a subscription that is billed after its cycles, and cancels a service of it: the bill of the present cycle is for
// the days on which they were effective.
func TestPostBilledInterruptions(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	name, must := f.offer(t, life), mustCreate(t)
	must(pb.NewBillingTermSchemeServiceClient(f.connection).CreateBillingTermScheme(t.Context(), &pb.CreateBillingTermSchemeRequest{
		BillingTermSchemeId: "after", BillingTermScheme: &pb.BillingTermScheme{Code: "AFTER", BillingType: pb.BillingTermScheme_BILLING_TYPE_POST_BILL},
	}))
	must(life.AmendBillingTerms(t.Context(), &pb.AmendBillingTermsRequest{
		Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_NO_BINDING_PERIOD_TERM_CHANGES,
		BillingTerms: &pb.BillingTermsChange{Scheme: "billingTermSchemes/after", Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: 1},
	}))
	added, err := life.AddSubscriptionServices(t.Context(), &pb.AddSubscriptionServicesRequest{Name: name, Products: []string{"products/less"}})
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Set(start.AddDate(0, 0, 2)) // 17 January
	must(life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 2, Day: 10}}))
	f.clock.Set(start.AddDate(0, 0, 5))
	must(life.ResumeSubscription(t.Context(), &pb.ResumeSubscriptionRequest{Name: name}))
	f.clock.Set(start.AddDate(0, 0, 6))
	must(life.RemoveSubscriptionServices(t.Context(), &pb.RemoveSubscriptionServicesRequest{Name: name, ServiceIds: []string{added.GetEffect().GetServices()[0].GetId()}}))
	bill, err := f.subscriptions.PreviewBill(t.Context(), &pb.PreviewBillRequest{Name: name, AsOfDate: &date.Date{Year: 2026, Month: 3, Day: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range bill.GetServices() {
		got = append(got, fmt.Sprintf("%s %d/%d-%d/%d %d %s", line.GetProduct(), line.GetStartDate().GetDay(), line.GetStartDate().GetMonth(),
			line.GetEndDate().GetDay(), line.GetEndDate().GetMonth(), line.GetCycles(), line.GetAmount().GetValue()))
	}
	internet := f.subscription(t).GetServices()[0].GetProduct()
	want := []string{
		internet + " 15/1-17/1 1 2.00", internet + " 20/1-1/3 2 43.00", "products/less 15/1-17/1 1 1.29", "products/less 20/1-21/1 1 0.64",
	}
	if !slices.Equal(got, want) || bill.GetTotal().GetValue() != "46.93" {
		t.Errorf("got %v of %s, want %v", got, bill.GetTotal().GetValue(), want)
	}
}

// TestTermsTakeOverWhereTheFormerOnesBilledUntil changes the billing terms of a service that goes on. A change of
// terms bills nothing, so the bill begins with the first day that the terms before have not billed.
func TestTermsTakeOverWhereTheFormerOnesBilledUntil(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	name, must := f.offer(t, life), mustCreate(t)
	must(pb.NewBillingTermSchemeServiceClient(f.connection).CreateBillingTermScheme(t.Context(), &pb.CreateBillingTermSchemeRequest{
		BillingTermSchemeId: "after", BillingTermScheme: &pb.BillingTermScheme{Code: "AFTER", BillingType: pb.BillingTermScheme_BILLING_TYPE_POST_BILL},
	}))
	const before, after = demoScheme, "billingTermSchemes/after"
	for _, c := range []struct {
		on         string
		scheme     string
		day        int32
		asOf, want string
	}{
		{"2026-02-15", after, 1, "2026-04-01", "2026-3-1 2026-4-1 1 31.00"},    // February is paid
		{"2026-03-25", after, 20, "2026-04-20", "2026-3-1 2026-4-20 2 52.04"},  // 1 to 24 March is not
		{"2026-03-28", before, 1, "2026-04-01", "2026-3-1 2026-5-1 2 62.00"},   // nor is any of March
		{"2026-05-05", before, 10, "2026-06-10", "2026-6-1 2026-7-10 2 40.00"}, // May is paid
	} {
		on, err := time.Parse(time.DateOnly, c.on)
		if err != nil {
			t.Fatal(err)
		}
		f.clock.Set(on.Add(12 * time.Hour))
		must(life.AmendBillingTerms(t.Context(), &pb.AmendBillingTermsRequest{
			Name: name, Classification: pb.ActionClassification_ACTION_CLASSIFICATION_NO_BINDING_PERIOD_TERM_CHANGES,
			BillingTerms: &pb.BillingTermsChange{Scheme: c.scheme, Frequency: pb.BillingFrequency_BILLING_FREQUENCY_MONTHLY, CycleDay: c.day},
		}))
		f.expectBill(t, name, c.asOf, c.want)
		// What is charged and credited by actions since the terms took over leaves the bill as it is.
		if c.on == "2026-03-28" {
			f.clock.Set(on.Add(13 * time.Hour))
			must(life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 4, Day: 20}}))
			f.expectBill(t, name, c.asOf, "2026-3-1 2026-4-1 1 31.00", "2026-4-20 2026-5-1 1 11.37") // it ends by itself
			f.clock.Set(on.Add(14 * time.Hour))
			must(life.ResumeSubscription(t.Context(), &pb.ResumeSubscriptionRequest{Name: name}))
			f.expectBill(t, name, c.asOf, c.want)
		}
	}
}

// expectBill checks the days, cycles and amounts of a bill until a day.
func (f *fixture) expectBill(t *testing.T, name, asOf string, want ...string) {
	t.Helper()
	day, err := time.Parse(time.DateOnly, asOf)
	if err != nil {
		t.Fatal(err)
	}
	bill, err := f.subscriptions.PreviewBill(t.Context(), &pb.PreviewBillRequest{
		Name: name, AsOfDate: &date.Date{Year: int32(day.Year()), Month: int32(day.Month()), Day: int32(day.Day())},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := func(of *date.Date) string { return fmt.Sprintf("%d-%d-%d", of.GetYear(), of.GetMonth(), of.GetDay()) }
	var got []string
	for _, line := range bill.GetServices() {
		got = append(got, fmt.Sprintf("%s %s %d %s", text(line.GetStartDate()), text(line.GetEndDate()), line.GetCycles(), line.GetAmount().GetValue()))
	}
	if !slices.Equal(got, want) {
		t.Errorf("until %s: got %v, want %v", asOf, got, want)
	}
}
