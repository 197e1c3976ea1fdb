package customerrecurrence_test

import (
	"errors"
	"io"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
)

// export returns everything that a tenant has.
func (f *fixture) export(tenant string) (resources []*anypb.Any) {
	f.t.Helper()
	stream, err := transferv1.NewTransferServiceClient(f.connection).ExportResources(asTenant(f.t.Context(), tenant), &transferv1.ExportResourcesRequest{})
	for err == nil {
		var response *transferv1.ExportResourcesResponse
		response, err = stream.Recv()
		resources = append(resources, response.GetResources()...)
	}
	if !errors.Is(err, io.EOF) {
		f.t.Fatal(err)
	}
	return resources
}

// importAll imports resources into the default tenant.
func (f *fixture) importAll(t *testing.T, resources ...proto.Message) {
	t.Helper()
	packed := make([]*anypb.Any, len(resources))
	for i, resource := range resources {
		var err error
		if packed[i], err = anypb.New(resource); err != nil {
			t.Fatal(err)
		}
	}
	f.importInto("default", packed)
}

// importInto imports resources into a tenant.
func (f *fixture) importInto(tenant string, resources []*anypb.Any) {
	f.t.Helper()
	if response := f.tryImport(tenant, resources); len(response.GetRejections()) > 0 {
		f.t.Fatalf("importing: got %v", response)
	}
}

// tryImport imports resources into a tenant, of which some may be rejected.
func (f *fixture) tryImport(tenant string, resources []*anypb.Any) *transferv1.ImportResourcesResponse {
	f.t.Helper()
	request := &transferv1.ImportResourcesRequest{}
	for i, resource := range resources {
		request.Rows = append(request.Rows, &transferv1.Row{Line: int64(i + 1), Resource: resource})
	}
	stream, err := transferv1.NewTransferServiceClient(f.connection).ImportResources(asTenant(f.t.Context(), tenant))
	if err != nil {
		f.t.Fatal(err)
	}
	if err := stream.Send(request); err != nil {
		f.t.Fatal(err)
	}
	response, err := stream.Recv()
	if err != nil {
		f.t.Fatal(err)
	}
	return response
}

// Customers that are merged into one another, directly or through others, would stand for nobody.
func TestImportRefusesCustomersMergedIntoOneAnother(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	var merged []*anypb.Any
	for _, pair := range [][2]string{{"a", "b"}, {"b", "c"}, {"c", "a"}, {"d", "a"}} {
		customer := smallCustomer()
		customer.Name, customer.MergedInto = "customers/"+pair[0], "customers/"+pair[1]
		customer.State = customerrecurrencev1.CustomerState_CUSTOMER_STATE_MERGED
		packed, err := anypb.New(customer)
		if err != nil {
			t.Fatal(err)
		}
		merged = append(merged, packed)
	}
	response := f.tryImport("default", merged)
	if len(response.GetRejections()) != 1 || response.GetRejections()[0].GetLine() != 3 || response.GetCreated() != 3 {
		t.Errorf("got %v, want that only the third is refused", response)
	}
}

// What is inactive is imported with what refers to it.
func TestExportAndImportKeepInactive(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.history()
		_, err1 := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: &customerrecurrencev1.Customer{Name: demoCustomer, Inactive: true}})
		_, err2 := f.packages.UpdatePackage(t.Context(), &customerrecurrencev1.UpdatePackageRequest{Package: &customerrecurrencev1.Package{Name: "packages/PKG-BASIC", Inactive: true}})
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		request := &transferv1.ImportResourcesRequest{}
		for i, resource := range f.export("default") {
			request.Rows = append(request.Rows, &transferv1.Row{Line: int64(i + 1), Resource: resource})
		}
		stream, err := transferv1.NewTransferServiceClient(f.connection).ImportResources(asTenant(t.Context(), "other"))
		if err != nil {
			t.Fatal(err)
		}
		for _, created := range []int64{int64(len(request.GetRows())), 0} {
			if err := stream.Send(request); err != nil {
				t.Fatal(err)
			}
			response, err := stream.Recv()
			if err != nil || response.GetCreated() != created || len(response.GetRejections()) > 0 {
				t.Fatalf("got %v, error %v, want %d created", response, err, created)
			}
		}
		customer, err1 := f.customers.GetCustomer(asTenant(t.Context(), "other"), &customerrecurrencev1.GetCustomerRequest{Name: demoCustomer})
		pack, err2 := f.packages.GetPackage(asTenant(t.Context(), "other"), &customerrecurrencev1.GetPackageRequest{Name: "packages/PKG-BASIC"})
		if err1 != nil || err2 != nil || !customer.GetInactive() || !pack.GetInactive() {
			t.Errorf("got %v and %v, errors %v, %v", customer, pack, err1, err2)
		}
	})
}

// history gives the tenant something of everything that has a history.
func (f *fixture) history() {
	f.t.Helper()
	f.offer()
	name := f.paid("H", [3]int32{2026, 5, 1})
	_, err1 := f.settings.UpdateRecurrenceSettings(f.t.Context(), &customerrecurrencev1.UpdateRecurrenceSettingsRequest{
		RecurrenceSettings: &customerrecurrencev1.RecurrenceSettings{TimeZone: "America/Mexico_City", Proration: customerrecurrencev1.Proration_PRORATION_BY_PERIOD},
	})
	_, err2 := f.catalogue.CreateService(f.t.Context(), &customerrecurrencev1.CreateServiceRequest{Service: &customerrecurrencev1.Service{
		DisplayName: "Timbrado", Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, "1.50", "MXN")},
	}})
	_, err3 := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: &customerrecurrencev1.Recurrence{Price: amount("99.90", "MXN")}, Note: "now"})
	_, err4 := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{
		Name: name, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "Q", Price: amount("10", "MXN"), Cycle: 4}, Timing: periodEnd,
	})
	_, err5 := f.take("pause", name)
	_, err6 := f.take("cancel at the end", f.contract("G", false))
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		f.t.Fatal(err)
	}
}
