package recurringbilling_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// all returns all messages of a stream.
func all[T any](t testing.TB, stream grpc.ServerStreamingClient[T], err error) (messages []*T) {
	t.Helper()
	for err == nil {
		var message *T
		if message, err = stream.Recv(); err == nil {
			messages = append(messages, message)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return messages
}

// run starts a run over the demo data and watches it until it ends.
func (f *fixture) run(t testing.TB, run *native.CycleRun) *native.CycleRun {
	t.Helper()
	created, err := f.runs.CreateCycleRun(t.Context(), &native.CreateCycleRunRequest{CycleRun: run})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := f.runs.WatchCycleRun(ctx, &native.WatchCycleRunRequest{Name: created.GetName()})
	watched := all(t, stream, err)
	ended := watched[len(watched)-1].GetCycleRun()
	if ended.GetEndTime() == nil || ended.GetName() != created.GetName() {
		t.Fatalf("last message of the run: got %v", ended)
	}
	return ended
}

func (f *fixture) allInvoices(t testing.TB, request *native.ListInvoicesRequest) (invoices []*native.Invoice) {
	t.Helper()
	request.PageSize = 3
	for {
		page, err := f.invoices.ListInvoices(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		for _, listed := range page.GetInvoices() {
			if len(listed.GetItems()) > 0 {
				t.Error("a list has items")
			}
			invoice, err := f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: listed.GetName()})
			if err != nil {
				t.Fatal(err)
			}
			invoices = append(invoices, invoice)
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return invoices
		}
	}
}

func TestRunMatchesItsPreview(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		stream, err := f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: day(2026, 6, 30)})
		var previewed []*native.Invoice
		for _, message := range all(t, stream, err) {
			previewed = append(previewed, message.GetInvoice())
		}
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 6, 30)})
		made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
		if diff := gocmp.Diff(previewed, made, protocmp.Transform(),
			protocmp.IgnoreFields(&native.Invoice{}, "name", "number", "state", "cycle_run", "create_time", "update_time", "etag")); diff != "" || len(made) == 0 {
			t.Errorf("%d invoices (-previewed +made):\n%s", len(made), diff)
		}
		if run.GetState() != native.CycleRun_STATE_SUCCEEDED || run.GetInvoiceCount() != int64(len(made)) || run.GetBatchesDone() != run.GetBatchCount() {
			t.Errorf("%v", run)
		}
		total := int64(0)
		for i, invoice := range made {
			if invoice.GetNumber() != int64(i+1) || invoice.GetState() != native.Invoice_STATE_FINALIZED || invoice.GetCycleRun() != run.GetName() {
				t.Errorf("invoice %d: %v", i+1, invoice)
			}
			total += 100*invoice.GetTotal().GetUnits() + int64(invoice.GetTotal().GetNanos()/10_000_000)
		}
		want := []*money.Money{{CurrencyCode: "USD", Units: total / 100, Nanos: int32(total%100) * 10_000_000}}
		if diff := gocmp.Diff(want, run.GetTotals(), protocmp.Transform()); diff != "" {
			t.Errorf("totals (-sum of the invoices +run's):\n%s", diff)
		}
		if again := f.run(t, &native.CycleRun{AsOfDate: day(2026, 6, 30)}); again.GetInvoiceCount() != 0 || again.GetState() != native.CycleRun_STATE_SUCCEEDED {
			t.Errorf("a second run: %v", again)
		}
	})
}

func TestListInvoicesByBillToStateAndDate(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 31)})
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30)})
		everything := f.allInvoices(t, &native.ListInvoicesRequest{})
		for _, test := range []struct {
			filter string
			fits   func(*native.Invoice) bool
		}{
			{ofBillTo("billTos/2"), func(i *native.Invoice) bool { return i.GetBillTo() == "billTos/2" }},
			{ofRun("cycleRuns/2"), func(i *native.Invoice) bool { return i.GetCycleRun() == "cycleRuns/2" }},
			{"state = STATE_FINALIZED", func(*native.Invoice) bool { return true }},
			{`issue_date >= "2026-04-01"`, func(i *native.Invoice) bool { return i.GetIssueDate().GetMonth() == 4 }},
			{`issue_date < "2026-04-30"`, func(i *native.Invoice) bool { return i.GetIssueDate().GetMonth() == 3 }},
			{ofBillTo("billTos/1") + " AND " + ofRun("cycleRuns/1") + ` AND issue_date >= "2026-03-31"`, func(i *native.Invoice) bool {
				return i.GetBillTo() == "billTos/1" && i.GetCycleRun() == "cycleRuns/1"
			}},
			{`number > 1 AND number != 3`, func(i *native.Invoice) bool { return i.GetNumber() == 2 || i.GetNumber() > 3 }},
			{`name = "` + everything[1].GetName() + `" OR customer_id = 1`, func(i *native.Invoice) bool { return i.GetNumber() == 2 || i.GetCustomerId() == 1 }},
			{`total.currency_code = "USD" AND NOT void_time:*`, func(*native.Invoice) bool { return true }},
		} {
			var want []*native.Invoice
			for _, invoice := range everything {
				if test.fits(invoice) {
					want = append(want, invoice)
				}
			}
			if diff := gocmp.Diff(want, f.allInvoices(t, &native.ListInvoicesRequest{Filter: test.filter}), protocmp.Transform()); diff != "" || len(want) == 0 {
				t.Errorf("by %s, %d invoices (-want +got):\n%s", test.filter, len(want), diff)
			}
		}
		if void, err := f.invoices.ListInvoices(t.Context(), &native.ListInvoicesRequest{Filter: onlyVoid}); err != nil || len(void.GetInvoices()) != 0 {
			t.Errorf("void: %v, error %v", void, err)
		}
	})
}

func TestFeedEntriesOfRunAndInvoices(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 2, 1)})
		got := map[string]int64{}
		for token := ""; ; {
			page := f.settled(t, &changesv1.ListChangesRequest{PageToken: token})
			for _, change := range page.GetChanges() {
				collection, _, _ := strings.Cut(change.GetResource(), "/")
				got[collection+" "+change.GetKind().String()]++
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		if got["invoices KIND_CREATED"] != run.GetInvoiceCount() || got["cycleRuns KIND_CREATED"] != 1 || got["cycleRuns KIND_UPDATED"] != 1 || got["recurringLines KIND_UPDATED"] != 0 {
			t.Errorf("%v for %d invoices", got, run.GetInvoiceCount())
		}
	})
}

func TestListRunsSortsLatestFirst(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		first := f.run(t, &native.CycleRun{Preview: true, LineFilter: &native.CycleRunFilter{
			BillCycles: []native.BillCycle{native.BillCycle_BILL_CYCLE_QUARTERLY}, Items: []string{"items/RMR-SVC"}, BillTos: []string{"billTos/1", "billTos/2"},
		}})
		if got := first.GetAsOfDate(); got.GetYear() != 2026 || got.GetMonth() != 11 || got.GetDay() != 20 || !first.GetPreview() || len(first.GetLineFilter().GetBillTos()) != 2 {
			t.Errorf("%v", first)
		}
		second := f.run(t, &native.CycleRun{AsOfDate: day(2026, 1, 31)})
		page, err := f.runs.ListCycleRuns(ctx, &native.ListCycleRunsRequest{PageSize: 1})
		if err != nil || len(page.GetCycleRuns()) != 1 || page.GetCycleRuns()[0].GetName() != second.GetName() {
			t.Fatalf("%v, error %v", page, err)
		}
		page, err = f.runs.ListCycleRuns(ctx, &native.ListCycleRunsRequest{PageSize: 1, PageToken: page.GetNextPageToken()})
		if err != nil || page.GetNextPageToken() != "" || !protoEqual(first, page.GetCycleRuns()[0]) {
			t.Errorf("%v, error %v", page, err)
		}
		cancelled, err := f.runs.CancelCycleRun(ctx, &native.CancelCycleRunRequest{Name: second.GetName()})
		if err != nil || !protoEqual(second, cancelled) {
			t.Errorf("cancelling a run that has ended: %v, error %v", cancelled, err)
		}
		_, err = f.runs.GetCycleRun(ctx, &native.GetCycleRunRequest{Name: "cycleRuns/99"})
		if status.Code(err) != codes.NotFound {
			t.Errorf("an unknown run: %v", err)
		}
		if _, err = f.runs.GetCycleRun(as(t, "another"), &native.GetCycleRunRequest{Name: second.GetName()}); status.Code(err) != codes.NotFound {
			t.Errorf("another tenant's run: %v", err)
		}
		if _, err = f.invoices.GetInvoice(as(t, "another"), &native.GetInvoiceRequest{Name: "invoices/2-1-USD"}); status.Code(err) != codes.NotFound {
			t.Errorf("another tenant's invoice: %v", err)
		}
		_, err = f.runs.CreateCycleRun(ctx, &native.CreateCycleRunRequest{CycleRun: &native.CycleRun{LineFilter: &native.CycleRunFilter{Items: []string{"items/NONE"}}}})
		wantFaults(t, err, "cycle_run.filter.items[0] NOT_FOUND")
		_, err = f.runs.CreateCycleRun(ctx, &native.CreateCycleRunRequest{CycleRun: &native.CycleRun{AsOfDate: day(2099, 1, 1)}})
		wantFaults(t, err, "cycle_run.as_of_date OUT_OF_RANGE")
	})
}

func protoEqual(a, b any) bool { return gocmp.Equal(a, b, protocmp.Transform()) }

func TestBillingScheduleStartsRun(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		unset, err := f.schedules.GetBillingSchedule(ctx, &native.GetBillingScheduleRequest{Name: "billingSchedule"})
		if err != nil || unset.GetEnabled() || unset.GetNextRunDate() != nil || unset.GetUpdateTime() != nil {
			t.Fatalf("%v, error %v", unset, err)
		}
		set, err := f.schedules.UpdateBillingSchedule(ctx, &native.UpdateBillingScheduleRequest{BillingSchedule: &native.BillingSchedule{
			Name: "billingSchedule", Enabled: true, DayOfMonth: 25, TimeZone: "America/Mexico_City", Etag: unset.GetEtag(),
			BillCycles: []native.BillCycle{native.BillCycle_BILL_CYCLE_MONTHLY},
		}})
		if err != nil || set.GetNextRunDate().GetDay() != 25 || len(set.GetBillCycles()) != 1 {
			t.Fatalf("%v, error %v", set, err)
		}
		_, err = f.schedules.UpdateBillingSchedule(ctx, &native.UpdateBillingScheduleRequest{BillingSchedule: &native.BillingSchedule{Etag: unset.GetEtag(), Name: "billingSchedule"}})
		if status.Code(err) != codes.Aborted {
			t.Errorf("a stale etag: %v", err)
		}
		_, err = f.schedules.UpdateBillingSchedule(ctx, &native.UpdateBillingScheduleRequest{BillingSchedule: &native.BillingSchedule{Name: "billingSchedule", TimeZone: "Mars/Olympus"}})
		wantFaults(t, err, "billing_schedule.time_zone UNKNOWN_TIME_ZONE")
	})
}
