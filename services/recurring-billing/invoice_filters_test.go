package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// Filters of invoices.
const (
	onlyDrafts = "state = STATE_DRAFT"
	onlyVoid   = "state = STATE_VOID"
	ofNobody   = "customer_id = 77"
)

func ofRun(name string) string { return fmt.Sprintf("cycle_run = %q", name) }

// ofBillTo returns a filter for the invoices of a bill-to, or an empty filter.
func ofBillTo(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("bill_to = %q", name)
}

// A filter that names the state includes drafts, which come after the numbered invoices.
func TestListDraftsRequiresState(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 31)})
		_, drafts := f.drafts(t)
		numbered := f.allInvoices(t, &native.ListInvoicesRequest{})
		everything := append(slices.Clone(numbered), drafts...)
		backwards := slices.Clone(everything)
		slices.Reverse(backwards)
		for _, test := range []struct {
			filter, order string
			want          []*native.Invoice
		}{
			{"", "", numbered},
			{"state != STATE_VOID", "", everything},
			{"state = STATE_DRAFT OR state = STATE_FINALIZED", "", everything},
			{"state != STATE_DRAFT", "", numbered},
			{onlyDrafts, "number", drafts},
			{"NOT number:*", "", nil},
			{"state != STATE_VOID", "number desc", backwards},
		} {
			got := f.allInvoices(t, &native.ListInvoicesRequest{Filter: test.filter, OrderBy: test.order})
			if diff := gocmp.Diff(test.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%q in the order %q (-want +got):\n%s", test.filter, test.order, diff)
			}
		}
	})
}

func TestInvoicePageTokenIsBoundToFilterAndOrder(t *testing.T) {
	f := open(t, true)
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 31)})
	first := must(f.invoices.ListInvoices(t.Context(), &native.ListInvoicesRequest{PageSize: 2}))(t)
	for _, request := range []*native.ListInvoicesRequest{
		{Filter: "number > 0"}, {Filter: onlyDrafts}, {OrderBy: "issue_date"}, {OrderBy: "number desc"},
	} {
		request.PageToken = first.GetNextPageToken()
		_, err := f.invoices.ListInvoices(t.Context(), request)
		wantFaults(t, err, "page_token INVALID_PAGE_TOKEN")
	}
	for _, filter := range []string{"total > 5", "state = FINALIZED", `cycle_run = "7"`, "number = 01", `bill_to < "billTos/7"`} {
		_, err := f.invoices.ListInvoices(t.Context(), &native.ListInvoicesRequest{Filter: filter})
		wantFaults(t, err, "filter INVALID_FILTER")
		_, err = f.invoices.SumInvoices(t.Context(), &native.SumInvoicesRequest{Filter: filter})
		wantFaults(t, err, "filter INVALID_FILTER")
	}
	_, err := f.invoices.ListInvoices(t.Context(), &native.ListInvoicesRequest{OrderBy: "state"})
	wantFaults(t, err, "order_by INVALID_ORDER")
}

func TestListRunsByStateAndDates(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 31)})
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 1, 31), Preview: true})
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30), LeaveDrafts: true})
		for _, test := range []struct {
			filter, order string
			want          []string
		}{
			{"", "", []string{"cycleRuns/3", "cycleRuns/2", "cycleRuns/1"}},
			{"", "as_of_date", []string{"cycleRuns/2", "cycleRuns/1", "cycleRuns/3"}},
			{"preview = false", "name", []string{"cycleRuns/1", "cycleRuns/3"}},
			{"leave_drafts", "", []string{"cycleRuns/3"}},
			{`as_of_date <= "2026-03-31" AND state = STATE_SUCCEEDED`, "", []string{"cycleRuns/2", "cycleRuns/1"}},
			{"state = STATE_RUNNING OR NOT end_time:*", "", nil},
			{"scheduled_date:*", "", nil},
			{`name = "cycleRuns/2"`, "", []string{"cycleRuns/2"}},
		} {
			request := &native.ListCycleRunsRequest{Filter: test.filter, OrderBy: test.order, PageSize: 1}
			var got []string
			for more := true; more; more = request.GetPageToken() != "" {
				page := must(f.runs.ListCycleRuns(t.Context(), request))(t)
				for _, run := range page.GetCycleRuns() {
					got = append(got, run.GetName())
				}
				request.PageToken = page.GetNextPageToken()
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q in the order %q: %v, want %v", test.filter, test.order, got, test.want)
			}
		}
	})
}
