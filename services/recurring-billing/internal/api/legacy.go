package api

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// LegacyStates are how stores of earlier versions wrote states into the change feed. Only their upgrade reads it.
var LegacyStates = legacy.States{
	domain.TypeItem:          legacy.Of(shown[domain.Item]),
	domain.TypeBillTo:        legacy.Of(shown[domain.BillTo]),
	domain.TypeMasterAccount: legacy.Of(shown[domain.MasterAccount]),
	domain.TypeLine:          legacyLine,
	domain.TypeRun:           legacy.Of(shown[domain.Run]),
	domain.TypeInvoice:       legacy.Of(shown[domain.Invoice]),
	domain.TypeSchedule:      legacy.Of(shown[domain.Schedule]),
	domain.TypeCreditNote:    legacy.Of(shown[domain.CreditNote]),
	domain.TypeProfile:       legacy.Of(shown[domain.Profile]),
}

func shown[T any](resource T) (proto.Message, error) { return Message(resource) }

// legacyLine reads a line. Lines from before they had rates have one monthly amount.
func legacyLine(state []byte) (proto.Message, error) {
	var line struct {
		domain.Line
		Amount domain.Amount `json:"monthly_amount"`
	}
	if err := json.Unmarshal(state, &line); err != nil {
		return nil, fmt.Errorf("reading the JSON of a recurring line: %w", err)
	}
	if len(line.Rates) == 0 && !line.Amount.IsZero() {
		line.Rates = []domain.Rate{{Effective: line.Start, MonthlyAmount: line.Amount}}
	}
	return Message(line.Line)
}
