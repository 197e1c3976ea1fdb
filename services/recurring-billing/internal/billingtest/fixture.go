// Package billingtest provides a store with services and billing data, for tests of the packages
// that bill. It checks invariants of what was billed.
package billingtest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// LoadPlain loads customers with one monthly line each, which starts on the given day.
func LoadPlain(w *Fixture, customers int, from, monthly string) {
	w.LoadCustomers(customers, 1)
	w.Exec(`UPDATE recurring_lines SET master_account_code = NULL, master_item_code = NULL, bill_to_id = id, bill_cycle = 'M', bill_day = 1, anchor_date = NULL, end_date = NULL`)
	w.Exec(`UPDATE line_cycles SET end_date = NULL`)
	Begin(w, from, monthly, 1, customers)
}

// Begin sets the start and the monthly amount of some lines.
func Begin(w *Fixture, from, monthly string, first, last int) {
	w.Exec(`UPDATE recurring_lines SET start_date = $1 WHERE id BETWEEN $2 AND $3`, from, first, last)
	w.Exec(`UPDATE line_cycles SET next_cycle_date = $1 WHERE id BETWEEN $2 AND $3`, from, first, last)
	w.Exec(`UPDATE line_rates SET effective_date = $1, monthly_amount = $2 WHERE line_id BETWEEN $3 AND $4`, from, monthly, first, last)
}

// Fresh returns a fixture on an empty store.
func Fresh(t testing.TB, engine database.Engine) *Fixture {
	t.Helper()
	return New(t, databasetest.Open(t, databasetest.Migrated(t, engine, store.Migrations()), store.Migrations()))
}

// Start creates a run and leaves its work to others.
func Start(t testing.TB, runs *run.Service, asOf string) run.ID {
	t.Helper()
	cycleRun, err := runs.Create(As, Day(asOf), run.Filter{}, false)
	if err != nil {
		t.Fatal(err)
	}
	return cycleRun.ID
}

// Await waits until a run that others work on has ended.
func (w *Fixture) Await(id run.ID) run.Run {
	w.T.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		cycleRun := w.Get(id)
		if !cycleRun.InProgress() {
			if job := cycleRun.LastJob(); cycleRun.State != run.Succeeded || job != nil && job.State != run.Succeeded {
				w.T.Errorf("%+v", cycleRun)
			}
			return cycleRun
		}
		if time.Now().After(deadline) {
			w.T.Fatalf("the run does not end: %+v", cycleRun)
		}
	}
}

var (
	Caller = auth.Principal{Tenant: "t", Actor: "operator"}
	As     = auth.With(context.Background(), Caller)
	Today  = Day("2026-03-10")
)

// Day parses a date such as 2026-01-31.
func Day(text string) date.Date {
	d, err := date.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

// USD parses an amount of US dollars.
func USD(text string) money.Amount {
	return money.Amount{Value: decimal.MustParse(text), Currency: "USD"}
}

// Fixture is a store with services and billing data.
type Fixture struct {
	T           testing.TB
	DB          *database.DB
	Clock       *clock.Fake
	Store       *store.Runs
	Catalogue   *catalogue.Service
	Lines       *line.Service
	Charges     *charge.Service
	Increases   *increase.Service
	Invoicing   *invoice.Service
	Documents   *invoice.DocumentService
	Receivables *receivables.Service
	Runs        *run.Service
	Books       *books.Service
}

// New returns a fixture on a database.
func New(t testing.TB, db *database.DB) *Fixture {
	w := &Fixture{T: t, DB: db, Clock: clock.NewFake(Today.Time().Add(12 * time.Hour))}
	w.Restart()
	return w
}

// Restart creates the services again, as another process would.
func (w *Fixture) Restart() {
	w.Store = store.NewRuns(w.DB, api.Message)
	w.Catalogue = catalogue.NewService(store.New[catalogue.Reader, catalogue.Writer](w.DB, api.Message), w.Clock)
	w.Lines = line.NewService(store.New[line.Reader, line.Writer](w.DB, api.Message), w.Clock)
	w.Charges = charge.NewService(store.New[charge.Reader, charge.Writer](w.DB, api.Message), w.Clock)
	w.Increases = increase.NewService(store.NewIncreases(w.DB, api.Message), w.Clock, 7)
	w.Invoicing = invoice.NewService(store.New[invoice.Reader, invoice.Writer](w.DB, api.Message), w.Clock)
	w.Documents = invoice.NewDocumentService(store.New[invoice.DocumentReader, invoice.DocumentWriter](w.DB, api.Message), w.Clock)
	w.Receivables = receivables.NewService(store.New[receivables.Reader, mutation.Writer](w.DB, api.Message))
	w.Books = books.NewService(store.New[books.Reader, books.Writer](w.DB, api.Message), w.Clock)
	w.Runs = w.With(w.Store)
}

// With returns a run service like the fixture's on another store. It bills about 40 lines at once.
func (w *Fixture) With(runs run.Store) *run.Service { return w.Batching(runs, 40) }

// Batching is like With, but with the given batch size.
func (w *Fixture) Batching(runs run.Store, lines int) *run.Service {
	return run.NewService(runs, store.New[catalogue.Reader, catalogue.Writer](w.DB, api.Message), w.Clock, lines)
}

// LoadCustomers loads customers with some lines each and a bill-to of the same number. The last
// bill-to belongs to master account MASTER, and some lines of each customer are receivable to it.
// Some lines were billed elsewhere before.
func (w *Fixture) LoadCustomers(customers, lines int) {
	w.T.Helper()
	master := catalogue.BillToID(customers + 1)
	set := books.Set{
		Items:          []catalogue.Item{{Code: "MON", Description: "Monitoring"}, {Code: "BASE", Description: "Package"}},
		MasterAccounts: []catalogue.MasterAccount{{Code: "MASTER", Description: "Owner", Customer: catalogue.CustomerID(master), BillTo: master}},
	}
	for id := 1; id <= customers+1; id++ {
		set.BillTos = append(set.BillTos, catalogue.BillTo{ID: catalogue.BillToID(id), Customer: catalogue.CustomerID(id), DisplayName: fmt.Sprint("Customer ", id)})
	}
	cycles := []line.BillCycle{line.Monthly, line.Quarterly, line.Monthly, line.Annual}
	starts := []date.Date{Day("2026-01-01"), Day("2026-01-31"), Day("2025-12-15"), Day("2026-02-10"), Day("2026-07-01")}
	for n := range customers * lines {
		customer := n/lines + 1
		l := line.Line{
			Customer: catalogue.CustomerID(customer), BillTo: catalogue.BillToID(customer), Item: "MON", BillCycle: cycles[n%len(cycles)],
			Start: starts[n%len(starts)], Memo: "Note \"ä\"", Rates: []line.Rate{{MonthlyAmount: USD(fmt.Sprintf("%d.%02d", 10+n%7, n%100))}},
		}
		if n%3 == 0 {
			l.MasterItem = "BASE"
		}
		if n%5 == 3 {
			l.MasterAccount, l.BillTo = "MASTER", 0
		}
		if n%11 == 4 {
			l.End = l.Start.AddDays(40)
		}
		if n%13 == 5 {
			l.BillDay = 20
		}
		if n%17 == 6 {
			l.BillDay, l.Anchor = 31, Day("2027-02-28")
		}
		set.Lines = append(set.Lines, l)
	}
	if err := w.Books.LoadIntoEmpty(As, set); err != nil {
		w.T.Fatal(err)
	}
}

// Bill makes a run, and returns it when it has ended.
func (w *Fixture) Bill(asOf string) run.Run {
	w.T.Helper()
	cycleRun, err := w.Runs.Create(As, Day(asOf), run.Filter{}, false)
	if err != nil {
		w.T.Fatal(err)
	}
	w.Finish(w.Runs)
	return w.Get(cycleRun.ID)
}

// Get reads a run.
func (w *Fixture) Get(id run.ID) run.Run {
	w.T.Helper()
	cycleRun, err := w.Runs.Get(As, id)
	if err != nil {
		w.T.Fatal(err)
	}
	return cycleRun
}

// Finish works until nothing is left, also of what a killed worker still holds. It ignores a limited
// number of failures.
func (w *Fixture) Finish(runs *run.Service) {
	w.T.Helper()
	for failures := 0; ; {
		worked, err := runs.Work(context.Background())
		if err != nil {
			if failures++; failures > 200 {
				w.T.Fatal(err)
			}
			w.Clock.Advance(time.Hour)
		} else if !worked && !databasetest.Settle(w.T, w.DB) {
			return
		}
	}
}

// Numbered returns all numbered invoices with their items, in the order of their numbers.
func (w *Fixture) Numbered() []invoice.Invoice {
	return w.Listed(listing.Query{Where: listing.Present{Field: invoice.FieldNumber}, Order: ByNumber}, NumberOf)
}

// Drafts returns all drafts with their items, ordered by run, bill-to and currency.
func (w *Fixture) Drafts() []invoice.Invoice {
	return w.Listed(listing.Query{Where: listing.Is(invoice.FieldState, invoice.Draft), Order: ByBillTo}, BillToOf)
}

// The orders of numbered invoices and of drafts.
var (
	ByNumber = []listing.Order{{Field: invoice.FieldNumber}}
	ByBillTo = []listing.Order{{Field: invoice.FieldRun}, {Field: invoice.FieldBillTo}, {Field: invoice.FieldCurrency}}
)

// NumberOf returns the position of an invoice in ByNumber.
func NumberOf(i invoice.Invoice) (listing.Cursor, error) { return listing.Cursor{i.Number}, nil }

// BillToOf returns the position of an invoice in ByBillTo.
func BillToOf(i invoice.Invoice) (listing.Cursor, error) {
	return listing.Cursor{int64(i.Run), int64(i.BillTo), string(i.Currency)}, nil
}

// Listed returns all invoices of a query with their items, read page by page. place returns an
// invoice's position in the order.
func (w *Fixture) Listed(query listing.Query, place func(invoice.Invoice) (listing.Cursor, error)) (all []invoice.Invoice) {
	w.T.Helper()
	for query.Limit = 7; ; {
		page, err := w.Invoicing.List(As, query)
		if err != nil {
			w.T.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		for _, listed := range page {
			inv, err := w.Invoicing.Get(As, listed.ID)
			if err != nil {
				w.T.Fatal(err)
			}
			all = append(all, inv)
		}
		if query.After, err = place(page[len(page)-1]); err != nil {
			w.T.Fatal(err)
		}
	}
}

// Count returns the single number that a query selects.
func (w *Fixture) Count(query string, args ...any) (n int64) {
	w.T.Helper()
	if err := w.DB.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, query, args...).Scan(&n)
	}); err != nil {
		w.T.Fatal(err)
	}
	return n
}

// Exec runs a statement.
func (w *Fixture) Exec(query string, args ...any) {
	w.T.Helper()
	if err := w.DB.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}); err != nil {
		w.T.Fatal(err)
	}
}

// Quiet logs nothing.
var Quiet = slog.New(slog.DiscardHandler)

// Each runs a test on both engines.
func Each(t *testing.T, run func(t *testing.T, w *Fixture)) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) { run(t, New(t, db)) })
}
