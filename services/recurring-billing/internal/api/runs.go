package api

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// billingHandlers serve cycle runs, invoices and billing schedules.
type billingHandlers struct {
	pb.UnimplementedCycleRunServiceServer
	pb.UnimplementedInvoiceServiceServer
	pb.UnimplementedBillingScheduleServiceServer
	pb.UnimplementedCreditNoteServiceServer
	pb.UnimplementedBillingProfileServiceServer
	biller *domain.Biller
}

// RegisterBilling adds the native API of a biller to a gRPC server.
func RegisterBilling(registrar grpc.ServiceRegistrar, biller *domain.Biller) {
	h := &billingHandlers{biller: biller}
	pb.RegisterCycleRunServiceServer(registrar, h)
	pb.RegisterInvoiceServiceServer(registrar, h)
	pb.RegisterBillingScheduleServiceServer(registrar, h)
	pb.RegisterCreditNoteServiceServer(registrar, h)
	pb.RegisterBillingProfileServiceServer(registrar, h)
}

// Collections of billing.
const (
	cycleRuns = "cycleRuns/"
	invoices  = "invoices/"
)

var runStates = map[domain.RunState]pb.CycleRun_State{
	domain.RunPending:    pb.CycleRun_STATE_PENDING,
	domain.RunRunning:    pb.CycleRun_STATE_RUNNING,
	domain.RunSucceeded:  pb.CycleRun_STATE_SUCCEEDED,
	domain.RunCancelled:  pb.CycleRun_STATE_CANCELLED,
	domain.RunFailed:     pb.CycleRun_STATE_FAILED,
	domain.RunFinalizing: pb.CycleRun_STATE_FINALIZING,
	domain.RunDiscarding: pb.CycleRun_STATE_DISCARDING,
	domain.RunVoiding:    pb.CycleRun_STATE_VOIDING,
}

func runMessage(r domain.Run) (*pb.CycleRun, error) {
	totals := make([]*money.Money, 0, len(r.Totals))
	for _, currency := range r.Totals.Currencies() {
		totals = append(totals, sumMessage(r.Totals[currency], currency))
	}
	problems := make([]*pb.CycleRunProblem, len(r.Problems))
	for i, problem := range r.Problems {
		problems[i] = problemMessage(problem)
	}
	created, updated := timestamps(r.Revision)
	message := &pb.CycleRun{
		Name: numberName(cycleRuns, r.ID), AsOfDate: gtype.Date(r.AsOf), Filter: filterMessage(r.Filter), DryRun: r.DryRun,
		State: runStates[r.State], BatchCount: int32(r.Batches), BatchesDone: int32(r.Done), InvoiceCount: r.Invoices,
		PeriodCount: r.Periods, Totals: totals, ProblemCount: r.ProblemCount, Problems: problems,
		ScheduledDate: gtype.Date(r.Scheduled), CreateTime: created, UpdateTime: updated, LeaveDrafts: r.LeaveDrafts,
		DraftCount: r.Drafts.Left, FinalizedCount: r.Drafts.Finalized, DiscardedCount: r.Drafts.Discarded,
	}
	if !r.Ended.IsZero() {
		message.EndTime = timestamppb.New(r.Ended)
	}
	return message, nil
}

func problemMessage(p domain.Problem) *pb.CycleRunProblem {
	return &pb.CycleRunProblem{BillTo: numberName(billTos, p.BillTo), CurrencyCode: string(p.Currency), Message: p.Message}
}

func filterMessage(f domain.Filter) *pb.CycleRunFilter {
	message := &pb.CycleRunFilter{}
	for _, cycle := range f.Cycles {
		message.BillCycles = append(message.BillCycles, cycleMessages[cycle])
	}
	for _, item := range f.Items {
		message.Items = append(message.Items, codeName(items, item))
	}
	for _, master := range f.Masters {
		message.MasterAccounts = append(message.MasterAccounts, codeName(masterAccounts, master))
	}
	for _, billTo := range f.BillTos {
		message.BillTos = append(message.BillTos, numberName(billTos, billTo))
	}
	if len(f.Cycles)+len(f.Items)+len(f.Masters)+len(f.BillTos) == 0 {
		return nil
	}
	return message
}

func readFilter(r *reader, m *pb.CycleRunFilter) domain.Filter {
	filter := domain.Filter{Cycles: readCycles(m.GetBillCycles())}
	for _, name := range m.GetItems() {
		filter.Items = append(filter.Items, code[domain.ItemCode](items, name))
	}
	for _, name := range m.GetMasterAccounts() {
		filter.Masters = append(filter.Masters, code[domain.MasterAccountCode](masterAccounts, name))
	}
	for i, name := range m.GetBillTos() {
		filter.BillTos = append(filter.BillTos, readNumber[domain.BillToID](r, "filter.bill_tos["+strconv.Itoa(i)+"]", billTos, name))
	}
	return filter
}

func readCycles(messages []pb.BillCycle) (all []domain.BillCycle) {
	for _, message := range messages {
		all = append(all, cycles[message])
	}
	return all
}

// inRun renames the fields of a violation to those of a create request.
func inRun(err error) error {
	return domain.RenameFields(err, func(field string) string { return "cycle_run." + field })
}

// CreateCycleRun starts a run.
func (h *billingHandlers) CreateCycleRun(ctx context.Context, request *pb.CreateCycleRunRequest) (*pb.CycleRun, error) {
	var r reader
	asked := request.GetCycleRun()
	asOf, filter := r.date("as_of_date", asked.GetAsOfDate()), readFilter(&r, asked.GetFilter())
	if asked.GetDryRun() && asked.GetLeaveDrafts() {
		r.refuse("leave_drafts", reason.Inconsistent, "must not be set together with dry_run, which makes no invoices")
	}
	if err := r.err(); err != nil {
		return nil, inRun(err)
	}
	var run domain.Run
	var err error
	if asked.GetLeaveDrafts() {
		run, err = h.biller.CreateDraftRun(ctx, asOf, filter)
	} else {
		run, err = h.biller.CreateRun(ctx, asOf, filter, asked.GetDryRun())
	}
	if err != nil {
		return nil, inRun(err)
	}
	return runMessage(run)
}

// GetCycleRun reads a run.
func (h *billingHandlers) GetCycleRun(ctx context.Context, request *pb.GetCycleRunRequest) (*pb.CycleRun, error) {
	run, err := h.run(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	return runMessage(run)
}

func (h *billingHandlers) run(ctx context.Context, name string) (domain.Run, error) {
	id, ok := number[domain.RunID](cycleRuns, name)
	if !ok {
		return domain.Run{}, noSuchNumber(name)
	}
	return h.biller.Run(ctx, id)
}

// ListCycleRuns lists runs.
func (h *billingHandlers) ListCycleRuns(ctx context.Context, request *pb.ListCycleRunsRequest) (*pb.ListCycleRunsResponse, error) {
	messages, next, err := list(request, h.read(ctx), func(r domain.Run) domain.RunID { return r.ID }, runMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListCycleRunsResponse{CycleRuns: messages, NextPageToken: next}, nil
}

func (h *billingHandlers) read(ctx context.Context) func(domain.RunID, int) ([]domain.Run, error) {
	return func(before domain.RunID, limit int) ([]domain.Run, error) { return h.biller.Runs(ctx, before, limit) }
}

// A watched run is looked at again when this process changes something, but no sooner than after breath, and at the latest
// after progress, since other replicas change it too.
const (
	breath   = 20 * time.Millisecond
	progress = 250 * time.Millisecond
)

// WatchCycleRun sends a run whenever its progress changes, until it has ended.
func (h *billingHandlers) WatchCycleRun(request *pb.WatchCycleRunRequest, stream grpc.ServerStreamingServer[pb.WatchCycleRunResponse]) error {
	var sent *domain.Run
	for {
		changed := h.biller.Changed()
		run, err := h.run(stream.Context(), request.GetName())
		if err != nil {
			return err
		}
		if sent == nil || sent.Version != run.Version || sent.Done != run.Done || sent.ProblemCount != run.ProblemCount || sent.Drafts != run.Drafts {
			message, err := runMessage(run)
			if err != nil {
				return err
			}
			if err := stream.Send(&pb.WatchCycleRunResponse{CycleRun: message}); err != nil {
				return err
			}
			sent = &run
		}
		if run.State.Ended() {
			return nil
		}
		if err := pause(stream.Context(), nil, breath); err != nil {
			return err
		}
		if err := pause(stream.Context(), changed, progress-breath); err != nil {
			return err
		}
	}
}

// pause waits for a while, or less if something happens first.
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

// CancelCycleRun ends a run.
func (h *billingHandlers) CancelCycleRun(ctx context.Context, request *pb.CancelCycleRunRequest) (*pb.CycleRun, error) {
	return changeRun(ctx, request.GetName(), h.biller.CancelRun)
}

// PreviewCycleRun sends the invoices that a run would make.
func (h *billingHandlers) PreviewCycleRun(request *pb.PreviewCycleRunRequest, stream grpc.ServerStreamingServer[pb.PreviewCycleRunResponse]) error {
	var r reader
	asOf, filter := r.date("as_of_date", request.GetAsOfDate()), readFilter(&r, request.GetFilter())
	if err := r.err(); err != nil {
		return err
	}
	return h.biller.Preview(stream.Context(), asOf, filter, func(invoices []domain.Invoice, problems []domain.Problem) error {
		for _, invoice := range invoices {
			message, err := invoiceMessage(invoice)
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
