package recurringbilling_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// billed bills the demo lines for three months, and returns the invoices of one bill-to.
func (f *fixture) billed(t testing.TB, billTo string) []*native.Invoice {
	t.Helper()
	for _, asOf := range []*date.Date{day(2026, 4, 30), day(2026, 5, 31), day(2026, 6, 30)} {
		f.run(t, &native.CycleRun{AsOfDate: asOf})
	}
	return f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo(billTo)})
}

func (f *fixture) void(t testing.TB, request *native.VoidInvoiceRequest) (*native.Invoice, error) {
	t.Helper()
	return f.invoices.VoidInvoice(t.Context(), request)
}

// reasonOf returns the reason in an error.
func reasonOf(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// periods returns all billed periods, as `line start end`. None may appear twice.
func (f *fixture) periods(t testing.TB) (rows []string) {
	t.Helper()
	db := databasetest.Open(t, f.url, recurringbilling.Migrations())
	err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		rows, err = database.Select(ctx, tx, "period", func(r database.Row) (row string, err error) { return row, r.Scan(&row) },
			`SELECT line_id || ' ' || period_start || ' ' || period_end FROM billed_periods ORDER BY line_id, period_start`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestVoidKeepsNumberAndBilledPeriods(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := f.billed(t, "billTos/1")
		invoice, before := invoices[1], f.everything(t)
		periods, entries := f.periods(t), len(f.feed(t, "default"))
		got := must(f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "Wrong account", Etag: invoice.GetEtag()}))(t)
		want := proto.Clone(invoice).(*native.Invoice)
		want.State, want.VoidReason, want.VoidTime, want.UpdateTime = native.Invoice_STATE_VOID, "Wrong account", got.GetVoidTime(), got.GetUpdateTime()
		want.VoidDate = day(2026, 11, 20)
		want.Etag = got.GetEtag()
		read := must(f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: invoice.GetName()}))(t)
		for _, seen := range []*native.Invoice{got, read} {
			if diff := gocmp.Diff(want, seen, protocmp.Transform()); diff != "" || seen.GetEtag() == invoice.GetEtag() || !seen.GetVoidTime().AsTime().Equal(f.clock.Now()) {
				t.Errorf("void (-want +got):\n%s", diff)
			}
		}
		if diff := gocmp.Diff(before, f.everything(t), protocmp.Transform()); diff != "" {
			t.Errorf("lines (-before +after):\n%s", diff)
		}
		if published := len(f.feed(t, "default")); published != entries+1 {
			t.Errorf("the feed has %d entries more, want 1", published-entries)
		}
		changes := f.settled(t, &changesv1.ListChangesRequest{Resource: invoice.GetName(), PageSize: 10}).GetChanges()
		shown, err := changes[len(changes)-1].GetState().UnmarshalNew()
		want.Items = nil
		if diff := gocmp.Diff(proto.Message(want), shown, protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("in the feed (-want +got), error %v:\n%s", err, diff)
		}
		if again := f.run(t, &native.CycleRun{AsOfDate: day(2026, 6, 30)}); again.GetInvoiceCount() != 0 {
			t.Errorf("a run after the void makes %d invoices", again.GetInvoiceCount())
		}
		if diff := gocmp.Diff(periods, f.periods(t)); diff != "" {
			t.Errorf("periods (-before +after):\n%s", diff)
		}
		void := f.allInvoices(t, &native.ListInvoicesRequest{Filter: onlyVoid})
		if len(void) != 1 || void[0].GetName() != invoice.GetName() {
			t.Errorf("void are %v", void)
		}
	})
}

func TestReleasePeriodsOfVoidInvoiceLater(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := f.billed(t, "billTos/1")
		periods, last, earlier := f.periods(t), invoices[len(invoices)-1], invoices[len(invoices)-2]
		for _, invoice := range []*native.Invoice{last, earlier} {
			must(f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "Wrong rate"}))(t)
		}
		kept := must(f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: last.GetName()}))(t)
		release := func(name, etag string) (*native.Invoice, error) {
			return f.void(t, &native.VoidInvoiceRequest{Name: name, Reason: "To be billed again", ReleasePeriods: true, Etag: etag})
		}
		if _, err := release(earlier.GetName(), ""); reasonOf(err) != "PERIODS_NOT_LATEST" {
			t.Errorf("not the latest: %v", err)
		}
		if _, err := release(last.GetName(), last.GetEtag()); reasonOf(err) != "ETAG_MISMATCH" {
			t.Errorf("of another state: %v", err)
		}
		got := must(release(last.GetName(), kept.GetEtag()))(t)
		want := proto.Clone(kept).(*native.Invoice)
		want.PeriodsReleased, want.Etag, want.UpdateTime = true, got.GetEtag(), got.GetUpdateTime()
		if diff := gocmp.Diff(want, got, protocmp.Transform()); diff != "" || got.GetEtag() == kept.GetEtag() {
			t.Errorf("released (-want +got):\n%s", diff)
		}
		if again := must(release(last.GetName(), kept.GetEtag()))(t); !protoEqual(got, again) {
			t.Errorf("released again: %v", again)
		}
		must(release(earlier.GetName(), ""))(t)
		if _, err := f.void(t, &native.VoidInvoiceRequest{Name: last.GetName(), Reason: "Wrong rate"}); reasonOf(err) != "ALREADY_VOID" {
			t.Errorf("to keep what was released: %v", err)
		}
		if again := f.run(t, &native.CycleRun{AsOfDate: day(2026, 6, 30)}); again.GetInvoiceCount() != 1 {
			t.Errorf("the run makes %d invoices", again.GetInvoiceCount())
		}
		if diff := gocmp.Diff(periods, f.periods(t)); diff != "" {
			t.Errorf("periods (-before +after):\n%s", diff)
		}
	})
}

func TestReleasedPeriodsAreBilledAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := f.billed(t, "billTos/1")
		periods, last := f.periods(t), invoices[len(invoices)-1]
		got := must(f.void(t, &native.VoidInvoiceRequest{Name: last.GetName(), Reason: "Wrong rate", ReleasePeriods: true}))(t)
		if !got.GetPeriodsReleased() || got.GetState() != native.Invoice_STATE_VOID {
			t.Errorf("void: %v", got)
		}
		released := slices.DeleteFunc(slices.Clone(periods), func(p string) bool { return slices.Contains(f.periods(t), p) })
		for _, item := range last.GetItems() {
			for _, part := range item.GetParts() {
				line := f.line(t, part.GetRecurringLine())
				if next := line.GetNextCycleDate(); next.GetMonth() > part.GetStartDate().GetMonth() {
					t.Errorf("%s is billed up to %v, though %v is released", line.GetName(), next, part.GetStartDate())
				}
				if billed := line.GetLastCycleDate(); billed == nil || billed.GetMonth() >= line.GetNextCycleDate().GetMonth() {
					t.Errorf("%s was last billed for %v, next is %v", line.GetName(), billed, line.GetNextCycleDate())
				}
			}
		}
		again := f.run(t, &native.CycleRun{AsOfDate: day(2026, 6, 30)})
		if again.GetInvoiceCount() != 1 || again.GetPeriodCount() != int64(len(released)) || len(released) == 0 {
			t.Errorf("the run bills %d invoices, %d periods of %d", again.GetInvoiceCount(), again.GetPeriodCount(), len(released))
		}
		if diff := gocmp.Diff(periods, f.periods(t)); diff != "" {
			t.Errorf("periods (-before +after):\n%s", diff)
		}
		made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(again.GetName())})[0]
		if diff := gocmp.Diff(last, made, protocmp.Transform(), protocmp.IgnoreFields(last, "name", "number", "cycle_run", "create_time", "update_time", "etag")); diff != "" {
			t.Errorf("billed again (-before +after):\n%s", diff)
		}
		if more := f.run(t, &native.CycleRun{AsOfDate: day(2026, 6, 30)}); more.GetInvoiceCount() != 0 {
			t.Errorf("one more run makes %d invoices", more.GetInvoiceCount())
		}
	})
}

func TestVoidedPeriodsAreBilledAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		before, invoices := f.everything(t), f.billed(t, "")
		for _, invoice := range slices.Backward(invoices) {
			must(f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "All wrong", ReleasePeriods: true}))(t)
		}
		ignored := protocmp.IgnoreFields(&native.RecurringLine{}, "update_time", "etag")
		if diff := gocmp.Diff(before, f.everything(t), protocmp.Transform(), ignored); diff != "" || len(f.periods(t)) != 0 {
			t.Errorf("lines (-before +after):\n%s", diff)
		}
	})
}

func TestVoidRejections(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := f.billed(t, "billTos/1")
		first, second, third := invoices[0].GetName(), invoices[1].GetName(), invoices[2].GetName()
		must(f.void(t, &native.VoidInvoiceRequest{Name: second, Reason: "Once"}))(t)
		must(f.creditNotes.CreateCreditNote(t.Context(), &native.CreateCreditNoteRequest{CreditNote: &native.CreditNote{
			Invoice: third, Reason: "Outage", Total: usd(1, 0),
		}}))(t)
		for _, test := range []struct {
			name    string
			request *native.VoidInvoiceRequest
			code    codes.Code
			reason  string
		}{
			{"of none", &native.VoidInvoiceRequest{Name: "invoices/9-9-USD", Reason: "x"}, codes.NotFound, "NOT_FOUND"},
			{"without reason", &native.VoidInvoiceRequest{Name: first}, codes.InvalidArgument, ""},
			{"with a blank reason", &native.VoidInvoiceRequest{Name: first, Reason: " "}, codes.InvalidArgument, "REQUIRED"},
			{"with a long reason", &native.VoidInvoiceRequest{Name: first, Reason: strings.Repeat("é", 501)}, codes.InvalidArgument, ""},
			{"with a reason long in UTF-16", &native.VoidInvoiceRequest{Name: first, Reason: strings.Repeat("😀", 251)}, codes.InvalidArgument, "TOO_LONG"},
			{"of another state", &native.VoidInvoiceRequest{Name: first, Reason: "x", Etag: "gone"}, codes.Aborted, "ETAG_MISMATCH"},
			{"twice", &native.VoidInvoiceRequest{Name: second, Reason: "Again"}, codes.FailedPrecondition, "ALREADY_VOID"},
			{"twice, otherwise", &native.VoidInvoiceRequest{Name: second, Reason: "Once", ReleasePeriods: true}, codes.FailedPrecondition, "PERIODS_NOT_LATEST"},
			{"of a credited one", &native.VoidInvoiceRequest{Name: third, Reason: "x"}, codes.FailedPrecondition, "CREDITED"},
			{"of periods billed further", &native.VoidInvoiceRequest{Name: first, Reason: "x", ReleasePeriods: true}, codes.FailedPrecondition, "PERIODS_NOT_LATEST"},
		} {
			t.Run(test.name, func(t *testing.T) {
				f.unchanged(t, func() {
					if _, err := f.void(t, test.request); status.Code(err) != test.code || test.reason != "" && reasonOf(err) != test.reason {
						t.Errorf("got %v, want %s %s", err, test.code, test.reason)
					}
				})
			})
		}
	})
}

func TestRepeatedVoidChangesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		last := f.billed(t, "billTos/1")[2]
		request := &native.VoidInvoiceRequest{Name: last.GetName(), Reason: "Twice", ReleasePeriods: true, Etag: last.GetEtag(), RequestId: "k-1"}
		first := must(f.void(t, request))(t)
		f.unchanged(t, func() {
			for _, key := range []string{"k-1", ""} {
				request.RequestId = key
				if diff := gocmp.Diff(first, must(f.void(t, request))(t), protocmp.Transform()); diff != "" {
					t.Errorf("key %q (-first +second):\n%s", key, diff)
				}
			}
		})
	})
}

func TestVoidReleasesCarriedCredits(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30)})
		invoice := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/1")})[0]
		name := invoice.GetItems()[len(invoice.GetItems())-1].GetParts()[0].GetRecurringLine()
		cancel := cancelOf(name, f.line(t, name).GetLastCycleDate())
		cancel.Credit = true
		cancelled := must(f.lines.CancelRecurringLine(t.Context(), cancel))(t)
		if _, err := f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "x"}); reasonOf(err) != "LINE_CREDITED" {
			t.Errorf("got %v, want LINE_CREDITED", err)
		}
		carrying := func(run *native.CycleRun) (of *native.Invoice) {
			for _, made := range f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/1") + " AND " + ofRun(run.GetName())}) {
				if item := made.GetItems()[len(made.GetItems())-1]; item.GetKind() == native.InvoiceItem_KIND_CREDIT {
					of = made
				}
			}
			if of == nil {
				t.Fatalf("no invoice of %s carries the credit %v", run.GetName(), cancelled.GetCancellation())
			}
			return of
		}
		first := carrying(f.run(t, &native.CycleRun{AsOfDate: day(2026, 5, 31)}))
		must(f.void(t, &native.VoidInvoiceRequest{Name: first.GetName(), Reason: "x", ReleasePeriods: true}))(t)
		second := carrying(f.run(t, &native.CycleRun{AsOfDate: day(2026, 5, 31)}))
		if diff := gocmp.Diff(first.GetItems(), second.GetItems(), protocmp.Transform()); diff != "" {
			t.Errorf("items (-first +second):\n%s", diff)
		}
		// After a void without release, the periods stay billed and the credit is due on its own.
		must(f.void(t, &native.VoidInvoiceRequest{Name: second.GetName(), Reason: "x"}))(t)
		alone := carrying(f.run(t, &native.CycleRun{AsOfDate: day(2026, 5, 31)}))
		if len(alone.GetItems()) != 1 || cents(alone.GetTotal()) != -cents(cancelled.GetCancellation().GetCredit()) {
			t.Errorf("the credit by itself: %v", alone)
		}
		// After voiding that one too, the cancellation can be withdrawn, and nothing is credited.
		if _, err := f.uncancel(t, name); reasonOf(err) != "CREDIT_BILLED" {
			t.Errorf("got %v, want CREDIT_BILLED", err)
		}
		must(f.void(t, &native.VoidInvoiceRequest{Name: alone.GetName(), Reason: "x", ReleasePeriods: true}))(t)
		must(f.uncancel(t, name))(t)
		if run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 5, 31)}); cents(run.GetTotals()[0]) <= 0 || run.GetInvoiceCount() != 1 {
			t.Errorf("with the line back: %v", run)
		}
	})
}

func TestConcurrentCreditNoteNumbersHaveNoGaps(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := f.billed(t, "")
		var calls []func(context.Context) error
		for i, invoice := range invoices {
			if i%2 == 0 {
				calls = append(calls, func(ctx context.Context) error {
					_, err := f.invoices.VoidInvoice(ctx, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "x", ReleasePeriods: i%4 == 0})
					return err
				})
				continue
			}
			for _, total := range []int64{1, 2, 1 << 40} {
				calls = append(calls, func(ctx context.Context) error {
					_, err := f.creditNotes.CreateCreditNote(ctx, &native.CreateCreditNoteRequest{CreditNote: &native.CreditNote{
						Invoice: invoice.GetName(), Reason: "x", Total: usd(total, 0),
					}})
					return err
				})
			}
		}
		failed := make(chan error)
		ctx := metadata.AppendToOutgoingContext(t.Context())
		for _, call := range calls {
			go func() { failed <- call(ctx) }()
		}
		run := make(chan struct{})
		go func() {
			defer close(run)
			if _, err := f.runs.CreateCycleRun(ctx, &native.CreateCycleRunRequest{CycleRun: &native.CycleRun{AsOfDate: day(2026, 8, 31)}}); err != nil {
				t.Errorf("starting a run: %v", err)
			}
		}()
		for range calls {
			if err := <-failed; err != nil && status.Code(err) != codes.FailedPrecondition && status.Code(err) != codes.InvalidArgument {
				t.Errorf("got %v", err)
			}
		}
		<-run
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 8, 31)})
		for i, invoice := range f.allInvoices(t, &native.ListInvoicesRequest{}) {
			if invoice.GetNumber() != int64(i+1) {
				t.Fatalf("invoice %d has number %d", i+1, invoice.GetNumber())
			}
		}
		notes := must(f.creditNotes.ListCreditNotes(t.Context(), &native.ListCreditNotesRequest{PageSize: 1000}))(t).GetCreditNotes()
		for i, note := range notes {
			if note.GetName() != fmt.Sprintf("creditNotes/%d", i+1) {
				t.Fatalf("credit note %d is %s", i+1, note.GetName())
			}
		}
		if len(notes) == 0 {
			t.Error("no credit note was made")
		}
		// Every day of a line is billed by exactly one invoice that is not void. Released periods
		// belong to another invoice.
		days := map[string]string{}
		for _, invoice := range f.allInvoices(t, &native.ListInvoicesRequest{}) {
			if invoice.GetPeriodsReleased() {
				continue
			}
			for _, item := range invoice.GetItems() {
				for _, part := range item.GetParts() {
					key := fmt.Sprint(part.GetRecurringLine(), part.GetStartDate())
					if other := days[key]; other != "" {
						t.Errorf("%s stands on %s and on %s", key, other, invoice.GetName())
					}
					days[key] = invoice.GetName()
				}
			}
		}
		if got := len(f.periods(t)); got != len(slices.Collect(maps.Keys(days))) {
			t.Errorf("%d periods are billed, %d stand on invoices", got, len(days))
		}
	})
}

func TestVoidRunVoidsAllInvoices(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		first := f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 31)})
		before, periods := f.everything(t), f.periods(t)
		wrong := f.run(t, &native.CycleRun{AsOfDate: day(2036, 4, 30)})
		request := &native.VoidCycleRunRequest{Name: wrong.GetName(), Reason: "The wrong year", ReleasePeriods: true, RequestId: "k-1"}
		for range 2 {
			if run, err := f.runs.VoidCycleRun(t.Context(), request); err != nil || lastJob(run).GetKind() != native.CycleRunJob_KIND_VOID || lastJob(run).GetReason() != request.GetReason() {
				t.Fatalf("%v, error %v", run, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		stream, err := f.runs.WatchCycleRun(ctx, &native.WatchCycleRunRequest{Name: wrong.GetName()})
		watched := all(t, stream, err)
		ended := watched[len(watched)-1].GetCycleRun()
		void := f.allInvoices(t, &native.ListInvoicesRequest{Filter: onlyVoid})
		if lastJob(ended).GetState() != native.CycleRunJob_STATE_SUCCEEDED || ended.GetInvoiceCount() != wrong.GetInvoiceCount() || int64(len(void)) != wrong.GetInvoiceCount() || len(void) == 0 {
			t.Errorf("%d invoices are void: %v", len(void), ended)
		}
		for _, invoice := range void {
			if invoice.GetCycleRun() != wrong.GetName() || invoice.GetVoidReason() != "The wrong year" || !invoice.GetPeriodsReleased() {
				t.Errorf("%v", invoice)
			}
		}
		if diff := gocmp.Diff(periods, f.periods(t)); diff != "" {
			t.Errorf("periods (-before +after):\n%s", diff)
		}
		if diff := gocmp.Diff(before, f.everything(t), protocmp.Transform(), protocmp.IgnoreFields(&native.RecurringLine{}, "etag", "update_time")); diff != "" {
			t.Errorf("lines (-before +after):\n%s", diff)
		}
		if _, err := f.runs.VoidCycleRun(t.Context(), &native.VoidCycleRunRequest{Name: first.GetName()}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := f.runs.VoidCycleRun(t.Context(), &native.VoidCycleRunRequest{Name: "cycleRuns/99", Reason: "x"}); status.Code(err) != codes.NotFound {
			t.Errorf("of none: %v", err)
		}
	})
}
