package subscription_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
)

// A request that changes fullUpdate that can be changed.
const fullUpdate = `{"subscription_identifier":{"number":"S60117"},"notes":"n","owned_by_group_identifier":{"name":"Managers Group"},
	"privacy_level_identifier":{"number":"1"},"udf_string_1":"s1","udf_string_2":"s2","udf_string_3":"s3","udf_string_4":"s4",
	"udf_string_5":"s5","udf_string_6":"s6","udf_string_7":"s7","udf_string_8":"","udf_float_1":{"value":"0.1"},
	"udf_float_2":{"value":"-2"},"udf_float_3":{"value":"1234567890123456789"},"udf_float_4":{"value":"0"},
	"udf_date_1":"2015-02-20T16:40:42","udf_date_2":"2015-02-20","udf_date_3":"2016-02-29","udf_date_4":"0001-01-01T00:00:00",
	"services_set":[{"service_identifier":{"code":"INTERNET"},"udf_string_8":"i8","udf_float_4":{"value":"1.50"}}],
	"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-ROUTER-1"},"udf_date_4":"2020-12-31"}]}`

func TestUpdateChangesEveryField(t *testing.T) {
	f := startFixture(t)
	want := f.subscription(t)
	if _, err := f.update(t, fullUpdate); err != nil {
		t.Fatal(err)
	}
	changes := &pb.Subscription{}
	if err := protojson.Unmarshal([]byte(`{"notes":"n","group":"groups/`+demoGroup+`",
		"privacyLevel":"privacyLevels/BFF5D07F43CAD23390C2B07678FE3074","userDefinedFields":{
		"strings":{"1":"s1","2":"s2","3":"s3","4":"s4","5":"s5","6":"s6","7":"s7","8":""},
		"floats":{"1":{"value":"0.1"},"2":{"value":"-2"},"3":{"value":"1234567890123456789"},"4":{"value":"0"}},
		"dates":{"1":"2015-02-20T16:40:42","2":"2015-02-20T00:00:00","3":"2016-02-29T00:00:00","4":"0001-01-01T00:00:00"}}}`), changes); err != nil {
		t.Fatal(err)
	}
	proto.Merge(want, changes)
	want.Services[0].UserDefinedFields = userFields(t, `{"strings":{"8":"i8"},"floats":{"4":{"value":"1.50"}}}`)
	want.InstalledItems[0].UserDefinedFields = userFields(t, `{"dates":{"4":"2020-12-31T00:00:00"}}`)
	if diff := cmp.Diff(want, f.subscription(t), protocmp.Transform(), protocmp.IgnoreFields(want, "etag")); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func userFields(t testing.TB, text string) *pb.UserDefinedFields {
	t.Helper()
	fields := &pb.UserDefinedFields{}
	if err := protojson.Unmarshal([]byte(text), fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestUpdateKeepsAbsentAndClearsNullFields(t *testing.T) {
	f := startFixture(t)
	if _, err := f.update(t, fullUpdate); err != nil {
		t.Fatal(err)
	}
	before := f.subscription(t)
	if _, err := f.update(t, `{"subscription_identifier":{"id":"08E04C64110A44FF79F4431E1F4E1765"}}`); err != nil {
		t.Fatal(err)
	}
	ignoreEtag := protocmp.IgnoreFields(&pb.Subscription{}, "etag")
	if diff := cmp.Diff(before, f.subscription(t), protocmp.Transform(), ignoreEtag); diff != "" {
		t.Errorf("absent fields changed (-before +after):\n%s", diff)
	}

	nulls := []string{"notes", "owned_by_group_identifier", "privacy_level_identifier"}
	for _, kind := range []struct {
		name  string
		count int
	}{{"string", 8}, {"float", 4}, {"date", 4}} {
		for i := range kind.count {
			nulls = append(nulls, fmt.Sprintf("udf_%s_%d", kind.name, i+1))
		}
	}
	_, err := f.update(t, `{"subscription_identifier":{"number":"S60117"},"null_fields":["`+strings.Join(nulls, `","`)+`"],
		"services_set":[{"subscription_service_id":"`+demoInternet+`","null_fields":["udf_string_8"]}],
		"installed_items_set":[{"subscription_installed_item_id":"`+demoRouter+`","null_fields":["udf_date_4","udf_date_1"]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := proto.CloneOf(before)
	want.Notes, want.UserDefinedFields = "", &pb.UserDefinedFields{}
	want.Services[0].UserDefinedFields = userFields(t, `{"floats":{"4":{"value":"1.50"}}}`)
	want.InstalledItems[0].UserDefinedFields = &pb.UserDefinedFields{}
	if diff := cmp.Diff(want, f.subscription(t), protocmp.Transform(), ignoreEtag); diff != "" {
		t.Errorf("subscription after setting null (-want +got):\n%s", diff)
	}
}

func TestUpdateAcceptsEveryIdentifier(t *testing.T) {
	f := startFixture(t)
	for _, body := range []string{
		`{"subscription_identifier":{"id":"08E04C64110A44FF79F4431E1F4E1765"}`,
		`{"subscription_identifier":{"number":"S60117"}`,
		`{"subscription_identifier":{"id":"","number":"S60117"}`,
		`{"subscription_identifier":{"number":"S60117"},"owned_by_group_identifier":{"id":"` + demoGroup + `"}`,
		`{"subscription_identifier":{"number":"S60117"},"owned_by_group_identifier":{"name":"Managers Group"}`,
		`{"subscription_identifier":{"number":"S60117"},"owned_by_group_identifier":{"alternative_code":"MGRS"}`,
		`{"subscription_identifier":{"number":"S60117"},"privacy_level_identifier":{"id":"BFF5D07F43CAD23390C2B07678FE3074"}`,
		`{"subscription_identifier":{"number":"S60117"},"privacy_level_identifier":{"number":"1"}`,
		`{"subscription_identifier":{"number":"S60117"},"services_set":[{"subscription_service_id":"` + demoInternet + `"}]`,
		`{"subscription_identifier":{"number":"S60117"},"services_set":[{"service_identifier":{"id":"0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01"}}]`,
		`{"subscription_identifier":{"number":"S60117"},"services_set":[{"service_identifier":{"code":"INTERNET"}},{"service_identifier":{"code":"TELEVISION"}}]`,
		`{"subscription_identifier":{"number":"S60117"},"services_set":[{"service_identifier":{"alternative_code":"NET"}}]`,
		`{"subscription_identifier":{"number":"S60117"},"installed_items_set":[{"subscription_installed_item_id":"` + demoRouter + `"}]`,
		`{"subscription_identifier":{"number":"S60117"},"installed_items_set":[{"installed_item_identifier":{"id":"0D0CE3C6F4C84B0E9C7B4C1C0F6E2A03"}}]`,
		`{"subscription_identifier":{"number":"S60117"},"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-DECODER-1"}}]`,
		`{"subscription_identifier":{"number":"S60117"},"installed_items_set":[{"installed_item_identifier":{"alternative_code":"ROUTER-1"}}]`,
	} {
		if _, err := f.update(t, body+`}`); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestUpdateRejectsInvalidRequests(t *testing.T) {
	f := startFixture(t)
	f.addSecondInternet(t)
	before := f.subscription(t)
	const (
		missing, invalid, ambiguous = "REQUIRED", "INVALID_VALUE", "AMBIGUOUS"
		s60117                      = `"subscription_identifier":{"number":"S60117"},"notes":"changed","udf_string_1":"changed"`
	)
	long := strings.Repeat("x", 4001)
	for _, test := range []struct {
		name, body    string
		code          codes.Code
		reason, field string
	}{
		{"no subscription", `"notes":"changed"`, codes.InvalidArgument, missing, "subscription_identifier"},
		{"an empty subscription identifier", `"subscription_identifier":{}`, codes.InvalidArgument, missing, "subscription_identifier"},
		{"two subscription identifiers", `"subscription_identifier":{"id":"08E04C64110A44FF79F4431E1F4E1765","number":"S60117"}`,
			codes.InvalidArgument, ambiguous, "subscription_identifier"},
		{"an unknown subscription number", `"subscription_identifier":{"number":"S1"}`, codes.NotFound, "NOT_FOUND", "subscription_identifier.number"},
		{"an unknown subscription id", `"subscription_identifier":{"id":"X"}`, codes.NotFound, "NOT_FOUND", "subscription_identifier.id"},
		{"an empty group identifier", s60117 + `,"owned_by_group_identifier":{}`, codes.InvalidArgument, missing, "owned_by_group_identifier"},
		{"two group identifiers", s60117 + `,"owned_by_group_identifier":{"name":"Managers Group","alternative_code":"MGRS"}`,
			codes.InvalidArgument, ambiguous, "owned_by_group_identifier"},
		{"an unknown group", s60117 + `,"owned_by_group_identifier":{"name":"Nobody"}`, codes.NotFound, "NOT_FOUND", "owned_by_group_identifier.name"},
		{"an empty privacy level identifier", s60117 + `,"privacy_level_identifier":{}`, codes.InvalidArgument, missing, "privacy_level_identifier"},
		{"two privacy level identifiers", s60117 + `,"privacy_level_identifier":{"id":"BFF5D07F43CAD23390C2B07678FE3074","number":"1"}`,
			codes.InvalidArgument, ambiguous, "privacy_level_identifier"},
		{"an unknown privacy level", s60117 + `,"privacy_level_identifier":{"number":"9"}`, codes.NotFound, "NOT_FOUND", "privacy_level_identifier.number"},
		{"notes that are too long", `"subscription_identifier":{"number":"S60117"},"notes":"` + long + `"`, codes.InvalidArgument, "TOO_LONG", "notes"},
		{"a string that is too long", s60117 + `,"udf_string_8":"` + long + `"`, codes.InvalidArgument, "TOO_LONG", "udf_string_8"},
		{"a float that is not a number", s60117 + `,"udf_float_2":{"value":"NaN"}`, codes.InvalidArgument, invalid, "udf_float_2"},
		{"a float of too many digits", s60117 + `,"udf_float_2":{"value":"0.12345678901234567891"}`, codes.InvalidArgument, invalid, "udf_float_2"},
		{"a date that does not exist", s60117 + `,"udf_date_3":"2015-02-29"`, codes.InvalidArgument, invalid, "udf_date_3"},
		{"a date with a blank", s60117 + `,"udf_date_3":"2015-02-20 16:40:42"`, codes.InvalidArgument, invalid, "udf_date_3"},
		{"a null that is set", s60117 + `,"null_fields":["udf_string_1"]`, codes.InvalidArgument, "INCONSISTENT", "udf_string_1"},
		{"a null of an unknown field", s60117 + `,"null_fields":["udf_string_9"]`, codes.InvalidArgument, "UNKNOWN_FIELD", "null_fields"},
		{"a service without identifier", s60117 + `,"services_set":[{"udf_string_1":"x"}]`, codes.InvalidArgument, missing, "services_set[0]"},
		{"a service with both identifiers", s60117 + `,"services_set":[{"subscription_service_id":"` + demoInternet + `","service_identifier":{"code":"TELEVISION"}}]`,
			codes.InvalidArgument, ambiguous, "services_set[0]"},
		{"a service identifier without members", s60117 + `,"services_set":[{"service_identifier":{}}]`,
			codes.InvalidArgument, missing, "services_set[0].service_identifier"},
		{"a service identifier with two members", s60117 + `,"services_set":[{"service_identifier":{"code":"TELEVISION","alternative_code":"TV"}}]`,
			codes.InvalidArgument, ambiguous, "services_set[0].service_identifier"},
		{"an unknown subscription service after a good one", s60117 + `,"services_set":[{"subscription_service_id":"` + demoInternet + `","udf_string_1":"x"},{"subscription_service_id":"X"}]`,
			codes.NotFound, "NOT_FOUND", "services_set[1].subscription_service_id"},
		{"an unknown service", s60117 + `,"services_set":[{"service_identifier":{"code":"X"}}]`, codes.NotFound, "NOT_FOUND", "services_set[0].service_identifier.code"},
		{"a service that the subscription does not have", s60117 + `,"services_set":[{"service_identifier":{"code":"SPARE"}}]`,
			codes.NotFound, "NOT_FOUND", "services_set[0].service_identifier"},
		{"a product that is not a service", s60117 + `,"services_set":[{"service_identifier":{"code":"CABLE"}}]`,
			codes.NotFound, "NOT_FOUND", "services_set[0].service_identifier"},
		{"the service of another subscription", s60117 + `,"services_set":[{"subscription_service_id":"second-1"}]`,
			codes.NotFound, "NOT_FOUND", "services_set[0].subscription_service_id"},
		{"a product that the subscription has twice", `"subscription_identifier":{"number":"S2"},"services_set":[{"service_identifier":{"code":"INTERNET"}}]`,
			codes.InvalidArgument, ambiguous, "services_set[0].service_identifier"},
		{"two updates of one service", s60117 + `,"services_set":[{"subscription_service_id":"` + demoInternet + `"},{"service_identifier":{"code":"INTERNET"}}]`,
			codes.InvalidArgument, "REPEATED", "services_set[1]"},
		{"a bad field of a service", s60117 + `,"services_set":[{"subscription_service_id":"` + demoInternet + `","udf_date_1":"soon"}]`,
			codes.InvalidArgument, invalid, "services_set[0].udf_date_1"},
		{"an item without identifier", s60117 + `,"installed_items_set":[{}]`, codes.InvalidArgument, missing, "installed_items_set[0]"},
		{"an item with both identifiers", s60117 + `,"installed_items_set":[{"subscription_installed_item_id":"` + demoRouter + `","installed_item_identifier":{"id":"X"}}]`,
			codes.InvalidArgument, ambiguous, "installed_items_set[0]"},
		{"an item identifier with two members", s60117 + `,"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-ROUTER-1","alternative_code":"ROUTER-1"}}]`,
			codes.InvalidArgument, ambiguous, "installed_items_set[0].installed_item_identifier"},
		{"an unknown item", s60117 + `,"installed_items_set":[{"installed_item_identifier":{"serial_number":"X"}}]`,
			codes.NotFound, "NOT_FOUND", "installed_items_set[0].installed_item_identifier.serial_number"},
		{"an item that the subscription does not have", s60117 + `,"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-SPARE"}}]`,
			codes.NotFound, "NOT_FOUND", "installed_items_set[0].installed_item_identifier"},
		{"two updates of one item", s60117 + `,"installed_items_set":[{"subscription_installed_item_id":"` + demoRouter + `"},{"subscription_installed_item_id":"` + demoRouter + `"}]`,
			codes.InvalidArgument, "REPEATED", "installed_items_set[1]"},
		{"a bad item after a good service", s60117 + `,"services_set":[{"subscription_service_id":"` + demoInternet + `","udf_string_1":"x"}],
			"installed_items_set":[{"subscription_installed_item_id":"X"}]`, codes.NotFound, "NOT_FOUND", "installed_items_set[0].subscription_installed_item_id"},
		{"an unknown field in fields_set", s60117 + `,"fields_set":"number,nmber"`, codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"},
		{"an unknown path in fields_set", s60117 + `,"fields_set":"type.nmae"`, codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"},
		{"a path below a value in fields_set", s60117 + `,"fields_set":"number.id"`, codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"},
		{"an empty name in fields_set", s60117 + `,"fields_set":"number,,id"`, codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"},
		{"the selection itself in fields_set", s60117 + `,"fields_set":"fields"`, codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := f.update(t, `{`+test.body+`}`)
			expectRejection(t, err, rejection{test.code, test.reason, test.field})
			if diff := cmp.Diff(before, f.subscription(t), protocmp.Transform()); diff != "" {
				t.Errorf("stored (-before +after):\n%s", diff)
			}
		})
	}
}

// addSecondInternet adds subscription S2, which has the service INTERNET twice, and products and
// items that belong to no subscription.
func (f *fixture) addSecondInternet(t testing.TB) {
	t.Helper()
	demo := f.subscription(t)
	mustCreate(t)(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{Product: &pb.Product{Code: "SPARE"}}))
	mustCreate(t)(f.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{
		Product: &pb.Product{Code: "CABLE", Type: pb.ProductType_PRODUCT_TYPE_PHYSICAL_GOOD}}))
	mustCreate(t)(f.catalogue.CreateInstalledItem(t.Context(), &pb.CreateInstalledItemRequest{InstalledItem: &pb.InstalledItem{SerialNumber: "SN-SPARE"}}))
	internet := demo.GetServices()[0].GetProduct()
	mustCreate(t)(f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: &pb.Subscription{
		Number: "S2", Account: demo.GetAccount(), SubscriptionType: demo.GetSubscriptionType(),
		Services: []*pb.SubscribedService{{Id: "second-1", Product: internet}, {Id: "second-2", Product: internet}},
	}}))
}

// mustCreate returns a function that fails the test if creating failed.
func mustCreate(t testing.TB) func(created proto.Message, err error) {
	return func(_ proto.Message, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}
