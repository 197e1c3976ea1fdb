package runner_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var (
	caller = auth.Principal{Tenant: "t", Actor: "operator"}
	as     = auth.With(context.Background(), caller)
	today  = day("2026-03-10")
)

func day(text string) date.Date {
	d, err := date.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

func usd(text string) domain.Amount {
	return domain.Amount{Value: decimal.MustParse(text), Currency: "USD"}
}

// world is a store with a biller and what it bills.
type world struct {
	t       testing.TB
	db      *database.DB
	clock   *clock.Fake
	billing *store.Billing
	service *domain.Service
	biller  *domain.Biller
}

func newWorld(t testing.TB, db *database.DB) *world {
	w := &world{t: t, db: db, clock: clock.NewFake(today.Time().Add(12 * time.Hour)), billing: store.NewBilling(db, api.Message)}
	w.service = domain.NewService(store.New(db, api.Message), w.clock)
	w.biller = w.with(w.billing)
	return w
}

// with is a biller like the world's on another store.
func (w *world) with(billing domain.BillingStore) *domain.Biller {
	return domain.NewBiller(billing, store.New(w.db, api.Message), w.clock, 40)
}

// customers loads customers with a bill-to of the same number each, of which each has some lines, and a master account
// MASTER of a bill-to behind them that some lines of each are receivable to. Some lines were billed elsewhere before.
func (w *world) customers(customers, lines int) {
	w.t.Helper()
	master := domain.BillToID(customers + 1)
	catalogue := domain.Catalogue{
		Items:          []domain.Item{{Code: "MON", Description: "Monitoring"}, {Code: "BASE", Description: "Package"}},
		MasterAccounts: []domain.MasterAccount{{Code: "MASTER", Description: "Owner", Customer: domain.CustomerID(master), BillTo: master}},
	}
	for id := 1; id <= customers+1; id++ {
		catalogue.BillTos = append(catalogue.BillTos, domain.BillTo{ID: domain.BillToID(id), Customer: domain.CustomerID(id), DisplayName: fmt.Sprint("Customer ", id)})
	}
	cycles := []domain.BillCycle{domain.Monthly, domain.Quarterly, domain.Monthly, domain.Annual}
	starts := []date.Date{day("2026-01-01"), day("2026-01-31"), day("2025-12-15"), day("2026-02-10"), day("2026-07-01")}
	for n := range customers * lines {
		customer := n/lines + 1
		line := domain.Line{
			Customer: domain.CustomerID(customer), BillTo: domain.BillToID(customer), Item: "MON", BillCycle: cycles[n%len(cycles)],
			Start: starts[n%len(starts)], Memo: "Note \"ä\"", Rates: []domain.Rate{{MonthlyAmount: usd(fmt.Sprintf("%d.%02d", 10+n%7, n%100))}},
		}
		if n%3 == 0 {
			line.MasterItem = "BASE"
		}
		if n%5 == 3 {
			line.MasterAccount, line.BillTo = "MASTER", 0
		}
		if n%11 == 4 {
			line.End = line.Start.AddDays(40)
		}
		if n%13 == 5 {
			line.BillDay = 20
		}
		if n%17 == 6 {
			line.BillDay, line.Anchor = 31, day("2027-02-28")
		}
		catalogue.Lines = append(catalogue.Lines, line)
	}
	if err := w.service.LoadIntoEmpty(as, catalogue); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run(asOf string) domain.Run {
	w.t.Helper()
	run, err := w.biller.CreateRun(as, day(asOf), domain.Filter{}, false)
	if err != nil {
		w.t.Fatal(err)
	}
	w.finish(w.biller)
	return w.look(run.ID)
}

func (w *world) look(id domain.RunID) domain.Run {
	w.t.Helper()
	run, err := w.biller.Run(as, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

// finish works until nothing is left, and passes over what fails a bounded number of times.
func (w *world) finish(biller *domain.Biller) {
	w.t.Helper()
	for failures := 0; ; {
		worked, err := biller.Work(context.Background())
		if err != nil {
			if failures++; failures > 200 {
				w.t.Fatal(err)
			}
			w.clock.Advance(time.Hour)
		} else if !worked {
			return
		}
	}
}

// invoices is all invoices that have a number with their items, in the order of their numbers, drafts all that have none.
func (w *world) invoices() []domain.Invoice { return w.listed(domain.InvoiceFilter{}) }
func (w *world) drafts() []domain.Invoice {
	return w.listed(domain.InvoiceFilter{State: domain.InvoiceDraft})
}

func (w *world) listed(filter domain.InvoiceFilter) (all []domain.Invoice) {
	w.t.Helper()
	for after := (domain.InvoicePlace{}); ; {
		page, err := w.biller.Invoices(as, filter, after, 7)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		for _, listed := range page {
			invoice, err := w.biller.Invoice(as, listed.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			all, after = append(all, invoice), listed.Place()
		}
	}
}

func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	if err := w.db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, query, args...).Scan(&n)
	}); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if err := w.db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

var quiet = slog.New(slog.DiscardHandler)
