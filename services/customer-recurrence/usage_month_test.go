package customerrecurrence_test

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

// dearer changes the recurrence to a package with other limits, another price and the policies the other way round.
func (f *fixture) dearer() {
	f.t.Helper()
	_, err := f.packages.CreatePackage(f.t.Context(), &customerrecurrencev1.CreatePackageRequest{
		PackageId: "DEARER", Package: &customerrecurrencev1.Package{Versions: []*customerrecurrencev1.PackageVersion{{
			Prices: []*customerrecurrencev1.CyclePrice{{Price: amount("100", "MXN")}},
			IncludedServices: []*customerrecurrencev1.IncludedService{
				{ServiceId: "charged", TransactionLimit: 2, Overage: customerrecurrencev1.OveragePolicy_OVERAGE_POLICY_REFUSED},
				{
					ServiceId: "refused", TransactionLimit: 3, Overage: customerrecurrencev1.OveragePolicy_OVERAGE_POLICY_CHARGED,
					OveragePrices: []*money.Money{amount("7", "MXN")},
				},
			},
		}}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: metered, Recurrence: &customerrecurrencev1.Recurrence{
		PackageId: "DEARER", Services: []*customerrecurrencev1.ContractedService{{ServiceId: "charged", TransactionLimit: 2}, {ServiceId: "refused", TransactionLimit: 3}},
	}}); err != nil {
		f.t.Fatal(err)
	}
}

// A month that is over keeps its limits and prices when the recurrence changes to another package, also for events that come late.
func TestMonthThatIsOverKeepsItsPackage(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.meter()
		f.record(2, 0, 0, nil, consumed("1", "charged", 12), consumed("2", "refused", 4))
		f.clock.Advance(31 * 24 * time.Hour)
		f.dearer()
		f.expectUsage(metered, 3, "charged 12/10 0 2 2.470000000", "refused 4/5 1 0")
		late, tooMuch := consumed("3", "charged", 1), consumed("4", "refused", 2)
		late.EventTime, tooMuch.EventTime = timestamppb.New(start), timestamppb.New(start)
		f.record(3, 0, 0, []string{"1 USAGE_LIMIT_REACHED", "3 USAGE_LIMIT_REACHED"}, late, tooMuch, consumed("5", "refused", 5), consumed("6", "charged", 3), consumed("7", "charged", 1))
		f.expectUsage(metered, 3, "charged 13/10 0 3 3.710000000", "refused 4/5 1 0")
		f.expectUsage(metered, 4, "charged 1/2 1 0", "refused 5/3 0 2 14.000000000")
		f.importInto("copy", f.export("default"))
		copied, err := f.usage.SummarizeUsage(asTenant(t.Context(), "copy"), &customerrecurrencev1.SummarizeUsageRequest{Name: metered, Date: day(2026, 3, 28)})
		if err != nil || copied.GetServices()[0].GetOverageAmount().GetUnits() != 3 {
			t.Errorf("after an import: got %v, error %v", copied, err)
		}
	})
}
