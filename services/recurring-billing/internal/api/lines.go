package api

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

const line = "recurring_line"

var cycles = map[pb.BillCycle]domain.BillCycle{
	pb.BillCycle_BILL_CYCLE_MONTHLY:    domain.Monthly,
	pb.BillCycle_BILL_CYCLE_QUARTERLY:  domain.Quarterly,
	pb.BillCycle_BILL_CYCLE_SEMIANNUAL: domain.SemiAnnual,
	pb.BillCycle_BILL_CYCLE_ANNUAL:     domain.Annual,
}

var cycleMessages = inverse(cycles)

func lineMessage(l domain.Line) (*pb.RecurringLine, error) {
	monthly, err := amountMessage(l.MonthlyAmount())
	if err != nil {
		return nil, err
	}
	cycleAmount, err := l.CycleAmount()
	if err != nil {
		return nil, err
	}
	cycle, err := amountMessage(cycleAmount)
	if err != nil {
		return nil, err
	}
	rates, err := rateMessages(l.Rates)
	if err != nil {
		return nil, err
	}
	cancellation, err := cancellationMessage(l)
	if err != nil {
		return nil, err
	}
	created, updated := timestamps(l.Revision)
	return &pb.RecurringLine{
		Name: numberName(recurringLines, l.ID), CustomerId: int32(l.Customer), BillTo: numberName(billTos, l.BillTo),
		SiteId: int32(l.Site), SystemId: int32(l.System), Item: codeName(items, l.Item),
		MasterItem: codeName(items, l.MasterItem), MasterAccount: codeName(masterAccounts, l.MasterAccount),
		BillCycle: cycleMessages[l.BillCycle], Description: l.Description, Memo: l.Memo, MonthlyAmount: monthly,
		CycleAmount: cycle, StartDate: gtype.Date(l.Start), BillDay: int32(l.BillDay), AnchorDate: gtype.Date(l.AnchorDate()), EndDate: gtype.Date(l.End),
		NextCycleDate: gtype.Date(l.NextCycle), LastCycleDate: gtype.Date(l.LastCycle),
		Rates: rates, Cancellation: cancellation,
		CreateTime: created, UpdateTime: updated, Etag: l.Etag(),
	}, nil
}

// readLine reads what a caller can set of a line.
func readLine(r *reader, m *pb.RecurringLine) domain.Line {
	return domain.Line{
		Customer: domain.CustomerID(m.GetCustomerId()),
		BillTo:   readNumber[domain.BillToID](r, domain.FieldBillTo, billTos, m.GetBillTo()),
		Site:     domain.SiteID(m.GetSiteId()), System: domain.SystemID(m.GetSystemId()),
		Item:          code[domain.ItemCode](items, m.GetItem()),
		MasterItem:    code[domain.ItemCode](items, m.GetMasterItem()),
		MasterAccount: code[domain.MasterAccountCode](masterAccounts, m.GetMasterAccount()),
		BillCycle:     cycles[m.GetBillCycle()], Description: m.GetDescription(), Memo: m.GetMemo(),
		Rates: readRates(r, m),
		Start: r.date(domain.FieldStart, m.GetStartDate()), BillDay: int(m.GetBillDay()), Anchor: r.date(domain.FieldAnchor, m.GetAnchorDate()),
		End: r.date(domain.FieldEnd, m.GetEndDate()), NextCycle: r.date(domain.FieldNextCycle, m.GetNextCycleDate()),
		LastCycle: r.date(domain.FieldLastCycle, m.GetLastCycleDate()), Cancellation: readCancellation(r, m.GetCancellation()),
	}
}

// ReadLine reads a line from the message that shows it.
func ReadLine(message proto.Message) (domain.Line, error) {
	m, ok := message.(*pb.RecurringLine)
	if !ok {
		return domain.Line{}, fmt.Errorf("a %T is no recurring line", message)
	}
	var r reader
	read := readLine(&r, m)
	read.ID = named[domain.LineID](&r, recurringLines, m.GetName())
	if len(m.GetRates()) == 0 {
		read.Rates = nil
	}
	return read, r.err()
}

// readNewLine reads what a caller can set of a new line.
func readNewLine(request *pb.CreateRecurringLineRequest) (domain.Line, error) {
	var r reader
	asked := readLine(&r, request.GetRecurringLine())
	asked.ID = readNumber[domain.LineID](&r, domain.FieldID, "", request.GetRecurringLineId())
	return asked, inResource(r.err(), line)
}

// CreateRecurringLine creates a recurring line.
func (h *handlers) CreateRecurringLine(ctx context.Context, request *pb.CreateRecurringLineRequest) (*pb.RecurringLine, error) {
	asked, err := readNewLine(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.CreateLine(ctx, asked, request.GetValidateOnly())
	if err != nil {
		return nil, inResource(err, line)
	}
	return lineMessage(created)
}

// GetRecurringLine reads a recurring line.
func (h *handlers) GetRecurringLine(ctx context.Context, request *pb.GetRecurringLineRequest) (*pb.RecurringLine, error) {
	id, ok := number[domain.LineID](recurringLines, request.GetName())
	if !ok {
		return nil, noSuchNumber(request.GetName())
	}
	found, err := h.service.Line(ctx, id)
	if err != nil {
		return nil, err
	}
	return lineMessage(found)
}

var lineStates = map[pb.ListRecurringLinesRequest_State]domain.LineState{
	pb.ListRecurringLinesRequest_STATE_UNSPECIFIED: domain.AnyLine,
	pb.ListRecurringLinesRequest_STATE_OPEN:        domain.OpenLine,
	pb.ListRecurringLinesRequest_STATE_ENDED:       domain.EndedLine,
	pb.ListRecurringLinesRequest_STATE_CANCELLED:   domain.CancelledLine,
}

func readLineFilter(request *pb.ListRecurringLinesRequest) (domain.LineFilter, error) {
	var r reader
	filter := domain.LineFilter{
		Customer: domain.CustomerID(request.GetCustomerId()),
		BillTo:   readNumber[domain.BillToID](&r, "bill_to", billTos, request.GetBillTo()),
		Item:     code[domain.ItemCode](items, request.GetItem()),
		Master:   code[domain.MasterAccountCode](masterAccounts, request.GetMasterAccount()),
		State:    lineStates[request.GetState()],
		DueAsOf:  r.date("due_as_of_date", request.GetDueAsOfDate()),
	}
	return filter, r.err()
}

// ListRecurringLines lists recurring lines.
func (h *handlers) ListRecurringLines(ctx context.Context, request *pb.ListRecurringLinesRequest) (*pb.ListRecurringLinesResponse, error) {
	filter, err := readLineFilter(request)
	if err != nil {
		return nil, err
	}
	messages, next, err := list(request,
		func(after domain.LineID, limit int) ([]domain.Line, error) {
			return h.service.LinesWhere(ctx, filter, after, limit)
		},
		func(l domain.Line) domain.LineID { return l.ID }, lineMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListRecurringLinesResponse{RecurringLines: messages, NextPageToken: next}, nil
}

// UpdateRecurringLine changes a recurring line.
func (h *handlers) UpdateRecurringLine(ctx context.Context, request *pb.UpdateRecurringLineRequest) (*pb.RecurringLine, error) {
	id, ok := number[domain.LineID](recurringLines, request.GetRecurringLine().GetName())
	if !ok {
		return nil, noSuchNumber(request.GetRecurringLine().GetName())
	}
	var r reader
	sent := readLine(&r, request.GetRecurringLine())
	asked, err := masked(&r, line, request.GetUpdateMask(), request.GetRecurringLine(), lineFields, sent)
	if err != nil {
		return nil, err
	}
	change := domain.LineChange{Etag: request.GetRecurringLine().GetEtag(), Check: func(line domain.Line) error {
		present, err := lineMessage(line)
		if err != nil {
			return err
		}
		return asked.check(present)
	}}
	asked.take(&change)
	changed, err := h.service.ChangeLine(ctx, id, change)
	if err != nil {
		return nil, inResource(err, line)
	}
	return lineMessage(changed)
}

// lineFields are the fields of a line that an update can change.
var lineFields = fields[domain.LineChange, domain.Line]{
	domain.FieldItem:          func(c *domain.LineChange, l domain.Line) { c.Item = &l.Item },
	domain.FieldDescription:   func(c *domain.LineChange, l domain.Line) { c.Description = &l.Description },
	domain.FieldMasterItem:    func(c *domain.LineChange, l domain.Line) { c.MasterItem = &l.MasterItem },
	domain.FieldMasterAccount: func(c *domain.LineChange, l domain.Line) { c.MasterAccount = &l.MasterAccount },
	domain.FieldBillCycle:     func(c *domain.LineChange, l domain.Line) { c.BillCycle = &l.BillCycle },
	domain.FieldMemo:          func(c *domain.LineChange, l domain.Line) { c.Memo = &l.Memo },
	domain.FieldBillTo:        func(c *domain.LineChange, l domain.Line) { c.BillTo = &l.BillTo },
}
