package customerrecurrence_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

// smallCustomer returns a customer with only the required fields.
func smallCustomer() *customerrecurrencev1.Customer {
	return &customerrecurrencev1.Customer{
		GrantorTaxId: "CON150401AB1", CustomerTaxId: "XAXX010101000", CustomerTypeId: 2, CitizenshipId: 1,
		Contact: &customerrecurrencev1.Contact{Email: "a@b.example"},
	}
}

// wholeCustomer returns a customer with every writable field set.
func wholeCustomer() *customerrecurrencev1.Customer {
	contact := &customerrecurrencev1.Contact{
		ContactId: "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9c", Email: "josé@mañana.mx", Phone: "1", CellPhone: "2", PhonePrefix: "3", CellPhonePrefix: "4",
		ContactName: "c", PhoneActive: true, EmailActive: true, CellPhoneActive: true, PaymentReceiptNotification: true,
		NewDocumentNotification: true, CollectionNotification: true,
	}
	return &customerrecurrencev1.Customer{
		Guid: "11111111-2222-4333-8444-555555555555", GrantorTaxId: "Ñ&A150401AB1", CustomerTaxId: "LOMJ850723QR8", BusinessName: "b",
		GivenName: "José Á.", FirstSurname: "De la O, y", SecondSurname: "Muñoz", CustomerTypeId: 1, CitizenshipId: 2,
		Contact: contact, Contacts: []*customerrecurrencev1.Contact{contact, {Phone: "9"}},
		Address: &customerrecurrencev1.Address{
			Street: "s", ExternalNumber: "e", InternalNumber: "i", District: "d", ZipCode: "z", Municipality: "m", State: "st", Country: "c",
		},
		CustomerCode: "code", ForeignTaxRegistration: "f", TaxResidence: "t",
		DeliveryPortal: &customerrecurrencev1.DeliveryPortal{Enabled: proto.Bool(false), Url: "u", User: "us", Password: "hush"},
		Settings: &customerrecurrencev1.CustomerSettings{
			Collaborative: true, ReceivePayments: true, CollectionAdvance: true,
			PaymentDates: []*customerrecurrencev1.PaymentDate{{CutOffTime: "2025-11-13T08:51:00.2944363-06:00", PaymentTime: "2025-11-13T08:51:00Z"}},
		},
		Defaults: &customerrecurrencev1.InvoiceDefaults{
			SellerId: "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9d", PaymentCondition: proto.Int32(0), ContactId: "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9e",
			PaymentWay: "03", PaymentMethod: "PUE", CfdiUse: "G01", CfdiUseV40: "G03", FiscalRegime: "601", FiscalRegimeV40: "612",
			CurrencyId: proto.Int32(0), ExchangeRateTypeId: proto.Int32(3), ExchangeRate: price("17.1234"), Logo: "l",
		},
	}
}

func TestGetCustomerReturnsCreatedCustomer(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wanted := wholeCustomer()
		created, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wanted, CustomerId: "C.2~x_-"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: "customers/C.2~x_-"})
		if err != nil {
			t.Fatal(err)
		}
		want := proto.CloneOf(wanted)
		want.Name, want.Etag, want.DeliveryPortal.Password = "customers/C.2~x_-", `"1"`, ""
		want.CreateTime, want.UpdateTime = timestamppb.New(start), timestamppb.New(start)
		want.State = customerrecurrencev1.CustomerState_CUSTOMER_STATE_ACTIVE
		for what, found := range map[string]*customerrecurrencev1.Customer{"created": created, "read": got} {
			if diff := cmp.Diff(want, found, protocmp.Transform(), protocmp.IgnoreFields(want, "warnings")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	})
}

func TestCreateCustomerSetsDefaults(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		created, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer()})
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimPrefix(created.GetName(), "customers/")
		if len(id) != 32 || len(created.GetGuid()) != 36 || created.GetCustomerCode() != id {
			t.Errorf("got name %q, guid %q, code %q", created.GetName(), created.GetGuid(), created.GetCustomerCode())
		}
	})
}

func TestCreateCustomerRejectsInvalidRequests(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		type customer = customerrecurrencev1.Customer
		for _, test := range []struct {
			name  string
			id    string
			spoil func(*customer)
			code  codes.Code
			field []string
		}{
			{"taken id", "C-1001", func(*customer) {}, codes.AlreadyExists, nil},
			{"taken uid", "new", func(c *customer) { c.Guid = "08DE22C4-0F8B-CF6B-BA1F-9F7ACC681E9B" }, codes.AlreadyExists, nil},
			{"id with a slash", "a/b", func(*customer) {}, codes.InvalidArgument, []string{"customer_id"}},
			{"id of 256 characters", strings.Repeat("a", 256), func(*customer) {}, codes.InvalidArgument, []string{"customer_id"}},
			{"no tax id", "new", func(c *customer) { c.CustomerTaxId = "" }, codes.InvalidArgument, []string{"customer.customer_tax_id"}},
			{"tax id of month 13", "new", func(c *customer) { c.GrantorTaxId = "CON151301AB1" }, codes.InvalidArgument, []string{"customer.grantor_tax_id"}},
			{"tax id of February 30", "new", func(c *customer) { c.CustomerTaxId = "CON150230AB1" }, codes.InvalidArgument, []string{"customer.customer_tax_id"}},
			{"tax id in lower case", "new", func(c *customer) { c.CustomerTaxId = "xaxx010101000" }, codes.InvalidArgument, []string{"customer.customer_tax_id"}},
			{"no customer type", "new", func(c *customer) { c.CustomerTypeId = 0 }, codes.InvalidArgument, []string{"customer.customer_type_id"}},
			{"no citizenship", "new", func(c *customer) { c.CitizenshipId = 0 }, codes.InvalidArgument, []string{"customer.citizenship_id"}},
			{"no contact", "new", func(c *customer) { c.Contact = nil }, codes.InvalidArgument, []string{"customer.contact"}},
			{"digits in a name", "new", func(c *customer) { c.GivenName = "R2D2" }, codes.InvalidArgument, []string{"customer.given_name"}},
			{"surname of 51 characters", "new", func(c *customer) { c.FirstSurname = strings.Repeat("ñ", 51) }, codes.InvalidArgument, []string{"customer.first_surname"}},
			{"street of 151 characters", "new", func(c *customer) { c.Address = &customerrecurrencev1.Address{Street: strings.Repeat("s", 151)} }, codes.InvalidArgument, []string{"customer.address.street"}},
			{"code of 42 UTF-16 units", "new", func(c *customer) { c.CustomerCode = strings.Repeat("𝄞", 21) }, codes.InvalidArgument, []string{"customer.customer_code"}},
			{"invalid timestamp", "new", func(c *customer) {
				c.Settings = &customerrecurrencev1.CustomerSettings{PaymentDates: []*customerrecurrencev1.PaymentDate{{CutOffTime: "2025-02-30T00:00:00Z", PaymentTime: "2025-02-28T00:00:00Z"}}}
			}, codes.InvalidArgument, []string{"customer.settings.payment_dates[0].cut_off_time"}},
			{"exchange rate of zero", "new", func(c *customer) { c.Defaults = &customerrecurrencev1.InvoiceDefaults{ExchangeRate: price("0")} }, codes.InvalidArgument, []string{"customer.defaults.exchange_rate"}},
			{"contact with nonsense for an e-mail address", "new", func(c *customer) { c.Contact.Email = "a@b@c" }, codes.InvalidArgument, []string{"customer.contact.email"}},
			{"invalid GUID of a contact", "new", func(c *customer) { c.Contact.ContactId = "none" }, codes.InvalidArgument, []string{"customer.contact.contact_id"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := f.in(t)
				wanted := smallCustomer()
				test.spoil(wanted)
				f.expectRejected(test.code, test.field, func() error {
					_, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wanted, CustomerId: test.id})
					return err
				})
			})
		}
	})
}

// TestCheckInvoicingChangesNothing checks the demo customers: a company with a made-up RFC, and a person without codes.
func TestCheckInvoicingChangesNothing(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	before := f.rows()
	for name, ready := range map[string]bool{demoCustomer: true, "customers/C-1002": false} {
		got, err := f.customers.CheckInvoicing(t.Context(), &customerrecurrencev1.CheckInvoicingRequest{Name: name})
		if err != nil || got.GetReady() != ready || len(got.GetFindings()) == 0 {
			t.Errorf("%s: got %v, error %v", name, got, err)
		}
	}
	f.expectRejected(codes.InvalidArgument, []string{"issue_date"}, func() error {
		_, err := f.customers.CheckInvoicing(t.Context(), &customerrecurrencev1.CheckInvoicingRequest{Name: demoCustomer, IssueDate: day(2026, 2, 30)})
		return err
	})
	if after := f.rows(); !slices.Equal(before, after) {
		t.Error("a check changed the store")
	}
}
