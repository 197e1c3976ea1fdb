package api

import (
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

func rateMessages(rates []line.Rate) ([]*pb.Rate, error) {
	messages := make([]*pb.Rate, len(rates))
	for i, rate := range rates {
		amount, err := amountMessage(rate.MonthlyAmount)
		if err != nil {
			return nil, err
		}
		messages[i] = &pb.Rate{
			EffectiveDate: gtype.Date(rate.Effective), AppliesFrom: gtype.Date(rate.From()), MonthlyAmount: amount, ReasonCode: string(rate.Reason),
			Comments: rate.Comments, UserCode: rate.User,
		}
	}
	return messages, nil
}

// readRates reads the rates of a new line. Without rates, the monthly amount is the only one.
func readRates(r *reader, m *pb.RecurringLine) []line.Rate {
	if len(m.GetRates()) == 0 {
		return []line.Rate{{MonthlyAmount: r.amount(line.FieldMonthlyAmount, m.GetMonthlyAmount())}}
	}
	rates := make([]line.Rate, len(m.GetRates()))
	for i, rate := range m.GetRates() {
		in := fmt.Sprintf("rates[%d].", i)
		rates[i] = line.Rate{
			Effective:     r.date(in+line.FieldEffective, rate.GetEffectiveDate()),
			AppliesFrom:   r.date(in+line.FieldAppliesFrom, rate.GetAppliesFrom()),
			MonthlyAmount: r.amount(in+line.FieldMonthlyAmount, rate.GetMonthlyAmount()),
			Reason:        line.ReasonCode(rate.GetReasonCode()),
			Note:          readNote(rate),
		}
	}
	return rates
}

func cancellationMessage(l line.Line) (*pb.Cancellation, error) {
	if !l.Cancelled() {
		return nil, nil
	}
	credit, err := amountMessage(l.Cancellation.Credit)
	if err != nil {
		return nil, err
	}
	return &pb.Cancellation{
		ReasonCode: string(l.Cancellation.Reason), FormerEndDate: gtype.Date(l.Cancellation.FormerEnd), Credit: credit,
		CreditPending: l.Cancellation.Pending, Comments: l.Cancellation.Comments, UserCode: l.Cancellation.User,
		TrackingNumber: int32(l.Cancellation.Number),
	}, nil
}

func readCancellation(r *reader, m *pb.Cancellation) line.Cancellation {
	return line.Cancellation{
		Reason:    line.ReasonCode(m.GetReasonCode()),
		FormerEnd: r.date("cancellation.former_end_date", m.GetFormerEndDate()),
		Credit:    r.amount("cancellation.credit", m.GetCredit()),
		Pending:   m.GetCreditPending(),
		Number:    line.CancellationNumber(m.GetTrackingNumber()),
		Note:      readNote(m),
	}
}

// readNote reads what a caller adds to a change.
func readNote(m interface {
	GetComments() string
	GetUserCode() string
}) line.Note {
	return line.Note{Comments: m.GetComments(), User: m.GetUserCode()}
}

// answerLine returns the message of a changed line.
func answerLine(changed line.Line, err error) (*pb.RecurringLine, error) {
	if err != nil {
		return nil, err
	}
	return lineMessage(changed)
}

// ChangeRecurringLineRate changes the rate of a line.
func (h *handlers) ChangeRecurringLineRate(ctx context.Context, request *pb.ChangeRecurringLineRateRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	var r reader
	change := line.RateChange{
		Rate: line.Rate{
			Effective:     r.date(line.FieldEffective, request.GetEffectiveDate()),
			MonthlyAmount: r.amount(line.FieldMonthlyAmount, request.GetMonthlyAmount()),
			Reason:        line.ReasonCode(request.GetReasonCode()),
			Note:          readNote(request),
		},
		Etag: request.GetEtag(), BillCycle: cycles[request.GetBillCycle()], AdjustBilled: request.GetAdjustBilled(),
		AdjustUntil: r.date(line.FieldAdjustUntil, request.GetAdjustUntilDate()), Restart: request.GetRestartPeriods(),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.ChangeRate(ctx, id, change))
}

// WithdrawRecurringLineRate withdraws a rate.
func (h *handlers) WithdrawRecurringLineRate(ctx context.Context, request *pb.WithdrawRecurringLineRateRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	var r reader
	effective := r.date(line.FieldEffective, request.GetEffectiveDate())
	if err := r.Err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.WithdrawRate(ctx, id, effective, request.GetEtag()))
}

// MoveNextCycleDate sets the first day of a line that is not billed yet.
func (h *handlers) MoveNextCycleDate(ctx context.Context, request *pb.MoveNextCycleDateRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	var r reader
	next := r.date(line.FieldNextCycle, request.GetNextCycleDate())
	if err := r.Err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.MoveNextCycle(ctx, id, next, request.GetEtag()))
}

// CancelRecurringLine cancels a line.
func (h *handlers) CancelRecurringLine(ctx context.Context, request *pb.CancelRecurringLineRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	var r reader
	cancel := line.Cancel{
		Etag: request.GetEtag(), Effective: r.date(line.FieldEffective, request.GetEffectiveDate()),
		Reason: line.ReasonCode(request.GetReasonCode()), Note: readNote(request), Credit: request.GetCredit(),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.Cancel(ctx, id, cancel))
}

// UncancelRecurringLine withdraws a cancellation.
func (h *handlers) UncancelRecurringLine(ctx context.Context, request *pb.UncancelRecurringLineRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return answerLine(h.Lines.Uncancel(ctx, id, request.GetEtag()))
}
