package recurringbilling_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// drafts bills the demo lines as drafts.
func (f *fixture) drafts(t testing.TB) (*native.CycleRun, []*native.Invoice) {
	t.Helper()
	run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30), LeaveDrafts: true})
	drafts := f.allInvoices(t, &native.ListInvoicesRequest{Filter: onlyDrafts + " AND " + ofRun(run.GetName())})
	if len(drafts) < 3 || int64(len(drafts)) != run.GetDraftCount() || run.GetDraftCount() != run.GetInvoiceCount() || !run.GetLeaveDrafts() {
		t.Fatalf("%d drafts of %v", len(drafts), run)
	}
	return run, drafts
}

// watched watches a run until it ends.
func (f *fixture) watched(t testing.TB, name string) *native.CycleRun {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := f.runs.WatchCycleRun(ctx, &native.WatchCycleRunRequest{Name: name})
	seen := all(t, stream, err)
	return seen[len(seen)-1].GetCycleRun()
}

// lastJob returns the last job of a run, or nil if it had none.
func lastJob(run *native.CycleRun) *native.CycleRunJob {
	if len(run.GetJobs()) == 0 {
		return nil
	}
	return run.GetJobs()[len(run.GetJobs())-1]
}

// history returns the kinds of changes of a resource, and its last state.
func (f *fixture) history(t testing.TB, resource string) (kinds []string, last *native.Invoice) {
	t.Helper()
	for _, change := range f.settled(t, &changesv1.ListChangesRequest{Resource: resource, PageSize: 10}).GetChanges() {
		kinds = append(kinds, change.GetKind().String())
		last = &native.Invoice{}
		if err := change.GetState().UnmarshalTo(last); err != nil {
			t.Fatal(err)
		}
	}
	return kinds, last
}

func TestDraftsAreListedOnlyOnRequest(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		run, drafts := f.drafts(t)
		for i, draft := range drafts {
			if draft.GetNumber() != 0 || draft.GetState() != native.Invoice_STATE_DRAFT || draft.GetCycleRun() != run.GetName() || draft.GetEtag() == "" {
				t.Errorf("draft %d: %v", i, draft)
			}
		}
		if listed := must(f.invoices.ListInvoices(t.Context(), &native.ListInvoicesRequest{}))(t); len(listed.GetInvoices()) != 0 {
			t.Errorf("listed: %v", listed)
		}
		if sums := must(f.invoices.SumInvoices(t.Context(), &native.SumInvoicesRequest{}))(t); len(sums.GetSums()) != 0 {
			t.Errorf("summed: %v", sums)
		}
		sums := must(f.invoices.SumInvoices(t.Context(), &native.SumInvoicesRequest{Filter: onlyDrafts}))(t).GetSums()
		if len(sums) != 1 || sums[0].GetInvoiceCount() != run.GetDraftCount() || gocmp.Diff(run.GetTotals()[0], sums[0].GetInvoiced(), protocmp.Transform()) != "" {
			t.Errorf("drafts sum to %v, the run to %v", sums, run.GetTotals())
		}
		one := f.allInvoices(t, &native.ListInvoicesRequest{Filter: onlyDrafts + " AND " + ofBillTo(drafts[1].GetBillTo())})
		if len(one) != 1 || !protoEqual(one[0], drafts[1]) {
			t.Errorf("of one account: %v", one)
		}
		_, err := f.invoices.ListInvoices(t.Context(), &native.ListInvoicesRequest{PageToken: "eyJydW4iOjF9", PageSize: 1})
		wantFaults(t, err, "page_token INVALID_PAGE_TOKEN")
	})
}

func TestPrintAndExportDraft(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		_, drafts := f.drafts(t)
		name := drafts[0].GetName()
		id := strings.TrimPrefix(name, "invoices/")
		var header metadata.MD
		pdf := must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: name}, grpc.Header(&header)))(t)
		if got := header.Get("content-disposition"); len(got) != 1 || got[0] != `inline; filename="draft-`+id+`.pdf"` || !bytes.HasPrefix(pdf.GetData(), []byte("%PDF-")) {
			t.Errorf("got %d bytes and file name %q", len(pdf.GetData()), got)
		}
		one := must(f.invoices.ExportInvoice(t.Context(), &native.ExportInvoiceRequest{Name: name}, grpc.Header(&header)))(t)
		if got := header.Get("content-disposition"); len(got) != 1 || got[0] != `attachment; filename="draft-`+id+`.csv"` {
			t.Errorf("got file name %q", got)
		}
		rows := strings.Split(strings.TrimSpace(string(one.GetData())), "\r\n")
		if len(rows) < 2 || !strings.HasPrefix(rows[1], id+",,DRAFT,2026-04-30,") {
			t.Errorf("%q", rows)
		}
		export := func(filter string) string {
			var table bytes.Buffer
			stream, err := f.invoices.ExportInvoices(t.Context(), &native.ExportInvoicesRequest{Filter: filter})
			for _, chunk := range all[httpbody.HttpBody](t, stream, err) {
				table.Write(chunk.GetData())
			}
			return table.String()
		}
		if table := export(onlyDrafts); !strings.Contains(table, string(one.GetData()[bytes.IndexByte(one.GetData(), '\n')+1:])) {
			t.Errorf("all drafts lack the one:\n%s", table)
		}
		if table := export(""); strings.Count(table, "\n") != 1 {
			t.Errorf("without a state:\n%s", table)
		}
	})
}

func TestFinalizeRunPublishesDrafts(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		run, drafts := f.drafts(t)
		request := &native.FinalizeCycleRunRequest{Name: run.GetName(), RequestId: "k-1"}
		started := must(f.runs.FinalizeCycleRun(t.Context(), request))(t)
		if job := lastJob(started); job.GetKind() != native.CycleRunJob_KIND_FINALIZE || job.GetState() != native.CycleRunJob_STATE_RUNNING || job.GetEndTime() != nil || started.GetInvoiceCount() != run.GetInvoiceCount() {
			t.Errorf("started: %v", started)
		}
		ended := f.watched(t, run.GetName())
		if lastJob(ended).GetState() != native.CycleRunJob_STATE_SUCCEEDED || ended.GetDraftCount() != 0 || ended.GetFinalizedCount() != run.GetInvoiceCount() ||
			lastJob(ended).GetEndTime() == nil || !protoEqual(ended.GetEndTime(), run.GetEndTime()) {
			t.Errorf("ended: %v", ended)
		}
		if again := must(f.runs.FinalizeCycleRun(t.Context(), request))(t); !protoEqual(started, again) {
			t.Errorf("the same request again: %v", again)
		}
		if again := must(f.runs.FinalizeCycleRun(t.Context(), &native.FinalizeCycleRunRequest{Name: run.GetName()}))(t); !protoEqual(ended, again) {
			t.Errorf("finalized once more: %v", again)
		}
		made := f.allInvoices(t, &native.ListInvoicesRequest{})
		if diff := gocmp.Diff(drafts, made, protocmp.Transform(), protocmp.IgnoreFields(&native.Invoice{}, "number", "state", "update_time", "etag")); diff != "" {
			t.Errorf("invoices (-drafts +finalized):\n%s", diff)
		}
		for i, invoice := range made {
			kinds, last := f.history(t, invoice.GetName())
			if invoice.GetNumber() != int64(i+1) || invoice.GetState() != native.Invoice_STATE_FINALIZED || invoice.GetEtag() == drafts[i].GetEtag() ||
				!slices.Equal(kinds, []string{"KIND_CREATED", "KIND_UPDATED"}) || last.GetNumber() != invoice.GetNumber() || last.GetState() != invoice.GetState() {
				t.Errorf("invoice %d: got %v, feed kinds %v, last state %v", i+1, invoice, kinds, last)
			}
		}
		must(f.void(t, &native.VoidInvoiceRequest{Name: made[0].GetName(), Reason: "As any other"}))(t)
	})
}

func TestDiscardRunPublishesDrafts(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		before := f.everything(t)
		run, drafts := f.drafts(t)
		if started := must(f.runs.DiscardCycleRun(t.Context(), &native.DiscardCycleRunRequest{Name: run.GetName()}))(t); lastJob(started).GetKind() != native.CycleRunJob_KIND_DISCARD {
			t.Errorf("started: %v", started)
		}
		if ended := f.watched(t, run.GetName()); lastJob(ended).GetState() != native.CycleRunJob_STATE_SUCCEEDED || ended.GetDraftCount() != 0 || ended.GetDiscardedCount() != run.GetInvoiceCount() {
			t.Errorf("ended: %v", ended)
		}
		ignored := protocmp.IgnoreFields(&native.RecurringLine{}, "update_time", "etag")
		if diff := gocmp.Diff(before, f.everything(t), protocmp.Transform(), ignored); diff != "" || len(f.periods(t)) != 0 {
			t.Errorf("lines (-before +after):\n%s", diff)
		}
		for _, draft := range drafts {
			if kinds, _ := f.history(t, draft.GetName()); !slices.Equal(kinds, []string{"KIND_CREATED", "KIND_DELETED"}) {
				t.Errorf("feed kinds of %s: got %v", draft.GetName(), kinds)
			}
			if _, err := f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: draft.GetName()}); status.Code(err) != codes.NotFound {
				t.Errorf("%s is read: %v", draft.GetName(), err)
			}
		}
		plain := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30)})
		made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(plain.GetName())})
		if diff := gocmp.Diff(drafts, made, protocmp.Transform(),
			protocmp.IgnoreFields(&native.Invoice{}, "name", "number", "state", "cycle_run", "create_time", "update_time", "etag")); diff != "" {
			t.Errorf("billed again (-drafts +invoices):\n%s", diff)
		}
	})
}

func TestFinalizeAndDeleteSingleDrafts(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		run, drafts := f.drafts(t)
		last, first := drafts[len(drafts)-1], drafts[0]
		finalize := &native.FinalizeInvoiceRequest{Name: last.GetName(), Etag: last.GetEtag(), RequestId: "k-1"}
		one := must(f.invoices.FinalizeInvoice(t.Context(), finalize))(t)
		if one.GetNumber() != 1 || one.GetState() != native.Invoice_STATE_FINALIZED {
			t.Errorf("finalized: %v", one)
		}
		if diff := gocmp.Diff(last, one, protocmp.Transform(), protocmp.IgnoreFields(last, "number", "state", "update_time", "etag")); diff != "" {
			t.Errorf("finalized (-draft +invoice):\n%s", diff)
		}
		remove := &native.DeleteInvoiceRequest{Name: first.GetName(), Etag: first.GetEtag(), RequestId: "k-2"}
		must(f.invoices.DeleteInvoice(t.Context(), remove))(t)
		f.unchanged(t, func() {
			for _, key := range []string{"k-1", ""} {
				finalize.RequestId = key
				if again := must(f.invoices.FinalizeInvoice(t.Context(), finalize))(t); !protoEqual(one, again) {
					t.Errorf("finalized again with key %q: %v", key, again)
				}
			}
			must(f.invoices.DeleteInvoice(t.Context(), remove))(t)
			remove.RequestId = ""
			if _, err := f.invoices.DeleteInvoice(t.Context(), remove); status.Code(err) != codes.NotFound {
				t.Errorf("deleted again: %v", err)
			}
		})
		after := must(f.runs.GetCycleRun(t.Context(), &native.GetCycleRunRequest{Name: run.GetName()}))(t)
		if after.GetDraftCount() != run.GetDraftCount()-2 || after.GetFinalizedCount() != 1 || after.GetDiscardedCount() != 1 || after.GetState() != run.GetState() {
			t.Errorf("the run: %v", after)
		}
		again := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30)})
		if again.GetInvoiceCount() != 1 {
			t.Errorf("a run after one was deleted: %v", again)
		}
		must(f.runs.FinalizeCycleRun(t.Context(), &native.FinalizeCycleRunRequest{Name: run.GetName()}))(t)
		f.watched(t, run.GetName())
		for i, invoice := range f.allInvoices(t, &native.ListInvoicesRequest{}) {
			if invoice.GetNumber() != int64(i+1) {
				t.Errorf("invoice %d has number %d", i+1, invoice.GetNumber())
			}
		}
	})
}

func TestDraftRejections(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		run, drafts := f.drafts(t)
		finalized := must(f.invoices.FinalizeInvoice(ctx, &native.FinalizeInvoiceRequest{Name: drafts[0].GetName()}))(t)
		void := must(f.invoices.FinalizeInvoice(ctx, &native.FinalizeInvoiceRequest{Name: drafts[1].GetName()}))(t)
		must(f.void(t, &native.VoidInvoiceRequest{Name: void.GetName(), Reason: "x"}))(t)
		// A later run bills the line of the third draft further.
		draft := drafts[2]
		later := f.run(t, &native.CycleRun{AsOfDate: day(2026, 5, 31), LeaveDrafts: true, LineFilter: &native.CycleRunFilter{BillTos: []string{draft.GetBillTo()}}})
		if later.GetDraftCount() != 1 {
			t.Fatalf("%v", later)
		}
		line := draft.GetItems()[0].GetParts()[0]
		cancel := cancelOf(line.GetRecurringLine(), line.GetStartDate())
		cancel.Credit = true
		for _, test := range []struct {
			name   string
			call   func() error
			code   codes.Code
			reason string
		}{
			{"voiding", func() error {
				_, err := f.void(t, &native.VoidInvoiceRequest{Name: draft.GetName(), Reason: "x"})
				return err
			}, codes.FailedPrecondition, "INVOICE_DRAFT"},
			{"crediting", func() error {
				_, err := f.credit(t, &native.CreditNote{Invoice: draft.GetName(), Reason: "x"})
				return err
			}, codes.FailedPrecondition, "INVOICE_DRAFT"},
			{"cancelling a line with a credit for its days", func() error {
				_, err := f.lines.CancelRecurringLine(ctx, cancel)
				return err
			}, codes.FailedPrecondition, "INVOICE_DRAFT"},
			{"finalizing another state", func() error {
				_, err := f.invoices.FinalizeInvoice(ctx, &native.FinalizeInvoiceRequest{Name: draft.GetName(), Etag: "gone"})
				return err
			}, codes.Aborted, "ETAG_MISMATCH"},
			{"finalizing a void one", func() error {
				_, err := f.invoices.FinalizeInvoice(ctx, &native.FinalizeInvoiceRequest{Name: void.GetName()})
				return err
			}, codes.FailedPrecondition, "ALREADY_VOID"},
			{"finalizing none", func() error {
				_, err := f.invoices.FinalizeInvoice(ctx, &native.FinalizeInvoiceRequest{Name: "invoices/9-9-USD"})
				return err
			}, codes.NotFound, "NOT_FOUND"},
			{"deleting another state", func() error {
				_, err := f.invoices.DeleteInvoice(ctx, &native.DeleteInvoiceRequest{Name: draft.GetName(), Etag: "gone"})
				return err
			}, codes.Aborted, "ETAG_MISMATCH"},
			{"deleting a finalized one", func() error {
				_, err := f.invoices.DeleteInvoice(ctx, &native.DeleteInvoiceRequest{Name: finalized.GetName()})
				return err
			}, codes.FailedPrecondition, "NOT_A_DRAFT"},
			{"deleting a void one", func() error {
				_, err := f.invoices.DeleteInvoice(ctx, &native.DeleteInvoiceRequest{Name: void.GetName()})
				return err
			}, codes.FailedPrecondition, "NOT_A_DRAFT"},
			{"deleting one that was billed further", func() error {
				_, err := f.invoices.DeleteInvoice(ctx, &native.DeleteInvoiceRequest{Name: draft.GetName()})
				return err
			}, codes.FailedPrecondition, "PERIODS_NOT_LATEST"},
			{"finalizing another tenant's run", func() error {
				_, err := f.runs.FinalizeCycleRun(as(t, "another"), &native.FinalizeCycleRunRequest{Name: run.GetName()})
				return err
			}, codes.NotFound, "NOT_FOUND"},
			{"discarding no run", func() error {
				_, err := f.runs.DiscardCycleRun(ctx, &native.DiscardCycleRunRequest{Name: "cycleRuns/99"})
				return err
			}, codes.NotFound, "NOT_FOUND"},
			{"a dry run that leaves drafts", func() error {
				_, err := f.runs.CreateCycleRun(ctx, &native.CreateCycleRunRequest{CycleRun: &native.CycleRun{Preview: true, LeaveDrafts: true}})
				wantFaults(t, err, "cycle_run.leave_drafts INCONSISTENT")
				return err
			}, codes.InvalidArgument, "INCONSISTENT"},
		} {
			t.Run(test.name, func(t *testing.T) {
				f.unchanged(t, func() {
					if err := test.call(); status.Code(err) != test.code || reasonOf(err) != test.reason {
						t.Errorf("got %v (%s), want %s %s", err, reasonOf(err), test.code, test.reason)
					}
				})
			})
		}
		// Without a credit, the line is cancelled and its days stay on the draft.
		cancel.Credit = false
		must(f.lines.CancelRecurringLine(ctx, cancel))(t)
	})
}

func TestBillingScheduleLeavesDrafts(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		set := must(f.schedules.UpdateBillingSchedule(t.Context(), &native.UpdateBillingScheduleRequest{BillingSchedule: &native.BillingSchedule{
			Name: "billingSchedule", Enabled: true, DayOfMonth: 20, LeaveDrafts: true,
		}}))(t)
		read := must(f.schedules.GetBillingSchedule(t.Context(), &native.GetBillingScheduleRequest{Name: "billingSchedule"}))(t)
		if !set.GetLeaveDrafts() || !protoEqual(set, read) {
			t.Errorf("set %v, read %v", set, read)
		}
	})
}
