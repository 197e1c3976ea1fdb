package runner_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// printed is what a document says of seller and account.
func printed(p domain.Parties) string {
	return fmt.Sprint(p.Seller.DisplayName, p.Seller.Address, p.Seller.TaxID, p.Seller.PaymentTerms, " to ", p.BillTo.DisplayName, p.BillTo.Address)
}

func (w *world) printedInvoice(id domain.InvoiceID) string {
	w.t.Helper()
	document, err := w.documents.InvoiceDocument(as, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return printed(document.Parties)
}

func (w *world) printedNote(id domain.CreditNoteID) string {
	w.t.Helper()
	document, err := w.documents.CreditNoteDocument(as, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return printed(document.Parties)
}

func (w *world) rename(id domain.BillToID, revise func(*domain.BillTo)) {
	w.t.Helper()
	if _, err := w.catalogue.UpdateBillTo(as, id, "", func(b *domain.BillTo) error { revise(b); return nil }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sell(profile domain.Profile) {
	w.t.Helper()
	if _, err := w.documents.SetProfile(as, profile, ""); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) giveBack(invoice domain.InvoiceID) domain.CreditNoteID {
	w.t.Helper()
	note, err := w.invoicing.CreateCreditNote(as, domain.GiveBack{Invoice: invoice, Reason: "Outage", Total: usd("0.01")}, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return note.ID
}

// Whatever becomes of seller and accounts, in whatever order, a document says what it said when it was issued. All of it
// happens at one instant: no clock decides.
func TestDocumentsSayWhatHeldWhenTheyWereIssued(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(4, 3)
		random := rand.New(rand.NewPCG(7, 7))
		invoices, notes := map[domain.InvoiceID]string{}, map[domain.CreditNoteID]string{}
		seller, accounts := domain.Profile{DisplayName: "t"}, map[domain.BillToID]domain.BillTo{}
		for id := domain.BillToID(1); id <= 5; id++ {
			accounts[id] = domain.BillTo{DisplayName: fmt.Sprint("Customer ", id)}
		}
		asOf := day("2026-01-01")
		for step := range 80 {
			billTo := domain.BillToID(1 + random.IntN(5))
			account := accounts[billTo]
			switch random.IntN(6) {
			case 0:
				asOf = asOf.AddMonthsClamped(1)
				for _, made := range w.made(asOf.String()) {
					invoices[made.ID] = printed(domain.Parties{Seller: seller, BillTo: accounts[made.BillTo]})
				}
			case 1:
				account.DisplayName = fmt.Sprint("Name ", step)
			case 2:
				account.Address = domain.Address{City: fmt.Sprint("City ", step), Lines: [3]string{"1 High St"}}
			case 3:
				seller = domain.Profile{DisplayName: fmt.Sprint("Seller ", step), Address: domain.Address{City: "X"}, TaxID: "T", PaymentTerms: fmt.Sprint(step)}
				w.sell(seller)
			case 4:
				w.rename(billTo, func(*domain.BillTo) {}) // to what it is
			case 5:
				for id := range invoices {
					invoice, err := w.invoicing.Invoice(as, id)
					if err != nil {
						t.Fatal(err)
					}
					notes[w.giveBack(id)] = printed(domain.Parties{Seller: seller, BillTo: accounts[invoice.BillTo]})
					break
				}
			}
			if account != accounts[billTo] {
				w.rename(billTo, func(b *domain.BillTo) { b.DisplayName, b.Address = account.DisplayName, account.Address })
				accounts[billTo] = account
			}
		}
		gotInvoices, gotNotes := map[domain.InvoiceID]string{}, map[domain.CreditNoteID]string{}
		for id := range invoices {
			gotInvoices[id] = w.printedInvoice(id)
		}
		for id := range notes {
			gotNotes[id] = w.printedNote(id)
		}
		if diff := gocmp.Diff(invoices, gotInvoices); diff != "" || len(invoices) < 20 {
			t.Errorf("%d invoices (-issued +printed):\n%s", len(invoices), diff)
		}
		if diff := gocmp.Diff(notes, gotNotes); diff != "" || len(notes) < 5 {
			t.Errorf("%d credit notes (-issued +printed):\n%s", len(notes), diff)
		}
	})
}

// made is the invoices of a run.
func (w *world) made(asOf string) []domain.Invoice {
	w.t.Helper()
	run := w.run(asOf)
	invoices, err := w.invoicing.Invoices(as, domain.InvoiceFilter{Run: run.ID}, domain.InvoicePlace{}, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	return invoices
}

// Only what documents say is kept, and only where there are documents that say it.
func TestWhatNoDocumentSaysIsNotKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kept := func() int64 {
			return w.count(`SELECT (SELECT count(*) FROM former_bill_tos) + (SELECT count(*) FROM former_billing_profiles)`)
		}
		w.customers(2, 3)
		w.rename(1, func(b *domain.BillTo) { b.DisplayName = "Before any invoice" })
		w.sell(domain.Profile{DisplayName: "Before any invoice"})
		if got := kept(); got != 0 {
			t.Errorf("before any invoice, %d former states are kept", got)
		}
		w.run("2026-03-10")
		w.rename(1, func(*domain.BillTo) {})
		w.sell(domain.Profile{DisplayName: "Before any invoice"})
		if got := kept(); got != 0 {
			t.Errorf("where nothing has changed, %d former states are kept", got)
		}
		w.rename(1, func(b *domain.BillTo) { b.Address.City = "Elsewhere" })
		w.sell(domain.Profile{DisplayName: "Another"})
		if got := kept(); got != 2 {
			t.Errorf("%d former states are kept, want 2", got)
		}
	})
}

// A master account's invoice names the customers that it bills lines of: whoever gets an account or another name later is
// called there as before, also where none of their accounts was ever invoiced.
func TestAnInvoiceNamesWhoseLinesAreAsTheyWereCalled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(3, 2)
		w.exec(`UPDATE recurring_lines SET master_account_code = 'MASTER', customer_id = 100 + id, site_id = 7 * id, bill_cycle = 'M', end_date = NULL`)
		open := func(id domain.BillToID, customer domain.CustomerID, name string) func() {
			return func() {
				if _, err := w.catalogue.CreateBillTo(as, domain.BillTo{ID: id, Customer: customer, DisplayName: name}, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		call := func(id domain.BillToID, name string) func() {
			return func() { w.rename(id, func(b *domain.BillTo) { b.DisplayName = name }) }
		}
		asOf, want := day("2026-01-20"), map[domain.InvoiceID]map[domain.CustomerID]string{}
		for step, now := range []struct {
			change        func()
			first, second string
		}{
			{func() {}, "", ""}, {open(90, 101, "Ann"), "Ann", ""}, {call(90, "Ann Ash"), "Ann Ash", ""}, {open(80, 101, "Bea"), "Bea", ""},
			{call(90, "Ann Oak"), "Bea", ""}, {open(70, 102, "Cem"), "Bea", "Cem"}, {call(80, "Bea Elm"), "Bea Elm", "Cem"},
			{open(95, 102, "Dan"), "Bea Elm", "Cem"}, {call(70, "Cem Fir"), "Bea Elm", "Cem Fir"},
		} {
			now.change()
			asOf = asOf.AddMonthsClamped(1)
			for _, made := range w.made(asOf.String()) {
				want[made.ID] = map[domain.CustomerID]string{101: now.first, 102: now.second}
			}
			got := w.called(101, 102)
			if diff := gocmp.Diff(want, got); diff != "" || len(got) != step+1 {
				t.Errorf("after change %d, %d invoices (-want +got):\n%s", step, len(got), diff)
			}
		}
	})
}

// called is what invoices call customers, on paper and in tables alike.
func (w *world) called(customers ...domain.CustomerID) map[domain.InvoiceID]map[domain.CustomerID]string {
	w.t.Helper()
	called := map[domain.InvoiceID]map[domain.CustomerID]string{}
	if err := w.documents.EachInvoice(as, domain.InvoiceFilter{}, func(invoice domain.Invoice, origins domain.Origins) error {
		called[invoice.ID] = map[domain.CustomerID]string{}
		for line, origin := range origins {
			if origin.Site != domain.SiteID(7*line) || origin.Customer != domain.CustomerID(100+line) {
				w.t.Errorf("line %d comes from %+v", line, origin)
			}
			if slices.Contains(customers, origin.Customer) {
				called[invoice.ID][origin.Customer] = origin.Name
			}
		}
		document, err := w.documents.InvoiceDocument(as, invoice.ID)
		if diff := gocmp.Diff(origins, document.Origins); diff != "" {
			w.t.Errorf("on paper, %s differs (-table +paper):\n%s", invoice.ID, diff)
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return called
}

func TestTheLinesOfALargeInvoiceAreAllFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customers(510, 4)
		w.exec(`UPDATE recurring_lines SET master_account_code = 'MASTER', customer_id = 10000 + id WHERE id > 100`)
		run := w.run("2026-07-01")
		invoices, err := w.invoicing.Invoices(as, domain.InvoiceFilter{Run: run.ID, BillTo: 511}, domain.InvoicePlace{}, 2)
		if err != nil || len(invoices) != 1 {
			t.Fatalf("%d invoices, error %v", len(invoices), err)
		}
		document, err := w.documents.InvoiceDocument(as, invoices[0].ID)
		if err != nil || len(document.Origins) < 1940 {
			t.Fatalf("%d lines, error %v", len(document.Origins), err)
		}
		for line, origin := range document.Origins {
			if line > 100 && origin.Customer != domain.CustomerID(10000+line) || origin.Customer == 0 || (line <= 100) != (origin.Name != "") {
				t.Errorf("line %d comes from %+v", line, origin)
			}
		}
	})
}
