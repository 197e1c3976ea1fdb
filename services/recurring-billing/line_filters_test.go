package recurringbilling_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// before reports whether a date lies before another.
func before(one, other *date.Date) bool {
	return slices.Compare([]int32{one.GetYear(), one.GetMonth(), one.GetDay()}, []int32{other.GetYear(), other.GetMonth(), other.GetDay()}) < 0
}

func TestListLinesByFilter(t *testing.T) { onEachEngine(t, listsLinesByFilter) }

func listsLinesByFilter(t *testing.T, f *fixture) {
	cancel := cancelOf("recurringLines/2", day(2030, 1, 1))
	must(f.lines.CancelRecurringLine(t.Context(), cancel))(t)
	pause := func(line, from, until int32) {
		request := &native.PauseRecurringLineRequest{Name: lineName(line), FromDate: day(2030, 1, from), ReasonCode: "HOLIDAY - 1"}
		if until != 0 {
			request.UntilDate = day(2030, 1, until)
		}
		must(f.lines.PauseRecurringLine(t.Context(), request))(t)
	}
	pause(3, 2, 0)
	pause(4, 2, 12)
	pause(5, 2, 5)
	pause(5, 20, 0)
	pause(6, 2, 0)
	must(f.lines.ResumeRecurringLine(t.Context(), &native.ResumeRecurringLineRequest{Name: lineName(6), ResumeDate: day(2030, 1, 10)}))(t)
	pause(7, 2, 20)
	must(f.lines.ResumeRecurringLine(t.Context(), &native.ResumeRecurringLineRequest{Name: lineName(7), ResumeDate: day(2030, 1, 10)}))(t)
	must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{RecurringLine: &native.RecurringLine{
		Name: lineName(8), BillingTiming: native.BillingTiming_BILLING_TIMING_IN_ARREARS, JobCode: "J-1", BranchCode: "EAST",
	}}))(t)
	all := must(f.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{PageSize: 1000}))(t).GetRecurringLines()
	among := func(lines ...int32) func(*native.RecurringLine) bool {
		return func(l *native.RecurringLine) bool {
			return slices.ContainsFunc(lines, func(number int32) bool { return l.GetName() == lineName(number) })
		}
	}
	open := func(l *native.RecurringLine) bool {
		return l.GetEndDate() == nil || before(l.GetNextCycleDate(), l.GetEndDate())
	}
	byDate := slices.Clone(all)
	slices.SortStableFunc(byDate, func(a, b *native.RecurringLine) int {
		return strings.Compare(text(a.GetNextCycleDate()), text(b.GetNextCycleDate()))
	})
	for name, test := range map[string]struct {
		filter string
		passes func(*native.RecurringLine) bool
	}{
		"all":       {"", func(*native.RecurringLine) bool { return true }},
		"customer":  {`customer_id = 1`, func(l *native.RecurringLine) bool { return l.GetCustomerId() == 1 }},
		"bill-to":   {`bill_to = "billTos/1"`, func(l *native.RecurringLine) bool { return l.GetBillTo() == "billTos/1" }},
		"item":      {`item = "items/RMR-MON"`, func(l *native.RecurringLine) bool { return l.GetItem() == "items/RMR-MON" }},
		"master":    {`master_account = "masterAccounts/MASTER-1"`, func(l *native.RecurringLine) bool { return l.GetMasterAccount() != "" }},
		"cancelled": {`cancellation.reason_code:*`, func(l *native.RecurringLine) bool { return l.GetCancellation() != nil }},
		"open":      {`open = true`, open},
		"ended":     {`NOT open`, func(l *native.RecurringLine) bool { return !open(l) }},
		"due": {`open = true AND next_cycle_date <= "` + text(all[4].GetNextCycleDate()) + `"`, func(l *native.RecurringLine) bool {
			return open(l) && !before(all[4].GetNextCycleDate(), l.GetNextCycleDate())
		}},
		"ended, by date": {`NOT open AND next_cycle_date >= "2020-01-01"`, func(l *native.RecurringLine) bool { return !open(l) }},
		"item and customer": {`customer_id = 1 AND item = "items/RMR-MON"`, func(l *native.RecurringLine) bool {
			return l.GetCustomerId() == 1 && l.GetItem() == "items/RMR-MON"
		}},
		"in arrears":                {`billing_timing = BILLING_TIMING_IN_ARREARS`, among(8)},
		"in advance":                {`billing_timing = "BILLING_TIMING_IN_ADVANCE"`, func(l *native.RecurringLine) bool { return !among(8)(l) }},
		"job":                       {`job_code = "J-1"`, among(8)},
		"branch":                    {`branch_code:*`, among(8)},
		"paused":                    {`last_pause.from_date:*`, among(3, 4, 5, 6, 7)},
		"paused until resumed":      {`last_pause.from_date:* AND NOT last_pause.end_date:*`, among(3, 5)},
		"paused on a day":           {`last_pause.from_date <= "2030-01-11" AND (NOT last_pause.end_date:* OR last_pause.end_date > "2030-01-11")`, among(3, 4)},
		"paused, by the first day":  {`last_pause.from_date = "2030-01-20"`, among(5)},
		"resumed, or to be resumed": {`last_pause.end_date = "2030-01-10"`, among(6, 7)},
		"nobody":                    {`customer_id = 4711`, func(*native.RecurringLine) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			var want, got []string
			expected := all
			if name == "due" {
				expected = byDate
			}
			for _, line := range expected {
				if test.passes(line) {
					want = append(want, line.GetName())
				}
			}
			request := &native.ListRecurringLinesRequest{Filter: test.filter, PageSize: 2}
			for more := true; more; more = request.GetPageToken() != "" {
				page := must(f.lines.ListRecurringLines(t.Context(), request))(t)
				for _, line := range page.GetRecurringLines() {
					got = append(got, line.GetName())
				}
				request.PageToken = page.GetNextPageToken()
			}
			if !slices.Equal(got, want) {
				t.Errorf("listed %v, want %v", got, want)
			}
		})
	}
	for _, filter := range []string{`bill_to = "7"`, `item = "RMR"`, `nothing = 1`, `state = "STATE_OPEN"`} {
		_, err := f.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{Filter: filter})
		wantFaults(t, err, "filter INVALID_FILTER")
	}
	_, err := f.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{OrderBy: "memo"})
	wantFaults(t, err, "order_by INVALID_ORDER")
}

// text formats a date as filters do.
func text(f *date.Date) string {
	return fmt.Sprintf("%04d-%02d-%02d", f.GetYear(), f.GetMonth(), f.GetDay())
}

func TestListLinesByOrder(t *testing.T) {
	f := open(t, true)
	want := must(f.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{}))(t).GetRecurringLines()
	slices.Reverse(want)
	slices.SortStableFunc(want, func(a, b *native.RecurringLine) int { return int(b.GetCustomerId() - a.GetCustomerId()) })
	request := &native.ListRecurringLinesRequest{OrderBy: "customer_id desc, name desc", PageSize: 3}
	var got []*native.RecurringLine
	for more := true; more; more = request.GetPageToken() != "" {
		page := must(f.lines.ListRecurringLines(t.Context(), request))(t)
		got, request.PageToken = append(got, page.GetRecurringLines()...), page.GetNextPageToken()
	}
	if diff := gocmp.Diff(want, got, protocmp.Transform()); diff != "" || len(got) != 20 {
		t.Errorf("%d lines (-want +got):\n%s", len(got), diff)
	}
	request.OrderBy, request.PageToken = "", must(f.lines.ListRecurringLines(t.Context(), request))(t).GetNextPageToken()
	_, err := f.lines.ListRecurringLines(t.Context(), request)
	wantFaults(t, err, "page_token INVALID_PAGE_TOKEN")
}
