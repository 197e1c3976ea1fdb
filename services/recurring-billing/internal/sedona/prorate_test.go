package sedona

import (
	"testing"

	googledecimal "google.golang.org/genproto/googleapis/type/decimal"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// A proration without a cycle takes its amount for that of the line as it is then, and changes no cycle: another caller may have
// changed it just before.
func TestProrationWithoutCycleFollowsLine(t *testing.T) {
	body := &pb.CustomerRecurringProrate{CycleAmount: &googledecimal.Decimal{Value: "168"}, EffectiveDate: new("02/14/2026")}
	for cycle, want := range map[line.BillCycle]string{line.Monthly: "168.00", line.Quarterly: "56.00", line.SemiAnnual: "28.00", line.Annual: "14.00"} {
		l := line.Line{BillCycle: cycle, Rates: []line.Rate{{MonthlyAmount: money.Amount{Currency: "USD"}}}}
		change, err := readProration(l, body)
		if err != nil || change.BillCycle != "" || change.MonthlyAmount.Value.String() != want {
			t.Errorf("a line billed %s: %s a month, cycle %q, %v; want %s", cycle, change.MonthlyAmount.Value, change.BillCycle, err, want)
		}
	}
}
