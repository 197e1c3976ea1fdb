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

// TestAnUpdateNeedsNoDemoData makes all that an update acts on through the native API, as another tenant, and shows
// every documented field of the answer filled.
func TestAnUpdateNeedsNoDemoData(t *testing.T) {
	d := open(t)
	token := d.furnish(t, metadata.AppendToOutgoingContext(t.Context(), "authorization", "other"))
	got, err := d.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"1"},"services_set":[{"service_identifier":{"code":"P"},"udf_string_1":"x"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := &crmcomv2.Subscription{}
	if err := protojson.Unmarshal([]byte(readFile(t, "testdata/full_subscription.json")), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.GetData(), protocmp.Transform()); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
}

// furnish creates one resource of each kind, with all fields set, and signs in.
func (d *door) furnish(t testing.TB, ctx context.Context) (token string) {
	t.Helper()
	create := mustCreate(t)
	unit := &pb.Unit{Id: "U", DisplayName: "Unit", AlternativeCode: "UA", Description: "d", CommunityName: "c", GroupName: "g"}
	country := &pb.Country{Id: "1", DisplayName: "FRANCE", AlternativeCode: "F", DialingCode: "33", TwoCharacterCode: "FR", ThreeCharacterCode: "FRA",
		Flag: &pb.CountryFlag{Id: "2", FileName: "fr.png", FileContentUrl: "https://flags.example/fr.png", FileMimeType: "image/png"}}
	industry, sector := &pb.Industry{Id: "3", DisplayName: "Telecoms", Code: "T"}, &pb.IndustrySector{Id: "4", DisplayName: "Fixed", AlternativeCode: "X"}
	fields := &pb.UserDefinedFields{Strings: map[int32]string{8: "s"}, Floats: map[int32]*decimal.Decimal{1: {Value: "1.5"}}, Dates: map[int32]string{4: "2020-01-02"}}
	create(d.organisations.CreateOrganisation(ctx, &pb.CreateOrganisationRequest{OrganisationId: "acme", Organisation: &pb.Organisation{DisplayName: "Acme"}}))
	create(d.organisations.CreateUser(ctx, &pb.CreateUserRequest{User: &pb.User{Organisation: "organisations/acme", UserName: "u", Password: "12345678", Unit: unit}}))
	create(d.accounts.CreateAccount(ctx, &pb.CreateAccountRequest{AccountId: "A", Account: &pb.Account{
		Number: "10", DisplayName: "Account", State: pb.Account_STATE_SUSPENDED, AccountOwner: &pb.ContactInfo{
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
	create(d.catalogue.CreateSubscriptionType(ctx, &pb.CreateSubscriptionTypeRequest{SubscriptionTypeId: "T", SubscriptionType: &pb.SubscriptionType{
		DisplayName: "Type", AlternativeCode: "TA", Description: "d", Classification: pb.Classification_CLASSIFICATION_FLEXIBLE,
		LogInfo: &pb.LogInfo{CreateTime: timestamppb.New(start.AddDate(-1, 0, 0)), CreatedByUnit: unit}, UserDefinedFields: fields}}))
	create(d.catalogue.CreateGroup(ctx, &pb.CreateGroupRequest{GroupId: "G", Group: &pb.Group{DisplayName: "Group"}}))
	create(d.catalogue.CreatePrivacyLevel(ctx, &pb.CreatePrivacyLevelRequest{PrivacyLevelId: "L", PrivacyLevel: &pb.PrivacyLevel{Number: "1"}}))
	create(d.catalogue.CreateProduct(ctx, &pb.CreateProductRequest{ProductId: "P", Product: &pb.Product{Code: "P"}}))
	create(d.catalogue.CreateInstalledItem(ctx, &pb.CreateInstalledItemRequest{InstalledItemId: "I", InstalledItem: &pb.InstalledItem{SerialNumber: "S"}}))
	create(d.subscriptions.CreateSubscription(ctx, &pb.CreateSubscriptionRequest{SubscriptionId: "S", Subscription: &pb.Subscription{
		Number: "1", Account: "accounts/A", SubscriptionType: "subscriptionTypes/T", Group: "groups/G", PrivacyLevel: "privacyLevels/L", UserDefinedFields: fields,
		Services:       []*pb.SubscribedService{{Product: "products/P", UserDefinedFields: fields}},
		InstalledItems: []*pb.SubscribedItem{{InstalledItem: "installedItems/I"}}}}))
	response, err := d.sessions.CreateToken(ctx, credentials("u", "12345678", "acme"))
	if err != nil {
		t.Fatal(err)
	}
	return response.GetData().GetToken()
}

func TestTenantsDoNotSeeEachOther(t *testing.T) {
	d := open(t)
	other := metadata.AppendToOutgoingContext(t.Context(), "authorization", "other")
	_, err := d.subscriptions.GetSubscription(other, &pb.GetSubscriptionRequest{Name: demoSubscription})
	expectRefusal(t, err, refusal{codes.NotFound, "NOT_FOUND", ""})
	list, err := d.subscriptions.ListSubscriptions(other, &pb.ListSubscriptionsRequest{})
	if err != nil || len(list.GetSubscriptions()) != 0 {
		t.Errorf("another tenant lists %v, %v", list, err)
	}
	d.furnish(t, other)
	users, err := d.organisations.ListUsers(t.Context(), &pb.ListUsersRequest{})
	if err != nil || len(users.GetUsers()) != 1 || users.GetUsers()[0].GetName() != "users/demo" {
		t.Errorf("the tenant lists %v, %v", users, err)
	}
}

func TestCreatingIsRefused(t *testing.T) {
	d := open(t)
	account, kind := d.subscription(t).GetAccount(), d.subscription(t).GetSubscriptionType()
	product, item := d.subscription(t).GetServices()[0].GetProduct(), d.subscription(t).GetInstalledItems()[0].GetInstalledItem()
	good := func() *pb.Subscription {
		return &pb.Subscription{Number: "S2", Account: account, SubscriptionType: kind,
			Services: []*pb.SubscribedService{{Product: product}}, InstalledItems: []*pb.SubscribedItem{{InstalledItem: item}}}
	}
	invalid := func(field string) refusal { return refusal{codes.InvalidArgument, "INVALID_VALUE", field} }
	absent := func(field string) refusal { return refusal{codes.NotFound, "NOT_FOUND", field} }
	for _, test := range []struct {
		name   string
		spoil  func(*pb.Subscription)
		wanted refusal
	}{
		{"no number", func(s *pb.Subscription) { s.Number = "" }, refusal{codes.InvalidArgument, "REQUIRED", "subscription.number"}},
		{"a number that is taken", func(s *pb.Subscription) { s.Number = "S60117" }, refusal{codes.AlreadyExists, "ALREADY_EXISTS", ""}},
		{"no account", func(s *pb.Subscription) { s.Account = "" }, invalid("subscription.account")},
		{"an unknown account", func(s *pb.Subscription) { s.Account = "accounts/X" }, absent("subscription.account")},
		{"an unknown type", func(s *pb.Subscription) { s.SubscriptionType = "subscriptionTypes/X" }, absent("subscription.subscription_type")},
		{"an unknown group", func(s *pb.Subscription) { s.Group = "groups/X" }, absent("subscription.group")},
		{"an unknown privacy level", func(s *pb.Subscription) { s.PrivacyLevel = "privacyLevels/X" }, absent("subscription.privacy_level")},
		{"an unknown product", func(s *pb.Subscription) { s.Services[0].Product = "products/X" }, absent("subscription.services[0].product")},
		{"an unknown item", func(s *pb.Subscription) { s.InstalledItems[0].InstalledItem = "installedItems/X" }, absent("subscription.installed_items[0].installed_item")},
		{"an item twice", func(s *pb.Subscription) { s.InstalledItems = append(s.InstalledItems, s.InstalledItems[0]) }, refusal{codes.InvalidArgument, "REPEATED", "subscription.installed_items[1].installed_item"}},
		{"a service id twice", func(s *pb.Subscription) {
			s.Services = []*pb.SubscribedService{{Id: "1", Product: product}, {Id: "1", Product: product}}
		}, refusal{codes.InvalidArgument, "REPEATED", "subscription.services[1].id"}},
		{"a field number out of bounds", func(s *pb.Subscription) {
			s.UserDefinedFields = &pb.UserDefinedFields{Strings: map[int32]string{9: "x"}}
		}, refusal{codes.InvalidArgument, "OUT_OF_RANGE", "subscription.user_defined_fields.strings[9]"}},
		{"a date that does not exist", func(s *pb.Subscription) {
			s.Services[0].UserDefinedFields = &pb.UserDefinedFields{Dates: map[int32]string{2: "2015-02-29"}}
		}, refusal{codes.InvalidArgument, "INVALID_DATE", "subscription.services[0].user_defined_fields.dates[2]"}},
		{"an activation date that does not exist", func(s *pb.Subscription) { s.FirstActivatedDate = &date.Date{Year: 2015, Month: 2, Day: 29} },
			refusal{codes.InvalidArgument, "INVALID_DATE", "subscription.first_activated_date"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			subscription := good()
			test.spoil(subscription)
			_, err := d.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: subscription})
			expectRefusal(t, err, test.wanted)
		})
	}
	_, err := d.organisations.CreateUser(t.Context(), &pb.CreateUserRequest{User: &pb.User{Organisation: "organisations/X", UserName: "x", Password: "12345678"}})
	expectRefusal(t, err, absent("user.organisation"))
	_, err = d.organisations.CreateUser(t.Context(), &pb.CreateUserRequest{User: &pb.User{Organisation: "organisations/demo", UserName: "demo", Password: "12345678"}})
	expectRefusal(t, err, refusal{codes.AlreadyExists, "ALREADY_EXISTS", ""})
	list, err := d.subscriptions.ListSubscriptions(t.Context(), &pb.ListSubscriptionsRequest{})
	if err != nil || len(list.GetSubscriptions()) != 1 {
		t.Errorf("after the refusals there are %v, %v", list, err)
	}
}

func TestCreationMakesDraftsOrEffectiveSubscriptions(t *testing.T) {
	d := open(t)
	demo := d.subscription(t)
	for number, test := range map[string]struct {
		classification pb.BusinessClassification
		state          pb.LifeCycleState
		activated      *date.Date
	}{
		"1": {pb.BusinessClassification_BUSINESS_CLASSIFICATION_UNSPECIFIED, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE, &date.Date{Year: 2026, Month: 1, Day: 15}},
		"2": {pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_ACTIVATE_SUBSCRIPTION, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE, &date.Date{Year: 2026, Month: 1, Day: 15}},
		"3": {pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION, pb.LifeCycleState_LIFE_CYCLE_STATE_DRAFT, nil},
	} {
		got, err := d.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{BusinessClassification: test.classification,
			Subscription: &pb.Subscription{Number: number, Account: demo.GetAccount(), SubscriptionType: demo.GetSubscriptionType()}})
		if err != nil {
			t.Fatal(err)
		}
		if got.GetState() != test.state || !proto.Equal(got.GetFirstActivatedDate(), test.activated) || got.GetRatingState() != pb.RatingState_RATING_STATE_PENDING {
			t.Errorf("%s: %v", number, got)
		}
	}
}

func TestValidateOnlyKeepsNothing(t *testing.T) {
	d := open(t)
	request := &pb.CreateGroupRequest{GroupId: "G", Group: &pb.Group{DisplayName: "Group"}, ValidateOnly: true}
	got, err := d.catalogue.CreateGroup(t.Context(), request)
	if err != nil || got.GetName() != "groups/G" {
		t.Fatalf("answered %v, %v", got, err)
	}
	_, err = d.catalogue.GetGroup(t.Context(), &pb.GetGroupRequest{Name: "groups/G"})
	expectRefusal(t, err, refusal{codes.NotFound, "NOT_FOUND", ""})
	request.GroupId = demoGroup
	_, err = d.catalogue.CreateGroup(t.Context(), request)
	expectRefusal(t, err, refusal{codes.AlreadyExists, "ALREADY_EXISTS", ""})
}

func TestListsAreReadPageByPage(t *testing.T) {
	d := open(t)
	for i := range 7 {
		mustCreate(t)(d.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: fmt.Sprintf("z%d", i), Product: &pb.Product{Code: fmt.Sprint(i)}}))
	}
	var names []string
	request := &pb.ListProductsRequest{PageSize: 2}
	for pages := 0; ; pages++ {
		got, err := d.catalogue.ListProducts(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		for _, product := range got.GetProducts() {
			names = append(names, product.GetName())
		}
		if request.PageToken = got.GetNextPageToken(); request.PageToken == "" {
			if pages != 4 {
				t.Errorf("%d pages", pages+1)
			}
			break
		}
		// What is added before the place that was reached does not move the pages after it.
		mustCreate(t)(d.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: fmt.Sprintf("00%d", pages), Product: &pb.Product{Code: fmt.Sprint("early", pages)}}))
	}
	want := []string{"products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01", "products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A02",
		"products/z0", "products/z1", "products/z2", "products/z3", "products/z4", "products/z5", "products/z6"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	_, err := d.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageToken: "?"})
	expectRefusal(t, err, refusal{codes.InvalidArgument, "INVALID_PAGE_TOKEN", "page_token"})
	_, err = d.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageSize: -1})
	expectRefusal(t, err, refusal{codes.InvalidArgument, "OUT_OF_RANGE", "page_size"})
}

func TestListsAreFilteredAndOrdered(t *testing.T) {
	d := open(t)
	for _, product := range []*pb.Product{{Code: "A1", AlternativeCode: "X"}, {Code: "A2"}, {Code: "B1", AlternativeCode: "Y"}} {
		mustCreate(t)(d.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "p-" + product.GetCode(), Product: product}))
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
			page, err := d.catalogue.ListProducts(t.Context(), request)
			if err != nil {
				t.Fatalf("%q, %q: %v", test.filter, test.order, err)
			}
			for _, product := range page.GetProducts() {
				if product.GetCode() != "INTERNET" {
					got = append(got, product.GetCode())
				}
			}
			request.PageToken = page.GetNextPageToken()
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q, %q: %q, want %q", test.filter, test.order, got, test.want)
		}
	}
	users, err := d.organisations.ListUsers(t.Context(), &pb.ListUsersRequest{Filter: `login = "demo/demo"`})
	if err != nil || len(users.GetUsers()) != 1 {
		t.Errorf("the user of a login is %v, %v", users, err)
	}
	_, err = d.accounts.ListAccounts(t.Context(), &pb.ListAccountsRequest{Filter: `display_name = "x"`})
	expectRefusal(t, err, refusal{codes.InvalidArgument, "INVALID_FILTER", "filter"})
	_, err = d.accounts.ListAccounts(t.Context(), &pb.ListAccountsRequest{OrderBy: "state"})
	expectRefusal(t, err, refusal{codes.InvalidArgument, "INVALID_ORDER", "order_by"})
	page, err := d.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.catalogue.ListProducts(t.Context(), &pb.ListProductsRequest{PageSize: 1, PageToken: page.GetNextPageToken(), Filter: `code = "A1"`})
	expectRefusal(t, err, refusal{codes.InvalidArgument, "INVALID_PAGE_TOKEN", "page_token"})
}

func TestAnUpdateThatChangesNothingIsNoChange(t *testing.T) {
	d := open(t)
	const update = `{"subscription_identifier":{"number":"S60117"},"notes":"n","services_set":[{"service_identifier":{"code":"INTERNET"},"udf_string_1":"x"}]}`
	first, err := d.update(t, update)
	if err != nil {
		t.Fatal(err)
	}
	before := d.subscription(t)
	second, err := d.update(t, update)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Errorf("answers (-first +second):\n%s", diff)
	}
	if after := d.subscription(t); after.GetEtag() != before.GetEtag() {
		t.Errorf("etag %s became %s", before.GetEtag(), after.GetEtag())
	}
}

func TestARestartKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "subscription.db")
	var before *pb.Subscription
	var token string
	t.Run("before", func(t *testing.T) {
		d := openAt(t, path)
		token = d.signIn(t)
		if _, err := d.update(t, everything); err != nil {
			t.Fatal(err)
		}
		before = d.subscription(t)
	})
	d := openAt(t, path)
	if diff := cmp.Diff(before, d.subscription(t), protocmp.Transform()); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	if err := d.use(t, token); err != nil {
		t.Errorf("the session did not outlive the restart: %v", err)
	}
}

func TestARepetitionByItsKeyHasNoSecondEffect(t *testing.T) {
	d := open(t)
	keyed := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "create once")
	request := &pb.CreateGroupRequest{Group: &pb.Group{DisplayName: "Once"}}
	first, err := d.catalogue.CreateGroup(keyed, request)
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.catalogue.CreateGroup(keyed, request)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Errorf("answers (-first +second):\n%s", diff)
	}
	keyed = metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "update once")
	update := &crmcomv2.UpdateSubscriptionRequest{Token: proto.String(demoToken), Notes: proto.String("once"),
		SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String("S60117")}}
	if _, err := d.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Fatal(err)
	}
	if _, err := d.update(t, `{"subscription_identifier":{"number":"S60117"},"notes":"in between"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Fatal(err)
	}
	if notes := d.subscription(t).GetNotes(); notes != "in between" {
		t.Errorf("the repetition made the notes %q", notes)
	}
	update.Notes = proto.String("another request")
	_, err = d.vendor.UpdateSubscription(keyed, update)
	expectRefusal(t, err, refusal{codes.InvalidArgument, "IDEMPOTENCY_KEY_REUSED", ""})
}

func TestSecretsAreNotComparedWhenARequestIsRepeated(t *testing.T) {
	d := open(t)
	user := &pb.CreateUserRequest{RequestId: "user once", User: &pb.User{Organisation: "organisations/demo", UserName: "once", Password: "12345678"}}
	first, err := d.organisations.CreateUser(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	user.User.Password = "another password"
	second, err := d.organisations.CreateUser(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Errorf("answers (-first +second):\n%s", diff)
	}
	user.User.UserName = "twice"
	_, err = d.organisations.CreateUser(t.Context(), user)
	expectRefusal(t, err, refusal{codes.InvalidArgument, "IDEMPOTENCY_KEY_REUSED", ""})

	keyed := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "update over two sessions")
	update := &crmcomv2.UpdateSubscriptionRequest{Token: proto.String(demoToken), Notes: proto.String("once"),
		SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String("S60117")}}
	if _, err := d.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Fatal(err)
	}
	update.Token = proto.String(d.signIn(t))
	if _, err := d.vendor.UpdateSubscription(keyed, update); err != nil {
		t.Errorf("repeated in another session: %v", err)
	}
}

func TestChangesAreSeenInTheirOrder(t *testing.T) {
	d := open(t)
	token := d.signIn(t)
	if _, err := d.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"S60117"},"notes":"seen"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token}); err != nil {
		t.Fatal(err)
	}
	listed, err := d.changes.ListChanges(t.Context(), &changesv1.ListChangesRequest{PageSize: 1000})
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
			t.Errorf("the update's state is %v", subscription)
		}
	}
	want := []string{
		"KIND_CREATED Organisation by demo", "KIND_CREATED User by demo", "KIND_CREATED Session by demo",
		"KIND_CREATED SubscriptionType by demo", "KIND_CREATED Group by demo", "KIND_CREATED PrivacyLevel by demo",
		"KIND_CREATED Product by demo", "KIND_CREATED Product by demo", "KIND_CREATED InstalledItem by demo", "KIND_CREATED InstalledItem by demo",
		"KIND_CREATED Account by demo", "KIND_CREATED Subscription by demo",
		"KIND_CREATED Session by users/demo", "KIND_UPDATED Subscription by users/demo", "KIND_DELETED Session by users/demo",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
