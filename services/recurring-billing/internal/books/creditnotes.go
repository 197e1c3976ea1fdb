package books

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// importCreditNote imports a credit note. Its amount is already included in the credited amount of
// its invoice.
func importCreditNote(ctx context.Context, w Writer, n invoice.CreditNote) (imports.Outcome, error) {
	if err := checkCreditNote(&n); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (invoice.CreditNote, error) { return w.CreditNote(ctx, n.ID) }, mutation.ErrNotFound,
		func(present invoice.CreditNote) bool {
			present.Revision = mutation.Revision{}
			return reflect.DeepEqual(n, present)
		},
		func() error {
			if err := checkCredited(ctx, w, &n); err != nil {
				return err
			}
			return mutation.Explain(w.CreateCreditNote(ctx, &n), "credit note", n.ID)
		}, "credit note", n.ID)
}

func checkCreditNote(n *invoice.CreditNote) error {
	var v fault.Violations
	if n.ID <= 0 {
		v.Add(catalogue.FieldID, reason.Required, "must be the number of the credit note, 1 or more")
	}
	if n.IssueDate.IsZero() {
		v.Add("issue_date", reason.Required, "must be given")
	}
	invoice.CheckReason(&v, n.Reason)
	if n.Total <= 0 {
		v.Add("total", reason.OutOfRange, "must be above zero")
	}
	sum := int64(0)
	for i, item := range n.Items {
		in := fmt.Sprintf("items[%d].", i)
		if item.Position < 1 || item.Amount <= 0 || item.Amount > n.Total {
			v.Add(in+"amount", reason.OutOfRange, "must be above zero and not above the total, of an item of the invoice")
			return v.Err()
		}
		v.Text(in+"description", item.Description, line.MaxMemo)
		sum += item.Amount
	}
	if len(n.Items) > 0 && sum != n.Total {
		v.Add("total", reason.NotTheSum, "must be the sum of the items")
	}
	return v.Err()
}

// checkCredited checks a credit note against the invoice that it corrects.
func checkCredited(ctx context.Context, r CreditNoteImportWriter, n *invoice.CreditNote) error {
	inv, err := r.Invoice(ctx, n.Invoice)
	if errors.Is(err, mutation.ErrNotFound) {
		return fault.Unknown("invoice", "invoice", n.Invoice)
	}
	if err != nil {
		return err
	}
	if n.InvoiceNumber != inv.Number || n.BillTo != inv.BillTo || n.Customer != inv.Customer || n.Currency != inv.Currency {
		return fault.InvalidField("invoice", reason.Inconsistent, "invoice %s has another number, account, customer or currency", n.Invoice)
	}
	for _, item := range n.Items {
		if item.Position > len(inv.Items) {
			return fault.InvalidField("items", reason.NotFound, "invoice %s has no item %d", n.Invoice, item.Position)
		}
	}
	given := n.Total
	query := listing.Numbered("name", invoice.CreditNoteID(0), exportPage)
	query.Where = listing.Is("invoice", n.Invoice)
	for {
		notes, err := r.CreditNotes(ctx, query)
		if err != nil {
			return err
		}
		for _, note := range notes {
			given, query.After = given+note.Total, listing.Cursor{int64(note.ID)}
		}
		if len(notes) < exportPage {
			break
		}
	}
	if given > inv.Credited {
		return fault.InvalidField("total", reason.Inconsistent, "is more than the amount that invoice %s says was credited of it", n.Invoice)
	}
	return nil
}
