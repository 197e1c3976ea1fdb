package recurringbilling_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/status"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// leaver creates a line of bill-to 77 at 28 dollars a month from 1 February 2026. Nothing else is
// billed to bill-to 77.
func (f *fixture) leaver(t testing.TB, set func(*native.RecurringLine)) *native.RecurringLine {
	t.Helper()
	if _, err := f.billTos.GetBillTo(t.Context(), &native.GetBillToRequest{Name: "billTos/77"}); err != nil {
		must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "77", BillTo: &native.BillTo{CustomerId: 77, DisplayName: "Left Ltd"}}))(t)
	}
	line := &native.RecurringLine{
		CustomerId: 77, BillTo: "billTos/77", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY,
		MonthlyAmount: usd(28, 0), StartDate: day(2026, 2, 1),
	}
	if set != nil {
		set(line)
	}
	return must(f.create(t, line, ""))(t)
}

// invoiced makes a run and returns its invoices of bill-to 77.
func (f *fixture) invoiced(t testing.TB, asOf *date.Date) []*native.Invoice {
	t.Helper()
	run := f.run(t, &native.CycleRun{AsOfDate: asOf, LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/77"}}})
	return f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
}

// credited cancels a line with a credit and returns the credit in cents.
func (f *fixture) credited(t testing.TB, name string, effective *date.Date) int64 {
	t.Helper()
	cancel := cancelOf(name, effective)
	cancel.Credit = true
	return cents(must(f.lines.CancelRecurringLine(t.Context(), cancel))(t).GetCancellation().GetCredit())
}

// rest returns the amount in cents that a credit note could credit of an invoice, or of the given
// items. It creates none.
func (f *fixture) rest(t testing.TB, invoice *native.Invoice, items ...int32) int64 {
	t.Helper()
	note := &native.CreditNote{Invoice: invoice.GetName(), Reason: "x"}
	for _, item := range items {
		note.Items = append(note.Items, &native.CreditNoteItem{InvoiceItem: item})
	}
	made, err := f.creditNotes.CreateCreditNote(t.Context(), &native.CreateCreditNoteRequest{CreditNote: note, ValidateOnly: true})
	if reasonOf(err) == "NOTHING_LEFT" || strings.Contains(strings.Join(faults(err), " "), "NOTHING_LEFT") {
		return 0
	}
	return cents(must(made, err)(t).GetTotal())
}

func TestCreditIsWhatWasBilledAfterLineChanges(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for _, test := range []struct {
			name      string
			effective *date.Date
			want      int64
		}{
			{"the whole month", day(2026, 2, 1), 2800}, {"half of it", day(2026, 2, 15), 1400}, {"a day", day(2026, 2, 28), 100},
		} {
			for _, cycle := range []native.BillCycle{native.BillCycle_BILL_CYCLE_QUARTERLY, native.BillCycle_BILL_CYCLE_SEMIANNUAL, native.BillCycle_BILL_CYCLE_ANNUAL} {
				line := f.leaver(t, nil)
				f.invoiced(t, day(2026, 2, 1))
				must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
					RecurringLine: &native.RecurringLine{Name: line.GetName(), BillCycle: cycle}, UpdateMask: mask("bill_cycle"),
				}))(t)
				f.changeRate(t, line.GetName(), rateOf(day(2026, 3, 1), usd(99, 0), "PRICE"))
				if got := f.credited(t, line.GetName(), test.effective); got != test.want {
					t.Errorf("%s, now %s: %d cents, want %d", test.name, cycle, got, test.want)
				}
			}
		}
	})
}

// Days before the import are credited at what they cost, and days billed here at what they were
// billed.
func TestCreditCoversDaysBilledBeforeImport(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, func(l *native.RecurringLine) {
			l.StartDate, l.NextCycleDate, l.LastCycleDate = day(2026, 1, 1), day(2026, 2, 1), day(2026, 1, 1)
			l.MonthlyAmount = usd(31, 0)
		})
		f.invoiced(t, day(2026, 2, 1))
		must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
			RecurringLine: &native.RecurringLine{Name: line.GetName(), BillCycle: native.BillCycle_BILL_CYCLE_ANNUAL}, UpdateMask: mask("bill_cycle"),
		}))(t)
		// 21 of 31 days of 31.00, the cost of January in the present cycle, and February as billed.
		if got := f.credited(t, line.GetName(), day(2026, 1, 11)); got != 2100+3100 {
			t.Errorf("%d cents", got)
		}
	})
}

func TestCreditAcrossInvoicesLeavesOtherDays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, nil)
		february, march := f.invoiced(t, day(2026, 2, 1))[0], f.invoiced(t, day(2026, 3, 1))[0]
		if got := f.credited(t, line.GetName(), day(2026, 2, 15)); got != 4200 {
			t.Errorf("the credit is %d cents", got)
		}
		for _, test := range []struct {
			invoice *native.Invoice
			want    int64
		}{{february, 1400}, {march, 0}} {
			if got := f.rest(t, test.invoice); got != test.want || f.rest(t, test.invoice, 1) != test.want {
				t.Errorf("invoice %d has %d cents left, want %d", test.invoice.GetNumber(), got, test.want)
			}
		}
		// An invoice that carries the credit does not change that.
		f.invoiced(t, day(2026, 3, 1))
		note := must(f.credit(t, &native.CreditNote{Invoice: february.GetName(), Reason: "The rest", Items: []*native.CreditNoteItem{{InvoiceItem: 1}}}))(t)
		if cents(note.GetTotal()) != 1400 || f.rest(t, february) != 0 {
			t.Errorf("credit note %v leaves %d", note, f.rest(t, february))
		}
		_, err := f.credit(t, &native.CreditNote{Invoice: february.GetName(), Reason: "More"})
		if reasonOf(err) != "NOTHING_LEFT" || !strings.Contains(err.Error(), "credit notes credited 14.00 USD of it, and its lines were credited 14.00 USD") {
			t.Errorf("got %v", err)
		}
	})
}

func TestCreditReducesOnlyItemsOfItsDays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		dinars := func(units int64) *money.Money { return &money.Money{CurrencyCode: "KWD", Units: units} }
		leaving := f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount, l.MasterItem = dinars(28), "items/RMR-BASE" })
		f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount, l.MasterItem = dinars(10), "items/RMR-BASE" })
		f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = dinars(5) })
		invoice := f.invoiced(t, day(2026, 3, 1))[0]
		if len(invoice.GetItems()) != 4 {
			t.Fatalf("items %v", invoice.GetItems())
		}
		f.credited(t, leaving.GetName(), day(2026, 2, 15))
		for item, want := range map[int32]int64{1: 28 + 10 - 14, 2: 5, 3: 10, 4: 5} {
			if got := f.rest(t, invoice, item); got != want*100 {
				t.Errorf("item %d has %d left, want %d00", item, got, want)
			}
		}
		above := &native.CreditNote{Invoice: invoice.GetName(), Reason: "x", Items: []*native.CreditNoteItem{{InvoiceItem: 3, Amount: &money.Money{CurrencyCode: "KWD", Units: 10, Nanos: 1_000_000}}}}
		if _, err := f.credit(t, above); strings.Join(faults(err), "") != "credit_note.items[0].amount EXCEEDS_REMAINDER" {
			t.Errorf("got %v", err)
		}
		if got := f.rest(t, invoice); got != 4400 || got != f.rest(t, invoice, 1, 2, 3, 4) {
			t.Errorf("%d left of the invoice, but %d of its items", got, f.rest(t, invoice, 1, 2, 3, 4))
		}
	})
}

// wantReason fails the test unless an error has the reason and its text contains the texts.
func wantReason(t testing.TB, err error, reason string, texts ...string) {
	t.Helper()
	if reasonOf(err) != reason {
		t.Fatalf("got %v, want %s", err, reason)
	}
	for _, text := range texts {
		if message := status.Convert(err).Message(); !strings.Contains(message, text) {
			t.Errorf("%q does not say %q", message, text)
		}
	}
}

func (f *fixture) voided(t testing.TB, invoice *native.Invoice) error {
	t.Helper()
	_, err := f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "x"})
	return err
}

// Every remedy that a rejection names works.
func TestAdviceInRejectionsWorks(t *testing.T) {
	for name, follow := range map[string]func(t *testing.T, f *fixture, line *native.RecurringLine, invoice *native.Invoice){
		"a credit that waits": func(t *testing.T, f *fixture, line *native.RecurringLine, invoice *native.Invoice) {
			wantReason(t, f.voided(t, invoice), "LINE_CREDITED", "cancelled: withdraw that cancellation first, or credit the rest of the invoice, 14.00 USD, by a credit note")
			must(f.uncancel(t, line.GetName()))(t)
			must(struct{}{}, f.voided(t, invoice))(t)
			again := cancelOf(line.GetName(), day(2026, 2, 15))
			again.Credit = true
			_, err := f.lines.CancelRecurringLine(t.Context(), again)
			wantReason(t, err, "INVOICE_CORRECTED", "was voided: cancel the line without a credit")
			must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 2, 15))))(t)
		},
		"the rest by a credit note": func(t *testing.T, f *fixture, line *native.RecurringLine, invoice *native.Invoice) {
			must(f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "x", Total: usd(4, 0)}))(t)
			wantReason(t, f.voided(t, invoice), "CREDITED", "credit the rest of it, 10.00 USD, by another credit note")
			if note := must(f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "x"}))(t); cents(note.GetTotal()) != 1000 {
				t.Errorf("the rest is %v", note)
			}
			wantReason(t, f.voided(t, invoice), "CREDITED", "nothing is left of it")
		},
		"a credit on an invoice": func(t *testing.T, f *fixture, line *native.RecurringLine, invoice *native.Invoice) {
			carrier := f.invoiced(t, day(2026, 2, 1))[0]
			void := fmt.Sprintf("void invoice %d", carrier.GetNumber())
			wantReason(t, f.voided(t, invoice), "LINE_CREDITED", void+", which carries the credit, and withdraw that cancellation first, or credit the rest")
			_, err := f.uncancel(t, line.GetName())
			wantReason(t, err, "CREDIT_BILLED", fmt.Sprintf("stands on invoice %d: void that first, or create another line from 2026-02-15 on", carrier.GetNumber()))
			must(struct{}{}, f.voided(t, carrier))(t)
			must(f.uncancel(t, line.GetName()))(t)
			must(struct{}{}, f.voided(t, invoice))(t)
		},
		"a credit on a draft": func(t *testing.T, f *fixture, line *native.RecurringLine, invoice *native.Invoice) {
			run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 2, 1), LeaveDrafts: true, LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/77"}}})
			draft := f.allInvoices(t, &native.ListInvoicesRequest{Filter: onlyDrafts + " AND " + ofRun(run.GetName())})[0]
			id := strings.TrimPrefix(draft.GetName(), "invoices/")
			wantReason(t, f.voided(t, invoice), "LINE_CREDITED", "delete draft "+id+", which carries the credit, and withdraw that cancellation first")
			_, err := f.uncancel(t, line.GetName())
			wantReason(t, err, "CREDIT_BILLED", "stands on invoice "+id+", a draft: delete that first, or create another line from 2026-02-15 on")
			must(f.invoices.DeleteInvoice(t.Context(), &native.DeleteInvoiceRequest{Name: draft.GetName()}))(t)
			must(f.uncancel(t, line.GetName()))(t)
			must(struct{}{}, f.voided(t, invoice))(t)
		},
		"a credit on an invoice with credit notes": func(t *testing.T, f *fixture, line *native.RecurringLine, invoice *native.Invoice) {
			f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = usd(100, 0) })
			carrier := f.invoiced(t, day(2026, 2, 1))[0]
			must(f.credit(t, &native.CreditNote{Invoice: carrier.GetName(), Reason: "x", Total: usd(1, 0)}))(t)
			wantReason(t, f.voided(t, invoice), "LINE_CREDITED", "cancelled: credit the rest of the invoice, 14.00 USD, by a credit note")
			_, err := f.uncancel(t, line.GetName())
			wantReason(t, err, "CREDIT_BILLED", "has credit notes: create another line from 2026-02-15 on")
			another := f.leaver(t, func(l *native.RecurringLine) { l.StartDate, l.BillDay = day(2026, 2, 15), 1 })
			billed := f.invoiced(t, day(2026, 2, 15))[0]
			if cents(billed.GetTotal()) != 1400 || billed.GetItems()[0].GetParts()[0].GetRecurringLine() != another.GetName() {
				t.Errorf("billed again: %v", billed)
			}
		},
		"nothing left": func(t *testing.T, f *fixture, line *native.RecurringLine, invoice *native.Invoice) {
			must(f.uncancel(t, line.GetName()))(t)
			f.credited(t, line.GetName(), day(2026, 2, 1))
			f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = usd(100, 0) })
			carrier := f.invoiced(t, day(2026, 2, 1))[0]
			must(f.credit(t, &native.CreditNote{Invoice: carrier.GetName(), Reason: "x", Total: usd(1, 0)}))(t)
			wantReason(t, f.voided(t, invoice), "LINE_CREDITED", "nothing is left of the invoice to credit")
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, f *fixture) {
				line := f.leaver(t, nil)
				invoice := f.invoiced(t, day(2026, 2, 1))[0]
				f.credited(t, line.GetName(), day(2026, 2, 15))
				follow(t, f, line, invoice)
			})
		})
	}
}

func TestUncancelFailsForCreditBeforeImport(t *testing.T) {
	f := open(t, true)
	line := f.billedLine(t, func(l *native.RecurringLine) {
		l.EndDate, l.Cancellation = day(2026, 3, 11), &native.Cancellation{ReasonCode: "MOVED", Credit: usd(21, 0)}
	})
	_, err := f.uncancel(t, line.GetName())
	wantReason(t, err, "CREDIT_BILLED", "was credited before it was imported: create another line from 2026-03-11 on")
}
