package run

import (
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Problem is why a bill-to has no invoice of a run, or has a draft that could not be discarded or an invoice that could not be
// voided, or why a batch was not done.
type Problem struct {
	// BillTo is 0 where a whole batch was not done.
	BillTo   catalogue.BillToID `json:"bill_to_id"`
	Currency money.Currency     `json:"currency"`
	// Message tells a person what to put right.
	Message string `json:"message"`
	// OfDraft says that it is a draft that could not be discarded, or an invoice that could not be voided with its run.
	OfDraft bool `json:"of_draft,omitempty"`
}

// MostProblems is how many problems a run lists; it counts all.
const MostProblems = 100

// givenUp is how the problem of a batch that was not done begins, with the first and the last of its bill-tos.
const givenUp = "bill-tos %d to %d: "

// GivenUp is the problem of a batch that was not done.
func (b Batch) GivenUp(reason string) Problem {
	return Problem{Message: fmt.Sprintf(givenUp, b.After+1, b.Upto) + reason}
}

// Range is the bill-tos of a batch whose problem this is, all where it does not say, and the reason.
func (p Problem) Range() (in Range, reason string) {
	if _, err := fmt.Sscanf(p.Message, givenUp, &in.After, &in.Upto); err != nil || in.After < 1 {
		return Range{Upto: maxBillTo}, p.Message
	}
	in.After--
	return in, strings.TrimPrefix(p.Message, fmt.Sprintf(givenUp, in.After+1, in.Upto))
}
