package api

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// renderers show the states in the change feed, by resource type.
var renderers = map[string]func(state []byte) (proto.Message, error){
	catalogue.TypeItem:          renderer(itemMessage),
	catalogue.TypeBillTo:        renderer(billToMessage),
	catalogue.TypeMasterAccount: renderer(masterMessage),
	line.Type:                   renderer(lineMessage),
	run.Type:                    renderer(runMessage),
	invoice.Type:                renderer(invoiceMessage),
	run.TypeSchedule:            renderer(scheduleMessage),
	invoice.TypeCreditNote:      renderer(creditNoteMessage),
	invoice.TypeProfile:         renderer(profileMessage),
}

func renderer[T any, M proto.Message](message func(T) (M, error)) func([]byte) (proto.Message, error) {
	return func(state []byte) (proto.Message, error) {
		var resource T
		if err := json.Unmarshal(state, &resource); err != nil {
			return nil, fmt.Errorf("reading a state: %w", err)
		}
		return message(resource)
	}
}

// Render shows an entry of the change feed as a message of the native API.
func Render(entry feed.Entry) (proto.Message, error) {
	render, known := renderers[entry.Type]
	if !known {
		return nil, fmt.Errorf("the change feed holds a %q, which is not known here", entry.Type)
	}
	message, err := render(entry.State)
	if err != nil {
		return nil, fmt.Errorf("showing a change of %s: %w", entry.Resource, err)
	}
	return message, nil
}
