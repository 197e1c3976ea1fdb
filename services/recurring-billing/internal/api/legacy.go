package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// LegacyStates are how stores of earlier versions wrote states into the change feed. Only their upgrade reads it.
var LegacyStates = legacy.States{
	catalogue.TypeItem:          legacy.Of(shown[catalogue.Item]),
	catalogue.TypeBillTo:        legacy.Of(shown[catalogue.BillTo]),
	catalogue.TypeMasterAccount: legacy.Of(shown[catalogue.MasterAccount]),
	line.Type:                   legacyLine,
	run.Type:                    legacyRun,
	invoice.Type:                legacy.Of(shown[invoice.Invoice]),
	run.TypeSchedule:            legacy.Of(shown[run.Schedule]),
	invoice.TypeCreditNote:      legacy.Of(shown[invoice.CreditNote]),
	invoice.TypeProfile:         legacy.Of(shown[invoice.Profile]),
}

func shown[T any](resource T) (proto.Message, error) { return Message(resource) }

// legacyRun reads a run. The problem of a batch that was not done told the batch's bill-tos in its message.
func legacyRun(state []byte) (proto.Message, error) {
	var r run.Run
	if err := json.Unmarshal(state, &r); err != nil {
		return nil, fmt.Errorf("reading the JSON of a cycle run: %w", err)
	}
	for i, problem := range r.Problems {
		var first, last catalogue.BillToID
		prefix, reason, found := strings.Cut(problem.Message, ": ")
		if problem.BillTo != 0 || !found {
			continue
		}
		if _, err := fmt.Sscanf(prefix, "bill-tos %d to %d", &first, &last); err == nil && first > 0 {
			r.Problems[i].Range, r.Problems[i].Message = run.Between(first, last), reason
		}
	}
	return Message(r)
}

// legacyLine reads a line. Lines from before they had rates have one monthly amount.
func legacyLine(state []byte) (proto.Message, error) {
	var l struct {
		line.Line
		Amount money.Amount `json:"monthly_amount"`
	}
	if err := json.Unmarshal(state, &l); err != nil {
		return nil, fmt.Errorf("reading the JSON of a recurring line: %w", err)
	}
	if len(l.Rates) == 0 && !l.Amount.IsZero() {
		l.Rates = []line.Rate{{Effective: l.Start, MonthlyAmount: l.Amount}}
	}
	return Message(l.Line)
}
