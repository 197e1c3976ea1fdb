package sedona

import (
	"cmp"
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// onlyComputed is the reason of a change that is computed and not made.
const onlyComputed line.ReasonCode = "PRORATE"

// ProrateCustomerRecurring computes what a change of a rate does to billed days, or makes it.
func (h *handlers) ProrateCustomerRecurring(ctx context.Context, request *pb.ProrateCustomerRecurringRequest) (*pb.ProrateCustomerRecurringResponse, error) {
	const in = "customer_recurring_prorate"
	body := request.GetCustomerRecurringProrate()
	if !body.GetCommit() {
		ctx = mutation.ValidateOnly(ctx)
	}
	made, err := h.lines.Adjust(ctx, line.ID(body.GetCustomerRecurringId()), func(l line.Line) (line.RateChange, error) { return readProration(l, body) })
	if err != nil {
		return nil, inBody(err, in)
	}
	cycle, err := made.Monthly.Times(made.BillCycle.Months())
	if err != nil {
		return nil, err
	}
	body.MonthlyAmount, body.CycleAmount = gtype.Decimal(made.Monthly.Value), gtype.Decimal(cycle.Value)
	body.BillCycle, body.EndDate = new(string(made.BillCycle)), lastDay(made.Until)
	body.CreditAmount, body.BillAmount = gtype.Decimal(made.Credit.Value), gtype.Decimal(made.Charge.Value)
	return &pb.ProrateCustomerRecurringResponse{CustomerRecurringProrate: body}, nil
}

// readProration reads the change of a line that a body asks for.
func readProration(l line.Line, body *pb.CustomerRecurringProrate) (line.RateChange, error) {
	var r reader
	given := line.BillCycle(body.GetBillCycle())
	if given != "" && !given.Valid() {
		r.Add(line.FieldBillCycle, reason.UnknownBillCycle, "%s", words[reason.UnknownBillCycle])
		return line.RateChange{}, r.Err()
	}
	change := line.RateChange{
		Rate: line.Rate{
			Effective: r.dayAfter(line.FieldEffective, body.GetEffectiveDate()), Reason: line.ReasonCode(body.GetRmrReasonCode()),
			MonthlyAmount: r.monthly(body, l.MonthlyAmount().Currency, cmp.Or(given, l.BillCycle)), Note: readNote(body),
		},
		BillCycle: given, AdjustUntil: r.dayAfter(line.FieldAdjustUntil, body.GetEndDate()),
		CreditReason: line.ReasonCode(body.GetCreditReasonCode()),
	}
	if body.GetCommit() {
		r.Require(line.FieldReason, change.Reason != "")
		r.Require(line.FieldCreditReason, change.CreditReason != "")
	} else if change.Reason == "" {
		change.Reason = onlyComputed
	}
	return change, r.Err()
}

// monthly reads the monthly amount, or computes it from the amount of a cycle.
func (r *reader) monthly(body *pb.CustomerRecurringProrate, currency money.Currency, in line.BillCycle) money.Amount {
	if body.GetMonthlyAmount() != nil {
		monthly := r.amount(line.FieldMonthlyAmount, body.GetMonthlyAmount(), currency)
		r.cycleAmount(body.GetCycleAmount(), monthly, in)
		return monthly
	}
	const field = "cycle_amount"
	if body.GetCycleAmount() == nil {
		r.Add(line.FieldMonthlyAmount, reason.Required, "must be given, or the cycle amount")
		return money.Amount{Currency: currency}
	}
	cycle := r.amount(field, body.GetCycleAmount(), currency)
	minor, err := cycle.ExactMinor()
	if months := int64(in.Months()); err != nil || minor%months != 0 {
		r.Add(field, reason.Inconsistent, "must be %d times a monthly amount in whole cents", months)
		return cycle
	}
	monthly, err := currency.OfMinor(minor / int64(in.Months()))
	if err != nil {
		r.Add(field, reason.InvalidAmount, "%v", err)
	}
	return monthly
}
