package sedona

import (
	"cmp"
	"context"
	"slices"
	"strings"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// noMasterItem is the vendor's word for a line that stands alone.
const noMasterItem = "N/A"

// lineFields are the vendor's names of a line's fields that the domain finds at fault. Any other is called as it is.
var lineFields = map[string]string{
	domain.FieldID:            "customer_recurring_id",
	domain.FieldItem:          "item_code",
	domain.FieldMasterItem:    "master_item_code",
	domain.FieldMasterAccount: "master_account_code",
	domain.FieldDescription:   "user_description",
	domain.FieldMemo:          "invoice_item_memo",
	domain.FieldBillTo:        "customer_bill_id",
	domain.FieldStart:         "cycle_start_date",
	domain.FieldEnd:           "cycle_end_date",
	domain.FieldLastCycle:     "last_cycle_date",
	domain.FieldReason:        "rmr_reason_code",
	"site_id":                 "customer_site_id",
	"system_id":               "customer_system_id",
}

// words are how Sedona's contract says what the domain says of fields that are written otherwise on each face.
var words = map[reason.Reason]string{reason.UnknownBillCycle: "must be M (monthly), Q (quarterly), S (semi-annual) or A (annual)"}

// inBody renames the fields of a violation to those of a request's body, in the contract's words.
func inBody(err error, body string) error {
	return domain.RenameFields(domain.Reword(err, words), func(field string) string { return body + "." + cmp.Or(lineFields[field], field) })
}

func masterItem(code string) domain.ItemCode {
	if code == noMasterItem {
		return ""
	}
	return domain.ItemCode(code)
}

// UpdateCustomerRecurring changes a recurring line. A text that is absent and an empty one mean the same, so that each
// has the default that the vendor's page gives it.
func (h *handlers) UpdateCustomerRecurring(ctx context.Context, request *pb.UpdateCustomerRecurringRequest) (*pb.UpdateCustomerRecurringResponse, error) {
	body := request.GetCustomerRecurringUpdate()
	_, err := h.service.ChangeLine(ctx, domain.LineID(request.GetId()), domain.LineChange{
		ID:            domain.LineID(body.GetCustomerRecurringId()),
		Item:          new(domain.ItemCode(body.GetItemCode())),
		Description:   new(body.GetUserDescription()),
		MasterItem:    new(masterItem(body.GetMasterItemCode())),
		MasterAccount: new(domain.MasterAccountCode(body.GetMasterAccountCode())),
		BillCycle:     new(domain.BillCycle(body.GetBillCycle())),
		Memo:          new(body.GetInvoiceItemMemo()),
		BillTo:        new(domain.BillToID(body.GetCustomerBillId())),
	})
	if err != nil {
		return nil, inBody(err, "customer_recurring_update")
	}
	return &pb.UpdateCustomerRecurringResponse{}, nil
}

// GetCustomerRecurring reads a recurring line.
func (h *handlers) GetCustomerRecurring(ctx context.Context, request *pb.GetCustomerRecurringRequest) (*pb.GetCustomerRecurringResponse, error) {
	line, err := h.service.Line(ctx, domain.LineID(request.GetId()))
	if err != nil {
		return nil, err
	}
	message, err := lineMessage(line)
	return &pb.GetCustomerRecurringResponse{CustomerRecurring: message}, err
}

func lineMessage(line domain.Line) (*pb.CustomerRecurring, error) {
	cycleAmount, err := line.CycleAmount()
	if err != nil {
		return nil, err
	}
	return &pb.CustomerRecurring{
		CustomerRecurringId: new(int32(line.ID)),
		CustomerId:          new(int32(line.Customer)),
		CustomerSiteId:      new(int32(line.Site)),
		CustomerSystemId:    new(int32(line.System)),
		CustomerBillId:      new(int32(line.BillTo)),
		ItemCode:            new(string(line.Item)),
		MasterItemCode:      new(cmp.Or(string(line.MasterItem), noMasterItem)),
		MasterAccountCode:   unlessEmpty(string(line.MasterAccount)),
		BillCycle:           new(string(line.BillCycle)),
		UserDescription:     new(line.Description),
		InvoiceItemMemo:     unlessEmpty(line.Memo),
		MonthlyAmount:       gtype.Decimal(line.MonthlyAmount().Value),
		CycleAmount:         gtype.Decimal(cycleAmount.Value),
		CycleStartDate:      dateTime(line.Start),
		NextCycleDate:       dateTime(line.NextCycle),
		CycleEndDate:        dateTime(line.End),
		LastCycleDate:       dateTime(line.LastCycle),
	}, nil
}

// ListCustomerRecurring reads the lines of a customer.
func (h *handlers) ListCustomerRecurring(ctx context.Context, request *pb.ListCustomerRecurringRequest) (*pb.ListCustomerRecurringResponse, error) {
	if !isOption(request.GetOption(), "ByCustomerId", "ByCustomerNumber") {
		return nil, fault.InvalidField("option", reason.UnknownValue, "must be ByCustomerId or ByCustomerNumber")
	}
	customer := domain.CustomerID(request.GetId())
	lines, err := all(func(after domain.LineID, limit int) ([]domain.Line, error) {
		return h.service.LinesOfCustomer(ctx, customer, after, limit)
	}, func(l domain.Line) domain.LineID { return l.ID })
	if err != nil {
		return nil, err
	}
	response := &pb.ListCustomerRecurringResponse{}
	for _, line := range lines {
		message, err := lineMessage(line)
		if err != nil {
			return nil, err
		}
		response.CustomerRecurrings = append(response.CustomerRecurrings, message)
	}
	return response, nil
}

// isOption reports whether a path's option is one of some, in whatever letters.
func isOption(option string, known ...string) bool {
	return slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, option) })
}
