package customerrecurrence_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

// edit returns the smallest body of an update of the customer with two tax ids.
func edit(grantor, customer string) *dynamicsv1.CustomerEdit {
	return &dynamicsv1.CustomerEdit{
		GrantorTaxId: &grantor, CustomerTaxId: &customer, CustomerTypeId: proto.Int32(1), CitizenshipId: proto.Int32(1), ContactInfo: &dynamicsv1.ContactInfo{},
	}
}

func TestVendorReadsAndCorrectsCustomers(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		before, err := f.vendorCustomers.GetCustomer(t.Context(), &dynamicsv1.GetCustomerRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: "AUR120315XY4"})
		if err != nil || !before.GetSuccess() || before.GetData().GetDeliveryPortal().GetPassDeliveryPortal() == "" {
			t.Fatalf("got %v, error %v", before, err)
		}
		body := edit("CON150401AB1", "AUR120315XY4")
		body.ContactInfo.Email, body.Street = proto.String("nuevo@aurora.example"), proto.String("Calle")
		// Free text for the vendor, though no code of the SAT's catalogues.
		body.Defaults = &dynamicsv1.CustomerDefaults{UseCfdiv40: proto.String("P01"), PaymentWay: proto.String("sample string 2")}
		after, err := f.vendorCustomers.UpdateCustomer(t.Context(), &dynamicsv1.UpdateCustomerRequest{Customer: body})
		if err != nil {
			t.Fatal(err)
		}
		want := proto.CloneOf(before.GetData())
		want.ContactInfo.Email, want.Street, want.Defaults.UseCfdiv40, want.Defaults.PaymentWay = body.ContactInfo.Email, body.Street, body.Defaults.UseCfdiv40, body.Defaults.PaymentWay
		if !proto.Equal(after.GetData(), want) {
			t.Errorf("got %v, want %v", after.GetData(), want)
		}
		settings, err := f.vendorCustomers.UpdateCustomerSettings(t.Context(), &dynamicsv1.UpdateCustomerSettingsRequest{CustomerSetting: &dynamicsv1.CustomerSettingEdit{
			GrantorTaxId: body.GrantorTaxId, CustomerTaxId: body.CustomerTaxId, Settings: &dynamicsv1.CustomerSettings{ReceivePayments: proto.Bool(false), PaymentDates: &dynamicsv1.PaymentDatesList{}},
		}})
		if got := settings.GetData().GetSettings(); err != nil || got.GetReceivePayments() || len(got.GetPaymentDates().GetItems()) > 0 || got.GetCollaborative() != want.GetSettings().GetCollaborative() {
			t.Errorf("got %v, error %v", got, err)
		}
		// No page documents this answer, so the portal password is not in it, and it stays.
		if got := settings.GetData().GetDeliveryPortal(); got == nil || got.PassDeliveryPortal != nil || got.GetUrlDeliveryPortal() == "" || f.portalPassword() == "" {
			t.Errorf("got %v", got)
		}
	})
}

func TestVendorNamesTheMembersOfItsRequest(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wrong := edit("CON150401AB1", "AUR120315XY4")
		wrong.Name, wrong.Surname1, wrong.ContactInfo.Email = proto.String("R2"), proto.String("D2"), proto.String("nobody")
		wrong.CustomerContactInfoes = &dynamicsv1.ContactInfoList{Items: []*dynamicsv1.ContactInfo{{PrefixCellphone: proto.String("12345678901")}}}
		wrong.ZipCode, wrong.NumRegIdTrib = proto.String(strings.Repeat("1", 21)), proto.String(strings.Repeat("1", 41))
		wrong.Settings = &dynamicsv1.CustomerSettings{PaymentDates: &dynamicsv1.PaymentDatesList{Items: []*dynamicsv1.PaymentDates{{CutOffDate: proto.String("now"), PaymentDate: proto.String("2025-11-13T08:51:00Z")}}}}
		wrong.Defaults = &dynamicsv1.CustomerDefaults{UseCfdiv40: proto.String(strings.Repeat("1", 51)), ContactId: proto.String("c")}
		_, err := f.vendorCustomers.UpdateCustomer(t.Context(), &dynamicsv1.UpdateCustomerRequest{Customer: wrong})
		want := []string{
			"customer.name", "customer.surname1", "customer.contact_info.email", "customer.customer_contact_infoes.items[0].prefix_cellphone", "customer.zip_code",
			"customer.num_reg_id_trib", "customer.settings.payment_dates.items[0].cut_off_date", "customer.defaults.contact_id", "customer.defaults.use_cfdiv40",
		}
		if got := violatedFields(err); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// Generic RFCs stand for many customers: CustomerId decides, then CustomerCode, and otherwise nobody is changed.
func TestVendorTellsGenericTaxIDsApart(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		guids := map[string]string{}
		for _, id := range []string{"one", "two", "three"} {
			created, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), CustomerId: id})
			if err != nil {
				t.Fatal(err)
			}
			guids[id] = created.GetGuid()
		}
		_, err := f.vendorCustomers.GetCustomer(t.Context(), &dynamicsv1.GetCustomerRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: "XAXX010101000"})
		if reason(err) != "AMBIGUOUS" || status.Convert(err).Message() != "3 customers of CON150401AB1 have the tax id XAXX010101000" {
			t.Errorf("got %v", err)
		}
		_, fiscalErr := f.correctFiscalData(fiscalData("XAXX010101000"))
		_, defaultsErr := f.vendorCustomers.GetInvoiceDefaults(t.Context(), &dynamicsv1.GetInvoiceDefaultsRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: "XAXX010101000"})
		_, settingsErr := f.vendorCustomers.UpdateCustomerSettings(t.Context(), &dynamicsv1.UpdateCustomerSettingsRequest{CustomerSetting: &dynamicsv1.CustomerSettingEdit{
			GrantorTaxId: proto.String("CON150401AB1"), CustomerTaxId: proto.String("XAXX010101000"), Settings: &dynamicsv1.CustomerSettings{},
		}})
		for _, err := range []error{fiscalErr, defaultsErr, settingsErr} {
			if reason(err) != "AMBIGUOUS" || !strings.Contains(status.Convert(err).Message(), "3 customers") {
				t.Errorf("got %v", err)
			}
		}
		byID, byCode, byNothing, byUnknownCode := edit("CON150401AB1", "XAXX010101000"), edit("CON150401AB1", "XAXX010101000"), edit("CON150401AB1", "XAXX010101000"), edit("CON150401AB1", "XAXX010101000")
		byID.CustomerId, byID.BusinessName, byID.CustomerCode = proto.String(strings.ToUpper(guids["two"])), proto.String("by id"), proto.String("three")
		byCode.CustomerId, byCode.CustomerCode, byCode.BusinessName = proto.String("00000000-0000-0000-0000-000000000000"), proto.String("one"), proto.String("by code")
		byUnknownCode.CustomerCode = proto.String("four")
		for _, body := range []*dynamicsv1.CustomerEdit{byID, byCode} {
			answer, err := f.vendorCustomers.UpdateCustomer(t.Context(), &dynamicsv1.UpdateCustomerRequest{Customer: body})
			if err != nil || answer.GetData().GetBusinessName() != body.GetBusinessName() {
				t.Errorf("got %v, error %v", answer, err)
			}
		}
		for _, body := range []*dynamicsv1.CustomerEdit{byNothing, byUnknownCode} {
			f.expectRejected(codes.InvalidArgument, nil, func() error {
				_, err := f.vendorCustomers.UpdateCustomer(t.Context(), &dynamicsv1.UpdateCustomerRequest{Customer: body})
				if want := "3 customers of CON150401AB1 have the tax id XAXX010101000: CustomerId or CustomerCode must name one of them"; status.Convert(err).Message() != want {
					t.Errorf("got %v", err)
				}
				return err
			})
		}
		two, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: "customers/two"})
		if err != nil || two.GetBusinessName() != "by id" || two.GetCustomerCode() != "three" {
			t.Errorf("got %v, error %v", two, err)
		}
	})
}

// Where tax ids name one customer, a CustomerId does not name another; where they name none, it decides.
func TestVendorTakesCustomerIdOnlyWhereTaxIdsDoNotDecide(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		aurora, lopez := "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b", "08de22c4-0f8b-cf6b-ba1f-9f7acc681ea0"
		send := func(taxID, guid, street string) error {
			body := edit("CON150401AB1", taxID)
			body.CustomerId, body.Street = &guid, &street
			answer, err := f.vendorCustomers.UpdateCustomer(t.Context(), &dynamicsv1.UpdateCustomerRequest{Customer: body})
			if err == nil && (answer.GetData().GetStreet() != street || answer.GetData().GetCustomerTaxId() != taxID) {
				t.Errorf("got %v", answer)
			}
			return err
		}
		for _, guid := range []string{lopez, "08de22c4-0f8b-cf6b-ba1f-9f7acc681eff"} {
			f.expectRejected(codes.InvalidArgument, []string{"customer.customer_id"}, func() error { return send("AUR120315XY4", guid, "x") })
		}
		if err := send("AUR120315XY4", aurora, "hers"); err != nil {
			t.Error(err)
		}
		f.expectRejected(codes.NotFound, nil, func() error { return send("AAA010101AAA", "08de22c4-0f8b-cf6b-ba1f-9f7acc681eff", "x") })
		if err := send("AAA010101AAA", lopez, "corrected"); err != nil {
			t.Error(err)
		}
		if _, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), CustomerId: "public"}); err != nil {
			t.Fatal(err)
		}
		if err := send("XAXX010101000", lopez, "generic"); err != nil { // it names nobody in particular
			t.Error(err)
		}
		if got, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: "customers/C-1002"}); err != nil || got.GetCustomerTaxId() != "XAXX010101000" {
			t.Errorf("got %v, error %v", got, err)
		}
	})
}

func TestVendorCancelsClients(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		for range 2 {
			answer, err := f.vendorCustomers.DeleteClient(t.Context(), &dynamicsv1.DeleteClientRequest{ClientId: "C-1001"})
			if err != nil || !answer.GetSuccess() || answer.GetData().GetCustomerTaxId() != "AUR120315XY4" {
				t.Fatalf("got %v, error %v", answer, err)
			}
		}
		f.expectStates(demoCustomer, map[string]string{"R-5001": "CANCELLED"})
		if got := len(f.changes(demoRecurrence)); got != 1 {
			t.Errorf("got %d changes", got)
		}
		if _, err := f.vendorCustomers.DeleteClient(t.Context(), &dynamicsv1.DeleteClientRequest{ClientId: "nobody"}); status.Code(err) != codes.NotFound {
			t.Errorf("got %v", err)
		}
	})
}
