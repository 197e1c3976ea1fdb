package customerrecurrence_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"
	googledecimal "google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

const (
	demoCustomer   = "customers/C-1001"
	demoRecurrence = "customers/C-1001/recurrences/R-5001"
)

// put sends the vendor's update of a recurrence.
func (f *fixture) put(ctx context.Context, client, recurrence string, body *dynamicsv1.Recurrence) (*dynamicsv1.UpdateRecurrenceResponse, error) {
	return f.vendor.UpdateRecurrence(ctx, &dynamicsv1.UpdateRecurrenceRequest{
		ClientId: client, RecurrenceId: recurrence, UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{Recurrence: body},
	})
}

func services(items ...*dynamicsv1.ContractedService) *dynamicsv1.ServiceList {
	return &dynamicsv1.ServiceList{Items: items}
}

func service(id string) *dynamicsv1.ContractedService {
	return &dynamicsv1.ContractedService{ServiceId: &id}
}

func price(value string) *googledecimal.Decimal { return &googledecimal.Decimal{Value: value} }

func amount(value, currency string) *money.Money {
	message, err := gtype.Money(decimal.MustParse(value), currency)
	if err != nil {
		panic(err)
	}
	return message
}

// documentedBody returns the body on the vendor's page, except that two ids replace one that is
// printed twice.
func documentedBody() *dynamicsv1.Recurrence {
	entry := func(id string) *dynamicsv1.ContractedService {
		return &dynamicsv1.ContractedService{
			ServiceId: &id, TransactionLimit: proto.Int32(2),
			Value: proto.String("sample string 3"), ServiceidExt: proto.String("sample string 4"),
		}
	}
	return &dynamicsv1.Recurrence{
		RecurrenceId: proto.String("R-5001"), PackageId: proto.String("sample string 2"), Name: proto.String("sample string 3"),
		Price: price("4.0"), Services: services(entry("SVC-CFDI"), entry("sample string 1")),
	}
}

func TestVendorUpdateReplacesServicesPackageNameAndPrice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.clock.Advance(time.Hour)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		entry := func(id string) *customerrecurrencev1.ContractedService {
			return &customerrecurrencev1.ContractedService{
				ServiceId: id, TransactionLimit: 2, Value: "sample string 3", ExternalServiceId: "sample string 4",
			}
		}
		want := &customerrecurrencev1.Recurrence{
			Name: demoRecurrence, PackageId: "sample string 2", DisplayName: "sample string 3", Price: amount("4", "MXN"),
			Services: []*customerrecurrencev1.ContractedService{entry("SVC-CFDI"), entry("sample string 1")},
			Etag:     `"2"`,
			State:    customerrecurrencev1.RecurrenceState_RECURRENCE_STATE_ACTIVE, Cycle: customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_MONTHLY,
			StartDate:  day(2026, 3, 1),
			CreateTime: timestamppb.New(start), UpdateTime: timestamppb.New(start.Add(time.Hour)),
		}
		if diff := cmp.Diff(want, f.recurrence(demoRecurrence), protocmp.Transform()); diff != "" {
			t.Errorf("recurrence (-want +got):\n%s", diff)
		}
	})
}

func TestVendorUpdateReturnsWholeCustomer(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		response, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody())
		if err != nil {
			t.Fatal(err)
		}
		want := &dynamicsv1.UpdateRecurrenceResponse{}
		if err := protojson.Unmarshal([]byte(documentedAnswer), want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, response, protocmp.Transform()); diff != "" {
			t.Errorf("response (-want +got):\n%s", diff)
		}
	})
}

const documentedAnswer = `{
  "success": true, "message": "La contratación se actualizó correctamente.", "messageDetail": {},
  "data": {
    "CustomerId": "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b", "GrantorTaxId": "CON150401AB1", "CustomerTaxId": "AUR120315XY4",
    "BusinessName": "Comercializadora Aurora, S.A. de C.V.", "CustomerTypeId": 1, "CitizenshipId": 1,
    "ContactInfo": {
      "CustomerContactInfoesId": "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9c", "Email": "facturas@aurora.example",
      "Phone": "5550001001", "CellPhone": "5550001002", "PrefixPhone": "+52", "PrefixCellphone": "+52",
      "ContactName": "Marina Robles", "PhoneActive": true, "EmailActive": true, "CellphoneActive": true,
      "REPNotification": true, "NewDocumentNotification": true, "CollectiontNotification": true
    },
    "CustomerContactInfoes": {"items": [{
      "CustomerContactInfoesId": "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9c", "Email": "facturas@aurora.example",
      "Phone": "5550001001", "CellPhone": "5550001002", "PrefixPhone": "+52", "PrefixCellphone": "+52",
      "ContactName": "Marina Robles", "PhoneActive": true, "EmailActive": true, "CellphoneActive": true,
      "REPNotification": true, "NewDocumentNotification": true, "CollectiontNotification": true
    }, {
      "CustomerContactInfoesId": "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9f", "Email": "pagos@aurora.example",
      "ContactName": "Tomás Ibarra", "PhoneActive": false, "EmailActive": true, "CellphoneActive": false,
      "REPNotification": true, "NewDocumentNotification": false, "CollectiontNotification": false
    }]},
    "Street": "Avenida de los Insurgentes", "ExternalNumber": "1001", "InternalNumber": "4B", "District": "Del Valle",
    "ZipCode": "03100", "Municipality": "Benito Juárez", "State": "Ciudad de México", "Country": "México",
    "CustomerCode": "C-1001",
    "DeliveryPortal": {
      "DeliveryPortal": true, "UrlDeliveryPortal": "https://portal.aurora.example",
      "UserDeliveryPortal": "continuo", "PassDeliveryPortal": "demo"
    },
    "Settings": {
      "Collaborative": true, "ReceivePayments": true, "CollectionAdvance": false,
      "PaymentDates": {"items": [
        {"CutOffDate": "2025-11-13T08:51:00.2944363-06:00", "PaymentDate": "2025-11-28T12:00:00-06:00"},
        {"CutOffDate": "2025-12-12T08:51:00-06:00", "PaymentDate": "2025-12-29T12:00:00-06:00"}
      ]}
    },
    "Defaults": {
      "SellerId": "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9d", "PaymentCondition": 30,
      "ContactId": "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9c", "PaymentWay": "03", "PaymentMethod": "PPD",
      "UseCfdi": "G03", "UseCfdiv40": "G03", "FiscalRegime": "601", "FiscalRegimeV40": "601",
      "CurrencyId": 1, "ExchangeRateTypeId": 1, "ExchangeRate": {"value": "1"}, "Logo": "aurora.png"
    }
  }
}`

func TestVendorUpdateReturnsNullForUnsetFields(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		response, err := f.put(t.Context(), "C-1002", "R-5002", &dynamicsv1.Recurrence{Name: proto.String("x")})
		if err != nil {
			t.Fatal(err)
		}
		customer := response.GetData()
		if customer.BusinessName != nil || customer.InternalNumber != nil || customer.ContactInfo.Phone != nil ||
			customer.DeliveryPortal != nil || customer.Settings != nil || customer.Defaults != nil || response.FailureCode != nil {
			t.Errorf("unset fields are not null: %v", response)
		}
		if customer.GetName() != "José Ángel" || customer.GetCustomerCode() != "C-1002" || customer.GetCustomerContactInfoes() == nil {
			t.Errorf("fields are missing: %v", customer)
		}
	})
}

func TestVendorUpdateKeepsAbsentFields(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		for _, test := range []struct {
			name string
			body *dynamicsv1.Recurrence
			want func(*customerrecurrencev1.Recurrence)
		}{
			{
				"an empty body id", &dynamicsv1.Recurrence{RecurrenceId: proto.String(""), Name: proto.String("Otro")},
				func(r *customerrecurrencev1.Recurrence) { r.DisplayName = "Otro" },
			},
			{"a name alone", &dynamicsv1.Recurrence{Name: proto.String("Otro")}, func(r *customerrecurrencev1.Recurrence) { r.DisplayName = "Otro" }},
			{"an empty name", &dynamicsv1.Recurrence{Name: proto.String("")}, func(r *customerrecurrencev1.Recurrence) { r.DisplayName = "" }},
			{"a price alone", &dynamicsv1.Recurrence{Price: price("0.10")}, func(r *customerrecurrencev1.Recurrence) { r.Price = amount("0.10", "MXN") }},
			{"a price of zero", &dynamicsv1.Recurrence{Price: price("0")}, func(r *customerrecurrencev1.Recurrence) { r.Price = amount("0", "MXN") }},
			{"a package alone", &dynamicsv1.Recurrence{PackageId: proto.String("PKG-PRO")}, func(r *customerrecurrencev1.Recurrence) { r.PackageId = "PKG-PRO" }},
			{"an empty list of services", &dynamicsv1.Recurrence{Services: services()}, func(r *customerrecurrencev1.Recurrence) { r.Services = nil }},
			{
				"a service by its id alone", &dynamicsv1.Recurrence{Services: services(service("SVC-STORAGE"))},
				func(r *customerrecurrencev1.Recurrence) { r.Services = r.Services[1:] },
			},
			{
				"an unknown service by its id alone", &dynamicsv1.Recurrence{Services: services(service("ajeno"))},
				func(r *customerrecurrencev1.Recurrence) {
					r.Services = []*customerrecurrencev1.ContractedService{{ServiceId: "ajeno"}}
				},
			},
			{
				"a limit of zero", &dynamicsv1.Recurrence{Services: services(
					&dynamicsv1.ContractedService{ServiceId: proto.String("SVC-CFDI"), TransactionLimit: proto.Int32(0)}, service("SVC-STORAGE"))},
				func(r *customerrecurrencev1.Recurrence) { r.Services[0].TransactionLimit = 0 },
			},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := newFixture(t)
				want := f.recurrence(demoRecurrence)
				if _, err := f.put(t.Context(), "C-1001", "R-5001", test.body); err != nil {
					t.Fatal(err)
				}
				test.want(want)
				got := f.recurrence(demoRecurrence)
				if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(want, "etag", "update_time")); diff != "" {
					t.Errorf("recurrence (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestVendorUpdateRejectsInvalidRequests(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		const body = "upgrade_downgrade.recurrence."
		limited := func(limit int32) *dynamicsv1.ContractedService {
			return &dynamicsv1.ContractedService{ServiceId: proto.String("SVC-CFDI"), TransactionLimit: &limit}
		}
		surrogates := strings.Repeat("𝄞", 500)
		for _, test := range []struct {
			name               string
			client, recurrence string
			body               *dynamicsv1.Recurrence
			code               codes.Code
			fields             []string
		}{
			{"no recurrence", "C-1001", "R-5001", nil, codes.InvalidArgument, []string{"upgrade_downgrade.recurrence"}},
			{"no recurrence of an unknown client", "C-9", "R-5001", nil, codes.InvalidArgument, []string{"upgrade_downgrade.recurrence"}},
			{"nothing to change", "C-1001", "R-5001", &dynamicsv1.Recurrence{RecurrenceId: proto.String("R-5001")}, codes.InvalidArgument, []string{"upgrade_downgrade.recurrence"}},
			{"unknown client", "C-9", "R-5001", documentedBody(), codes.NotFound, nil},
			{"unknown recurrence", "C-1001", "R-9", &dynamicsv1.Recurrence{Price: price("1")}, codes.NotFound, nil},
			{"another client's recurrence", "C-1001", "R-5002", &dynamicsv1.Recurrence{Price: price("1")}, codes.NotFound, nil},
			{"client id in other case", "c-1001", "R-5001", documentedBody(), codes.NotFound, nil},
			{"client id with a wildcard", "C-100%", "R-5001", documentedBody(), codes.NotFound, nil},
			{"body id contradicts the path", "C-1001", "R-5001", &dynamicsv1.Recurrence{RecurrenceId: proto.String("R-5002"), Price: price("1")}, codes.InvalidArgument, []string{body + "recurrence_id"}},
			{"negative price", "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("-0.01")}, codes.InvalidArgument, []string{body + "price"}},
			{"price of seven decimals", "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("0.0000001")}, codes.InvalidArgument, []string{body + "price"}},
			{"price of fourteen digits", "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("10000000000000")}, codes.InvalidArgument, []string{body + "price"}},
			{"price that would be rounded", "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("1.00000000000000000001")}, codes.InvalidArgument, []string{body + "price"}},
			{"price that is no number", "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("cuatro")}, codes.InvalidArgument, []string{body + "price"}},
			{"blank package", "C-1001", "R-5001", &dynamicsv1.Recurrence{PackageId: proto.String(" ")}, codes.InvalidArgument, []string{body + "package_id"}},
			{"name of 1001 characters", "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: proto.String(strings.Repeat("a", 1001))}, codes.InvalidArgument, []string{body + "name"}},
			{"name of 1002 UTF-16 units", "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: proto.String(surrogates + "𝄞")}, codes.InvalidArgument, []string{body + "name"}},
			{"name with a NUL", "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: proto.String("a\x00b")}, codes.InvalidArgument, []string{body + "name"}},
			{"negative limit", "C-1001", "R-5001", &dynamicsv1.Recurrence{Services: services(service("otro"), limited(-1))}, codes.InvalidArgument, []string{body + "services.items[1].transaction_limit"}},
			{"repeated service", "C-1001", "R-5001", &dynamicsv1.Recurrence{Services: services(service("a"), service("b"), service("a"))}, codes.InvalidArgument, []string{body + "services.items[2].service_id"}},
			{"service without an id", "C-1001", "R-5001", &dynamicsv1.Recurrence{Services: services(service("a"), &dynamicsv1.ContractedService{})}, codes.InvalidArgument, []string{body + "services.items[1].service_id"}},
			{"service with a blank id", "C-1001", "R-5001", &dynamicsv1.Recurrence{Services: services(service(" "))}, codes.InvalidArgument, []string{body + "services.items[0].service_id"}},
			{"external id of 256 UTF-16 units", "C-1001", "R-5001", &dynamicsv1.Recurrence{Services: services(
				&dynamicsv1.ContractedService{ServiceId: proto.String("a"), ServiceidExt: proto.String(strings.Repeat("𝄞", 128))})},
				codes.InvalidArgument, []string{body + "services.items[0].serviceid_ext"}},
			{"several at once", "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("-1"), Services: services(limited(-1), &dynamicsv1.ContractedService{})}, codes.InvalidArgument,
				[]string{body + "price", body + "services.items[0].transaction_limit", body + "services.items[1].service_id"}},
			{"service outside an enforced package", "C-1001", "R-5001", &dynamicsv1.Recurrence{PackageId: proto.String("PKG-CLOSED"), Services: services(service("SVC-CFDI"), service("ajeno"))},
				codes.InvalidArgument, []string{body + "services.items[1].service_id"}},
			{"enforced package that lacks a contracted service", "C-1001", "R-5001", &dynamicsv1.Recurrence{PackageId: proto.String("PKG-CLOSED")}, codes.InvalidArgument, []string{body + "package_id"}},
			{"a good price beside a bad service", "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("1"), Services: services(limited(-1))}, codes.InvalidArgument, []string{body + "services.items[0].transaction_limit"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := f.in(t)
				f.expectRejected(test.code, test.fields, func() error {
					_, err := f.put(t.Context(), test.client, test.recurrence, test.body)
					return err
				})
			})
		}
	})
}

func TestVendorUpdateRequiresBody(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.expectRejected(codes.InvalidArgument, []string{"upgrade_downgrade"}, func() error {
			_, err := f.vendor.UpdateRecurrence(t.Context(), &dynamicsv1.UpdateRecurrenceRequest{ClientId: "C-1001", RecurrenceId: "R-5001"})
			return err
		})
	})
}

func TestVendorNameCountsUTF16Units(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: proto.String(strings.Repeat("𝄞", 500))}); err != nil {
			t.Errorf("updating to a name of 500 characters of two units: %v", err)
		}
	})
}

func TestVendorUpdateAcceptsServicesOfEnforcedPackage(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		body := &dynamicsv1.Recurrence{PackageId: proto.String("PKG-CLOSED"), Services: services(service("SVC-CFDI"))}
		if _, err := f.put(t.Context(), "C-1001", "R-5001", body); err != nil {
			t.Error(err)
		}
	})
}

func TestVendorUpdateIsIdempotent(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		before := f.rows()
		f.clock.Advance(time.Minute)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, f.rows()); diff != "" {
			t.Errorf("repeating the update changed the store (-before +after):\n%s", diff)
		}
	})
}

func TestConcurrentVendorUpdatesAreAllRecorded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		const callers, updates = 4, 10
		f := newFixture(t)
		var group errgroup.Group
		for caller := range callers {
			group.Go(func() error {
				for i := range updates {
					body := &dynamicsv1.Recurrence{Price: price(fmt.Sprintf("%d.%02d", caller+1, i))}
					if _, err := f.put(t.Context(), "C-1001", "R-5001", body); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		changes := f.changes(demoRecurrence)
		if len(changes) != callers*updates {
			t.Fatalf("got %d changes, want %d", len(changes), callers*updates)
		}
		for i, change := range changes[1:] {
			if before := changes[i]; !proto.Equal(before.GetNewPrice(), change.GetOldPrice()) {
				t.Errorf("%s starts from %v, but %s led to %v", change.GetName(), change.GetOldPrice(), before.GetName(), before.GetNewPrice())
			}
		}
	})
}

// The message is part of the vendor contract.
func TestVendorUpdateReturnsContractTextForMissingResources(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		for _, test := range []struct{ client, recurrence, want string }{
			{"C-9", "R-5001", "customers/C-9 does not exist"},
			{"C-1001", "R-9", "customers/C-1001/recurrences/R-9 does not exist"},
		} {
			_, err := f.put(t.Context(), test.client, test.recurrence, documentedBody())
			if got := status.Convert(err); got.Code() != codes.NotFound || got.Message() != test.want {
				t.Errorf("%s/%s: got error %v, want %q", test.client, test.recurrence, err, test.want)
			}
		}
	})
}
