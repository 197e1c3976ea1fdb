package api

import (
	"context"
	"slices"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

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

var cycleMessages = func() map[domain.BillCycle]pb.BillCycle {
	messages := map[domain.BillCycle]pb.BillCycle{}
	for message, cycle := range cycles {
		messages[cycle] = message
	}
	return messages
}()

func lineMessage(l domain.Line) (*pb.RecurringLine, error) {
	monthly, err := amountMessage(l.MonthlyAmount)
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
	created, updated := timestamps(l.Revision)
	return &pb.RecurringLine{
		Name: numberName(recurringLines, l.ID), CustomerId: int32(l.Customer), BillTo: numberName(billTos, l.BillTo),
		SiteId: int32(l.Site), SystemId: int32(l.System), Item: codeName(items, l.Item),
		MasterItem: codeName(items, l.MasterItem), MasterAccount: codeName(masterAccounts, l.MasterAccount),
		BillCycle: cycleMessages[l.BillCycle], Description: l.Description, Memo: l.Memo, MonthlyAmount: monthly,
		CycleAmount: cycle, StartDate: gtype.Date(l.Start), BillDay: int32(l.BillDay), EndDate: gtype.Date(l.End),
		NextCycleDate: gtype.Date(l.NextCycle), LastCycleDate: gtype.Date(l.LastCycle),
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
		MonthlyAmount: r.amount("monthly_amount", m.GetMonthlyAmount()),
		Start:         r.date("start_date", m.GetStartDate()), BillDay: int(m.GetBillDay()),
		End: r.date("end_date", m.GetEndDate()), NextCycle: r.date("next_cycle_date", m.GetNextCycleDate()),
		LastCycle: r.date("last_cycle_date", m.GetLastCycleDate()),
	}
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

// ListRecurringLines lists recurring lines.
func (h *handlers) ListRecurringLines(ctx context.Context, request *pb.ListRecurringLinesRequest) (*pb.ListRecurringLinesResponse, error) {
	messages, next, err := list(request,
		func(after domain.LineID, limit int) ([]domain.Line, error) { return h.service.Lines(ctx, after, limit) },
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
	change, err := readChange(request.GetRecurringLine(), request.GetUpdateMask())
	if err != nil {
		return nil, err
	}
	changed, err := h.service.ChangeLine(ctx, id, change)
	if err != nil {
		return nil, inResource(err, line)
	}
	return lineMessage(changed)
}

// changeable are the fields that an update mask can name, each with what it takes from the line that was sent.
var changeable = map[string]struct {
	given func(*pb.RecurringLine) bool
	take  func(*domain.LineChange, *domain.Line)
}{
	domain.FieldItem: {
		func(m *pb.RecurringLine) bool { return m.GetItem() != "" },
		func(c *domain.LineChange, l *domain.Line) { c.Item = &l.Item },
	},
	domain.FieldDescription: {
		func(m *pb.RecurringLine) bool { return m.GetDescription() != "" },
		func(c *domain.LineChange, l *domain.Line) { c.Description = &l.Description },
	},
	domain.FieldMasterItem: {
		func(m *pb.RecurringLine) bool { return m.GetMasterItem() != "" },
		func(c *domain.LineChange, l *domain.Line) { c.MasterItem = &l.MasterItem },
	},
	domain.FieldMasterAccount: {
		func(m *pb.RecurringLine) bool { return m.GetMasterAccount() != "" },
		func(c *domain.LineChange, l *domain.Line) { c.MasterAccount = &l.MasterAccount },
	},
	domain.FieldBillCycle: {
		func(m *pb.RecurringLine) bool { return m.GetBillCycle() != 0 },
		func(c *domain.LineChange, l *domain.Line) { c.BillCycle = &l.BillCycle },
	},
	domain.FieldMemo: {
		func(m *pb.RecurringLine) bool { return m.GetMemo() != "" },
		func(c *domain.LineChange, l *domain.Line) { c.Memo = &l.Memo },
	},
	domain.FieldBillTo: {
		func(m *pb.RecurringLine) bool { return m.GetBillTo() != "" },
		func(c *domain.LineChange, l *domain.Line) { c.BillTo = &l.BillTo },
	},
}

// readChange reads what an update changes: what the mask names, everything for `*`, what is given without a mask.
func readChange(m *pb.RecurringLine, mask *fieldmaskpb.FieldMask) (domain.LineChange, error) {
	var r reader
	for _, path := range mask.GetPaths() {
		if _, known := changeable[path]; !known && path != "*" {
			r.refuse("update_mask", "UNKNOWN_FIELD", path+" cannot be changed by an update")
		}
	}
	if err := r.err(); err != nil {
		return domain.LineChange{}, err
	}
	asked := readLine(&r, m)
	if err := r.err(); err != nil {
		return domain.LineChange{}, inResource(err, line)
	}
	change := domain.LineChange{Etag: m.GetEtag()}
	for name, field := range changeable {
		named := slices.Contains(mask.GetPaths(), name) || slices.Contains(mask.GetPaths(), "*")
		if named || len(mask.GetPaths()) == 0 && field.given(m) {
			field.take(&change, &asked)
		}
	}
	return change, nil
}
