package run

import (
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Problem tells why a run made no invoice for a bill-to, why a job could not discard a draft or
// void an invoice, or why a batch was not done.
type Problem struct {
	// BillTo is 0 if a whole batch was not done. Range holds the bill-tos of that batch.
	BillTo   catalogue.BillToID `json:"bill_to_id"`
	Currency money.Currency     `json:"currency"`
	Range    Range              `json:"range,omitzero"`
	// Message tells a person what to correct.
	Message string `json:"message"`
}

// MaxProblems is the maximum number of problems that a run lists. It counts all of them.
const MaxProblems = 100

// GivenUp returns the problem of a batch that was not done.
func (b Batch) GivenUp(reason string) Problem { return Problem{Range: b.Range, Message: reason} }
