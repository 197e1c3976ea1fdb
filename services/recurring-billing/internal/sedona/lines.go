package sedona

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// lineFields maps the domain's names of a line's fields to the vendor's. Fields that are not listed
// have the same name.
var lineFields = map[string]string{
	catalogue.FieldID:              "customer_recurring_id",
	line.FieldItem:                 "item_code",
	line.FieldMasterItem:           "master_item_code",
	line.FieldMasterAccount:        "master_account_code",
	line.FieldDescription:          "user_description",
	line.FieldMemo:                 "invoice_item_memo",
	catalogue.FieldBillTo:          "customer_bill_id",
	line.FieldStart:                "cycle_start_date",
	line.FieldEnd:                  "cycle_end_date",
	line.FieldLastCycle:            "last_cycle_date",
	line.FieldReason:               "rmr_reason_code",
	line.FieldCreditReason:         "credit_reason_code",
	"site_id":                      "customer_site_id",
	"rates[0]." + line.FieldReason: "rmr_reason_code",
	"system_id":                    "customer_system_id",
	line.FieldComments:             "rmr_tracking_comments",
	"rates[0].comments":            "rmr_tracking_comments",
	"rates[0].user_code":           "user_code",
	line.FieldAdjustUntil:          "end_date",
}

// words maps domain reasons to descriptions in the terms of Sedona's contract.
var words = map[reason.Reason]string{reason.UnknownBillCycle: "must be M (monthly), Q (quarterly), S (semi-annual) or A (annual)"}

// lastDayWords are words for fields that hold the last day of something in the contract, and the first
// day after it in the domain.
var lastDayWords = map[string]map[reason.Reason]string{
	line.FieldEnd: {reason.BeforeStart: "must not lie before CycleStartDate: it is the last day that is billed"},
	line.FieldAdjustUntil: {
		reason.OutOfOrder: "must lie after EffectiveDate", reason.OutOfRange: "must be at most ten years after the last billed day",
	},
	line.FieldEffective: {reason.BeforeStart: "must be the day before the line starts, or later", reason.AfterEnd: "must lie before the line's CycleEndDate"},
}

// inBody renames the fields of violations to fields of a request's body, in the contract's terms.
func inBody(err error, body string) error {
	return reworded(err, func(field string) string { return body + "." + cmp.Or(lineFields[field], field) })
}

// reworded rewrites a fault in the contract's terms and renames its fields.
func reworded(err error, rename func(field string) string) error {
	return fault.Edit(fault.Reword(err, words), func(v *fault.Violation) {
		if description, ofLastDay := lastDayWords[v.Field][v.Reason]; ofLastDay {
			v.Description = description
		}
		v.Field = rename(v.Field)
		if v.Reason == reason.TooLong {
			v.Description += " (UTF-16 units)"
		}
	})
}

// masterItem reads the code of a master item. Codes are compared without regard to case and trailing
// blanks, as in the vendor's database.
func masterItem(code string) catalogue.ItemCode {
	if read := catalogue.ItemCode(code); read.Key() != catalogue.NoCode && read.Key() != "" {
		return read
	}
	return ""
}

// masterAccount reads the code of a master account. Blanks are no code.
func masterAccount(code string) catalogue.MasterAccountCode {
	return catalogue.MasterAccountCode(strings.TrimRight(code, " "))
}

// UpdateCustomerRecurring changes a recurring line. An absent text and an empty one mean the same:
// both get the default that the vendor's page documents.
func (h *handlers) UpdateCustomerRecurring(ctx context.Context, request *pb.UpdateCustomerRecurringRequest) (*pb.UpdateCustomerRecurringResponse, error) {
	body := request.GetCustomerRecurringUpdate()
	_, err := h.lines.Change(ctx, line.ID(request.GetId()), line.Change{
		ID:            line.ID(body.GetCustomerRecurringId()),
		Item:          new(catalogue.ItemCode(body.GetItemCode())),
		Description:   new(body.GetUserDescription()),
		MasterItem:    new(masterItem(body.GetMasterItemCode())),
		MasterAccount: new(masterAccount(body.GetMasterAccountCode())),
		BillCycle:     new(line.BillCycle(body.GetBillCycle())),
		Memo:          new(body.GetInvoiceItemMemo()),
		BillTo:        new(catalogue.BillToID(body.GetCustomerBillId())),
	})
	if err != nil {
		return nil, inBody(err, "customer_recurring_update")
	}
	return &pb.UpdateCustomerRecurringResponse{}, nil
}

// GetCustomerRecurring reads a recurring line.
func (h *handlers) GetCustomerRecurring(ctx context.Context, request *pb.GetCustomerRecurringRequest) (*pb.GetCustomerRecurringResponse, error) {
	l, err := h.lines.Get(ctx, line.ID(request.GetId()))
	if err != nil {
		return nil, err
	}
	message, err := lineMessage(l)
	return &pb.GetCustomerRecurringResponse{CustomerRecurring: message}, err
}

func lineMessage(l line.Line) (*pb.CustomerRecurring, error) {
	cycleAmount, err := l.CycleAmount()
	if err != nil {
		return nil, err
	}
	nextDue, err := l.NextDue()
	if err != nil {
		return nil, err
	}
	pending, err := l.Rates[len(l.Rates)-1].MonthlyAmount.Value.Sub(l.MonthlyAmount().Value)
	if err != nil {
		return nil, fmt.Errorf("recurring line %d: %w", l.ID, err)
	}
	rate := l.RateOn(l.NextCycle)
	return &pb.CustomerRecurring{
		CustomerRecurringId: new(int32(l.ID)),
		CustomerId:          new(int32(l.Customer)),
		CustomerSiteId:      new(int32(l.Site)),
		CustomerSystemId:    new(int32(l.System)),
		CustomerBillId:      new(int32(l.BillTo)),
		ItemCode:            new(string(l.Item)),
		MasterItemCode:      new(cmp.Or(string(l.MasterItem), catalogue.NoCode)),
		MasterAccountCode:   unlessEmpty(string(l.MasterAccount)),
		BillCycle:           new(string(l.BillCycle)),
		UserDescription:     new(l.Description),
		InvoiceItemMemo:     unlessEmpty(l.Memo),
		MonthlyAmount:       gtype.Decimal(l.MonthlyAmount().Value),
		CycleAmount:         gtype.Decimal(cycleAmount.Value),
		CycleStartDate:      day(l.Start),
		NextCycleDate:       day(nextDue),
		CycleEndDate:        lastDay(l.End),
		LastCycleDate:       day(l.LastCycle),

		PendingAmt:             gtype.Decimal(pending),
		JobCode:                new(cmp.Or(l.Job, catalogue.NoJob)),
		IsCancelled:            new(l.Cancelled()),
		CancelledRmrTrackingId: new(int32(l.Cancellation.Number)),
		LastRateIncrease:       day(l.LastIncrease().Effective),
		BillOnDay:              new(int32(l.BillDay)),
		BranchCode:             new(cmp.Or(l.Branch, catalogue.NoCode)),
		RmrReasonCode:          unlessEmpty(string(rate.Reason)),
		RmrTrackingComments:    unlessEmpty(rate.Comments),
		UserCode:               unlessEmpty(rate.User),
	}, nil
}

// ListLastCustomerRecurring lists the lines of the highest numbers.
func (h *handlers) ListLastCustomerRecurring(ctx context.Context, _ *pb.ListLastCustomerRecurringRequest) (*pb.ListLastCustomerRecurringResponse, error) {
	lines, err := h.lines.List(ctx, listing.Query{Order: []listing.Order{{Field: "name", Descending: true}}, Limit: lastRecords})
	if err != nil {
		return nil, err
	}
	messages, err := lineMessages(lines)
	return &pb.ListLastCustomerRecurringResponse{CustomerRecurrings: messages}, err
}

func lineMessages(lines []line.Line) ([]*pb.CustomerRecurring, error) {
	messages := make([]*pb.CustomerRecurring, len(lines))
	for i, one := range lines {
		var err error
		if messages[i], err = lineMessage(one); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// ListCustomerRecurring lists the lines of a customer or of a system.
func (h *handlers) ListCustomerRecurring(ctx context.Context, request *pb.ListCustomerRecurringRequest) (*pb.ListCustomerRecurringResponse, error) {
	field := "customer_id"
	switch option := request.GetOption(); {
	case isOption(option, "ByCustomerSystem"):
		field = "system_id"
	case !isOption(option, "ByCustomerId", "ByCustomerNumber"):
		return nil, fault.InvalidField("option", reason.UnknownValue, "must be ByCustomerId, ByCustomerNumber or ByCustomerSystem")
	}
	lines, err := h.lines.List(ctx, listing.Query{
		Where: listing.Is(field, request.GetId()), Order: []listing.Order{{Field: "name"}},
	})
	if err != nil {
		return nil, err
	}
	messages, err := lineMessages(lines)
	return &pb.ListCustomerRecurringResponse{CustomerRecurrings: messages}, err
}

// isOption reports whether a path's option is one of the known ones, ignoring case.
func isOption(option string, known ...string) bool {
	return slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, option) })
}
