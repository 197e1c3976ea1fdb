package api

import (
	"fmt"
	"strconv"

	"google.golang.org/genproto/googleapis/type/date"
	moneypb "google.golang.org/genproto/googleapis/type/money"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// readImportedIncrease reads a rate increase that is imported, with what its jobs have done.
func readImportedIncrease(m *pb.RateIncrease) (books.Resource, error) {
	var r reader
	progress := increase.Progress{Raised: m.GetAppliedCount(), Skipped: m.GetSkippedCount(), Lowered: m.GetUndoneCount(), Kept: m.GetKeptCount()}
	for i, change := range m.GetRevenueChange() {
		if progress.Change == nil {
			progress.Change = money.Totals{}
		}
		sum, currency := r.sum(fmt.Sprintf("revenue_change[%d]", i), change)
		progress.Change[currency] = sum
	}
	ended := r.instant("end_time", m.GetEndTime())
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readNamed("rate_increase", increaseNames, m, func(id string) *pb.CreateRateIncreaseRequest {
		return &pb.CreateRateIncreaseRequest{RateIncrease: m, RateIncreaseId: id}
	}, func(request *pb.CreateRateIncreaseRequest) (increase.Increase, error) {
		imported, err := readIncrease(request)
		imported.Progress, imported.State, imported.Actor, imported.Ended = progress, increaseStatesOf[m.GetState()], m.GetActor(), ended
		return imported, err
	})
}

// readImportedRaise reads what a rate increase did to a line elsewhere.
func readImportedRaise(m *pb.RateIncreaseLine) (books.Resource, error) {
	var r reader
	of := increase.Line{Outcome: increaseOutcomesOf[m.GetOutcome()], Message: m.GetMessage()}
	ids, err := raisedNames.Parse("name", m.GetName())
	if err != nil {
		return nil, err
	}
	of.Increase, of.Line = increase.ID(lineNumber(&r, ids[0])), line.ID(lineNumber(&r, ids[1]))
	if named := readNumber[line.ID](&r, "recurring_line", lineNames, m.GetRecurringLine()); named != of.Line {
		r.Add("recurring_line", reason.Inconsistent, "must be the line of the name")
	}
	of.Old = readPadded(&r, "old_monthly_amount", m.GetOldMonthlyAmount())
	if of.Outcome != increase.Skipped {
		of.Rate = readReplaced(&r, "", m.GetNewMonthlyAmount(), "new_monthly_amount", m)
		of.Rate.Reason = line.ReasonCode(m.GetReasonCode())
		for i, rate := range m.GetReplacedRates() {
			field := fmt.Sprintf("replaced_rates[%d].", i)
			replaced := readReplaced(&r, field, rate.GetMonthlyAmount(), "monthly_amount", rate)
			replaced.Reason = line.ReasonCode(rate.GetReasonCode())
			of.Replaced = append(of.Replaced, replaced)
		}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return of, nil
}

func lineNumber(r *reader, text string) int32 {
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil || number < 1 {
		r.Add("name", reason.InvalidName, "must be like rateIncreases/1/lines/7")
	}
	return int32(number)
}

// dated is a message of a rate.
type dated interface {
	GetEffectiveDate() *date.Date
	GetAppliesFrom() *date.Date
}

// readReplaced reads a rate. AppliesFrom is set only if it is not the effective date.
func readReplaced(r *reader, in string, amount *moneypb.Money, field string, m dated) line.Rate {
	rate := line.Rate{
		Effective: r.date(in+"effective_date", m.GetEffectiveDate()), AppliesFrom: r.date(in+"applies_from", m.GetAppliesFrom()),
		MonthlyAmount: readPadded(r, in+field, amount),
	}
	if rate.Effective.IsZero() {
		r.Add(in+"effective_date", reason.Required, "must be given")
	}
	if rate.AppliesFrom == rate.Effective {
		rate.AppliesFrom = calendar.Date{}
	}
	return rate
}

// readPadded reads an amount with the decimal places of its currency.
func readPadded(r *reader, field string, m *moneypb.Money) money.Amount {
	amount := r.amount(field, m)
	if amount.IsZero() {
		r.Add(field, reason.Required, "must be given")
		return amount
	}
	money.CheckSigned(&r.Violations, field, &amount)
	return amount
}
