package api

import (
	"fmt"
	"time"

	moneypb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Imports read output-only resources and fields: runs, invoices and credit notes, and the next run
// date of the schedule.

func readSchedule(m *pb.BillingSchedule) (books.Resource, error) {
	var r reader
	upcoming := run.Upcoming{Schedule: newSchedule(m), NextRun: r.date("next_run_date", m.GetNextRunDate())}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readChecked("billing_schedule", &pb.UpdateBillingScheduleRequest{BillingSchedule: m}, upcoming)
}

var runStatesOf = inverse(runStates)

// inverse returns the inverse of a map.
func inverse[K, V comparable](table map[K]V) map[V]K {
	back := make(map[V]K, len(table))
	for key, value := range table {
		back[value] = key
	}
	return back
}

func readRun(m *pb.CycleRun) (books.Resource, error) {
	var r reader
	cycleRun := run.Run{
		ID: named[run.ID](&r, runNames, m.GetName()), AsOf: r.date("as_of_date", m.GetAsOfDate()), Filter: readFilter(&r, m.GetLineFilter()),
		Preview: m.GetPreview(), LeaveDrafts: m.GetLeaveDrafts(), State: runStatesOf[m.GetState()], Scheduled: r.date("scheduled_date", m.GetScheduledDate()),
		Batches: int(m.GetBatchCount()), Done: int(m.GetBatchesDone()), ProblemCount: m.GetProblemCount(),
		Count: run.Count{
			Invoices: m.GetInvoiceCount(), Periods: m.GetPeriodCount(),
			Drafts: invoice.DraftCount{Left: m.GetDraftCount(), Finalized: m.GetFinalizedCount(), Discarded: m.GetDiscardedCount()},
		},
		Ended: r.instant("end_time", m.GetEndTime()),
		Revision: mutation.Revision{
			Created: r.instant("create_time", m.GetCreateTime()), Updated: r.instant("update_time", m.GetUpdateTime()),
		},
	}
	for i, total := range m.GetTotals() {
		if cycleRun.Totals == nil {
			cycleRun.Totals = money.Totals{}
		}
		sum, currency := r.sum(fmt.Sprintf("totals[%d]", i), total)
		cycleRun.Totals[currency] = sum
	}
	cycleRun.Problems, cycleRun.Jobs = readProblems(&r, "problems", m.GetProblems()), readJobs(&r, m.GetJobs())
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readChecked("cycle_run", &pb.CreateCycleRunRequest{CycleRun: m}, cycleRun)
}

func (r *reader) instant(field string, m *timestamppb.Timestamp) time.Time {
	if m == nil {
		return time.Time{}
	}
	if err := m.CheckValid(); err != nil {
		r.Add(field, reason.InvalidTime, "must be an instant from year 1 to 9999")
		return time.Time{}
	}
	return m.AsTime().Truncate(time.Microsecond)
}

// minor reads an amount, which may be negative, in minor units. It adds a violation for fractions
// of a minor unit.
func (r *reader) minor(field string, m *moneypb.Money) (int64, money.Currency) {
	amount := r.amount(field, m)
	minor, err := amount.ExactMinor()
	if err != nil {
		r.Add(field, reason.InvalidAmount, "%v", err)
	}
	return minor, amount.Currency
}

// sum reads a sum of amounts. It adds a violation for fractions of a minor unit.
func (r *reader) sum(field string, m *moneypb.Money) (money.Sum, money.Currency) {
	currency := money.Currency(m.GetCurrencyCode())
	sum, ok := currency.SumOfUnits(m.GetUnits(), m.GetNanos())
	if !ok {
		r.Add(field, reason.InvalidAmount, "must be a whole number of minor units of a currency of ISO 4217")
	}
	return sum, currency
}

// sameCurrency is like minor, but the amount must be in the given currency.
func (r *reader) sameCurrency(field string, m *moneypb.Money, want money.Currency) int64 {
	minor, currency := r.minor(field, m)
	if currency != want {
		r.Add(field, reason.AnotherCurrency, "must be in the currency of the total")
	}
	return minor
}

var monthsOfCycles = inverse(cyclesByMonths)

func readInvoice(m *pb.Invoice) (books.Resource, error) {
	var r reader
	total, currency := r.minor("total", m.GetTotal())
	inv := invoice.Invoice{
		ID: readID[invoice.ID](&r, "name", invoiceNames, m.GetName()), Number: m.GetNumber(), State: invoiceStatesOf[m.GetState()],
		Run:      readNumber[run.ID](&r, "cycle_run", runNames, m.GetCycleRun()),
		BillTo:   readNumber[catalogue.BillToID](&r, "bill_to", billToNames, m.GetBillTo()),
		Customer: catalogue.CustomerID(m.GetCustomerId()), IssueDate: r.date("issue_date", m.GetIssueDate()), Currency: currency, Total: total,
		Voiding: invoice.Voiding{
			Reason: m.GetVoidReason(), At: r.instant("void_time", m.GetVoidTime()), Day: r.date("void_date", m.GetVoidDate()), Released: m.GetPeriodsReleased(),
		},
	}
	if void := &inv.Voiding; void.Day.IsZero() && !void.At.IsZero() {
		void.Day = calendar.Of(void.At)
	}
	if m.GetCredited() != nil {
		inv.Credited = r.sameCurrency("credited", m.GetCredited(), currency)
	}
	inv.Items = make([]billing.InvoiceItem, len(m.GetItems()))
	for n, item := range m.GetItems() {
		inv.Items[n] = readInvoiceItem(&r, fmt.Sprintf("items[%d].", n), item, currency)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return inv, nil
}

func readInvoiceItem(r *reader, in string, m *pb.InvoiceItem, currency money.Currency) billing.InvoiceItem {
	item := billing.InvoiceItem{
		Credit: m.GetKind() == pb.InvoiceItem_KIND_CREDIT, RollUp: m.GetKind() == pb.InvoiceItem_KIND_ROLL_UP,
		Code: readID[string](r, in+"item", itemNames, m.GetItem()), Description: m.GetDescription(), Memo: m.GetMemo(), Months: monthsOfCycles[m.GetBillCycle()],
		Period: billing.Span{Start: r.date(in+"period_start", m.GetPeriodStart()), End: r.date(in+"period_end", m.GetPeriodEnd())},
		Amount: r.sameCurrency(in+"amount", m.GetAmount(), currency), Parts: make([]billing.Charge, len(m.GetParts())),
	}
	if m.GetCreditReasonCode() != "" {
		item.Why = billing.CreditReason{Kind: string(creditKinds[m.GetCreditKind()]), Reason: m.GetCreditReasonCode()}
	}
	if m.GetKind() == pb.InvoiceItem_KIND_CHARGE {
		item.OneOff = int32(readNumber[charge.ID](r, in+"charge", chargeNames, m.GetCharge()))
	}
	if item.OneOff != 0 && len(m.GetParts()) == 0 {
		item.Parts = nil
	}
	for n, part := range m.GetParts() {
		of := fmt.Sprintf("%sparts[%d].", in, n)
		item.Parts[n] = billing.Charge{
			Line:   int32(readNumber[line.ID](r, of+"recurring_line", lineNames, part.GetRecurringLine())),
			Span:   billing.Span{Start: r.date(of+"start_date", part.GetStartDate()), End: r.date(of+"end_date", part.GetEndDate())},
			Period: item.Period, Amount: r.sameCurrency(of+"amount", part.GetAmount(), currency),
			Item: readID[string](r, of+"item", itemNames, part.GetItem()), Description: part.GetDescription(), Memo: part.GetMemo(),
			Pricing:  readPricing(r, of, part, item.Months, currency),
			Occasion: billing.Occasion{Timing: partTimings[part.GetBillingTiming()], Cut: part.GetCutByPause(), Resumed: part.GetResumed()},
		}
	}
	return item
}

// readPricing reads how a part was priced. It is not known without a monthly amount.
func readPricing(r *reader, of string, part *pb.InvoiceItemPart, months int, currency money.Currency) billing.Pricing {
	if part.GetMonthlyAmount() == nil {
		return billing.Pricing{}
	}
	return billing.Pricing{
		Monthly: r.sameCurrency(of+"monthly_amount", part.GetMonthlyAmount(), currency), Months: months,
		ByMonth: part.GetProration() == pb.Proration_PRORATION_BY_MONTH, BillDay: int(part.GetBillDay()), First: r.date(of+"first_date", part.GetFirstDate()),
		Rate: billing.RateDates{
			Effective: r.date(of+"rate_effective_date", part.GetRateEffectiveDate()), From: r.date(of+"rate_applies_from", part.GetRateAppliesFrom()),
		},
	}
}

func readCreditNote(m *pb.CreditNote) (books.Resource, error) {
	var r reader
	total, currency := r.minor("total", m.GetTotal())
	note := invoice.CreditNote{
		ID: named[invoice.CreditNoteID](&r, creditNoteNames, m.GetName()), Invoice: readID[invoice.ID](&r, "invoice", invoiceNames, m.GetInvoice()), InvoiceNumber: m.GetInvoiceNumber(),
		BillTo:   readNumber[catalogue.BillToID](&r, "bill_to", billToNames, m.GetBillTo()),
		Customer: catalogue.CustomerID(m.GetCustomerId()), Currency: currency, IssueDate: r.date("issue_date", m.GetIssueDate()),
		Total: total, Reason: m.GetReason(),
	}
	for n, item := range m.GetItems() {
		note.Items = append(note.Items, invoice.CreditNoteItem{
			Position: int(item.GetInvoiceItem()), Description: item.GetDescription(),
			Amount: r.sameCurrency(fmt.Sprintf("items[%d].amount", n), item.GetAmount(), currency),
		})
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readChecked("credit_note", &pb.CreateCreditNoteRequest{CreditNote: m}, note)
}
