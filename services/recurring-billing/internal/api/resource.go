package api

import (
	"fmt"
	"reflect"

	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Message converts a resource, or a pointer to one, to a message of the native API.
func Message(resource any) (proto.Message, error) {
	if pointer := reflect.ValueOf(resource); pointer.Kind() == reflect.Pointer {
		resource = pointer.Elem().Interface()
	}
	switch r := resource.(type) {
	case catalogue.Item:
		return itemMessage(r)
	case catalogue.BillTo:
		return billToMessage(r)
	case catalogue.MasterAccount:
		return masterMessage(r)
	case line.Line:
		return lineMessage(r)
	case charge.Charge:
		return chargeMessage(r)
	case increase.Increase:
		return increaseMessage(r)
	case increase.Line:
		return raisedMessage(r)
	case invoice.Profile:
		return profileMessage(r)
	case run.Schedule:
		return scheduleMessage(r), nil
	case run.Upcoming:
		return upcomingMessage(r), nil
	case invoice.FormerBillTo:
		return formerBillToMessage(r), nil
	case invoice.FormerProfile:
		return formerProfileMessage(r)
	case run.Run:
		return runMessage(r)
	case invoice.Invoice:
		return invoiceMessage(r)
	case invoice.CreditNote:
		return creditNoteMessage(r)
	}
	return nil, fmt.Errorf("a %T has no message", resource)
}

// ReadResource converts the message of an imported resource to the domain. It applies the rules of
// the create request.
func ReadResource(message proto.Message) (books.Resource, error) {
	switch m := message.(type) {
	case *pb.Item:
		return readNamed("item", itemNames, m, func(id string) *pb.CreateItemRequest {
			return &pb.CreateItemRequest{Item: m, ItemId: id}
		}, readItem)
	case *pb.BillTo:
		return readNamed("bill_to", billToNames, m, func(id string) *pb.CreateBillToRequest {
			return &pb.CreateBillToRequest{BillTo: m, BillToId: id}
		}, readBillTo)
	case *pb.MasterAccount:
		return readNamed("master_account", masterNames, m, func(id string) *pb.CreateMasterAccountRequest {
			return &pb.CreateMasterAccountRequest{MasterAccount: m, MasterAccountId: id}
		}, readMaster)
	case *pb.RecurringLine:
		return readNamed(lineResource, lineNames, m, func(id string) *pb.CreateRecurringLineRequest {
			return &pb.CreateRecurringLineRequest{RecurringLine: m, RecurringLineId: id}
		}, readNewLine)
	case *pb.Charge:
		return readImportedCharge(m)
	case *pb.RateIncrease:
		return readImportedIncrease(m)
	case *pb.RateIncreaseLine:
		return readImportedRaise(m)
	case *pb.BillingProfile:
		return readWholeProfile(m)
	case *pb.BillingSchedule:
		return readSchedule(m)
	case *pb.FormerBillTo:
		return readFormerBillTo(m)
	case *pb.FormerBillingProfile:
		return readFormerProfile(m)
	case *pb.CycleRun:
		return readRun(m)
	case *pb.Invoice:
		return readInvoice(m)
	case *pb.CreditNote:
		return readCreditNote(m)
	}
	return nil, transfer.Unknown(message)
}

// readNamed reads a resource from its create request, which holds it in the given field. The id
// comes from the resource's name.
func readNamed[C proto.Message, R books.Resource](field string, names resourcename.Pattern, resource interface{ GetName() string }, create func(id string) C, read func(C) (R, error)) (books.Resource, error) {
	id, err := resourcename.ID[string](names, "name", resource.GetName())
	if err != nil {
		return nil, err
	}
	request := create(id)
	if err := transfer.Check(request, field); err != nil {
		return nil, err
	}
	found, err := read(request)
	return found, transfer.WithoutField(err, field)
}

// readChecked validates a request that holds a resource in the given field, and returns the
// resource.
func readChecked(field string, request proto.Message, resource books.Resource) (books.Resource, error) {
	return resource, transfer.Check(request, field)
}
