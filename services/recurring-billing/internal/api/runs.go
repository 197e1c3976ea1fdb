package api

import (
	"context"
	"strconv"
	"time"

	moneypb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var runStates = map[run.State]pb.CycleRun_State{
	run.Pending:   pb.CycleRun_STATE_PENDING,
	run.Running:   pb.CycleRun_STATE_RUNNING,
	run.Succeeded: pb.CycleRun_STATE_SUCCEEDED,
	run.Cancelled: pb.CycleRun_STATE_CANCELLED,
	run.Failed:    pb.CycleRun_STATE_FAILED,
}

func runMessage(r run.Run) (*pb.CycleRun, error) {
	totals := make([]*moneypb.Money, 0, len(r.Totals))
	for _, currency := range r.Totals.Currencies() {
		totals = append(totals, sumMessage(r.Totals[currency], currency))
	}
	created, updated := timestamps(r.Revision)
	message := &pb.CycleRun{
		Name: runNames.Format(r.ID), AsOfDate: gtype.Date(r.AsOf), LineFilter: filterMessage(r.Filter), Preview: r.Preview,
		State: runStates[r.State], BatchCount: int32(r.Batches), BatchesDone: int32(r.Done), InvoiceCount: r.Invoices,
		PeriodCount: r.Periods, Totals: totals, ProblemCount: r.ProblemCount, Problems: problemMessages(r.Problems),
		ScheduledDate: gtype.Date(r.Scheduled), CreateTime: created, UpdateTime: updated, LeaveDrafts: r.LeaveDrafts,
		DraftCount: r.Drafts.Left, FinalizedCount: r.Drafts.Finalized, DiscardedCount: r.Drafts.Discarded, Jobs: jobMessages(r.Jobs),
	}
	if !r.Ended.IsZero() {
		message.EndTime = timestamppb.New(r.Ended)
	}
	return message, nil
}

func filterMessage(f run.Filter) *pb.CycleRunFilter {
	message := &pb.CycleRunFilter{}
	for _, cycle := range f.Cycles {
		message.BillCycles = append(message.BillCycles, cycleMessages[cycle])
	}
	for _, item := range f.Items {
		message.Items = append(message.Items, itemNames.Format(item))
	}
	for _, master := range f.Masters {
		message.MasterAccounts = append(message.MasterAccounts, masterNames.Format(master))
	}
	for _, billTo := range f.BillTos {
		message.BillTos = append(message.BillTos, billToNames.Format(billTo))
	}
	if len(f.Cycles)+len(f.Items)+len(f.Masters)+len(f.BillTos) == 0 {
		return nil
	}
	return message
}

func readFilter(r *reader, m *pb.CycleRunFilter) run.Filter {
	filter := run.Filter{Cycles: readCycles(m.GetBillCycles())}
	for i, name := range m.GetItems() {
		filter.Items = append(filter.Items, readID[catalogue.ItemCode](r, "filter.items["+strconv.Itoa(i)+"]", itemNames, name))
	}
	for i, name := range m.GetMasterAccounts() {
		filter.Masters = append(filter.Masters, readID[catalogue.MasterAccountCode](r, "filter.master_accounts["+strconv.Itoa(i)+"]", masterNames, name))
	}
	for i, name := range m.GetBillTos() {
		filter.BillTos = append(filter.BillTos, readNumber[catalogue.BillToID](r, "filter.bill_tos["+strconv.Itoa(i)+"]", billToNames, name))
	}
	return filter
}

func readCycles(messages []pb.BillCycle) (all []line.BillCycle) {
	for _, message := range messages {
		all = append(all, cycles[message])
	}
	return all
}

// inRun renames the fields of a violation to those of a create request.
func inRun(err error) error {
	return fault.Rename(err, func(field string) string { return "cycle_run." + field })
}

// CreateCycleRun starts a run.
func (h *handlers) CreateCycleRun(ctx context.Context, request *pb.CreateCycleRunRequest) (*pb.CycleRun, error) {
	var r reader
	sent := request.GetCycleRun()
	asOf, filter := r.date("as_of_date", sent.GetAsOfDate()), readFilter(&r, sent.GetLineFilter())
	if sent.GetPreview() && sent.GetLeaveDrafts() {
		r.Add("leave_drafts", reason.Inconsistent, "must not be set together with preview, which makes no invoices")
	}
	if err := r.Err(); err != nil {
		return nil, inRun(err)
	}
	var cycleRun run.Run
	var err error
	if sent.GetLeaveDrafts() {
		cycleRun, err = h.Runs.CreateDraft(ctx, asOf, filter)
	} else {
		cycleRun, err = h.Runs.Create(ctx, asOf, filter, sent.GetPreview())
	}
	if err != nil {
		return nil, inRun(err)
	}
	return runMessage(cycleRun)
}

// GetCycleRun reads a run.
func (h *handlers) GetCycleRun(ctx context.Context, request *pb.GetCycleRunRequest) (*pb.CycleRun, error) {
	run, err := h.run(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	return runMessage(run)
}

func (h *handlers) run(ctx context.Context, name string) (run.Run, error) {
	id, err := resourcename.Number[run.ID](runNames, "name", name)
	if err != nil {
		return run.Run{}, err
	}
	return h.Runs.Get(ctx, id)
}

// ListCycleRuns lists runs.
func (h *handlers) ListCycleRuns(ctx context.Context, request *pb.ListCycleRunsRequest) (*pb.ListCycleRunsResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, runList, request, h.Runs.List, runMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListCycleRunsResponse{CycleRuns: found, NextPageToken: next}, nil
}

// A watched run is read again when this process changes a run of its tenant, but at most once in
// minPollInterval, and at least once in maxPollInterval, since other replicas change it too.
const (
	minPollInterval = 20 * time.Millisecond
	maxPollInterval = 250 * time.Millisecond
)

// progressed reports whether a run has made progress.
func progressed(from, to *run.Run) bool {
	if from.Version != to.Version || from.Done != to.Done || from.ProblemCount != to.ProblemCount || from.Drafts != to.Drafts {
		return true
	}
	before, job := from.RunningJob(), to.RunningJob()
	return before != nil && job != nil && (before.Done != job.Done || before.ProblemCount != job.ProblemCount)
}

// WatchCycleRun sends a run whenever its progress changes, until the run and its running job have
// ended.
func (h *handlers) WatchCycleRun(request *pb.WatchCycleRunRequest, stream grpc.ServerStreamingServer[pb.WatchCycleRunResponse]) error {
	news, leave, err := h.Runs.Follow(stream.Context())
	if err != nil {
		return err
	}
	defer leave()
	var sent *run.Run
	for {
		cycleRun, err := h.run(stream.Context(), request.GetName())
		if err != nil {
			return err
		}
		if sent == nil || progressed(sent, &cycleRun) {
			message, err := runMessage(cycleRun)
			if err != nil {
				return err
			}
			if err := stream.Send(&pb.WatchCycleRunResponse{CycleRun: message}); err != nil {
				return err
			}
			sent = &cycleRun
		}
		if !cycleRun.InProgress() {
			return nil
		}
		if err := pause(stream.Context(), nil, minPollInterval); err != nil {
			return err
		}
		if err := pause(stream.Context(), news, maxPollInterval-minPollInterval); err != nil {
			return err
		}
	}
}

// pause waits for a while, or until something happens.
func pause(ctx context.Context, something <-chan struct{}, while time.Duration) error {
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-something:
	case <-timer.C:
	}
	return nil
}

// CancelCycleRun ends a run, or its running job.
func (h *handlers) CancelCycleRun(ctx context.Context, request *pb.CancelCycleRunRequest) (*pb.CycleRun, error) {
	return changeRun(ctx, request.GetName(), h.Runs.Cancel)
}

// PreviewCycleRun sends the invoices that a run would make.
func (h *handlers) PreviewCycleRun(request *pb.PreviewCycleRunRequest, stream grpc.ServerStreamingServer[pb.PreviewCycleRunResponse]) error {
	var r reader
	asOf, filter := r.date("as_of_date", request.GetAsOfDate()), readFilter(&r, request.GetLineFilter())
	if err := r.Err(); err != nil {
		return err
	}
	return h.Runs.Preview(stream.Context(), asOf, filter, func(invoices []invoice.Invoice, problems []run.Problem) error {
		for _, inv := range invoices {
			message, err := invoiceMessage(inv)
			if err != nil {
				return err
			}
			if err := stream.Send(&pb.PreviewCycleRunResponse{Outcome: &pb.PreviewCycleRunResponse_Invoice{Invoice: message}}); err != nil {
				return err
			}
		}
		for _, problem := range problems {
			if err := stream.Send(&pb.PreviewCycleRunResponse{Outcome: &pb.PreviewCycleRunResponse_Problem{Problem: problemMessage(problem)}}); err != nil {
				return err
			}
		}
		return nil
	})
}
