package api

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

const lineResource = "recurring_line"

var cycles = map[pb.BillCycle]line.BillCycle{
	pb.BillCycle_BILL_CYCLE_MONTHLY:    line.Monthly,
	pb.BillCycle_BILL_CYCLE_QUARTERLY:  line.Quarterly,
	pb.BillCycle_BILL_CYCLE_SEMIANNUAL: line.SemiAnnual,
	pb.BillCycle_BILL_CYCLE_ANNUAL:     line.Annual,
}

var cycleMessages = inverse(cycles)

func lineMessage(l line.Line) (*pb.RecurringLine, error) {
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
	credits, err := creditMessages(l.Credits)
	if err != nil {
		return nil, err
	}
	created, updated := timestamps(l.Revision)
	return &pb.RecurringLine{
		Name: lineNames.Format(l.ID), CustomerId: int32(l.Customer), BillTo: billToNames.Format(l.BillTo),
		SiteId: int32(l.Site), SystemId: int32(l.System), Item: itemNames.Format(l.Item),
		MasterItem: itemNames.Format(l.MasterItem), MasterAccount: masterNames.Format(l.MasterAccount),
		BillCycle: cycleMessages[l.BillCycle], Description: l.Description, Memo: l.Memo, MonthlyAmount: monthly,
		CycleAmount: cycle, StartDate: gtype.Date(l.Start), BillDay: int32(l.BillDay), AnchorDate: gtype.Date(l.AnchorDate()), EndDate: gtype.Date(l.End),
		NextCycleDate: gtype.Date(l.NextCycle), LastCycleDate: gtype.Date(l.LastCycle),
		Rates: rates, Cancellation: cancellation, Credits: credits, UnbilledDays: unbilledMessages(l.Unbilled),
		Pauses: pauseMessages(l.Pauses), BillingTiming: timingMessages[l.Timing],
		LastIncreaseDate: gtype.Date(l.LastIncrease().Effective), JobCode: l.Job, BranchCode: l.Branch,
		CreateTime: created, UpdateTime: updated, Etag: l.Etag(),
	}, nil
}

// readLine reads the fields of a line that a caller can set.
func readLine(r *reader, m *pb.RecurringLine) line.Line {
	return line.Line{
		Customer: catalogue.CustomerID(m.GetCustomerId()),
		BillTo:   readNumber[catalogue.BillToID](r, catalogue.FieldBillTo, billToNames, m.GetBillTo()),
		Site:     line.SiteID(m.GetSiteId()), System: line.SystemID(m.GetSystemId()),
		Item:          readID[catalogue.ItemCode](r, line.FieldItem, itemNames, m.GetItem()),
		MasterItem:    readID[catalogue.ItemCode](r, line.FieldMasterItem, itemNames, m.GetMasterItem()),
		MasterAccount: readID[catalogue.MasterAccountCode](r, line.FieldMasterAccount, masterNames, m.GetMasterAccount()),
		BillCycle:     cycles[m.GetBillCycle()], Description: m.GetDescription(), Memo: m.GetMemo(),
		Rates: readRates(r, m),
		Start: r.date(line.FieldStart, m.GetStartDate()), BillDay: int(m.GetBillDay()), Anchor: r.date(line.FieldAnchor, m.GetAnchorDate()),
		End: r.date(line.FieldEnd, m.GetEndDate()), NextCycle: r.date(line.FieldNextCycle, m.GetNextCycleDate()),
		LastCycle: r.date(line.FieldLastCycle, m.GetLastCycleDate()), Cancellation: readCancellation(r, m.GetCancellation()), Credits: readCredits(r, m.GetCredits()),
		Unbilled: readUnbilled(r, m.GetUnbilledDays()), Pauses: readPauses(r, m.GetPauses()), Timing: timings[m.GetBillingTiming()],
		Job: m.GetJobCode(), Branch: m.GetBranchCode(),
	}
}

// ReadLine reads a line from its message.
func ReadLine(message proto.Message) (line.Line, error) {
	m, ok := message.(*pb.RecurringLine)
	if !ok {
		return line.Line{}, fmt.Errorf("a %T is not a recurring line", message)
	}
	var r reader
	read := readLine(&r, m)
	read.ID = named[line.ID](&r, lineNames, m.GetName())
	if len(m.GetRates()) == 0 {
		read.Rates = nil
	}
	return read, r.Err()
}

// readNewLine reads the fields of a new line.
func readNewLine(request *pb.CreateRecurringLineRequest) (line.Line, error) {
	var r reader
	wanted := readLine(&r, request.GetRecurringLine())
	wanted.ID = chosenNumber[line.ID](&r, request.GetRecurringLineId())
	return wanted, inResource(r.Err(), lineResource)
}

// CreateRecurringLine creates a recurring line.
func (h *handlers) CreateRecurringLine(ctx context.Context, request *pb.CreateRecurringLineRequest) (*pb.RecurringLine, error) {
	wanted, err := readNewLine(request)
	if err != nil {
		return nil, err
	}
	created, err := h.Lines.Create(ctx, wanted)
	if err != nil {
		return nil, inResource(err, lineResource)
	}
	return lineMessage(created)
}

// GetRecurringLine reads a recurring line.
func (h *handlers) GetRecurringLine(ctx context.Context, request *pb.GetRecurringLineRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.Lines.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return lineMessage(found)
}

// ListRecurringLines lists recurring lines.
func (h *handlers) ListRecurringLines(ctx context.Context, request *pb.ListRecurringLinesRequest) (*pb.ListRecurringLinesResponse, error) {
	list, err := lineListFor(request)
	if err != nil {
		return nil, err
	}
	found, next, err := aip.List(ctx, h.sealer, list, request, h.Lines.List, lineMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListRecurringLinesResponse{RecurringLines: found, NextPageToken: next}, nil
}
