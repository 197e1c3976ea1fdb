package customerrecurrence_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

// entered creates services and packages, each package as it is given by its id.
func (f *fixture) entered(services []string, packages map[string]*customerrecurrencev1.Package) {
	f.t.Helper()
	for _, id := range services {
		if _, err := f.catalogue.CreateService(f.t.Context(), &customerrecurrencev1.CreateServiceRequest{ServiceId: id, Service: &customerrecurrencev1.Service{DisplayName: id}}); err != nil {
			f.t.Fatal(err)
		}
	}
	for id, pack := range packages {
		if _, err := f.packages.CreatePackage(f.t.Context(), &customerrecurrencev1.CreatePackageRequest{PackageId: id, Package: pack}); err != nil {
			f.t.Fatal(err)
		}
	}
}

// deleteNamed deletes a service or a package by its name.
func (f *fixture) deleteNamed(name string) (err error) {
	if strings.HasPrefix(name, "services/") {
		_, err = f.catalogue.DeleteService(f.t.Context(), &customerrecurrencev1.DeleteServiceRequest{Name: name})
	} else {
		_, err = f.packages.DeletePackage(f.t.Context(), &customerrecurrencev1.DeletePackageRequest{Name: name})
	}
	return err
}

// What something names is kept: it can be made inactive. What only looks alike is in nobody's way.
func TestServicesAndPackagesInUseAreKept(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.entered([]string{"held", `quo"ted<&>`, "CONSUMED", "consumed", "planned", "listed", "included", "free", "hel", "held2"}, map[string]*customerrecurrencev1.Package{
			"ROOT":   {NextPackageIds: []string{"NEXT", "ROOT"}, ServiceIds: []string{"listed"}},
			"NEXT":   {},
			"COMING": {}, "METER": {}, "FREE": {NextPackageIds: []string{"FREE"}},
			"OFFER": {Versions: []*customerrecurrencev1.PackageVersion{{}, {ValidFromDate: day(2026, 3, 2), IncludedServices: []*customerrecurrencev1.IncludedService{included("included", 1, false)}}}},
		})
		metered := f.contract("metered", false)
		for _, to := range []*customerrecurrencev1.Recurrence{
			{Name: metered, PackageId: "METER", Services: []*customerrecurrencev1.ContractedService{{ServiceId: "consumed", TransactionLimit: 5}}},
			{Name: f.contract("holds", false), Services: []*customerrecurrencev1.ContractedService{{ServiceId: "held", Value: `"service_id":"free"`}, {ServiceId: `quo"ted<&>`, Value: `{"service_id":"hel"}`}}},
		} {
			if _, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{Recurrence: to}); err != nil {
				t.Fatal(err)
			}
		}
		f.record(1, 0, 0, nil, &customerrecurrencev1.UsageEvent{EventId: "1", Recurrence: metered, ServiceId: "consumed", Quantity: 1})
		if _, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: metered, PackageId: "OTHER", Services: []*customerrecurrencev1.ContractedService{{ServiceId: "else"}}},
		}); err != nil {
			t.Fatal(err)
		}
		scheduled, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{
			Name: f.paid("later", [3]int32{2026, 4, 1}), Timing: customerrecurrencev1.ChangeTiming_CHANGE_TIMING_PERIOD_END,
			Recurrence: &customerrecurrencev1.Recurrence{PackageId: "COMING", Services: []*customerrecurrencev1.ContractedService{{ServiceId: "planned"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, referrers := range map[string]string{
			"services/held": "recurrences: 1", `services/quo"ted<&>`: "recurrences: 1", "services/consumed": "usage totals: 1", "services/planned": "scheduled changes: 1",
			"services/listed": "packages: 1", "services/included": "packages: 1",
			"packages/METER": "usage totals: 1", "packages/COMING": "scheduled changes: 1", "packages/NEXT": "packages: 1", "packages/PKG-BASIC": "recurrences: ",
		} {
			f.expectRejected(codes.FailedPrecondition, nil, func() error { return f.deleteNamed(name) })
			if err := f.deleteNamed(name); reason(err) != "IN_USE" || !strings.Contains(status.Convert(err).Message(), referrers) {
				t.Errorf("%s: got %v, want %s", name, err, referrers)
			}
		}
		if _, err := f.changing.WithdrawScheduledChange(t.Context(), &customerrecurrencev1.WithdrawScheduledChangeRequest{Name: scheduled.GetScheduledChange().GetName()}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{
			"services/free", "services/hel", "services/held2", "services/CONSUMED", "packages/FREE", "services/planned", "packages/COMING",
			"packages/ROOT", "packages/NEXT", "services/listed", "packages/OFFER", "services/included",
		} {
			if err := f.deleteNamed(name); err != nil {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}
