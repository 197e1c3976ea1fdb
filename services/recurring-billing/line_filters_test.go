package recurringbilling_test

import (
	"slices"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// before reports whether a date lies before another.
func before(one, other *date.Date) bool {
	return slices.Compare([]int32{one.GetYear(), one.GetMonth(), one.GetDay()}, []int32{other.GetYear(), other.GetMonth(), other.GetDay()}) < 0
}

func TestLinesAreListedByFilter(t *testing.T) {
	d := open(t, true)
	cancel := cancelOf("recurringLines/2", day(2030, 1, 1))
	must(d.lines.CancelRecurringLine(t.Context(), cancel))(t)
	all := must(d.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{PageSize: 1000}))(t).GetRecurringLines()
	open := func(l *native.RecurringLine) bool {
		return l.GetEndDate() == nil || before(l.GetNextCycleDate(), l.GetEndDate())
	}
	for name, test := range map[string]struct {
		filter *native.ListRecurringLinesRequest
		passes func(*native.RecurringLine) bool
	}{
		"all":       {&native.ListRecurringLinesRequest{}, func(*native.RecurringLine) bool { return true }},
		"customer":  {&native.ListRecurringLinesRequest{CustomerId: 1}, func(l *native.RecurringLine) bool { return l.GetCustomerId() == 1 }},
		"bill-to":   {&native.ListRecurringLinesRequest{BillTo: "billTos/1"}, func(l *native.RecurringLine) bool { return l.GetBillTo() == "billTos/1" }},
		"item":      {&native.ListRecurringLinesRequest{Item: "items/RMR-MON"}, func(l *native.RecurringLine) bool { return l.GetItem() == "items/RMR-MON" }},
		"master":    {&native.ListRecurringLinesRequest{MasterAccount: "masterAccounts/MASTER-1"}, func(l *native.RecurringLine) bool { return l.GetMasterAccount() != "" }},
		"cancelled": {&native.ListRecurringLinesRequest{State: native.ListRecurringLinesRequest_STATE_CANCELLED}, func(l *native.RecurringLine) bool { return l.GetCancellation() != nil }},
		"open":      {&native.ListRecurringLinesRequest{State: native.ListRecurringLinesRequest_STATE_OPEN}, open},
		"ended":     {&native.ListRecurringLinesRequest{State: native.ListRecurringLinesRequest_STATE_ENDED}, func(l *native.RecurringLine) bool { return !open(l) }},
		"due": {&native.ListRecurringLinesRequest{DueAsOfDate: all[4].GetNextCycleDate()}, func(l *native.RecurringLine) bool {
			return open(l) && !before(all[4].GetNextCycleDate(), l.GetNextCycleDate())
		}},
		"item and customer": {&native.ListRecurringLinesRequest{CustomerId: 1, Item: "items/RMR-MON"}, func(l *native.RecurringLine) bool {
			return l.GetCustomerId() == 1 && l.GetItem() == "items/RMR-MON"
		}},
		"nobody": {&native.ListRecurringLinesRequest{CustomerId: 4711}, func(*native.RecurringLine) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			var want, got []string
			for _, line := range all {
				if test.passes(line) {
					want = append(want, line.GetName())
				}
			}
			test.filter.PageSize = 2
			for more := true; more; more = test.filter.GetPageToken() != "" {
				page := must(d.lines.ListRecurringLines(t.Context(), test.filter))(t)
				for _, line := range page.GetRecurringLines() {
					got = append(got, line.GetName())
				}
				test.filter.PageToken = page.GetNextPageToken()
			}
			if !slices.Equal(got, want) {
				t.Errorf("listed %v, want %v", got, want)
			}
		})
	}
	_, err := d.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{BillTo: "7", Item: "RMR"})
	refused(t, err, "bill_to INVALID_VALUE", "item INVALID_VALUE")
}
