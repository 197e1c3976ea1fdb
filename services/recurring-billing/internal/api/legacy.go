package api

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// LegacyStates reads the states that earlier versions wrote to the change feed. Only the migration
// uses it.
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

// legacyLine reads a line. Lines from before rates existed have a single monthly amount.
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
