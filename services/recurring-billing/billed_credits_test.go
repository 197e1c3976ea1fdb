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

// leaver is a line of the bill-to 77, which nothing else is billed to, at 28 dollars a month from 1 February 2026.
func (d *door) leaver(t testing.TB, set func(*native.RecurringLine)) *native.RecurringLine {
	t.Helper()
	if _, err := d.billTos.GetBillTo(t.Context(), &native.GetBillToRequest{Name: "billTos/77"}); err != nil {
		must(d.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "77", BillTo: &native.BillTo{CustomerId: 77, DisplayName: "Left Ltd"}}))(t)
	}
	line := &native.RecurringLine{
		CustomerId: 77, BillTo: "billTos/77", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY,
		MonthlyAmount: usd(28, 0), StartDate: day(2026, 2, 1),
	}
	if set != nil {
		set(line)
	}
	return must(d.create(t, line, ""))(t)
}

// invoiced is the invoices of the bill-to 77 that a run makes.
func (d *door) invoiced(t testing.TB, asOf *date.Date) []*native.Invoice {
	t.Helper()
	run := d.run(t, &native.CycleRun{AsOfDate: asOf, LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/77"}}})
	return d.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
}

// credited cancels a line with a credit, which it gives in cents.
func (d *door) credited(t testing.TB, name string, effective *date.Date) int64 {
	t.Helper()
	cancel := cancelOf(name, effective)
	cancel.Credit = true
	return cents(must(d.lines.CancelRecurringLine(t.Context(), cancel))(t).GetCancellation().GetCredit())
}

// rest is what a credit note could give back of an invoice, of some items of it if they are named: no more.
func (d *door) rest(t testing.TB, invoice *native.Invoice, items ...int32) int64 {
	t.Helper()
	note := &native.CreditNote{Invoice: invoice.GetName(), Reason: "x"}
	for _, item := range items {
		note.Items = append(note.Items, &native.CreditNoteItem{InvoiceItem: item})
	}
	made, err := d.creditNotes.CreateCreditNote(t.Context(), &native.CreateCreditNoteRequest{CreditNote: note, ValidateOnly: true})
	if reasonOf(err) == "NOTHING_LEFT" || strings.Contains(strings.Join(faults(err), " "), "NOTHING_LEFT") {
		return 0
	}
	return cents(must(made, err)(t).GetTotal())
}

func TestACreditIsWhatWasBilledWhateverTheLineBecameSince(t *testing.T) {
	onEachEngine(t, func(t *testing.T, d *door) {
		for _, test := range []struct {
			name      string
			effective *date.Date
			want      int64
		}{
			{"the whole month", day(2026, 2, 1), 2800}, {"half of it", day(2026, 2, 15), 1400}, {"a day", day(2026, 2, 28), 100},
		} {
			for _, cycle := range []native.BillCycle{native.BillCycle_BILL_CYCLE_QUARTERLY, native.BillCycle_BILL_CYCLE_SEMIANNUAL, native.BillCycle_BILL_CYCLE_ANNUAL} {
				line := d.leaver(t, nil)
				d.invoiced(t, day(2026, 2, 1))
				must(d.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
					RecurringLine: &native.RecurringLine{Name: line.GetName(), BillCycle: cycle}, UpdateMask: mask("bill_cycle"),
				}))(t)
				d.changeRate(t, line.GetName(), rateOf(day(2026, 3, 1), usd(99, 0), "PRICE"))
				if got := d.credited(t, line.GetName(), test.effective); got != test.want {
					t.Errorf("%s, now %s: %d cents, want %d", test.name, cycle, got, test.want)
				}
			}
		}
	})
}

// Days of before the line was imported are credited for what they cost, those billed here for what they were billed.
func TestACreditReachesBackToBeforeTheLineWasImported(t *testing.T) {
	onEachEngine(t, func(t *testing.T, d *door) {
		line := d.leaver(t, func(l *native.RecurringLine) {
			l.StartDate, l.NextCycleDate, l.LastCycleDate = day(2026, 1, 1), day(2026, 2, 1), day(2026, 1, 1)
			l.MonthlyAmount = usd(31, 0)
		})
		d.invoiced(t, day(2026, 2, 1))
		must(d.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
			RecurringLine: &native.RecurringLine{Name: line.GetName(), BillCycle: native.BillCycle_BILL_CYCLE_ANNUAL}, UpdateMask: mask("bill_cycle"),
		}))(t)
		// 21 of 365 days of 372.00, which is what January costs in the cycle of now, and February as billed.
		if got := d.credited(t, line.GetName(), day(2026, 1, 11)); got != 2140+3100 {
			t.Errorf("%d cents", got)
		}
	})
}

func TestACreditOverSeveralInvoicesLeavesOfEachWhatItBilledOfOtherDays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, d *door) {
		line := d.leaver(t, nil)
		february, march := d.invoiced(t, day(2026, 2, 1))[0], d.invoiced(t, day(2026, 3, 1))[0]
		if got := d.credited(t, line.GetName(), day(2026, 2, 15)); got != 4200 {
			t.Errorf("the credit is %d cents", got)
		}
		for _, test := range []struct {
			invoice *native.Invoice
			want    int64
		}{{february, 1400}, {march, 0}} {
			if got := d.rest(t, test.invoice); got != test.want || d.rest(t, test.invoice, 1) != test.want {
				t.Errorf("invoice %d has %d cents left, want %d", test.invoice.GetNumber(), got, test.want)
			}
		}
		// An invoice that carries the credit changes nothing of that.
		d.invoiced(t, day(2026, 3, 1))
		note := must(d.credit(t, &native.CreditNote{Invoice: february.GetName(), Reason: "The rest", Items: []*native.CreditNoteItem{{InvoiceItem: 1}}}))(t)
		if cents(note.GetTotal()) != 1400 || d.rest(t, february) != 0 {
			t.Errorf("credit note %v leaves %d", note, d.rest(t, february))
		}
		_, err := d.credit(t, &native.CreditNote{Invoice: february.GetName(), Reason: "More"})
		if reasonOf(err) != "NOTHING_LEFT" || !strings.Contains(err.Error(), "credit notes gave back 14.00 USD of it, its lines were credited 14.00 USD") {
			t.Errorf("got %v", err)
		}
	})
}

func TestACreditLeavesOfEachItemWhatItIsNotFor(t *testing.T) {
	onEachEngine(t, func(t *testing.T, d *door) {
		dinars := func(units int64) *money.Money { return &money.Money{CurrencyCode: "KWD", Units: units} }
		leaving := d.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount, l.MasterItem = dinars(28), "items/RMR-BASE" })
		d.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount, l.MasterItem = dinars(10), "items/RMR-BASE" })
		d.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = dinars(5) })
		invoice := d.invoiced(t, day(2026, 3, 1))[0]
		if len(invoice.GetItems()) != 4 {
			t.Fatalf("items %v", invoice.GetItems())
		}
		d.credited(t, leaving.GetName(), day(2026, 2, 15))
		for item, want := range map[int32]int64{1: 28 + 10 - 14, 2: 5, 3: 10, 4: 5} {
			if got := d.rest(t, invoice, item); got != want*100 {
				t.Errorf("item %d has %d left, want %d00", item, got, want)
			}
		}
		above := &native.CreditNote{Invoice: invoice.GetName(), Reason: "x", Items: []*native.CreditNoteItem{{InvoiceItem: 3, Amount: &money.Money{CurrencyCode: "KWD", Units: 10, Nanos: 1_000_000}}}}
		if _, err := d.credit(t, above); strings.Join(faults(err), "") != "credit_note.items[0].amount EXCEEDS_REMAINDER" {
			t.Errorf("got %v", err)
		}
		if got := d.rest(t, invoice); got != 4400 || got != d.rest(t, invoice, 1, 2, 3, 4) {
			t.Errorf("%d are left of all, %d of the items", got, d.rest(t, invoice, 1, 2, 3, 4))
		}
	})
}

// says fails the test unless a refusal has a reason and its text says what can be done.
func says(t testing.TB, err error, reason string, texts ...string) {
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

func (d *door) voided(t testing.TB, invoice *native.Invoice) error {
	t.Helper()
	_, err := d.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "x"})
	return err
}

// Each way out that a refusal names is gone to its end.
func TestWhatARefusalAdvisesCanBeDone(t *testing.T) {
	for name, follow := range map[string]func(t *testing.T, d *door, line *native.RecurringLine, invoice *native.Invoice){
		"a credit that waits": func(t *testing.T, d *door, line *native.RecurringLine, invoice *native.Invoice) {
			says(t, d.voided(t, invoice), "LINE_CREDITED", "cancelled: take that cancellation back first, or give the rest of the invoice, 14.00 USD, back by a credit note")
			must(d.uncancel(t, line.GetName()))(t)
			must(struct{}{}, d.voided(t, invoice))(t)
			again := cancelOf(line.GetName(), day(2026, 2, 15))
			again.Credit = true
			_, err := d.lines.CancelRecurringLine(t.Context(), again)
			says(t, err, "INVOICE_CORRECTED", "was taken back: cancel the line without a credit")
			must(d.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 2, 15))))(t)
		},
		"the rest by a credit note": func(t *testing.T, d *door, line *native.RecurringLine, invoice *native.Invoice) {
			must(d.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "x", Total: usd(4, 0)}))(t)
			says(t, d.voided(t, invoice), "CREDITED", "give the rest of it, 10.00 USD, back by another credit note")
			if note := must(d.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "x"}))(t); cents(note.GetTotal()) != 1000 {
				t.Errorf("the rest is %v", note)
			}
			says(t, d.voided(t, invoice), "CREDITED", "nothing is left of it")
		},
		"a credit on an invoice": func(t *testing.T, d *door, line *native.RecurringLine, invoice *native.Invoice) {
			carrier := d.invoiced(t, day(2026, 2, 1))[0]
			void := fmt.Sprintf("void invoice %d", carrier.GetNumber())
			says(t, d.voided(t, invoice), "LINE_CREDITED", void+", on which the credit stands, and take that cancellation back first, or give the rest")
			_, err := d.uncancel(t, line.GetName())
			says(t, err, "CREDIT_BILLED", fmt.Sprintf("stands on invoice %d: void that first, or create another line from 2026-02-15 on", carrier.GetNumber()))
			must(struct{}{}, d.voided(t, carrier))(t)
			must(d.uncancel(t, line.GetName()))(t)
			must(struct{}{}, d.voided(t, invoice))(t)
		},
		"a credit on a draft": func(t *testing.T, d *door, line *native.RecurringLine, invoice *native.Invoice) {
			run := d.run(t, &native.CycleRun{AsOfDate: day(2026, 2, 1), LeaveDrafts: true, LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/77"}}})
			draft := d.allInvoices(t, &native.ListInvoicesRequest{Filter: onlyDrafts + " AND " + ofRun(run.GetName())})[0]
			id := strings.TrimPrefix(draft.GetName(), "invoices/")
			says(t, d.voided(t, invoice), "LINE_CREDITED", "delete draft "+id+", on which the credit stands, and take that cancellation back first")
			_, err := d.uncancel(t, line.GetName())
			says(t, err, "CREDIT_BILLED", "stands on invoice "+id+", a draft: delete that first, or create another line from 2026-02-15 on")
			must(d.invoices.DeleteInvoice(t.Context(), &native.DeleteInvoiceRequest{Name: draft.GetName()}))(t)
			must(d.uncancel(t, line.GetName()))(t)
			must(struct{}{}, d.voided(t, invoice))(t)
		},
		"a credit on an invoice with credit notes": func(t *testing.T, d *door, line *native.RecurringLine, invoice *native.Invoice) {
			d.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = usd(100, 0) })
			carrier := d.invoiced(t, day(2026, 2, 1))[0]
			must(d.credit(t, &native.CreditNote{Invoice: carrier.GetName(), Reason: "x", Total: usd(1, 0)}))(t)
			says(t, d.voided(t, invoice), "LINE_CREDITED", "cancelled: give the rest of the invoice, 14.00 USD, back by a credit note")
			_, err := d.uncancel(t, line.GetName())
			says(t, err, "CREDIT_BILLED", "given back by credit notes: create another line from 2026-02-15 on")
			another := d.leaver(t, func(l *native.RecurringLine) { l.StartDate, l.BillDay = day(2026, 2, 15), 1 })
			billed := d.invoiced(t, day(2026, 2, 15))[0]
			if cents(billed.GetTotal()) != 1400 || billed.GetItems()[0].GetParts()[0].GetRecurringLine() != another.GetName() {
				t.Errorf("billed again: %v", billed)
			}
		},
		"nothing left": func(t *testing.T, d *door, line *native.RecurringLine, invoice *native.Invoice) {
			must(d.uncancel(t, line.GetName()))(t)
			d.credited(t, line.GetName(), day(2026, 2, 1))
			d.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = usd(100, 0) })
			carrier := d.invoiced(t, day(2026, 2, 1))[0]
			must(d.credit(t, &native.CreditNote{Invoice: carrier.GetName(), Reason: "x", Total: usd(1, 0)}))(t)
			says(t, d.voided(t, invoice), "LINE_CREDITED", "nothing is left of the invoice that could be taken back")
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, d *door) {
				line := d.leaver(t, nil)
				invoice := d.invoiced(t, day(2026, 2, 1))[0]
				d.credited(t, line.GetName(), day(2026, 2, 15))
				follow(t, d, line, invoice)
			})
		})
	}
}

func TestACreditOfBeforeTheLineWasImportedStays(t *testing.T) {
	d := open(t, true)
	line := d.billedLine(t, func(l *native.RecurringLine) {
		l.EndDate, l.Cancellation = day(2026, 3, 11), &native.Cancellation{ReasonCode: "MOVED", Credit: usd(21, 0)}
	})
	_, err := d.uncancel(t, line.GetName())
	says(t, err, "CREDIT_BILLED", "was credited before it came here: create another line from 2026-03-11 on")
}
