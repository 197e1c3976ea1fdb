package api

import (
	"fmt"

	"github.com/govalues/decimal"
	moneypb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

var (
	increaseStates = map[increase.State]pb.RateIncrease_State{
		increase.Planned:        pb.RateIncrease_STATE_PLANNED,
		increase.Applying:       pb.RateIncrease_STATE_APPLYING,
		increase.Applied:        pb.RateIncrease_STATE_APPLIED,
		increase.ApplyCancelled: pb.RateIncrease_STATE_APPLY_CANCELLED,
		increase.Undoing:        pb.RateIncrease_STATE_UNDOING,
		increase.Undone:         pb.RateIncrease_STATE_UNDONE,
		increase.UndoCancelled:  pb.RateIncrease_STATE_UNDO_CANCELLED,
	}
	increaseStatesOf = inverse(increaseStates)
	increaseOutcomes = map[increase.Outcome]pb.RateIncreaseLine_Outcome{
		increase.Raised:  pb.RateIncreaseLine_OUTCOME_APPLIED,
		increase.Skipped: pb.RateIncreaseLine_OUTCOME_SKIPPED,
		increase.Lowered: pb.RateIncreaseLine_OUTCOME_UNDONE,
		increase.Kept:    pb.RateIncreaseLine_OUTCOME_KEPT,
	}
	increaseOutcomesOf = inverse(increaseOutcomes)
)

func increaseMessage(i increase.Increase) (*pb.RateIncrease, error) {
	created, updated := timestamps(i.Revision)
	message := &pb.RateIncrease{
		Name: increaseNames.Format(i.ID), Note: i.Note, LineFilter: increaseFilterMessage(&i.Filter), EffectiveDate: gtype.Date(i.Effective),
		AtNextCycleDate: i.AtNextCycle, ReasonCode: string(i.Reason), State: increaseStates[i.State], Actor: i.Actor,
		AppliedCount: i.Raised, SkippedCount: i.Skipped, UndoneCount: i.Lowered, KeptCount: i.Kept, Failure: i.Failure,
		CreateTime: created, UpdateTime: updated, Etag: i.Etag(),
	}
	for _, id := range i.Excluded {
		message.ExcludedLines = append(message.ExcludedLines, lineNames.Format(id))
	}
	if !i.Percent.IsZero() {
		message.Percent = i.Percent.String()
	}
	for _, currency := range i.Change.Currencies() {
		message.RevenueChange = append(message.RevenueChange, sumMessage(i.Change[currency], currency))
	}
	if !i.Ended.IsZero() {
		message.EndTime = timestamppb.New(i.Ended)
	}
	for _, of := range []struct {
		amount money.Amount
		to     **moneypb.Money
	}{
		{i.Amount, &message.Amount}, {i.Override, &message.Override}, {i.Minimum, &message.MinimumIncrease}, {i.Maximum, &message.MaximumIncrease},
		{i.RoundTo, &message.RoundTo},
	} {
		var err error
		if *of.to, err = amountMessage(of.amount); err != nil {
			return nil, err
		}
	}
	return message, nil
}

func increaseFilterMessage(f *increase.Filter) *pb.RateIncreaseFilter {
	if len(f.Items)+len(f.BillTos)+len(f.Customers)+len(f.Masters) == 0 && f.RaisedBefore.IsZero() {
		return nil
	}
	message := &pb.RateIncreaseFilter{LastIncreaseBefore: gtype.Date(f.RaisedBefore)}
	for _, item := range f.Items {
		message.Items = append(message.Items, itemNames.Format(item))
	}
	for _, billTo := range f.BillTos {
		message.BillTos = append(message.BillTos, billToNames.Format(billTo))
	}
	for _, customer := range f.Customers {
		message.CustomerIds = append(message.CustomerIds, int32(customer))
	}
	for _, master := range f.Masters {
		message.MasterAccounts = append(message.MasterAccounts, masterNames.Format(master))
	}
	return message
}

// readIncreaseMessage reads the changeable fields of a rate increase. It does not read the number.
func readIncreaseMessage(r *reader, m *pb.RateIncrease) increase.Increase {
	plan := increase.Plan{
		Note: m.GetNote(), Filter: readIncreaseFilter(r, m.GetLineFilter()), Amount: r.amount(increase.FieldAmount, m.GetAmount()),
		Override: r.amount(increase.FieldOverride, m.GetOverride()), Minimum: r.amount(increase.FieldMinimum, m.GetMinimumIncrease()),
		Maximum: r.amount(increase.FieldMaximum, m.GetMaximumIncrease()), RoundTo: r.amount(increase.FieldRoundTo, m.GetRoundTo()),
		Effective: r.date(increase.FieldEffective, m.GetEffectiveDate()), AtNextCycle: m.GetAtNextCycleDate(), Reason: line.ReasonCode(m.GetReasonCode()),
	}
	for i, name := range m.GetExcludedLines() {
		plan.Excluded = append(plan.Excluded, readNumber[line.ID](r, fmt.Sprintf("excluded_lines[%d]", i), lineNames, name))
	}
	if text := m.GetPercent(); text != "" {
		var err error
		if plan.Percent, err = decimal.Parse(text); err != nil {
			r.Add(increase.FieldPercent, reason.InvalidDecimal, "must be a decimal number like 3.5")
		}
	}
	return increase.Increase{Plan: plan}
}

func readIncreaseFilter(r *reader, m *pb.RateIncreaseFilter) increase.Filter {
	filter := increase.Filter{RaisedBefore: r.date("line_filter.last_increase_before", m.GetLastIncreaseBefore())}
	for i, name := range m.GetItems() {
		filter.Items = append(filter.Items, readID[catalogue.ItemCode](r, fmt.Sprintf("line_filter.items[%d]", i), itemNames, name))
	}
	for i, name := range m.GetBillTos() {
		filter.BillTos = append(filter.BillTos, readNumber[catalogue.BillToID](r, fmt.Sprintf("line_filter.bill_tos[%d]", i), billToNames, name))
	}
	for _, customer := range m.GetCustomerIds() {
		filter.Customers = append(filter.Customers, catalogue.CustomerID(customer))
	}
	for i, name := range m.GetMasterAccounts() {
		filter.Masters = append(filter.Masters, readID[catalogue.MasterAccountCode](r, fmt.Sprintf("line_filter.master_accounts[%d]", i), masterNames, name))
	}
	return filter
}

// readIncrease reads the fields of a new rate increase.
func readIncrease(request *pb.CreateRateIncreaseRequest) (increase.Increase, error) {
	var r reader
	created := readIncreaseMessage(&r, request.GetRateIncrease())
	created.ID = chosenNumber[increase.ID](&r, request.GetRateIncreaseId())
	return created, inResource(r.Err(), "rate_increase")
}

// raisedMessage converts what became of a line.
func raisedMessage(l increase.Line) (*pb.RateIncreaseLine, error) {
	message := &pb.RateIncreaseLine{
		Name: raisedNames.Format(l.Increase, l.Line), RecurringLine: lineNames.Format(l.Line), Outcome: increaseOutcomes[l.Outcome], Message: l.Message,
	}
	var err error
	if message.OldMonthlyAmount, err = amountMessage(l.Old); err != nil || l.Outcome == increase.Skipped {
		return message, err
	}
	message.EffectiveDate, message.AppliesFrom, message.ReasonCode = gtype.Date(l.Rate.Effective), gtype.Date(l.Rate.From()), string(l.Rate.Reason)
	if message.NewMonthlyAmount, err = amountMessage(l.Rate.MonthlyAmount); err != nil {
		return nil, err
	}
	for _, rate := range l.Replaced {
		amount, err := amountMessage(rate.MonthlyAmount)
		if err != nil {
			return nil, err
		}
		message.ReplacedRates = append(message.ReplacedRates, &pb.ReplacedRate{
			EffectiveDate: gtype.Date(rate.Effective), AppliesFrom: gtype.Date(rate.From()), MonthlyAmount: amount, ReasonCode: string(rate.Reason),
		})
	}
	return message, nil
}

func effectMessage(effect increase.Effect) *pb.RateIncreaseEffect {
	message := &pb.RateIncreaseEffect{SkippedCount: effect.Skipped}
	changes := money.Totals{}
	for currency, of := range effect.Revenue {
		changes[currency] = of.After.Minus(of.Before)
	}
	for _, currency := range changes.Currencies() {
		of := effect.Revenue[currency]
		message.Revenue = append(message.Revenue, &pb.RevenueEffect{
			LineCount: of.Lines, Before: sumMessage(of.Before, currency), After: sumMessage(of.After, currency), Change: sumMessage(changes[currency], currency),
		})
	}
	return message
}
