package subscription_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// TestUpdateWorksWithNativeResources creates fullUpdate that an update uses through the native API,
// in another tenant, and checks that every documented field of the response is set.
func TestUpdateWorksWithNativeResources(t *testing.T) {
	f := startFixture(t)
	token := f.createOneOfEach(t, metadata.AppendToOutgoingContext(t.Context(), "authorization", "other"))
	got, err := f.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"1"},"services_set":[{"service_identifier":{"code":"P"},"udf_string_1":"x"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := &crmcomv2.Subscription{}
	if err := protojson.Unmarshal([]byte(readFile(t, "testdata/full_subscription.json")), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.GetData(), protocmp.Transform()); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
}

// createOneOfEach creates one resource of each kind, with all fields set, and signs in.
func (f *fixture) createOneOfEach(t testing.TB, ctx context.Context) (token string) {
	t.Helper()
	create := mustCreate(t)
	unit := &pb.Unit{Id: "U", DisplayName: "Unit", AlternativeCode: "UA", Description: "d", CommunityName: "c", GroupName: "g"}
	country := &pb.Country{Id: "1", DisplayName: "FRANCE", AlternativeCode: "F", DialingCode: "33", TwoCharacterCode: "FR", ThreeCharacterCode: "FRA",
		Flag: &pb.CountryFlag{Id: "2", FileName: "fr.png", FileContentUrl: "https://flags.example/fr.png", FileMimeType: "image/png"}}
	industry, sector := &pb.Industry{Id: "3", DisplayName: "Telecoms", Code: "T"}, &pb.IndustrySector{Id: "4", DisplayName: "Fixed", AlternativeCode: "X"}
	fields := &pb.UserDefinedFields{Strings: map[int32]string{8: "s"}, Floats: map[int32]*decimal.Decimal{1: {Value: "1.5"}}, Dates: map[int32]string{4: "2020-01-02"}}
	create(f.organisations.CreateOrganisation(ctx, &pb.CreateOrganisationRequest{OrganisationId: "acme", Organisation: &pb.Organisation{DisplayName: "Acme"}}))
	create(f.accounts.CreateAccount(ctx, &pb.CreateAccountRequest{AccountId: "A", Account: &pb.Account{
		Number: "10", DisplayName: "Account", State: pb.Account_STATE_ACTIVE, AccountOwner: &pb.ContactInfo{
			Id: "C", Type: pb.ContactType_CONTACT_TYPE_COMPANY, State: pb.ContactState_CONTACT_STATE_MARKETING,
			GivenName: "f", MiddleName: "m", FamilyName: "l", Title: "t", CompanyName: "Acme",
			Demographics: &pb.Demographics{Gender: pb.Gender_GENDER_FEMALE, IdNumber: "i", IdNumberExpirationDate: &date.Date{Year: 2030, Month: 1, Day: 2},
				PassportNumber: "p", PassportNumberExpirationDate: &date.Date{Year: 2031, Month: 1, Day: 2}, SocialSecurityNumber: "s",
				DateOfBirth: &date.Date{Year: 1980, Month: 5}, NameDay: &date.Date{Month: 6, Day: 7},
				CountryOfResidence: country, IdIssuedByCountry: country, PassportIssuedByCountry: country, Industry: industry, IndustrySector: sector},
			CompanyProfile: &pb.CompanyProfile{ProfileYear: proto.Int32(2020), AnnualTurnover: &decimal.Decimal{Value: "1000.50"},
				EstablishedDate: &date.Date{Year: 1990, Month: 1, Day: 2}, NumberOfEmployees: proto.Int32(0), RegistrationNumber: "r",
				VatRegistrationNumber: "v", VatRegisteredBy: "w", VatRegistrationDate: &date.Date{Year: 1991, Month: 1, Day: 2}, TaxReferenceNumber: "x",
				RegisteredInCountry: country, Industry: industry, IndustrySector: sector}}}}))
	create(f.catalogue.CreateSubscriptionType(ctx, &pb.CreateSubscriptionTypeRequest{SubscriptionTypeId: "T", SubscriptionType: &pb.SubscriptionType{
		DisplayName: "Type", AlternativeCode: "TA", Description: "d", Classification: pb.Classification_CLASSIFICATION_FLEXIBLE,
		LogInfo: &pb.LogInfo{CreateTime: timestamppb.New(start.AddDate(-1, 0, 0)), CreatedByUnit: unit}, UserDefinedFields: fields}}))
	create(f.catalogue.CreateGroup(ctx, &pb.CreateGroupRequest{GroupId: "G", Group: &pb.Group{DisplayName: "Group"}}))
	create(f.organisations.CreateUser(ctx, &pb.CreateUserRequest{User: &pb.User{Organisation: "organisations/acme", UserName: "u", Password: "12345678", Unit: unit, VisibleGroups: []string{"groups/G"}}}))
	create(f.catalogue.CreatePrivacyLevel(ctx, &pb.CreatePrivacyLevelRequest{PrivacyLevelId: "L", PrivacyLevel: &pb.PrivacyLevel{Number: "1"}}))
	create(f.catalogue.CreateProduct(ctx, &pb.CreateProductRequest{ProductId: "P", Product: &pb.Product{Code: "P"}}))
	create(f.catalogue.CreateInstalledItem(ctx, &pb.CreateInstalledItemRequest{InstalledItemId: "I", InstalledItem: &pb.InstalledItem{SerialNumber: "S"}}))
	create(f.subscriptions.CreateSubscription(ctx, &pb.CreateSubscriptionRequest{SubscriptionId: "S", Subscription: &pb.Subscription{
		Number: "1", Account: "accounts/A", SubscriptionType: "subscriptionTypes/T", Group: "groups/G", PrivacyLevel: "privacyLevels/L", UserDefinedFields: fields,
		Services:       []*pb.SubscribedService{{Product: "products/P", UserDefinedFields: fields}},
		InstalledItems: []*pb.SubscribedItem{{InstalledItem: "installedItems/I"}}}}))
	response, err := f.sessions.CreateToken(ctx, credentials("u", "12345678", "acme"))
	if err != nil {
		t.Fatal(err)
	}
	return response.GetData().GetToken()
}

func TestTenantsAreIsolated(t *testing.T) {
	f := startFixture(t)
	other := metadata.AppendToOutgoingContext(t.Context(), "authorization", "other")
	_, err := f.subscriptions.GetSubscription(other, &pb.GetSubscriptionRequest{Name: demoSubscription})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", ""})
	list, err := f.subscriptions.ListSubscriptions(other, &pb.ListSubscriptionsRequest{})
	if err != nil || len(list.GetSubscriptions()) != 0 {
		t.Errorf("another tenant lists %v, error %v", list, err)
	}
	f.createOneOfEach(t, other)
	users, err := f.organisations.ListUsers(t.Context(), &pb.ListUsersRequest{})
	if err != nil || len(users.GetUsers()) != 1 || users.GetUsers()[0].GetName() != "users/demo" {
		t.Errorf("got users %v, error %v", users, err)
	}
}

func TestCreateRejectsInvalidRequests(t *testing.T) {
	f := startFixture(t)
	account, kind := f.subscription(t).GetAccount(), f.subscription(t).GetSubscriptionType()
	f.devices(t, "a")
	product, item := f.subscription(t).GetServices()[0].GetProduct(), "installedItems/a"
	good := func() *pb.Subscription {
		return &pb.Subscription{Number: "S2", Account: account, SubscriptionType: kind,
			Services: []*pb.SubscribedService{{Product: product}}, InstalledItems: []*pb.SubscribedItem{{InstalledItem: item}}}
	}
	absent := func(field string) rejection { return rejection{codes.NotFound, "NOT_FOUND", field} }
	for _, test := range []struct {
		name   string
		spoil  func(*pb.Subscription)
		wanted rejection
	}{
		{"no number", func(s *pb.Subscription) { s.Number = "" }, rejection{codes.InvalidArgument, "REQUIRED", "subscription.number"}},
		{"a number that is taken", func(s *pb.Subscription) { s.Number = "S60117" }, rejection{codes.AlreadyExists, "ALREADY_EXISTS", ""}},
		{"no account", func(s *pb.Subscription) { s.Account = "" }, rejection{codes.InvalidArgument, "REQUIRED", "subscription.account"}},
		{"an account that is not a name", func(s *pb.Subscription) { s.Account = "X" }, rejection{codes.InvalidArgument, "INVALID_NAME", "subscription.account"}},
		{"an unknown account", func(s *pb.Subscription) { s.Account = "accounts/X" }, absent("subscription.account")},
		{"an unknown type", func(s *pb.Subscription) { s.SubscriptionType = "subscriptionTypes/X" }, absent("subscription.subscription_type")},
		{"an unknown group", func(s *pb.Subscription) { s.Group = "groups/X" }, absent("subscription.group")},
		{"an unknown privacy level", func(s *pb.Subscription) { s.PrivacyLevel = "privacyLevels/X" }, absent("subscription.privacy_level")},
		{"an unknown product", func(s *pb.Subscription) { s.Services[0].Product = "products/X" }, absent("subscription.services[0].product")},
		{"an unknown item", func(s *pb.Subscription) { s.InstalledItems[0].InstalledItem = "installedItems/X" }, absent("subscription.installed_items[0].installed_item")},
		{"an item twice", func(s *pb.Subscription) { s.InstalledItems = append(s.InstalledItems, s.InstalledItems[0]) }, rejection{codes.InvalidArgument, "REPEATED", "subscription.installed_items[1].installed_item"}},
		{"a service id twice", func(s *pb.Subscription) {
			s.Services = []*pb.SubscribedService{{Id: "1", Product: product}, {Id: "1", Product: product}}
		}, rejection{codes.InvalidArgument, "REPEATED", "subscription.services[1].id"}},
		{"a field number out of range", func(s *pb.Subscription) {
			s.UserDefinedFields = &pb.UserDefinedFields{Strings: map[int32]string{9: "x"}}
		}, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "subscription.user_defined_fields.strings[9]"}},
		{"a date that does not exist", func(s *pb.Subscription) {
			s.Services[0].UserDefinedFields = &pb.UserDefinedFields{Dates: map[int32]string{2: "2015-02-29"}}
		}, rejection{codes.InvalidArgument, "INVALID_DATE", "subscription.services[0].user_defined_fields.dates[2]"}},
		{"an activation date that does not exist", func(s *pb.Subscription) { s.FirstActivatedDate = &date.Date{Year: 2015, Month: 2, Day: 29} },
			rejection{codes.InvalidArgument, "INVALID_DATE", "subscription.first_activated_date"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			subscription := good()
			test.spoil(subscription)
			_, err := f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: subscription})
			expectRejection(t, err, test.wanted)
		})
	}
	_, err := f.organisations.CreateUser(t.Context(), &pb.CreateUserRequest{User: &pb.User{Organisation: "organisations/X", UserName: "x", Password: "12345678"}})
	expectRejection(t, err, absent("user.organisation"))
	_, err = f.organisations.CreateUser(t.Context(), &pb.CreateUserRequest{User: &pb.User{Organisation: "organisations/demo", UserName: "demo", Password: "12345678"}})
	expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", ""})
	list, err := f.subscriptions.ListSubscriptions(t.Context(), &pb.ListSubscriptionsRequest{})
	if err != nil || len(list.GetSubscriptions()) != 1 {
		t.Errorf("subscriptions after the rejected requests: got %v, error %v", list, err)
	}
}

func TestCreateSubscriptionSetsState(t *testing.T) {
	f := startFixture(t)
	demo := f.subscription(t)
	for number, test := range map[string]struct {
		classification pb.BusinessClassification
		state          pb.LifeCycleState
		activated      *date.Date
	}{
		"1": {pb.BusinessClassification_BUSINESS_CLASSIFICATION_UNSPECIFIED, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE, &date.Date{Year: 2026, Month: 1, Day: 15}},
		"2": {pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_ACTIVATE_SUBSCRIPTION, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE, &date.Date{Year: 2026, Month: 1, Day: 15}},
		"3": {pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION, pb.LifeCycleState_LIFE_CYCLE_STATE_DRAFT, nil},
	} {
		got, err := f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{BusinessClassification: test.classification,
			Subscription: &pb.Subscription{Number: number, Account: demo.GetAccount(), SubscriptionType: demo.GetSubscriptionType()}})
		if err != nil {
			t.Fatal(err)
		}
		if got.GetState() != test.state || !proto.Equal(got.GetFirstActivatedDate(), test.activated) || got.GetRatingState() != pb.RatingState_RATING_STATE_PENDING {
			t.Errorf("subscription %s: got %v", number, got)
		}
	}
}

func TestValidateOnlyStoresNothing(t *testing.T) {
	f := startFixture(t)
	request := &pb.CreateGroupRequest{GroupId: "G", Group: &pb.Group{DisplayName: "Group"}, ValidateOnly: true}
	got, err := f.catalogue.CreateGroup(t.Context(), request)
	if err != nil || got.GetName() != "groups/G" {
		t.Fatalf("got %v, error %v", got, err)
	}
	_, err = f.catalogue.GetGroup(t.Context(), &pb.GetGroupRequest{Name: "groups/G"})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", ""})
	request.GroupId = demoGroup
	_, err = f.catalogue.CreateGroup(t.Context(), request)
	expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", ""})
}

func TestListsReturnAllPages(t *testing.T) {
	f := startFixture(t)
	for i := range 7 {
		mustCreate(t)(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: fmt.Sprintf("z%d", i), Product: &pb.Product{Code: fmt.Sprint(i)}}))
	}
	var names []string
	request := &pb.ListProductsRequest{PageSize: 2}
	for pages := 0; ; pages++ {
		got, err := f.catalogue.ListProducts(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		for _, product := range got.GetProducts() {
			names = append(names, product.GetName())
		}
		if request.PageToken = got.GetNextPageToken(); request.PageToken == "" {
			if pages != 4 {
				t.Errorf("got %d pages", pages+1)
			}
			break
		}
		// Resources added before the present position do not change the following pages.
		mustCreate(t)(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: fmt.Sprintf("00%d", pages), Product: &pb.Product{Code: fmt.Sprint("early", pages)}}))
	}
	want := []string{"products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01", "products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A02",
		"products/z0", "products/z1", "products/z2", "products/z3", "products/z4", "products/z5", "products/z6"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	_, err := f.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageToken: "?"})
	expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_PAGE_TOKEN", "page_token"})
	_, err = f.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageSize: -1})
	expectRejection(t, err, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "page_size"})
}

func TestListsFilterAndOrder(t *testing.T) {
	f := startFixture(t)
	for _, product := range []*pb.Product{{Code: "A1", AlternativeCode: "X"}, {Code: "A2"}, {Code: "B1", AlternativeCode: "Y"}} {
		mustCreate(t)(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "p-" + product.GetCode(), Product: product}))
	}
	for _, test := range []struct{ filter, order, want string }{
		{`code:"A*"`, "", "A1 A2"},
		{`code:"A*"`, "code desc", "A2 A1"},
		{`alternative_code = "Y"`, "", "B1"},
		{`NOT alternative_code:*`, "", "A2"},
		{`name = "products/p-A2" OR code = "B1"`, "name desc", "B1 A2"},
		{"", "alternative_code", "TELEVISION A1 B1 A2"},
	} {
		got, request := []string{}, &pb.ListProductsRequest{Filter: test.filter, OrderBy: test.order, PageSize: 1}
		for more := true; more; more = request.PageToken != "" {
			page, err := f.catalogue.ListProducts(t.Context(), request)
			if err != nil {
				t.Fatalf("filter %q, order %q: %v", test.filter, test.order, err)
			}
			for _, product := range page.GetProducts() {
				if product.GetCode() != "INTERNET" {
					got = append(got, product.GetCode())
				}
			}
			request.PageToken = page.GetNextPageToken()
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("filter %q, order %q: got %q, want %q", test.filter, test.order, got, test.want)
		}
	}
	users, err := f.organisations.ListUsers(t.Context(), &pb.ListUsersRequest{Filter: `login = "demo/demo"`})
	if err != nil || len(users.GetUsers()) != 1 {
		t.Errorf("user of a login: got %v, error %v", users, err)
	}
	_, err = f.accounts.ListAccounts(t.Context(), &pb.ListAccountsRequest{Filter: `owner = "x"`})
	expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_FILTER", "filter"})
	_, err = f.accounts.ListAccounts(t.Context(), &pb.ListAccountsRequest{OrderBy: "state"})
	expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_ORDER", "order_by"})
	page, err := f.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageSize: 1, PageToken: page.GetNextPageToken(), Filter: `code = "A1"`})
	expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_PAGE_TOKEN", "page_token"})
}

func TestUpdateWithoutChangesKeepsVersion(t *testing.T) {
	f := startFixture(t)
	const update = `{"subscription_identifier":{"number":"S60117"},"notes":"n","services_set":[{"service_identifier":{"code":"INTERNET"},"udf_string_1":"x"}]}`
	first, err := f.update(t, update)
	if err != nil {
		t.Fatal(err)
	}
	before := f.subscription(t)
	second, err := f.update(t, update)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Errorf("response (-first +second):\n%s", diff)
	}
	if after := f.subscription(t); after.GetEtag() != before.GetEtag() {
		t.Errorf("etag: got %s, want %s", after.GetEtag(), before.GetEtag())
	}
}

func TestRestartKeepsStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "subscription.db")
	var before *pb.Subscription
	var token string
	t.Run("before", func(t *testing.T) {
		f := startFixtureAt(t, path)
		token = f.signIn(t)
		if _, err := f.update(t, fullUpdate); err != nil {
			t.Fatal(err)
		}
		before = f.subscription(t)
	})
	f := startFixtureAt(t, path)
	if diff := cmp.Diff(before, f.subscription(t), protocmp.Transform()); diff != "" {
		t.Errorf("store after a restart (-before +after):\n%s", diff)
	}
	if err := f.use(t, token); err != nil {
		t.Errorf("using the session after a restart: %v", err)
	}
}

func TestRepeatedRequestHasOneEffect(t *testing.T) {
	f := startFixture(t)
	keyed := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "create once")
	request := &pb.CreateGroupRequest{Group: &pb.Group{DisplayName: "Once"}}
	first, err := f.catalogue.CreateGroup(keyed, request)
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.catalogue.CreateGroup(keyed, request)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Errorf("response (-first +second):\n%s", diff)
	}
	keyed = metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "update once")
	update := &crmcomv2.UpdateSubscriptionRequest{Token: proto.String(demoToken), Notes: proto.String("once"),
		SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String("S60117")}}
	if _, err := f.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Fatal(err)
	}
	if _, err := f.update(t, `{"subscription_identifier":{"number":"S60117"},"notes":"in between"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := f.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Fatal(err)
	}
	if notes := f.subscription(t).GetNotes(); notes != "in between" {
		t.Errorf("got notes %q, want those of the change in between", notes)
	}
	update.Notes = proto.String("another request")
	_, err = f.vendor.UpdateSubscription(keyed, update)
	expectRejection(t, err, rejection{codes.InvalidArgument, "IDEMPOTENCY_KEY_REUSED", ""})
}

func TestRepeatedRequestIgnoresSecrets(t *testing.T) {
	f := startFixture(t)
	user := &pb.CreateUserRequest{RequestId: "user once", User: &pb.User{Organisation: "organisations/demo", UserName: "once", Password: "12345678"}}
	first, err := f.organisations.CreateUser(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	user.User.Password = "another password"
	second, err := f.organisations.CreateUser(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Errorf("response (-first +second):\n%s", diff)
	}
	user.User.UserName = "twice"
	_, err = f.organisations.CreateUser(t.Context(), user)
	expectRejection(t, err, rejection{codes.InvalidArgument, "IDEMPOTENCY_KEY_REUSED", ""})

	keyed := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "update over two sessions")
	update := &crmcomv2.UpdateSubscriptionRequest{Token: proto.String(demoToken), Notes: proto.String("once"),
		SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String("S60117")}}
	if _, err := f.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Fatal(err)
	}
	update.Token = proto.String(f.signIn(t))
	if _, err := f.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Errorf("repeating in another session: %v", err)
	}
}

func TestListChangesReturnsChangesInOrder(t *testing.T) {
	f := startFixture(t)
	token := f.signIn(t)
	if _, err := f.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"S60117"},"notes":"seen"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := f.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token}); err != nil {
		t.Fatal(err)
	}
	listed, err := f.changes.ListChanges(t.Context(), &changesv1.ListChangesRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, change := range listed.GetChanges() {
		state, err := change.GetState().UnmarshalNew()
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprintf("%s %s by %s", change.GetKind(), state.ProtoReflect().Descriptor().Name(), change.GetActor()))
		if subscription, ok := state.(*pb.Subscription); ok && change.GetActor() == "users/demo" && subscription.GetNotes() != "seen" {
			t.Errorf("state of the update: got %v", subscription)
		}
	}
	want := []string{
		"KIND_CREATED SubscriptionType by demo", "KIND_CREATED AccountClassification by demo", "KIND_CREATED BillingTermScheme by demo", "KIND_CREATED Group by demo", "KIND_CREATED PrivacyLevel by demo",
		"KIND_CREATED Product by demo", "KIND_CREATED Product by demo", "KIND_CREATED InstalledItem by demo", "KIND_CREATED InstalledItem by demo",
		"KIND_CREATED Organisation by demo", "KIND_CREATED User by demo", "KIND_CREATED Session by demo",
		"KIND_CREATED Account by demo", "KIND_CREATED Subscription by demo",
		"KIND_CREATED Session by users/demo", "KIND_UPDATED Subscription by users/demo", "KIND_DELETED Session by users/demo",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
