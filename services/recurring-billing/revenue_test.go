package recurringbilling_test

import (
	"context"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// revenue returns the response to a request once every change is counted.
func (f *fixture) revenue(t testing.TB, ctx context.Context, request *native.QueryRevenueRequest) *native.QueryRevenueResponse {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		answer := must(f.revenues.QueryRevenue(ctx, request))(t)
		if !answer.GetCatchingUp() {
			return answer
		}
		if time.Now().After(deadline) {
			t.Fatal("changes are not counted")
		}
	}
}

// filled sets every amount that is not given to 0.00 USD.
func filled(row *native.Revenue) *native.Revenue {
	row.Item = "items/WATCH"
	for _, amount := range []**money.Money{
		&row.Opening, &row.NewBusiness, &row.Reactivation, &row.Expansion, &row.Contraction, &row.Churn, &row.Transfer, &row.Closing,
	} {
		if *amount == nil {
			*amount = usd(0, 0)
		}
	}
	return row
}

func TestRevenueFollowsLineChanges(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "WATCH", Item: &native.Item{Description: "Watch"}}))(t)
		line := f.billedLine(t, func(l *native.RecurringLine) { l.Item = "items/WATCH" })
		f.changeRate(t, line.GetName(), rateOf(day(2026, 5, 31), usd(40, 50), "PRICE"))
		must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 7, 31))))(t)
		request := &native.QueryRevenueRequest{StartMonth: month(2025, 12), EndMonth: month(2026, 12), GroupBy: native.GroupBy_GROUP_BY_ITEM, PageSize: 20}
		var got []*native.Revenue
		for more := true; more; more = request.GetPageToken() != "" {
			answer := f.revenue(t, t.Context(), request)
			if answer.GetAsOfTime().AsTime() != started || answer.GetAsOfToken() == "" {
				t.Errorf("as of %v, %q", answer.GetAsOfTime().AsTime(), answer.GetAsOfToken())
			}
			for _, row := range answer.GetRevenues() {
				if row.GetItem() == "items/WATCH" {
					got = append(got, row)
				}
			}
			request.PageToken = answer.GetNextPageToken()
		}
		want := []*native.Revenue{
			filled(&native.Revenue{Month: month(2026, 1), NewBusiness: usd(31, 0), Closing: usd(31, 0), ActiveLines: 1}),
			filled(&native.Revenue{Month: month(2026, 2), Opening: usd(31, 0), Closing: usd(31, 0), ActiveLines: 1}),
			filled(&native.Revenue{Month: month(2026, 3), Opening: usd(31, 0), Closing: usd(31, 0), ActiveLines: 1}),
			filled(&native.Revenue{Month: month(2026, 4), Opening: usd(31, 0), Closing: usd(31, 0), ActiveLines: 1}),
			filled(&native.Revenue{Month: month(2026, 5), Opening: usd(31, 0), Expansion: usd(9, 50), Closing: usd(40, 50), ActiveLines: 1}),
			filled(&native.Revenue{Month: month(2026, 6), Opening: usd(40, 50), Closing: usd(40, 50), ActiveLines: 1}),
			filled(&native.Revenue{Month: month(2026, 7), Opening: usd(40, 50), Churn: usd(-40, -50)}),
		}
		if diff := gocmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("revenue (-want +got):\n%s", diff)
		}
		request.PageSize = 1
		first := f.revenue(t, t.Context(), request)
		if changes := f.settled(t, &changesv1.ListChangesRequest{After: first.GetAsOfToken()}); len(changes.GetChanges()) != 0 {
			t.Errorf("changes after those that are counted: %v", changes)
		}
		request.PageToken, request.StartMonth = first.GetNextPageToken(), month(2026, 1)
		_, err := f.revenues.QueryRevenue(t.Context(), request)
		wantFaults(t, err, "page_token INVALID_PAGE_TOKEN")
		total := f.revenue(t, t.Context(), &native.QueryRevenueRequest{StartMonth: month(2026, 12), EndMonth: month(2026, 12)})
		if rows := total.GetRevenues(); len(rows) != 1 || rows[0].GetActiveLines() != 20 || rows[0].GetItem() != "" {
			t.Errorf("of the demo data's 20 lines: %v", rows)
		}
		masters := f.revenue(t, t.Context(), &native.QueryRevenueRequest{StartMonth: month(2026, 12), EndMonth: month(2026, 12),
			GroupBy: native.GroupBy_GROUP_BY_MASTER_ACCOUNT})
		if rows := masters.GetRevenues(); len(rows) != 2 || rows[0].GetMasterAccount() != "" || rows[1].GetMasterAccount() != "masterAccounts/MASTER-1" {
			t.Errorf("by master account: %v", rows)
		}
		nothing := f.revenue(t, as(t, "another"), &native.QueryRevenueRequest{StartMonth: month(2026, 1), EndMonth: month(2026, 12)})
		if diff := gocmp.Diff(&native.QueryRevenueResponse{}, nothing, protocmp.Transform()); diff != "" {
			t.Errorf("another tenant sees (-nothing +got):\n%s", diff)
		}
	})
}

func TestListRevenueRejectsInvalidMonths(t *testing.T) {
	f := open(t, false)
	for name, test := range map[string]struct {
		request *native.QueryRevenueRequest
		field   string
	}{
		"no months":           {&native.QueryRevenueRequest{}, "start_month"},
		"no month":            {&native.QueryRevenueRequest{StartMonth: month(2026, 13), EndMonth: month(2026, 12)}, "start_month"},
		"a date":              {&native.QueryRevenueRequest{StartMonth: month(2026, 1), EndMonth: day(2026, 1, 31)}, "end_month"},
		"backwards":           {&native.QueryRevenueRequest{StartMonth: month(2026, 2), EndMonth: month(2026, 1)}, "end_month"},
		"an unknown grouping": {&native.QueryRevenueRequest{StartMonth: month(2026, 1), EndMonth: month(2026, 1), GroupBy: 9}, "group_by"},
		"a page size below 0": {&native.QueryRevenueRequest{StartMonth: month(2026, 1), EndMonth: month(2026, 1), PageSize: -1}, "page_size"},
		"a token of another":  {&native.QueryRevenueRequest{StartMonth: month(2026, 1), EndMonth: month(2026, 1), PageToken: "?"}, "page_token"},
	} {
		_, err := f.revenues.QueryRevenue(t.Context(), test.request)
		if status.Code(err) != codes.InvalidArgument || !strings.Contains(strings.Join(faults(err), ","), test.field) {
			t.Errorf("%s: %v, %v", name, err, faults(err))
		}
	}
}
