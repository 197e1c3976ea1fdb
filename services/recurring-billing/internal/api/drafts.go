package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// FinalizeCycleRun starts a job that finalizes the drafts of a run.
func (h *handlers) FinalizeCycleRun(ctx context.Context, request *pb.FinalizeCycleRunRequest) (*pb.CycleRun, error) {
	return changeRun(ctx, request.GetName(), h.Runs.Finalize)
}

// DiscardCycleRun starts a job that discards the drafts of a run.
func (h *handlers) DiscardCycleRun(ctx context.Context, request *pb.DiscardCycleRunRequest) (*pb.CycleRun, error) {
	return changeRun(ctx, request.GetName(), h.Runs.Discard)
}

// VoidCycleRun starts a job that voids the invoices of a run.
func (h *handlers) VoidCycleRun(ctx context.Context, request *pb.VoidCycleRunRequest) (*pb.CycleRun, error) {
	return changeRun(ctx, request.GetName(), func(ctx context.Context, id run.ID) (run.Run, error) {
		return h.Runs.Void(ctx, id, request.GetReason(), request.GetReleasePeriods())
	})
}

// changeRun applies change to the named run.
func changeRun(ctx context.Context, name string, change func(context.Context, run.ID) (run.Run, error)) (*pb.CycleRun, error) {
	id, err := resourcename.Number[run.ID](runNames, "name", name)
	if err != nil {
		return nil, err
	}
	cycleRun, err := change(ctx, id)
	if err != nil {
		return nil, err
	}
	return runMessage(cycleRun)
}

// FinalizeInvoice finalizes a draft.
func (h *handlers) FinalizeInvoice(ctx context.Context, request *pb.FinalizeInvoiceRequest) (*pb.Invoice, error) {
	id, err := resourcename.ID[invoice.ID](invoiceNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	finalized, err := h.Invoices.Finalize(ctx, id, request.GetEtag())
	if err != nil {
		return nil, err
	}
	return invoiceMessage(finalized)
}

// DeleteInvoice deletes a draft.
func (h *handlers) DeleteInvoice(ctx context.Context, request *pb.DeleteInvoiceRequest) (*emptypb.Empty, error) {
	id, err := resourcename.ID[invoice.ID](invoiceNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	if err := h.Invoices.Delete(ctx, id, request.GetEtag()); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}
