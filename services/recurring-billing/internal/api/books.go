package api

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

// What is only ever answered is read back here where it moves in from elsewhere: the books, and the schedule with the day
// that its next run is due.

func readSchedule(m *pb.BillingSchedule) (domain.Resource, error) {
	var r reader
	upcoming := domain.Upcoming{Schedule: newSchedule(m), NextRun: r.date("next_run_date", m.GetNextRunDate())}
	if err := r.err(); err != nil {
		return nil, err
	}
	return readChecked("billing_schedule", &pb.UpdateBillingScheduleRequest{BillingSchedule: m}, upcoming)
}

var runStatesOf = inverse(runStates)

// inverse is a table from its values back to its keys.
func inverse[K, V comparable](table map[K]V) map[V]K {
	back := make(map[V]K, len(table))
	for key, value := range table {
		back[value] = key
	}
	return back
}

func readRun(m *pb.CycleRun) (domain.Resource, error) {
	var r reader
	run := domain.Run{
		ID: named[domain.RunID](&r, cycleRuns, m.GetName()), AsOf: r.date("as_of_date", m.GetAsOfDate()), Filter: readFilter(&r, m.GetFilter()),
		DryRun: m.GetDryRun(), LeaveDrafts: m.GetLeaveDrafts(), State: runStatesOf[m.GetState()], Scheduled: r.date("scheduled_date", m.GetScheduledDate()),
		Batches: int(m.GetBatchCount()), Done: int(m.GetBatchesDone()), ProblemCount: m.GetProblemCount(),
		Count: domain.Count{
			Invoices: m.GetInvoiceCount(), Periods: m.GetPeriodCount(),
			Drafts: domain.Drafts{Left: m.GetDraftCount(), Finalized: m.GetFinalizedCount(), Discarded: m.GetDiscardedCount()},
		},
		Ended: r.instant("end_time", m.GetEndTime()),
		Revision: domain.Revision{
			Created: r.instant("create_time", m.GetCreateTime()), Updated: r.instant("update_time", m.GetUpdateTime()),
		},
	}
	for i, total := range m.GetTotals() {
		if run.Totals == nil {
			run.Totals = domain.Totals{}
		}
		sum, currency := r.sum(fmt.Sprintf("totals[%d]", i), total)
		run.Totals[currency] = sum
	}
	for i, problem := range m.GetProblems() {
		run.Problems = append(run.Problems, domain.Problem{
			BillTo:   readNumber[domain.BillToID](&r, fmt.Sprintf("problems[%d].bill_to", i), billTos, problem.GetBillTo()),
			Currency: domain.Currency(problem.GetCurrencyCode()), Message: problem.GetMessage(),
		})
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return readChecked("cycle_run", &pb.CreateCycleRunRequest{CycleRun: m}, run)
}

// named is the number that the name of an imported resource ends in.
func named[N ~int32](r *reader, collection, name string) N {
	id, err := transfer.ID(collection, name)
	if err != nil {
		r.refuse("name", reason.InvalidName, "must be a name like "+collection+"1")
	}
	return readNumber[N](r, "name", "", id)
}

func (r *reader) instant(field string, m *timestamppb.Timestamp) time.Time {
	if m == nil {
		return time.Time{}
	}
	if err := m.CheckValid(); err != nil {
		r.refuse(field, reason.InvalidTime, "must be an instant from year 1 to 9999")
		return time.Time{}
	}
	return m.AsTime().Truncate(time.Microsecond)
}

// minor is an amount in minor units, which may be negative. What is no whole number of them is refused.
func (r *reader) minor(field string, m *money.Money) (int64, domain.Currency) {
	amount := r.amount(field, m)
	minor, err := amount.ExactMinor()
	if err != nil {
		r.refuse(field, reason.InvalidAmount, err.Error())
	}
	return minor, amount.Currency
}

// sum is a sum of amounts. What is no whole number of minor units is refused.
func (r *reader) sum(field string, m *money.Money) (domain.Sum, domain.Currency) {
	currency := domain.Currency(m.GetCurrencyCode())
	sum, ok := currency.SumOfUnits(m.GetUnits(), m.GetNanos())
	if !ok {
		r.refuse(field, reason.InvalidAmount, "must be a whole number of minor units of a currency of ISO 4217")
	}
	return sum, currency
}

// sameCurrency is minor of an amount in a currency that is known.
func (r *reader) sameCurrency(field string, m *money.Money, want domain.Currency) int64 {
	minor, currency := r.minor(field, m)
	if currency != want {
		r.refuse(field, reason.AnotherCurrency, "must be in the currency of the total")
	}
	return minor
}

var monthsOfCycles = inverse(cyclesByMonths)

func readInvoice(m *pb.Invoice) (domain.Resource, error) {
	var r reader
	total, currency := r.minor("total", m.GetTotal())
	invoice := domain.Invoice{
		ID: invoiceID(m.GetName()), Number: m.GetNumber(), State: invoiceStatesOf[m.GetState()],
		Run:      readNumber[domain.RunID](&r, "cycle_run", cycleRuns, m.GetCycleRun()),
		BillTo:   readNumber[domain.BillToID](&r, "bill_to", billTos, m.GetBillTo()),
		Customer: domain.CustomerID(m.GetCustomerId()), IssueDate: r.date("issue_date", m.GetIssueDate()), Currency: currency, Total: total,
		Voiding: domain.Voiding{
			Reason: m.GetVoidReason(), At: r.instant("void_time", m.GetVoidTime()), Day: r.date("void_date", m.GetVoidDate()), Released: m.GetPeriodsReleased(),
		},
	}
	if void := &invoice.Voiding; void.Day.IsZero() && !void.At.IsZero() {
		void.Day = calendar.Of(void.At)
	}
	if m.GetCredited() != nil {
		invoice.Credited = r.sameCurrency("credited", m.GetCredited(), currency)
	}
	invoice.Items = make([]billing.Item, len(m.GetItems()))
	for n, item := range m.GetItems() {
		invoice.Items[n] = readInvoiceItem(&r, fmt.Sprintf("items[%d].", n), item, currency)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return invoice, nil
}

func readInvoiceItem(r *reader, in string, m *pb.InvoiceItem, currency domain.Currency) billing.Item {
	item := billing.Item{
		Credit: m.GetKind() == pb.InvoiceItem_KIND_CREDIT, RollUp: m.GetKind() == pb.InvoiceItem_KIND_ROLL_UP,
		Code: code[string](items, m.GetItem()), Description: m.GetDescription(), Memo: m.GetMemo(), Months: monthsOfCycles[m.GetBillCycle()],
		Period: billing.Span{Start: r.date(in+"period_start", m.GetPeriodStart()), End: r.date(in+"period_end", m.GetPeriodEnd())},
		Amount: r.sameCurrency(in+"amount", m.GetAmount(), currency), Parts: make([]billing.Charge, len(m.GetParts())),
	}
	for n, part := range m.GetParts() {
		of := fmt.Sprintf("%sparts[%d].", in, n)
		item.Parts[n] = billing.Charge{
			Line:   int32(readNumber[domain.LineID](r, of+"recurring_line", recurringLines, part.GetRecurringLine())),
			Span:   billing.Span{Start: r.date(of+"start_date", part.GetStartDate()), End: r.date(of+"end_date", part.GetEndDate())},
			Period: item.Period, Amount: r.sameCurrency(of+"amount", part.GetAmount(), currency),
			Item: code[string](items, part.GetItem()), Description: part.GetDescription(), Memo: part.GetMemo(),
		}
	}
	return item
}

func readCreditNote(m *pb.CreditNote) (domain.Resource, error) {
	var r reader
	total, currency := r.minor("total", m.GetTotal())
	note := domain.CreditNote{
		ID: named[domain.CreditNoteID](&r, creditNotes, m.GetName()), Invoice: invoiceID(m.GetInvoice()), InvoiceNumber: m.GetInvoiceNumber(),
		BillTo:   readNumber[domain.BillToID](&r, "bill_to", billTos, m.GetBillTo()),
		Customer: domain.CustomerID(m.GetCustomerId()), Currency: currency, IssueDate: r.date("issue_date", m.GetIssueDate()),
		Total: total, Reason: m.GetReason(),
	}
	for n, item := range m.GetItems() {
		note.Items = append(note.Items, domain.CreditNoteItem{
			Position: int(item.GetInvoiceItem()), Description: item.GetDescription(),
			Amount: r.sameCurrency(fmt.Sprintf("items[%d].amount", n), item.GetAmount(), currency),
		})
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return readChecked("credit_note", &pb.CreateCreditNoteRequest{CreditNote: m}, note)
}
