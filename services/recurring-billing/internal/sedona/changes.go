package sedona

import (
	"context"
	"errors"
	"strings"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// companyCurrency is that of an amount whose item has no rate in another.
const companyCurrency domain.Currency = "USD"

// CreateCustomerRecurring creates a recurring line.
func (h *handlers) CreateCustomerRecurring(ctx context.Context, request *pb.CreateCustomerRecurringRequest) (*pb.CreateCustomerRecurringResponse, error) {
	const in = "customer_recurring"
	body := request.GetCustomerRecurring()
	currency, err := h.currencyOf(ctx, domain.ItemCode(body.GetItemCode()))
	if err != nil {
		return nil, err
	}
	var r reader
	cycle := domain.BillCycle(body.GetBillCycle())
	monthly := r.amount(domain.FieldMonthlyAmount, body.GetMonthlyAmount(), currency)
	r.cycleAmount(body.GetCycleAmount(), monthly, cycle)
	line := domain.Line{
		ID: domain.LineID(body.GetCustomerRecurringId()), Customer: domain.CustomerID(body.GetCustomerId()),
		Site: domain.SiteID(body.GetCustomerSiteId()), System: domain.SystemID(body.GetCustomerSystemId()),
		BillTo: domain.BillToID(body.GetCustomerBillId()), Item: domain.ItemCode(body.GetItemCode()),
		MasterItem: masterItem(body.GetMasterItemCode()), MasterAccount: domain.MasterAccountCode(body.GetMasterAccountCode()),
		BillCycle: cycle, Description: body.GetUserDescription(), Memo: body.GetInvoiceItemMemo(),
		Rates:     []domain.Rate{{MonthlyAmount: monthly}},
		Start:     r.date(domain.FieldStart, body.GetCycleStartDate()),
		NextCycle: r.required(domain.FieldNextCycle, body.GetNextCycleDate()),
		End:       r.date(domain.FieldEnd, body.GetCycleEndDate()),
		LastCycle: r.date(domain.FieldLastCycle, body.GetLastCycleDate()),
	}
	if err := r.err(); err != nil {
		return nil, inBody(err, in)
	}
	line.BeginPeriodsOn(line.NextCycle)
	created, err := h.service.CreateLine(ctx, line, false)
	if err != nil {
		return nil, inBody(err, in)
	}
	message, err := lineMessage(created)
	return &pb.CreateCustomerRecurringResponse{CustomerRecurring: message}, err
}

// currencyOf is what the amounts of an item are in: its rate's currency.
func (h *handlers) currencyOf(ctx context.Context, code domain.ItemCode) (domain.Currency, error) {
	item, err := h.service.Item(ctx, code)
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
	change := domain.RateChange{
		ID: domain.LineID(body.GetCustomerRecurringId()), BillCycle: domain.BillCycle(body.GetBillCycle()),
		Rate: domain.Rate{
			Effective:     r.date(domain.FieldEffective, body.GetEffectiveDate()),
			MonthlyAmount: r.amount(domain.FieldMonthlyAmount, body.GetMonthlyAmount(), ""),
			Reason:        domain.ReasonCode(body.GetRmrReasonCode()),
		},
	}
	r.cycleAmount(body.GetCycleAmount(), change.MonthlyAmount, change.BillCycle)
	if !change.BillCycle.Valid() {
		r.refuse(domain.FieldBillCycle, reason.UnknownBillCycle, words[reason.UnknownBillCycle])
	}
	if change.MonthlyAmount.Value.IsNeg() {
		r.refuse(domain.FieldMonthlyAmount, reason.OutOfRange, "must not be negative")
	}
	if err := r.err(); err != nil {
		return nil, inBody(err, "customer_recurring_change")
	}
	err := h.change(ctx, domain.LineID(request.GetId()), request.GetOption(), change)
	return &pb.ChangeCustomerRecurringResponse{}, err
}

func (h *handlers) change(ctx context.Context, id domain.LineID, option string, change domain.RateChange) (err error) {
	switch strings.ToLower(option) {
	case "ratechange":
		_, err = h.service.ChangeRate(ctx, id, change, false)
	case "cancel":
		_, err = h.service.CancelLine(ctx, id, domain.Cancel{ID: change.ID, Effective: change.Effective, Reason: change.Reason}, false)
	default:
		return fault.InvalidField("option", reason.UnknownValue, "must be RateChange or Cancel")
	}
	return inBody(err, "customer_recurring_change")
}
