package customerrecurrence_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

func soldVersion(from [3]int32, prices ...*customerrecurrencev1.CyclePrice) *customerrecurrencev1.ServiceVersion {
	version := &customerrecurrencev1.ServiceVersion{Prices: prices}
	if from != [3]int32{} {
		version.ValidFromDate = day(from[0], from[1], from[2])
	}
	return version
}

// What a service costs follows its versions by the day, by the tenant's time zone, and an export brings them along.
func TestServicesCostWhatTheirVersionOfTheDaySays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wanted := &customerrecurrencev1.Service{
			DisplayName: "Timbrado", Prices: []*customerrecurrencev1.CyclePrice{cyclePrice(1, "1", "MXN")},
			Versions: []*customerrecurrencev1.ServiceVersion{
				soldVersion([3]int32{2026, 3, 2}, cyclePrice(1, "2", "MXN"), cyclePrice(4, "20", "MXN")), soldVersion([3]int32{2026, 3, 3}), soldVersion([3]int32{2026, 3, 4}, cyclePrice(1, "3", "USD")),
			},
		}
		made, err := f.catalogue.CreateService(t.Context(), &customerrecurrencev1.CreateServiceRequest{ServiceId: "S", Service: wanted})
		if err != nil || len(made.GetVersions()) != 3 || !proto.Equal(made.GetVersions()[0], wanted.GetVersions()[0]) {
			t.Fatalf("got %v, error %v", made, err)
		}
		contract := func() (*customerrecurrencev1.Recurrence, error) {
			return f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
				Parent: demoCustomer, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "FREE", Services: []*customerrecurrencev1.ContractedService{{ServiceId: "S"}}},
			})
		}
		for i, want := range []string{"1", "2", "", "3"} { // from March 1 on
			if i > 0 {
				f.clock.Advance(24 * time.Hour)
			}
			got, err := contract()
			switch {
			case want == "" && (len(violatedFields(err)) != 1 || violatedFields(err)[0] != "recurrence.price"):
				t.Errorf("on March %d: got %v, error %v", i+1, got, err)
			case want != "" && (err != nil || got.GetPrice().GetUnits() != int64(want[0]-'0')):
				t.Errorf("on March %d: got %v, error %v, want %s", i+1, got, err, want)
			}
		}
		f.importInto("copy", f.export("default"))
		copied, err := f.catalogue.GetService(asTenant(t.Context(), "copy"), &customerrecurrencev1.GetServiceRequest{Name: "services/S"})
		if err != nil || len(copied.GetVersions()) != 3 || !proto.Equal(copied.GetVersions()[2], wanted.GetVersions()[2]) {
			t.Errorf("got %v, error %v", copied, err)
		}
		corrected, err := f.catalogue.UpdateService(t.Context(), &customerrecurrencev1.UpdateServiceRequest{
			Service: &customerrecurrencev1.Service{Name: "services/S", Versions: []*customerrecurrencev1.ServiceVersion{soldVersion([3]int32{2026, 3, 4}, cyclePrice(1, "4", "MXN"))}},
		})
		if err != nil || len(corrected.GetVersions()) != 1 || len(corrected.GetPrices()) != 1 {
			t.Fatalf("got %v, error %v", corrected, err)
		}
		if got, err := contract(); err != nil || got.GetPrice().GetUnits() != 4 {
			t.Errorf("got %v, error %v", got, err)
		}
	})
}

func TestBadVersionsOfServicesAreRefused(t *testing.T) {
	f := startFixture(t, sqliteURL(t))
	price := cyclePrice(1, "1", "MXN")
	for field, wanted := range map[string]*customerrecurrencev1.Service{
		"service.versions[1].valid_from_date": {Versions: []*customerrecurrencev1.ServiceVersion{soldVersion([3]int32{2026, 1, 2}), soldVersion([3]int32{2026, 1, 2})}},
		"service.versions[0].valid_from_date": {Prices: []*customerrecurrencev1.CyclePrice{price}, Versions: []*customerrecurrencev1.ServiceVersion{soldVersion([3]int32{}, price)}},
		"service.versions[0].prices[1].price": {Versions: []*customerrecurrencev1.ServiceVersion{soldVersion([3]int32{}, price, price)}},
		"service.versions":                    {Versions: make([]*customerrecurrencev1.ServiceVersion, 101)},
	} {
		for i, version := range wanted.GetVersions() {
			if version == nil {
				wanted.Versions[i] = soldVersion([3]int32{2026, 1, int32(i + 1)})
			}
		}
		f.expectRejected(codes.InvalidArgument, []string{field}, func() error {
			_, err := f.catalogue.CreateService(t.Context(), &customerrecurrencev1.CreateServiceRequest{Service: wanted})
			return err
		})
	}
	if _, err := f.catalogue.CreateService(t.Context(), &customerrecurrencev1.CreateServiceRequest{
		Service: &customerrecurrencev1.Service{Versions: []*customerrecurrencev1.ServiceVersion{soldVersion([3]int32{}, price), soldVersion([3]int32{2026, 1, 1})}},
	}); err != nil {
		t.Error(err)
	}
}
