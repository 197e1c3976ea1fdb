package sedona

import (
	"context"
	"errors"
	"strings"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// companyCurrency is the currency of an amount whose item has no rate in another currency.
const companyCurrency money.Currency = "USD"

// CreateCustomerRecurring creates a recurring line.
func (h *handlers) CreateCustomerRecurring(ctx context.Context, request *pb.CreateCustomerRecurringRequest) (*pb.CreateCustomerRecurringResponse, error) {
	const in = "customer_recurring"
	body := request.GetCustomerRecurring()
	currency, err := h.currencyOf(ctx, catalogue.ItemCode(body.GetItemCode()))
	if err != nil {
		return nil, err
	}
	var r reader
	cycle := line.BillCycle(body.GetBillCycle())
	monthly := r.amount(line.FieldMonthlyAmount, body.GetMonthlyAmount(), currency)
	r.cycleAmount(body.GetCycleAmount(), monthly, cycle)
	l := line.Line{
		ID: line.ID(body.GetCustomerRecurringId()), Customer: catalogue.CustomerID(body.GetCustomerId()),
		Site: line.SiteID(body.GetCustomerSiteId()), System: line.SystemID(body.GetCustomerSystemId()),
		BillTo: catalogue.BillToID(body.GetCustomerBillId()), Item: catalogue.ItemCode(body.GetItemCode()),
		MasterItem: masterItem(body.GetMasterItemCode()), MasterAccount: masterAccount(body.GetMasterAccountCode()),
		BillCycle: cycle, Description: body.GetUserDescription(), Memo: body.GetInvoiceItemMemo(),
		Rates: []line.Rate{{MonthlyAmount: monthly, Reason: line.ReasonCode(body.GetRmrReasonCode()), Note: readNote(body)}},
		Job:   body.GetJobCode(), Branch: body.GetBranchCode(),
		Start:     r.date(line.FieldStart, body.GetCycleStartDate()),
		NextCycle: r.required(line.FieldNextCycle, body.GetNextCycleDate()),
		End:       r.dayAfter(line.FieldEnd, body.GetCycleEndDate()),
		LastCycle: r.date(line.FieldLastCycle, body.GetLastCycleDate()),
	}
	if err := r.Err(); err != nil {
		return nil, inBody(err, in)
	}
	l.BeginPeriodsOn(l.NextCycle)
	if l.NextCycle.Before(l.Start) {
		l.NextCycle = l.Start // the rest of the period that began before it
	}
	created, err := h.lines.Create(ctx, l)
	if errors.Is(err, mutation.ErrTaken) {
		return nil, fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "the number or the code of recurring line %d is taken", l.ID)
	}
	if err != nil {
		return nil, inBody(err, in)
	}
	message, err := lineMessage(created)
	return &pb.CreateCustomerRecurringResponse{CustomerRecurring: message}, err
}

// readNote reads what a body adds to a change.
func readNote(body interface {
	GetRmrTrackingComments() string
	GetUserCode() string
}) line.Note {
	return line.Note{Comments: body.GetRmrTrackingComments(), User: body.GetUserCode()}
}

// currencyOf returns the currency of an item's amounts: that of its default rate.
func (h *handlers) currencyOf(ctx context.Context, code catalogue.ItemCode) (money.Currency, error) {
	item, err := h.catalogue.FindItem(ctx, code)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return "", err
	}
	if item.DefaultRate.IsZero() {
		return companyCurrency, nil
	}
	return item.DefaultRate.Currency, nil
}

// ChangeCustomerRecurring changes the rate of a recurring line or cancels it.
func (h *handlers) ChangeCustomerRecurring(ctx context.Context, request *pb.ChangeCustomerRecurringRequest) (*pb.ChangeCustomerRecurringResponse, error) {
	var r reader
	body := request.GetCustomerRecurringChange()
	change := line.RateChange{
		ID: line.ID(body.GetCustomerRecurringId()), BillCycle: line.BillCycle(body.GetBillCycle()),
		Rate: line.Rate{
			Effective:     r.dayAfter(line.FieldEffective, body.GetEffectiveDate()),
			MonthlyAmount: r.amount(line.FieldMonthlyAmount, body.GetMonthlyAmount(), ""),
			Reason:        line.ReasonCode(body.GetRmrReasonCode()),
			Note:          readNote(body),
		},
	}
	r.cycleAmount(body.GetCycleAmount(), change.MonthlyAmount, change.BillCycle)
	if !change.BillCycle.Valid() {
		r.Add(line.FieldBillCycle, reason.UnknownBillCycle, "%s", words[reason.UnknownBillCycle])
	}
	if err := r.Err(); err != nil {
		return nil, inBody(err, "customer_recurring_change")
	}
	err := h.change(ctx, line.ID(request.GetId()), request.GetOption(), change, body.GetCancelled())
	return &pb.ChangeCustomerRecurringResponse{}, err
}

func (h *handlers) change(ctx context.Context, id line.ID, option string, change line.RateChange, cancelled bool) (err error) {
	switch strings.ToLower(option) {
	case "ratechange":
		if cancelled {
			return fault.InvalidField("customer_recurring_change.cancelled", reason.Inconsistent, "must not be true: the option Cancel cancels")
		}
		_, err = h.lines.ChangeRate(ctx, id, change)
	case "cancel":
		_, err = h.lines.Cancel(ctx, id, line.Cancel{ID: change.ID, Effective: change.Effective, Reason: change.Reason, Note: change.Note})
	default:
		return fault.InvalidField("option", reason.UnknownValue, "must be RateChange or Cancel")
	}
	return inBody(err, "customer_recurring_change")
}
