package invoice_test

import (
	"fmt"
	rand "math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// printed formats the seller and account of a document.
func printed(p invoice.Parties) string {
	return fmt.Sprint(p.Seller.DisplayName, p.Seller.Address, p.Seller.TaxID, p.Seller.PaymentTerms, " to ", p.BillTo.DisplayName, p.BillTo.Address)
}

func printedInvoice(w *billingtest.Fixture, id invoice.ID) string {
	w.T.Helper()
	document, err := w.Documents.Invoice(billingtest.As, id)
	if err != nil {
		w.T.Fatal(err)
	}
	return printed(document.Parties)
}

func printedNote(w *billingtest.Fixture, id invoice.CreditNoteID) string {
	w.T.Helper()
	document, err := w.Documents.CreditNote(billingtest.As, id)
	if err != nil {
		w.T.Fatal(err)
	}
	return printed(document.Parties)
}

func rename(w *billingtest.Fixture, id catalogue.BillToID, revise func(*catalogue.BillTo)) {
	w.T.Helper()
	if _, err := w.Catalogue.UpdateBillTo(billingtest.As, id, "", func(b *catalogue.BillTo) error { revise(b); return nil }); err != nil {
		w.T.Fatal(err)
	}
}

func sell(w *billingtest.Fixture, profile invoice.Profile) {
	w.T.Helper()
	if _, err := w.Documents.UpdateProfile(billingtest.As, "", func(p *invoice.Profile) error { *p = profile; return nil }); err != nil {
		w.T.Fatal(err)
	}
}

func creditWhole(w *billingtest.Fixture, inv invoice.ID) invoice.CreditNoteID {
	w.T.Helper()
	note, err := w.Invoicing.CreateCreditNote(billingtest.As, invoice.Credit{Invoice: inv, Reason: "Outage", Total: billingtest.USD("0.01")})
	if err != nil {
		w.T.Fatal(err)
	}
	return note.ID
}

// Whatever happens to seller and accounts, a document shows the values at its issue. Everything
// happens at one instant, so the order does not depend on the clock.
func TestDocumentsShowValuesAtIssue(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(4, 3)
		random := rand.New(rand.NewPCG(7, 7))
		invoices, notes := map[invoice.ID]string{}, map[invoice.CreditNoteID]string{}
		seller, accounts := invoice.Profile{DisplayName: "t"}, map[catalogue.BillToID]catalogue.BillTo{}
		for id := catalogue.BillToID(1); id <= 5; id++ {
			accounts[id] = catalogue.BillTo{DisplayName: fmt.Sprint("Customer ", id)}
		}
		asOf := billingtest.Day("2026-01-01")
		for step := range 80 {
			billTo := catalogue.BillToID(1 + random.IntN(5))
			account := accounts[billTo]
			switch random.IntN(6) {
			case 0:
				asOf = asOf.AddMonthsClamped(1)
				for _, made := range made(w, asOf.String()) {
					invoices[made.ID] = printed(invoice.Parties{Seller: seller, BillTo: accounts[made.BillTo]})
				}
			case 1:
				account.DisplayName = fmt.Sprint("Name ", step)
			case 2:
				account.Address = catalogue.Address{City: fmt.Sprint("City ", step), Lines: [3]string{"1 High St"}}
			case 3:
				seller = invoice.Profile{DisplayName: fmt.Sprint("Seller ", step), Address: catalogue.Address{City: "X"}, TaxID: "T", PaymentTerms: fmt.Sprint(step)}
				sell(w, seller)
			case 4:
				rename(w, billTo, func(*catalogue.BillTo) {}) // to what it is
			case 5:
				for id := range invoices {
					inv, err := w.Invoicing.Get(billingtest.As, id)
					if err != nil {
						t.Fatal(err)
					}
					notes[creditWhole(w, id)] = printed(invoice.Parties{Seller: seller, BillTo: accounts[inv.BillTo]})
					break
				}
			}
			if account != accounts[billTo] {
				rename(w, billTo, func(b *catalogue.BillTo) { b.DisplayName, b.Address = account.DisplayName, account.Address })
				accounts[billTo] = account
			}
		}
		gotInvoices, gotNotes := map[invoice.ID]string{}, map[invoice.CreditNoteID]string{}
		for id := range invoices {
			gotInvoices[id] = printedInvoice(w, id)
		}
		for id := range notes {
			gotNotes[id] = printedNote(w, id)
		}
		if diff := gocmp.Diff(invoices, gotInvoices); diff != "" || len(invoices) < 20 {
			t.Errorf("%d invoices (-issued +printed):\n%s", len(invoices), diff)
		}
		if diff := gocmp.Diff(notes, gotNotes); diff != "" || len(notes) < 5 {
			t.Errorf("%d credit notes (-issued +printed):\n%s", len(notes), diff)
		}
	})
}

// made makes a run and returns its invoices.
func made(w *billingtest.Fixture, asOf string) []invoice.Invoice {
	w.T.Helper()
	run := w.Bill(asOf)
	invoices, err := w.Invoicing.List(billingtest.As, listing.Query{Where: listing.Is(invoice.FieldRun, run.ID), Order: billingtest.ByNumber})
	if err != nil {
		w.T.Fatal(err)
	}
	return invoices
}

// Former values are stored only if documents show them.
func TestFormerValuesWithoutDocumentsAreNotStored(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		kept := func() int64 {
			return w.Count(`SELECT (SELECT count(*) FROM former_bill_tos) + (SELECT count(*) FROM former_billing_profiles)`)
		}
		w.LoadCustomers(2, 3)
		rename(w, 1, func(b *catalogue.BillTo) { b.DisplayName = "Before any invoice" })
		sell(w, invoice.Profile{DisplayName: "Before any invoice"})
		if got := kept(); got != 0 {
			t.Errorf("before any invoice, %d former states are kept", got)
		}
		w.Bill("2026-03-10")
		rename(w, 1, func(*catalogue.BillTo) {})
		sell(w, invoice.Profile{DisplayName: "Before any invoice"})
		if got := kept(); got != 0 {
			t.Errorf("where nothing has changed, %d former states are kept", got)
		}
		rename(w, 1, func(b *catalogue.BillTo) { b.Address.City = "Elsewhere" })
		sell(w, invoice.Profile{DisplayName: "Another"})
		if got := kept(); got != 2 {
			t.Errorf("%d former states are kept, want 2", got)
		}
	})
}

// A master account's invoice names the customers whose lines it bills. A customer who gets an
// account or another name later keeps the former name there, even if none of their accounts was
// ever invoiced.
func TestInvoiceShowsCustomerNamesAtIssue(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(3, 2)
		w.Exec(`UPDATE recurring_lines SET master_account_code = 'MASTER', customer_id = 100 + id, site_id = 7 * id, bill_cycle = 'M', end_date = NULL`)
		w.Exec(`UPDATE line_cycles SET end_date = NULL`)
		open := func(id catalogue.BillToID, customer catalogue.CustomerID, name string) func() {
			return func() {
				if _, err := w.Catalogue.CreateBillTo(billingtest.As, catalogue.BillTo{ID: id, Customer: customer, DisplayName: name}); err != nil {
					t.Fatal(err)
				}
			}
		}
		call := func(id catalogue.BillToID, name string) func() {
			return func() { rename(w, id, func(b *catalogue.BillTo) { b.DisplayName = name }) }
		}
		asOf, want := billingtest.Day("2026-01-20"), map[invoice.ID]map[catalogue.CustomerID]string{}
		for step, now := range []struct {
			change        func()
			first, second string
		}{
			{func() {}, "", ""}, {open(90, 101, "Ann"), "Ann", ""}, {call(90, "Ann Ash"), "Ann Ash", ""}, {open(80, 101, "Bea"), "Bea", ""},
			{call(90, "Ann Oak"), "Bea", ""}, {open(70, 102, "Cem"), "Bea", "Cem"}, {call(80, "Bea Elm"), "Bea Elm", "Cem"},
			{open(95, 102, "Dan"), "Bea Elm", "Cem"}, {call(70, "Cem Fir"), "Bea Elm", "Cem Fir"},
		} {
			now.change()
			if _, err := w.Documents.UpdateProfile(billingtest.As, "", func(p *invoice.Profile) error {
				p.DisplayName, p.PaymentDays = "Seller", step
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			rename(w, 4, func(b *catalogue.BillTo) { b.DisplayName = fmt.Sprintf("Master %d", step) })
			asOf = asOf.AddMonthsClamped(1)
			for _, made := range made(w, asOf.String()) {
				want[made.ID] = map[catalogue.CustomerID]string{101: now.first, 102: now.second}
			}
			got := called(w, 101, 102)
			if diff := gocmp.Diff(want, got); diff != "" || len(got) != step+1 {
				t.Errorf("after change %d, %d invoices (-want +got):\n%s", step, len(got), diff)
			}
		}
	})
}

// shown holds what documents say beside the invoice itself.
func shown(d invoice.Document) map[string]any {
	return map[string]any{"parties": printed(d.Parties), "due": d.DueDate().String(), "origins": d.Origins}
}

// called returns the names of customers on invoices, both printed and in tables.
func called(w *billingtest.Fixture, customers ...catalogue.CustomerID) map[invoice.ID]map[catalogue.CustomerID]string {
	w.T.Helper()
	called := map[invoice.ID]map[catalogue.CustomerID]string{}
	if err := w.Documents.Each(billingtest.As, listing.Query{Order: billingtest.ByNumber}, billingtest.NumberOf, func(inTable invoice.Document) error {
		inv, origins := inTable.Invoice, inTable.Origins
		called[inv.ID] = map[catalogue.CustomerID]string{}
		for l, origin := range origins {
			if origin.Site != line.SiteID(7*l) || origin.Customer != catalogue.CustomerID(100+l) {
				w.T.Errorf("line %d comes from %+v", l, origin)
			}
			if slices.Contains(customers, origin.Customer) {
				called[inv.ID][origin.Customer] = origin.Name
			}
		}
		document, err := w.Documents.Invoice(billingtest.As, inv.ID)
		if diff := gocmp.Diff(shown(inTable), shown(document)); diff != "" {
			w.T.Errorf("on paper, %s differs (-table +paper):\n%s", inv.ID, diff)
		}
		return err
	}); err != nil {
		w.T.Fatal(err)
	}
	return called
}

func TestOriginsOfLargeInvoice(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(510, 4)
		w.Exec(`UPDATE recurring_lines SET master_account_code = 'MASTER', customer_id = 10000 + id WHERE id > 100`)
		run := w.Bill("2026-07-01")
		invoices, err := w.Invoicing.List(billingtest.As, listing.Query{Where: listing.All(listing.Is(invoice.FieldRun, run.ID), listing.Is(invoice.FieldBillTo, 511))})
		if err != nil || len(invoices) != 1 {
			t.Fatalf("%d invoices, error %v", len(invoices), err)
		}
		document, err := w.Documents.Invoice(billingtest.As, invoices[0].ID)
		if err != nil || len(document.Origins) < 1940 {
			t.Fatalf("%d lines, error %v", len(document.Origins), err)
		}
		for line, origin := range document.Origins {
			if line > 100 && origin.Customer != catalogue.CustomerID(10000+line) || origin.Customer == 0 || (line <= 100) != (origin.Name != "") {
				t.Errorf("line %d comes from %+v", line, origin)
			}
		}
	})
}
