package customerrecurrence_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

// The portal password is in the answers whose pages have the customer with it, and nowhere else: in no other answer, in no
// list, feed, history, export or row.
func TestPortalPasswordIsAnsweredWhereAPageHasIt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		expectPasswordWhereAPageHasIt(t, newFixture(t))
	})
}

func expectPasswordWhereAPageHasIt(t *testing.T, f *fixture) {
	t.Helper()
	const secret = "Contraseña-Única-7"
	grantor, taxID, ctx := "CON150401AB1", "AUR120315XY4", t.Context()
	ids := &dynamicsv1.GetInvoiceDefaultsRequest{GrantorTaxId: grantor, CustomerTaxId: taxID, DocumentTypeId: 1}
	for _, answer := range []struct {
		name     string
		answered bool
		call     func() (proto.Message, error)
	}{
		{"PUT api/Customer", true, func() (proto.Message, error) {
			body := edit(grantor, taxID)
			body.DeliveryPortal = &dynamicsv1.DeliveryPortal{PassDeliveryPortal: proto.String(secret)}
			return f.vendorCustomers.UpdateCustomer(ctx, &dynamicsv1.UpdateCustomerRequest{Customer: body})
		}},
		{"GET api/Customer", true, func() (proto.Message, error) {
			return f.vendorCustomers.GetCustomer(ctx, &dynamicsv1.GetCustomerRequest{GrantorTaxId: grantor, CustomerTaxId: taxID})
		}},
		{"PUT recurrence", true, func() (proto.Message, error) {
			return f.put(ctx, "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: proto.String("x")})
		}},
		{"PUT api/Customer/Settings", false, func() (proto.Message, error) {
			return f.vendorCustomers.UpdateCustomerSettings(ctx, &dynamicsv1.UpdateCustomerSettingsRequest{CustomerSetting: &dynamicsv1.CustomerSettingEdit{
				GrantorTaxId: &grantor, CustomerTaxId: &taxID, Settings: &dynamicsv1.CustomerSettings{ReceivePayments: proto.Bool(false)},
			}})
		}},
		{"PUT FiscalData", false, func() (proto.Message, error) { return f.correctFiscalData(fiscalData(taxID)) }},
		{"GET Defaults", false, func() (proto.Message, error) { return f.vendorCustomers.GetInvoiceDefaults(ctx, ids) }},
		{"GET api/Grantor", false, func() (proto.Message, error) {
			return f.grantors.GetGrantor(ctx, &dynamicsv1.GetGrantorRequest{GrantorTaxId: taxID})
		}},
		{"POST api/PacServices", false, func() (proto.Message, error) {
			return f.grantors.AddPacService(ctx, &dynamicsv1.AddPacServiceRequest{PacService: &dynamicsv1.PacService{GrantorTaxId: &taxID, ServiceId: proto.Int64(9)}})
		}},
		{"POST recurrences", false, func() (proto.Message, error) {
			return f.vendor.CreateRecurrence(ctx, &dynamicsv1.CreateRecurrenceRequest{ClientId: "C-1001", UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{
				Recurrence: &dynamicsv1.Recurrence{PackageId: proto.String("P"), Price: price("1")},
			}})
		}},
		{"GET recurrences", false, func() (proto.Message, error) {
			return f.vendor.ListRecurrences(ctx, &dynamicsv1.ListRecurrencesRequest{ClientId: "C-1001"})
		}},
		{"UpdateCustomer", false, func() (proto.Message, error) {
			return f.customers.UpdateCustomer(ctx, &customerrecurrencev1.UpdateCustomerRequest{Customer: &customerrecurrencev1.Customer{
				Name: demoCustomer, DeliveryPortal: &customerrecurrencev1.DeliveryPortal{Password: secret, Url: "https://a.example"},
			}})
		}},
		{"GetCustomer", false, func() (proto.Message, error) {
			return f.customers.GetCustomer(ctx, &customerrecurrencev1.GetCustomerRequest{Name: demoCustomer})
		}},
		{"ListCustomers", false, func() (proto.Message, error) {
			return f.customers.ListCustomers(ctx, &customerrecurrencev1.ListCustomersRequest{})
		}},
		{"ListRecurrenceChanges", false, func() (proto.Message, error) {
			return f.recurrences.ListRecurrenceChanges(ctx, &customerrecurrencev1.ListRecurrenceChangesRequest{Parent: demoRecurrence})
		}},
		{"CancelCustomer", false, func() (proto.Message, error) {
			return f.customers.CancelCustomer(ctx, &customerrecurrencev1.CancelCustomerRequest{Name: demoCustomer})
		}},
		{"UndoCustomer", false, func() (proto.Message, error) {
			return f.customers.UndoCustomer(ctx, &customerrecurrencev1.UndoCustomerRequest{Name: demoCustomer})
		}},
		{"DELETE client", true, func() (proto.Message, error) {
			return f.vendorCustomers.DeleteClient(withKey(ctx, "end"), &dynamicsv1.DeleteClientRequest{ClientId: "C-1001"})
		}},
		{"ListChanges", false, func() (proto.Message, error) {
			return f.feed.ListChanges(ctx, &changesv1.ListChangesRequest{PageSize: 1000})
		}},
	} {
		got, err := answer.call()
		if err != nil {
			t.Fatalf("%s: %v", answer.name, err)
		}
		if has := strings.Contains(fmt.Sprint(got), secret); has != answer.answered {
			t.Errorf("%s: the password is in the answer: %t, want %t", answer.name, has, answer.answered)
		}
	}
	for _, resource := range f.export("default") {
		if strings.Contains(string(resource.GetValue()), secret) {
			t.Errorf("the export has the password in a %s", resource.GetTypeUrl())
		}
	}
	for _, row := range f.rows() {
		if strings.Contains(row, secret) {
			t.Errorf("a row has the password: %s", row)
		}
	}
}
