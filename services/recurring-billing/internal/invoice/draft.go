package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// DraftCount counts the invoices that a run left as drafts.
type DraftCount struct {
	// Left counts those that are still drafts.
	Left      int64 `json:"draft_count"`
	Finalized int64 `json:"finalized_count"`
	Discarded int64 `json:"discarded_count"`
}

// Finalize gives a draft its number. A non-empty etag must match the draft's. An invoice that is
// already finalized is returned unchanged.
func (s *Service) Finalize(ctx context.Context, id ID, etag string) (Invoice, error) {
	invoice, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil || invoice.State == Finalized {
			return invoice, err
		}
		if err := mutation.CheckEtag("invoice", id, invoice, etag); err != nil {
			return Invoice{}, err
		}
		if invoice.State == Void {
			return Invoice{}, fault.New(fault.FailedPrecondition, reason.AlreadyVoid, "invoice %d was already voided: %s", invoice.Number, invoice.Voiding.Reason)
		}
		if err := w.CountSettled(ctx, &invoice, DraftCount{Finalized: 1}); err != nil {
			return Invoice{}, err
		}
		drafts := []Invoice{invoice}
		err = w.FinalizeDrafts(ctx, drafts)
		return drafts[0], err
	}, mutation.Guarded())
	return s.withItems(ctx, invoice, mutation.Explain(err, "invoice", id))
}

// Delete discards a draft. A non-empty etag must match the draft's.
func (s *Service) Delete(ctx context.Context, id ID, etag string) error {
	_, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (struct{}, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return struct{}{}, err
		}
		if err := mutation.CheckEtag("invoice", id, invoice, etag); err != nil {
			return struct{}{}, err
		}
		if invoice.State != Draft {
			return struct{}{}, fault.New(fault.FailedPrecondition, reason.NotADraft, "invoice %d has a number and cannot be deleted: void it instead", invoice.Number)
		}
		if err := w.CountSettled(ctx, &invoice, DraftCount{Discarded: 1}); err != nil {
			return struct{}{}, err
		}
		d, err := PlanDiscard(ctx, w, []Invoice{invoice})
		if err != nil {
			return struct{}{}, err
		}
		if len(d.Kept) > 0 {
			return struct{}{}, fault.New(fault.FailedPrecondition, reason.PeriodsNotLatest, "%s", d.Refusal(&invoice))
		}
		return struct{}{}, d.Write(ctx, w)
	}, mutation.Guarded())
	return mutation.Explain(err, "invoice", id)
}

// withItems adds the items to an invoice. An outcome recorded for the request's idempotency key
// lacks them.
func (s *Service) withItems(ctx context.Context, invoice Invoice, err error) (Invoice, error) {
	if err != nil {
		return Invoice{}, err
	}
	if invoice.Items == nil {
		whole, err := s.Get(ctx, invoice.ID)
		if err != nil {
			return Invoice{}, err
		}
		invoice.Items = whole.Items
	}
	return invoice, nil
}
