package customerrecurrence_test

import (
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

// companyCustomer returns a customer that a CFDI 4.0 can be issued to.
func companyCustomer() *customerrecurrencev1.Customer {
	wanted := smallCustomer()
	wanted.CustomerTaxId, wanted.BusinessName = "EKU9003173C9", "Escuela Kemper Urgate"
	wanted.Address = &customerrecurrencev1.Address{ZipCode: "42501"}
	wanted.Defaults = &customerrecurrencev1.InvoiceDefaults{PaymentWay: "03", PaymentMethod: "PUE", CfdiUseV40: "G03", FiscalRegimeV40: "601"}
	return wanted
}

func TestWritesCheckTaxCodes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		for name, c := range map[string]struct {
			change func(*customerrecurrencev1.Customer)
			fields []string
		}{
			"use of 3.3":        {func(c *customerrecurrencev1.Customer) { c.Defaults.CfdiUseV40 = "P01" }, []string{"cfdi_use_v40"}},
			"unknown way":       {func(c *customerrecurrencev1.Customer) { c.Defaults.PaymentWay = "07" }, []string{"payment_way"}},
			"a name for a code": {func(c *customerrecurrencev1.Customer) { c.Defaults.PaymentMethod = "pue" }, []string{"payment_method"}},
			"a person's regime": {func(c *customerrecurrencev1.Customer) { c.Defaults.FiscalRegimeV40 = "612" }, []string{"fiscal_regime_v40"}},
			"a person's use":    {func(c *customerrecurrencev1.Customer) { c.Defaults.CfdiUseV40 = "D01" }, []string{"cfdi_use_v40", "cfdi_use_v40"}},
			"use of 4.0 in 3.3": {func(c *customerrecurrencev1.Customer) { c.Defaults.CfdiUse = "S01" }, []string{"cfdi_use"}},
			"no regime of 3.3":  {func(c *customerrecurrencev1.Customer) { c.Defaults.FiscalRegime = "602" }, []string{"fiscal_regime"}},
			"regime of no use":  {func(c *customerrecurrencev1.Customer) { c.Defaults.FiscalRegimeV40 = "610" }, []string{"cfdi_use_v40"}},
		} {
			wanted := companyCustomer()
			c.change(wanted)
			for i := range c.fields {
				c.fields[i] = "customer.defaults." + c.fields[i]
			}
			t.Run(name, func(t *testing.T) {
				f.in(t).expectRejected(codes.InvalidArgument, c.fields, func() error {
					_, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wanted})
					return err
				})
			})
		}
	})
}

// What was stored by an import or the vendor's contract is sent back as it is, and a new mistake is found.
func TestStoredTaxCodesAreNotCheckedAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		stored := companyCustomer()
		stored.Name, stored.Defaults.CfdiUseV40, stored.Defaults.PaymentWay = "customers/old", "P01", "7"
		f.importAll(t, stored)
		found, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: "customers/old"})
		if err != nil {
			t.Fatal(err)
		}
		found.BusinessName, found.Defaults.Logo = "Kemper", "logo.png"
		if _, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: found}); err != nil {
			t.Errorf("sending the stored codes back: %v", err)
		}
		again := proto.CloneOf(found)
		again.Etag, again.Defaults.PaymentWay = "", "8"
		f.expectRejected(codes.InvalidArgument, []string{"customer.defaults.payment_way"}, func() error {
			_, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: again})
			return err
		})
	})
}

func TestWritesWarnOfWhatIsDoubtful(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wanted := companyCustomer()
		wanted.CustomerTaxId, wanted.Defaults.PaymentMethod, wanted.Defaults.CfdiUse = "EKU9003173C8", "PPD", "P01"
		created, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wanted})
		if err != nil {
			t.Fatal(err)
		}
		expectWarnings(t, created, "grantor_tax_id", "customer_tax_id", "defaults.payment_way", "defaults.cfdi_use")
		stored, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: created.GetName()})
		if err != nil || len(stored.GetWarnings()) > 0 {
			t.Errorf("read back: got %v, error %v", stored.GetWarnings(), err)
		}
		stored.CustomerTaxId, stored.Defaults.PaymentWay, stored.Defaults.CfdiUse = "EKU9003173C9", "99", "G03"
		updated, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: stored})
		if err != nil {
			t.Fatal(err)
		}
		expectWarnings(t, updated, "grantor_tax_id")
	})
}

// A new RFC with a date that does not exist is refused natively. A stored one, from an import or the vendor's contract, has the
// vendor's form and stays, with a warning.
func TestWritesRefuseNewDatesThatDoNotExist(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wanted := companyCustomer()
		wanted.GrantorTaxId, wanted.CustomerTaxId = "MAB9307148T4", "EKU9002303C9"
		f.expectRejected(codes.InvalidArgument, []string{"customer.customer_tax_id"}, func() error {
			_, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wanted})
			return err
		})
		wanted.Name = "customers/undated"
		f.importAll(t, wanted)
		update := func(to *customerrecurrencev1.Customer) (*customerrecurrencev1.Customer, error) {
			to.Name = wanted.GetName()
			return f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: to})
		}
		updated, err := update(&customerrecurrencev1.Customer{BusinessName: "Kemper", CustomerTaxId: "EKU9002303C9"})
		if err != nil {
			t.Fatal(err)
		}
		expectWarnings(t, updated, "customer_tax_id")
		f.expectRejected(codes.InvalidArgument, []string{"customer.grantor_tax_id"}, func() error {
			_, err := update(&customerrecurrencev1.Customer{GrantorTaxId: "MAB9302318T4"})
			return err
		})
	})
}

// Names are those of the vendor's pattern, natively too. A stored name with other letters can be sent back.
func TestWritesCheckNames(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		create := func(given, first, second string) error {
			wanted := smallCustomer()
			wanted.GivenName, wanted.FirstSurname, wanted.SecondSurname = given, first, second
			_, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wanted})
			return err
		}
		if err := create("José Ángel", "Güemes, Jr.", "N\u0303an\u0303ez"); err != nil {
			t.Error(err)
		}
		f.expectRejected(codes.InvalidArgument, []string{"customer.given_name", "customer.first_surname", "customer.second_surname"}, func() error {
			return create("João", "Ōe", "Иванов")
		})
		stored := smallCustomer()
		stored.Name, stored.GivenName = "customers/joao", "João"
		f.importAll(t, stored)
		found, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: stored.GetName()})
		if err != nil {
			t.Fatal(err)
		}
		found.FirstSurname = "Pérez"
		if _, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: found}); err != nil {
			t.Errorf("sending the stored name back: %v", err)
		}
		f.expectRejected(codes.InvalidArgument, []string{"customer.given_name"}, func() error {
			_, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: &customerrecurrencev1.Customer{Name: stored.GetName(), GivenName: "Zoë"}})
			return err
		})
	})
}

func expectWarnings(t *testing.T, on *customerrecurrencev1.Customer, fields ...string) {
	t.Helper()
	var got []string
	for _, warning := range on.GetWarnings() {
		if got = append(got, warning.GetField()); warning.GetSeverity() != customerrecurrencev1.InvoicingSeverity_INVOICING_SEVERITY_WARNING {
			t.Errorf("got %v", warning)
		}
	}
	if !slices.Equal(got, fields) {
		t.Errorf("got warnings %v, want %v", on.GetWarnings(), fields)
	}
}
