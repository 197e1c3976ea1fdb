package run

import (
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Problem is why a bill-to has no invoice of a run, or has a draft that could not be discarded or an invoice that could not be
// voided, or why a batch was not done.
type Problem struct {
	// BillTo is 0 where a whole batch was not done, and Range is the bill-tos of that batch.
	BillTo   catalogue.BillToID `json:"bill_to_id"`
	Currency money.Currency     `json:"currency"`
	Range    Range              `json:"range,omitzero"`
	// Message tells a person what to put right.
	Message string `json:"message"`
	// OfDraft says that it is a draft that could not be discarded, or an invoice that could not be voided with its run.
	OfDraft bool `json:"of_draft,omitempty"`
}

// MostProblems is how many problems a run lists; it counts all.
const MostProblems = 100

// GivenUp is the problem of a batch that was not done.
func (b Batch) GivenUp(reason string) Problem { return Problem{Range: b.Range, Message: reason} }
