package customerrecurrence_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

func included(id string, limit int32, enforced bool) *customerrecurrencev1.IncludedService {
	return &customerrecurrencev1.IncludedService{ServiceId: id, TransactionLimit: limit, LimitEnforced: enforced}
}

func cyclePrice(cycle customerrecurrencev1.RecurrenceCycle, value, currency string) *customerrecurrencev1.CyclePrice {
	return &customerrecurrencev1.CyclePrice{Cycle: cycle, Price: amount(value, currency)}
}

// offer makes packages SMALL, whose second version counts from March 2, and BIG, which alone may follow it.
func (f *fixture) offer() {
	f.t.Helper()
	for _, pack := range []*customerrecurrencev1.Package{
		{
			Name: "SMALL", NextPackageIds: []string{"BIG"}, Versions: []*customerrecurrencev1.PackageVersion{
				{Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, "100", "MXN")}, IncludedServices: []*customerrecurrencev1.IncludedService{included("S", 10, true)}},
				{
					ValidFromDate: day(2026, 3, 2), IncludedServices: []*customerrecurrencev1.IncludedService{included("S", 20, true), included("T", 1, false)},
					Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, "120", "MXN"), cyclePrice(4, "1200", "MXN"), cyclePrice(4, "70", "USD")},
				},
			},
		},
		{Name: "BIG", Versions: []*customerrecurrencev1.PackageVersion{{Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, "300", "MXN")}}}},
	} {
		id := pack.GetName()
		pack.Name = ""
		if _, err := f.packages.CreatePackage(f.t.Context(), &customerrecurrencev1.CreatePackageRequest{Package: pack, PackageId: id}); err != nil {
			f.t.Fatal(err)
		}
	}
}

// TestRecurrencesTakeWhatTheCatalogueOffers contracts packages without a price and without services.
func TestRecurrencesTakeWhatTheCatalogueOffers(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	f.offer()
	for id, price := range map[string]string{"S": "1.50", "T": "2"} {
		if _, err := f.catalogue.CreateService(t.Context(), &customerrecurrencev1.CreateServiceRequest{
			ServiceId: id, Service: &customerrecurrencev1.Service{DisplayName: id, Unit: "CFDI", Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, price, "MXN")}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	contract := func(r *customerrecurrencev1.Recurrence) (*customerrecurrencev1.Recurrence, error) {
		return f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{Parent: demoCustomer, Recurrence: r})
	}
	free := []*customerrecurrencev1.ContractedService{{ServiceId: "S"}, {ServiceId: "T", TransactionLimit: 3}}
	for name, c := range map[string]struct {
		want     *customerrecurrencev1.Recurrence
		price    string
		currency string
		services int
	}{
		"first version":      {&customerrecurrencev1.Recurrence{PackageId: "SMALL"}, "100", "MXN", 1},
		"sum of services":    {&customerrecurrencev1.Recurrence{PackageId: "FREE", Services: free}, "3.50", "MXN", 2},
		"a price of its own": {&customerrecurrencev1.Recurrence{PackageId: "SMALL", Price: amount("1", "USD")}, "1", "USD", 1},
	} {
		got, err := contract(c.want)
		if err != nil || !proto.Equal(got.GetPrice(), amount(c.price, c.currency)) || len(got.GetServices()) != c.services {
			t.Errorf("%s: got %v, error %v", name, got, err)
		}
	}
	for name, r := range map[string]*customerrecurrencev1.Recurrence{
		"no such package":  {PackageId: "NONE"},
		"no such cycle":    {PackageId: "SMALL", Cycle: 2},
		"two currencies":   {PackageId: "SMALL", Cycle: 4, StartDate: day(2026, 3, 2)},
		"unpriced service": {PackageId: "FREE", Services: []*customerrecurrencev1.ContractedService{{ServiceId: "S"}, {ServiceId: "U"}}},
	} {
		if _, err := contract(r); violatedFields(err) == nil || violatedFields(err)[0] != "recurrence.price" {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

// Another cycle comes at the catalogue's price for it, of the day and in the currency of the recurrence, and leaves the services. What has
// no price for it is refused without one: what was agreed for a month is no price of a year. Back to the former cycle is back to
// the former price, also one that was agreed.
func TestAnotherCycleComesAtItsOwnPrice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.offer()
		contract := func(id string, r *customerrecurrencev1.Recurrence) string {
			t.Helper()
			made, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{Parent: demoCustomer, RecurrenceId: id, Recurrence: r})
			if err != nil {
				t.Fatal(err)
			}
			return made.GetName()
		}
		cycle := func(cycle customerrecurrencev1.RecurrenceCycle) *customerrecurrencev1.Recurrence {
			return &customerrecurrencev1.Recurrence{Cycle: cycle}
		}
		mine := []*customerrecurrencev1.ContractedService{{ServiceId: "S", TransactionLimit: 20}, {ServiceId: "own"}}
		// From March 2 on SMALL has a price of a year, 1200 MXN or 70 USD, for one of a month, 120 MXN.
		f.clock.Set(time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC))
		agreed := contract("agreed", &customerrecurrencev1.Recurrence{PackageId: "SMALL", Price: amount("99", "MXN"), Services: mine})
		quote := f.quote(agreed, now, cycle(4))
		if got := quote.GetChange(); !proto.Equal(got.GetNewPrice(), amount("1200", "MXN")) || got.GetDirection() != customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_UPGRADE ||
			got.GetPriceDifference() != nil || len(got.GetAddedServices())+len(got.GetRemovedServices())+len(got.GetChangedServices()) > 0 {
			t.Errorf("got %v", got)
		}
		expect := func(what, name, price string, request *customerrecurrencev1.ChangeRecurrenceRequest) {
			t.Helper()
			request.Name = name
			changed, err := f.change(request)
			if err != nil {
				t.Errorf("%s: %v", what, err)
				return
			}
			expectMoney(t, what, price, changed.GetRecurrence().GetPrice())
		}
		expect("as quoted", agreed, "1200", &customerrecurrencev1.ChangeRecurrenceRequest{Quote: quote.GetQuote()})
		expect("back", agreed, "99", &customerrecurrencev1.ChangeRecurrenceRequest{Recurrence: cycle(1)})
		expect("a mask without the price", agreed, "1200", &customerrecurrencev1.ChangeRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Cycle: 4, Price: amount("1", "MXN")}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"cycle"}},
		})
		expect("a name between", agreed, "1200", &customerrecurrencev1.ChangeRecurrenceRequest{Recurrence: &customerrecurrencev1.Recurrence{DisplayName: "n"}})
		expect("back, but not the last", agreed, "120", &customerrecurrencev1.ChangeRecurrenceRequest{Recurrence: cycle(1)})
		expect("with a price", agreed, "1", &customerrecurrencev1.ChangeRecurrenceRequest{Recurrence: &customerrecurrencev1.Recurrence{Cycle: 2, Price: amount("1", "MXN")}})

		free := contract("free", &customerrecurrencev1.Recurrence{PackageId: "NONE", Price: amount("99", "MXN")})
		refuse := func(what, name string, to *customerrecurrencev1.Recurrence) {
			t.Helper()
			f.expectRejected(codes.InvalidArgument, []string{"recurrence.price"}, func() error {
				_, err := f.changing.QuoteRecurrence(t.Context(), &customerrecurrencev1.QuoteRecurrenceRequest{Name: name, Recurrence: to})
				if err != nil && !strings.Contains(err.Error(), what) {
					t.Errorf("%v does not name %s", err, what)
				}
				return err
			})
		}
		refuse("SEMIANNUAL in MXN", agreed, cycle(3))
		refuse(`"BIG" for the cycle ANNUAL in MXN`, agreed, &customerrecurrencev1.Recurrence{PackageId: "BIG", Cycle: 4})
		refuse(`"NONE" for the cycle ANNUAL in MXN`, free, cycle(4))
		dollars := contract("dollars", &customerrecurrencev1.Recurrence{PackageId: "SMALL", Price: amount("9", "USD")})
		refuse(`"BIG" for the cycle MONTHLY in USD`, dollars, &customerrecurrencev1.Recurrence{PackageId: "BIG"})
		expect("free with a price", free, "999", &customerrecurrencev1.ChangeRecurrenceRequest{Recurrence: &customerrecurrencev1.Recurrence{Cycle: 4, Price: amount("999", "MXN")}})
		expect("free and back", free, "99", &customerrecurrencev1.ChangeRecurrenceRequest{Recurrence: cycle(1)})

		// A change at the end of the period is at the price of that day.
		later := contract("later", &customerrecurrencev1.Recurrence{PackageId: "SMALL", StartDate: day(2026, 3, 1), PaidUntilDate: day(2026, 4, 1)})
		f.clock.Set(time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC))
		if got := f.quote(later, periodEnd, cycle(4)).GetChange().GetNewPrice(); !proto.Equal(got, amount("1200", "MXN")) {
			t.Errorf("at the period's end: got %v", got)
		}
		refuse("ANNUAL in MXN on 2026-03-01", later, cycle(4))
	})
}

// TestLimitsAndNextPackages changes recurrences against what their package enforces.
func TestLimitsAndNextPackages(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	f.offer()
	made, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
		Parent: demoCustomer, RecurrenceId: "L", Recurrence: &customerrecurrencev1.Recurrence{PackageId: "SMALL"},
	})
	if err != nil {
		t.Fatal(err)
	}
	name := made.GetName()
	f.expectRejected(codes.InvalidArgument, []string{"recurrence.services[0].transaction_limit"}, func() error {
		_, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: name, Services: []*customerrecurrencev1.ContractedService{{ServiceId: "S", TransactionLimit: 11}}},
		})
		return err
	})
	f.expectRejected(codes.InvalidArgument, []string{"upgrade_downgrade.recurrence.package_id"}, func() error {
		_, err := f.put(t.Context(), "C-1001", "L", &dynamicsv1.Recurrence{PackageId: proto.String("PKG-PRO")})
		return err
	})
	changed, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: name, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "BIG"}})
	if err != nil || !proto.Equal(changed.GetRecurrence().GetPrice(), amount("300", "MXN")) || len(changed.GetRecurrence().GetServices()) != 1 {
		t.Errorf("got %v, error %v", changed, err)
	}
}

func TestBadOffersAreRefused(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	for field, pack := range map[string]*customerrecurrencev1.Package{
		"package.versions[1].valid_from_date":                 {Versions: []*customerrecurrencev1.PackageVersion{{}, {}}},
		"package.versions[0].prices[1].price":                 {Versions: []*customerrecurrencev1.PackageVersion{{Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, "1", "MXN"), cyclePrice(0, "2", "MXN")}}}},
		"package.versions[0].included_services[1].service_id": {Versions: []*customerrecurrencev1.PackageVersion{{IncludedServices: []*customerrecurrencev1.IncludedService{included("S", 1, false), included("S", 2, false)}}}},
	} {
		f.expectRejected(codes.InvalidArgument, []string{field}, func() error {
			_, err := f.packages.CreatePackage(t.Context(), &customerrecurrencev1.CreatePackageRequest{Package: pack})
			return err
		})
	}
	made, err := f.catalogue.CreateService(t.Context(), &customerrecurrencev1.CreateServiceRequest{Service: &customerrecurrencev1.Service{DisplayName: "x"}, ServiceId: "X"})
	if err != nil {
		t.Fatal(err)
	}
	f.expectRejected(codes.InvalidArgument, []string{"service.prices[0].price"}, func() error {
		_, err := f.catalogue.UpdateService(t.Context(), &customerrecurrencev1.UpdateServiceRequest{
			Service:    &customerrecurrencev1.Service{Name: made.GetName(), Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, "-1", "MXN")}},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"prices"}},
		})
		return err
	})
	list, err := f.catalogue.ListServices(t.Context(), &customerrecurrencev1.ListServicesRequest{Filter: `display_name = "x"`})
	if err != nil || len(list.GetServices()) != 1 {
		t.Errorf("got %v, error %v", list, err)
	}
	if _, err := f.catalogue.DeleteService(t.Context(), &customerrecurrencev1.DeleteServiceRequest{Name: made.GetName()}); err != nil {
		t.Error(err)
	}
}
