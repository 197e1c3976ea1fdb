package invoice

import (
	"context"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Voiding tells why, when and how an invoice was voided. It is zero for an invoice that is not
// void.
type Voiding struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Day is the date of At in the time zone of the billing schedule at the time. Documents show
	// it.
	Day date.Date `json:"day,omitzero"`
	// Released tells that the billed periods became billable again.
	Released bool `json:"periods_released"`
}

// MaxReason is the maximum length of the reason of a correction, in UTF-16 units.
const MaxReason = 500

// CheckReason adds a violation for a reason that is empty or too long.
func CheckReason(v *fault.Violations, why string) {
	if v.Text("reason", why, MaxReason) && strings.TrimSpace(why) == "" {
		v.Add("reason", reason.Required, "must be given")
	}
}

// Void voids a finalized invoice. Its periods stay billed unless release is set; then its lines go
// back to before it. The periods of a void invoice can be released by a later call, which does not
// change the reason and the time. A non-empty etag must match the invoice's.
func (s *Service) Void(ctx context.Context, id ID, why string, release bool, etag string) (Invoice, error) {
	var v fault.Violations
	CheckReason(&v, why)
	if err := v.Err(); err != nil {
		return Invoice{}, err
	}
	invoice, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Invoice, error) {
		invoice, err := w.Invoice(ctx, id)
		if err != nil {
			return Invoice{}, err
		}
		if invoice.State == Void && invoice.Voiding.Released == release && (release || invoice.Voiding.Reason == why) {
			return invoice, nil
		}
		if err := invoice.CheckVoidable(release, etag); err != nil {
			return Invoice{}, err
		}
		if err := void(ctx, w, &invoice, release); err != nil {
			return Invoice{}, err
		}
		today, err := w.Today(ctx, s.Clock.Now())
		if err != nil {
			return Invoice{}, err
		}
		invoice.MarkVoid(Voiding{Reason: why, At: s.Clock.Now().UTC(), Day: today, Released: release})
		err = w.UpdateInvoice(ctx, &invoice)
		return invoice, err
	})
	return s.withItems(ctx, invoice, mutation.Explain(err, "invoice", id))
}

// CheckVoidable returns a fault for a draft, and for a void invoice unless its periods are to be
// released now.
func (i *Invoice) CheckVoidable(release bool, etag string) error {
	if err := mutation.CheckEtag("invoice", i.ID, i, etag); err != nil {
		return err
	}
	switch i.State {
	case Draft:
		return fault.New(fault.FailedPrecondition, reason.InvoiceDraft, "invoice %s is a draft: delete it instead, or finalize it first", i.ID)
	case Void:
		if release {
			return nil // its periods can still be released
		}
		return fault.New(fault.FailedPrecondition, reason.AlreadyVoid, "invoice %d was already voided: %s", i.Number, i.Voiding.Reason)
	}
	return nil
}

// MarkVoid marks an invoice as void. An invoice that is already void keeps its reason and time.
func (i *Invoice) MarkVoid(as Voiding) {
	if i.State == Void {
		i.Voiding.Released = as.Released
		return
	}
	i.State, i.Voiding = Void, as
}

// void releases what an invoice holds of its lines and credits.
func void(ctx context.Context, w Writer, invoice *Invoice, release bool) error {
	billed, credited := invoice.BilledLines()
	if err := CheckNotCredited(ctx, w, invoice, billed); err != nil {
		return err
	}
	if err := w.ReleaseCredits(ctx, invoice.ID, credited); err != nil {
		return err
	}
	if !release {
		return nil
	}
	return releasePeriods(ctx, w, invoice, billed)
}
