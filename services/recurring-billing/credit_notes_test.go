package recurringbilling_test

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

func (f *fixture) credit(t testing.TB, note *native.CreditNote) (*native.CreditNote, error) {
	t.Helper()
	return f.creditNotes.CreateCreditNote(t.Context(), &native.CreateCreditNoteRequest{CreditNote: note})
}

// cents converts an amount of dollars to cents.
func cents(m *money.Money) int64 { return 100*m.GetUnits() + int64(m.GetNanos())/10_000_000 }

func dollars(cents int64) *money.Money { return usd(cents/100, int32(cents%100)) }

func TestCreateCreditNoteForRemainderTotalOrItems(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoice := f.billed(t, "billTos/1")[0]
		item, total := invoice.GetItems()[0], cents(invoice.GetTotal())
		part := cents(item.GetAmount()) - 100
		now := timestamppb.New(f.clock.Now())
		want := []*native.CreditNote{
			{Name: "creditNotes/1", Reason: "One dollar of the first", Total: usd(1, 0),
				Items: []*native.CreditNoteItem{{InvoiceItem: 1, Description: item.GetDescription(), Amount: usd(1, 0)}}},
			{Name: "creditNotes/2", Reason: "The rest of the first", Total: dollars(part),
				Items: []*native.CreditNoteItem{{InvoiceItem: 1, Description: item.GetDescription(), Amount: dollars(part)}}},
			{Name: "creditNotes/3", Reason: "A sum", Total: usd(2, 50)},
			{Name: "creditNotes/4", Reason: "All the rest", Total: dollars(total - part - 100 - 250)},
		}
		asked := []*native.CreditNote{
			{Total: usd(1, 0), Items: []*native.CreditNoteItem{{InvoiceItem: 1, Amount: usd(1, 0)}}},
			{Items: []*native.CreditNoteItem{{InvoiceItem: 1}}},
			{Total: usd(2, 50)},
			{},
		}
		for i, note := range want {
			note.Invoice, note.InvoiceNumber, note.BillTo, note.CustomerId = invoice.GetName(), invoice.GetNumber(), "billTos/1", 1
			note.IssueDate, note.CreateTime = day(2026, 11, 20), now
			asked[i].Invoice, asked[i].Reason = invoice.GetName(), note.GetReason()
			rehearsed := must(f.creditNotes.CreateCreditNote(t.Context(), &native.CreateCreditNoteRequest{CreditNote: asked[i], ValidateOnly: true}))(t)
			made := must(f.credit(t, asked[i]))(t)
			read := must(f.creditNotes.GetCreditNote(t.Context(), &native.GetCreditNoteRequest{Name: note.GetName()}))(t)
			for _, seen := range []*native.CreditNote{rehearsed, made, read} {
				if diff := gocmp.Diff(note, seen, protocmp.Transform(), protocmp.IgnoreFields(note, "etag")); diff != "" {
					t.Errorf("credit note (-want +got):\n%s", diff)
				}
			}
			want[i] = made
		}
		credited := must(f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: invoice.GetName()}))(t)
		if cents(credited.GetCredited()) != total || credited.GetState() != native.Invoice_STATE_FINALIZED || credited.GetEtag() == invoice.GetEtag() {
			t.Errorf("invoice %v", credited)
		}
		if _, err := f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "More"}); reasonOf(err) != "NOTHING_LEFT" {
			t.Errorf("got %v, want NOTHING_LEFT", err)
		}
		var listed []*native.CreditNote
		request := &native.ListCreditNotesRequest{PageSize: 3, Filter: `invoice = "` + invoice.GetName() +
			`" AND bill_to = "billTos/1" AND issue_date >= "2026-11-20" AND issue_date < "2026-11-21"`}
		for {
			page := must(f.creditNotes.ListCreditNotes(t.Context(), request))(t)
			listed = append(listed, page.GetCreditNotes()...)
			if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
				break
			}
		}
		if diff := gocmp.Diff(want, listed, protocmp.Transform()); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		for _, none := range []string{`invoice = "invoices/9-9-USD"`, `bill_to = "billTos/2"`, `issue_date >= "2026-11-21"`, `issue_date < "2026-11-20"`} {
			if page := must(f.creditNotes.ListCreditNotes(t.Context(), &native.ListCreditNotesRequest{Filter: none}))(t); len(page.GetCreditNotes()) != 0 {
				t.Errorf("%s lists %v", none, page.GetCreditNotes())
			}
		}
		changes := f.settled(t, &changesv1.ListChangesRequest{Resource: "creditNotes/4", PageSize: 10}).GetChanges()
		shown, err := changes[0].GetState().UnmarshalNew()
		if diff := gocmp.Diff(proto.Message(want[3]), shown, protocmp.Transform()); err != nil || diff != "" || len(changes) != 1 {
			t.Errorf("in the feed (-want +got), error %v:\n%s", err, diff)
		}
	})
}

func TestCreateCreditNoteRejections(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := f.billed(t, "billTos/1")
		invoice, voided := invoices[0].GetName(), invoices[1].GetName()
		must(f.void(t, &native.VoidInvoiceRequest{Name: voided, Reason: "x"}))(t)
		above := dollars(cents(invoices[0].GetTotal()) + 1)
		aboveItem := dollars(cents(invoices[0].GetItems()[0].GetAmount()) + 1)
		items := func(items ...*native.CreditNoteItem) *native.CreditNote {
			return &native.CreditNote{Invoice: invoice, Reason: "x", Items: items}
		}
		for _, test := range []struct {
			name  string
			note  *native.CreditNote
			code  codes.Code
			fault string
		}{
			{"of none", &native.CreditNote{Invoice: "invoices/9-9-USD", Reason: "x"}, codes.NotFound, ""},
			{"of a void one", &native.CreditNote{Invoice: voided, Reason: "x"}, codes.FailedPrecondition, ""},
			{"without reason", &native.CreditNote{Invoice: invoice}, codes.InvalidArgument, ""},
			{"with a blank reason", &native.CreditNote{Invoice: invoice, Reason: "\t"}, codes.InvalidArgument, "credit_note.reason REQUIRED"},
			{"above the total", &native.CreditNote{Invoice: invoice, Reason: "x", Total: above}, codes.InvalidArgument, "credit_note.total EXCEEDS_REMAINDER"},
			{"in another currency", &native.CreditNote{Invoice: invoice, Reason: "x", Total: &money.Money{CurrencyCode: "EUR", Units: 1}}, codes.InvalidArgument, "credit_note.total ANOTHER_CURRENCY"},
			{"of nothing", &native.CreditNote{Invoice: invoice, Reason: "x", Total: usd(0, 0)}, codes.InvalidArgument, "credit_note.total OUT_OF_RANGE"},
			{"of less than nothing", &native.CreditNote{Invoice: invoice, Reason: "x", Total: usd(-1, 0)}, codes.InvalidArgument, "credit_note.total OUT_OF_RANGE"},
			{"of half a cent", &native.CreditNote{Invoice: invoice, Reason: "x", Total: &money.Money{CurrencyCode: "USD", Nanos: 5_000_000}}, codes.InvalidArgument, "credit_note.total TOO_PRECISE"},
			{"of no currency", &native.CreditNote{Invoice: invoice, Reason: "x", Total: &money.Money{CurrencyCode: "ZZZ", Units: 1}}, codes.InvalidArgument, "credit_note.total UNKNOWN_CURRENCY"},
			{"above an item", items(&native.CreditNoteItem{InvoiceItem: 1, Amount: aboveItem}), codes.InvalidArgument, "credit_note.items[0].amount EXCEEDS_REMAINDER"},
			{"of no item", items(&native.CreditNoteItem{InvoiceItem: 100}), codes.InvalidArgument, "credit_note.items[0].invoice_item NOT_FOUND"},
			{"of an item twice", items(&native.CreditNoteItem{InvoiceItem: 1, Amount: usd(1, 0)}, &native.CreditNoteItem{InvoiceItem: 1, Amount: usd(1, 0)}), codes.InvalidArgument, "credit_note.items[1].invoice_item REPEATED"},
			{"of another sum", func() *native.CreditNote {
				note := items(&native.CreditNoteItem{InvoiceItem: 1, Amount: usd(1, 0)})
				note.Total = usd(2, 0)
				return note
			}(), codes.InvalidArgument, "credit_note.total NOT_THE_SUM"},
		} {
			t.Run(test.name, func(t *testing.T) {
				f.unchanged(t, func() {
					_, err := f.credit(t, test.note)
					if status.Code(err) != test.code || test.fault != "" && strings.Join(faults(err), ", ") != test.fault {
						t.Errorf("got %v (%s), want %s %s", err, faults(err), test.code, test.fault)
					}
				})
			})
		}
		first := must(f.credit(t, &native.CreditNote{Invoice: invoice, Reason: "x"}))(t)
		if first.GetName() != "creditNotes/1" {
			t.Errorf("rejected credit notes used numbers: the first is %s", first.GetName())
		}
	})
}

func TestNothingIsCreditedTwice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30)})
		invoice := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/1")})[0]
		last := len(invoice.GetItems())
		name := invoice.GetItems()[last-1].GetParts()[0].GetRecurringLine()
		cancel := cancelOf(name, f.line(t, name).GetLastCycleDate())
		cancel.Credit = true
		given := cents(must(f.lines.CancelRecurringLine(t.Context(), cancel))(t).GetCancellation().GetCredit())
		left := cents(invoice.GetTotal()) - given
		if _, err := f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "x", Total: dollars(left + 1)}); strings.Join(faults(err), "") != "credit_note.total EXCEEDS_REMAINDER" {
			t.Errorf("a credit note of more than the cancellation left: %v", err)
		}
		note := must(f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "All of it"}))(t)
		if cents(note.GetTotal()) != left || given == 0 {
			t.Errorf("the credit note credits %v of %v, of which %d cents were already credited", note.GetTotal(), invoice.GetTotal(), given)
		}
		other := invoice.GetItems()[0].GetParts()[0].GetRecurringLine()
		cancel = cancelOf(other, f.line(t, other).GetLastCycleDate())
		cancel.Credit = true
		f.unchanged(t, func() {
			if _, err := f.lines.CancelRecurringLine(t.Context(), cancel); reasonOf(err) != "INVOICE_CORRECTED" {
				t.Errorf("a credit for credited days: got %v, want INVOICE_CORRECTED", err)
			}
		})
		cancel.Credit = false
		must(f.lines.CancelRecurringLine(t.Context(), cancel))(t)
	})
}

func TestSumInvoicesByCurrency(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := newLine()
		line.MonthlyAmount, line.BillCycle = &money.Money{CurrencyCode: "JPY", Units: 1200}, native.BillCycle_BILL_CYCLE_MONTHLY
		must(f.create(t, line, ""))(t)
		invoices := f.billed(t, "")
		must(f.void(t, &native.VoidInvoiceRequest{Name: invoices[0].GetName(), Reason: "x"}))(t)
		must(f.credit(t, &native.CreditNote{Invoice: invoices[1].GetName(), Reason: "x", Total: &money.Money{CurrencyCode: invoices[1].GetTotal().GetCurrencyCode(), Units: 3}}))(t)
		for _, filter := range []string{
			"", onlyVoid, ofBillTo("billTos/1"), "customer_id = 1", ofRun("cycleRuns/2"),
			`issue_date >= "2026-05-01" AND issue_date < "2026-06-01"`, ofNobody,
		} {
			listed := "state = STATE_FINALIZED"
			switch filter {
			case "":
			case onlyVoid:
				listed = onlyVoid
			default:
				listed += " AND " + filter
			}
			want := map[string][3]int64{}
			for _, invoice := range f.allInvoices(t, &native.ListInvoicesRequest{Filter: listed}) {
				if filter == "customer_id = 1" && invoice.GetCustomerId() != 1 {
					t.Errorf("%s is of customer %d", invoice.GetName(), invoice.GetCustomerId())
				}
				sum := want[invoice.GetTotal().GetCurrencyCode()]
				want[invoice.GetTotal().GetCurrencyCode()] = [3]int64{sum[0] + 1, sum[1] + cents(invoice.GetTotal()), sum[2] + cents(invoice.GetCredited())}
			}
			got := map[string][3]int64{}
			for _, sum := range must(f.invoices.SumInvoices(t.Context(), &native.SumInvoicesRequest{Filter: filter}))(t).GetSums() {
				if cents(sum.GetNet()) != cents(sum.GetInvoiced())-cents(sum.GetCredited()) {
					t.Errorf("net of %v", sum)
				}
				got[sum.GetNet().GetCurrencyCode()] = [3]int64{sum.GetInvoiceCount(), cents(sum.GetInvoiced()), cents(sum.GetCredited())}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || len(want) == 0 && filter != ofNobody {
				t.Errorf("%q: sums %v, want %v", filter, got, want)
			}
		}
		numbered := f.allInvoices(t, &native.ListInvoicesRequest{Filter: "number = 2"})
		if len(numbered) != 1 || numbered[0].GetNumber() != 2 {
			t.Errorf("number 2 finds %v", numbered)
		}
	})
}
