package api

import (
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

func rateMessages(rates []domain.Rate) ([]*pb.Rate, error) {
	messages := make([]*pb.Rate, len(rates))
	for i, rate := range rates {
		amount, err := amountMessage(rate.MonthlyAmount)
		if err != nil {
			return nil, err
		}
		messages[i] = &pb.Rate{EffectiveDate: gtype.Date(rate.Effective), MonthlyAmount: amount, ReasonCode: string(rate.Reason)}
	}
	return messages, nil
}

// readRates reads the rates of a new line: those given, or the monthly amount as the only one.
func readRates(r *reader, m *pb.RecurringLine) []domain.Rate {
	if len(m.GetRates()) == 0 {
		return []domain.Rate{{MonthlyAmount: r.amount(domain.FieldMonthlyAmount, m.GetMonthlyAmount())}}
	}
	rates := make([]domain.Rate, len(m.GetRates()))
	for i, rate := range m.GetRates() {
		in := fmt.Sprintf("rates[%d].", i)
		rates[i] = domain.Rate{
			Effective:     r.date(in+domain.FieldEffective, rate.GetEffectiveDate()),
			MonthlyAmount: r.amount(in+domain.FieldMonthlyAmount, rate.GetMonthlyAmount()),
			Reason:        domain.ReasonCode(rate.GetReasonCode()),
		}
	}
	return rates
}

func cancellationMessage(l domain.Line) (*pb.Cancellation, error) {
	if !l.Cancelled() {
		return nil, nil
	}
	credit, err := amountMessage(l.Cancellation.Credit)
	if err != nil {
		return nil, err
	}
	return &pb.Cancellation{
		ReasonCode: string(l.Cancellation.Reason), FormerEndDate: gtype.Date(l.Cancellation.FormerEnd), Credit: credit,
		CreditPending: l.Cancellation.Pending,
	}, nil
}

func readCancellation(r *reader, m *pb.Cancellation) domain.Cancellation {
	return domain.Cancellation{
		Reason:    domain.ReasonCode(m.GetReasonCode()),
		FormerEnd: r.date("cancellation.former_end_date", m.GetFormerEndDate()),
		Credit:    r.amount("cancellation.credit", m.GetCredit()),
		Pending:   m.GetCreditPending(),
	}
}

// lineNumber is the number of the line that a request names.
func lineNumber(request interface{ GetName() string }) (domain.LineID, error) {
	id, ok := number[domain.LineID](recurringLines, request.GetName())
	if !ok {
		return 0, noSuchNumber(request.GetName())
	}
	return id, nil
}

// answerLine is the message of a line that was changed.
func answerLine(changed domain.Line, err error) (*pb.RecurringLine, error) {
	if err != nil {
		return nil, err
	}
	return lineMessage(changed)
}

// ChangeRecurringLineRate changes what a line costs.
func (h *handlers) ChangeRecurringLineRate(ctx context.Context, request *pb.ChangeRecurringLineRateRequest) (*pb.RecurringLine, error) {
	id, err := lineNumber(request)
	if err != nil {
		return nil, err
	}
	var r reader
	change := domain.RateChange{
		Rate: domain.Rate{
			Effective:     r.date(domain.FieldEffective, request.GetEffectiveDate()),
			MonthlyAmount: r.amount(domain.FieldMonthlyAmount, request.GetMonthlyAmount()),
			Reason:        domain.ReasonCode(request.GetReasonCode()),
		},
		Etag: request.GetEtag(), BillCycle: cycles[request.GetBillCycle()],
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.ChangeRate(ctx, id, change, request.GetValidateOnly()))
}

// WithdrawRecurringLineRate withdraws a rate.
func (h *handlers) WithdrawRecurringLineRate(ctx context.Context, request *pb.WithdrawRecurringLineRateRequest) (*pb.RecurringLine, error) {
	id, err := lineNumber(request)
	if err != nil {
		return nil, err
	}
	var r reader
	effective := r.date(domain.FieldEffective, request.GetEffectiveDate())
	if err := r.err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.WithdrawRate(ctx, id, effective, request.GetEtag()))
}

// CancelRecurringLine cancels a line.
func (h *handlers) CancelRecurringLine(ctx context.Context, request *pb.CancelRecurringLineRequest) (*pb.RecurringLine, error) {
	id, err := lineNumber(request)
	if err != nil {
		return nil, err
	}
	var r reader
	cancel := domain.Cancel{
		Etag: request.GetEtag(), Effective: r.date(domain.FieldEffective, request.GetEffectiveDate()),
		Reason: domain.ReasonCode(request.GetReasonCode()), Credit: request.GetCredit(),
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.CancelLine(ctx, id, cancel, request.GetValidateOnly()))
}

// UncancelRecurringLine takes a cancellation back.
func (h *handlers) UncancelRecurringLine(ctx context.Context, request *pb.UncancelRecurringLineRequest) (*pb.RecurringLine, error) {
	id, err := lineNumber(request)
	if err != nil {
		return nil, err
	}
	return answerLine(h.Lines.UncancelLine(ctx, id, request.GetEtag()))
}
