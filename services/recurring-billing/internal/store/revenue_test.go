package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// ledger is a store whose feed the test writes and whose revenue is counted.
type ledger struct {
	*store.Revenue
	db    *database.DB
	clock *clock.Fake
}

const owner auth.Tenant = "owner"

func newLedger(db *database.DB) *ledger {
	return &ledger{store.NewRevenue(db, api.ReadLine), db, clock.NewFake(time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC))}
}

func (l *ledger) worker() *revenue.Worker {
	return revenue.NewWorker(l, l.clock, slog.New(slog.DiscardHandler))
}

// count lets a worker count everything there is.
func (l *ledger) count(t testing.TB, worker *revenue.Worker) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = worker.Count(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// record writes entries of lines to a tenant's feed, an hour apart.
func (l *ledger) record(t testing.TB, tenant auth.Tenant, lines ...line.Line) {
	t.Helper()
	entries := make([]feed.Entry, len(lines))
	for i, one := range lines {
		message, err := api.Message(one)
		if err != nil {
			t.Fatal(err)
		}
		l.clock.Advance(time.Hour)
		entries[i] = feed.Entry{Tenant: tenant, Time: l.clock.Now(), Resource: fmt.Sprintf("recurringLines/%d", one.ID), Type: line.Type, Kind: feed.Updated, State: packed(t, message)}
	}
	l.recordEntries(t, entries...)
}

func packed(t testing.TB, message proto.Message) feed.State {
	t.Helper()
	state, err := feed.Pack(message)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (l *ledger) recordEntries(t testing.TB, entries ...feed.Entry) {
	t.Helper()
	err := l.db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO highest_numbers (tenant, kind, number) VALUES ($1, 'recurring_line', 1) ON CONFLICT DO NOTHING`, string(entries[0].Tenant))
		if err != nil {
			return err
		}
		return feed.AppendAll(ctx, tx, entries)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// revenue returns all of a tenant's revenue in a grouping, read page by page.
func (l *ledger) revenue(t testing.TB, tenant auth.Tenant, grouping revenue.Grouping, pageSize int) (rows []revenue.Row) {
	t.Helper()
	query := revenue.Query{Grouping: grouping, From: revenue.MonthOf(date.MustNew(2026, time.January, 1)), To: revenue.MonthOf(date.MustNew(2026, time.December, 1)), Limit: pageSize}
	for {
		report, err := revenue.NewService(l).Revenue(auth.With(t.Context(), auth.Principal{Tenant: tenant}), query)
		if err != nil {
			t.Fatal(err)
		}
		if report.Waiting {
			t.Error("changes wait to be counted")
		}
		rows = append(rows, report.Rows...)
		if !report.More {
			return rows
		}
		query.After = rows[len(rows)-1].Key
	}
}

func lineOf(id line.ID, item catalogue.ItemCode, start date.Date, amount string) line.Line {
	return line.Line{ID: id, Item: item, BillCycle: line.Monthly, BillDay: start.Day(), Start: start, Rates: []line.Rate{{Effective: start, MonthlyAmount: money.Amount{Value: decimal.MustParse(amount), Currency: "USD"}}}}
}

var january = date.MustNew(2026, time.January, 15)

func summary(rows []revenue.Row) (list []string) {
	for _, row := range rows {
		list = append(list, fmt.Sprintf("%s %s%s: %d %+v = %d (%d)", row.Month, row.Item, row.MasterAccount, row.Opening, row.Figures, row.Closing, row.ActiveLines))
	}
	return list
}

func TestRevenueIsCountedPerTenant(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := newLedger(db)
		worker := l.worker()
		one := lineOf(1, "A", january, "10.00")
		l.record(t, owner, one)
		l.record(t, "other", lineOf(1, "A", january.AddDays(300), "7.00"))
		l.count(t, worker)
		one.End = date.MustNew(2026, time.February, 15)
		old := `{"id": 2, "item_code": "B", "bill_cycle": "M", "bill_day": 31, "monthly_amount": {"value": "5.50", "currency": "USD"}, "start_date": "2026-12-31"}`
		upgraded, err := api.LegacyStates[line.Type]([]byte(old))
		if err != nil {
			t.Fatal(err)
		}
		l.record(t, owner, one)
		l.recordEntries(t,
			feed.Entry{Tenant: owner, Time: l.clock.Now(), Type: line.Type, Kind: feed.Created, State: packed(t, upgraded)},
			feed.Entry{Tenant: owner, Time: l.clock.Now(), Type: catalogue.TypeItem, Kind: feed.Created, State: packed(t, &pb.Item{Name: "items/X"})})
		l.count(t, worker)
		for tenant, want := range map[auth.Tenant][]string{
			owner: {
				"2026-01 A: 0 {New:1000 Reactivation:0 Expansion:0 Contraction:0 Churn:0 Transfer:0 Lines:1} = 1000 (1)",
				"2026-02 A: 1000 {New:0 Reactivation:0 Expansion:0 Contraction:0 Churn:-1000 Transfer:0 Lines:-1} = 0 (0)",
				"2026-12 B: 0 {New:550 Reactivation:0 Expansion:0 Contraction:0 Churn:0 Transfer:0 Lines:1} = 550 (1)",
			},
			"other": {
				"2026-11 A: 0 {New:700 Reactivation:0 Expansion:0 Contraction:0 Churn:0 Transfer:0 Lines:1} = 700 (1)",
				"2026-12 A: 700 {New:0 Reactivation:0 Expansion:0 Contraction:0 Churn:0 Transfer:0 Lines:0} = 700 (1)",
			},
			"none": nil,
		} {
			if diff := cmp.Diff(want, summary(l.revenue(t, tenant, revenue.ByItem, 2))); diff != "" {
				t.Errorf("revenue of %s (-want +got):\n%s", tenant, diff)
			}
		}
	})
}

// kept returns everything stored about revenue, except the progress.
func (l *ledger) kept(t testing.TB) (rows []string) {
	t.Helper()
	err := l.db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		for _, query := range []string{
			`SELECT tenant || ' ' || line_id || ' ' || series FROM revenue_lines ORDER BY tenant, line_id`,
			`SELECT tenant || ' ' || grouped_by || ' ' || currency || ' ' || item_code || ' ' || master_account_code || ' ' || month || ' ' || new || ' ' ||
				reactivation || ' ' || expansion || ' ' || contraction || ' ' || churn || ' ' || transfer || ' ' || lines FROM revenue_movements
				ORDER BY tenant, grouped_by, currency, item_code, master_account_code, month`,
		} {
			found, err := database.Select(ctx, tx, "row", func(row database.Row) (text string, err error) { return text, row.Scan(&text) }, query)
			if err != nil {
				return err
			}
			rows = append(rows, found...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// forget deletes everything stored about revenue.
func (l *ledger) forget(t testing.TB) {
	t.Helper()
	err := l.db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		for _, table := range []string{"revenue_progress", "revenue_lines", "revenue_movements"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// drawn returns a line in one of a few states.
func drawn(random *rand.Rand) line.Line {
	l := lineOf(line.ID(1+random.IntN(20)), catalogue.ItemCode(rune('A'+random.IntN(3))), january.AddDays(random.IntN(200)), "10.00")
	for range random.IntN(3) {
		rate := l.Rates[len(l.Rates)-1]
		rate.Effective = rate.Effective.AddDays(1 + random.IntN(100))
		rate.MonthlyAmount.Value = decimal.MustNew(int64(random.IntN(3)*500), 2)
		l.Rates = append(l.Rates, rate)
	}
	if random.IntN(2) == 0 {
		l.End = l.Start.AddDays(random.IntN(300))
	}
	if random.IntN(2) == 0 {
		l.MasterAccount = "M"
	}
	return l
}

func TestRecountGivesSameFigures(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := newLedger(db)
		random := rand.New(rand.NewPCG(4, 7))
		worker := l.worker()
		for range 60 {
			lines := make([]line.Line, 1+random.IntN(8))
			for i := range lines {
				lines[i] = drawn(random)
			}
			l.record(t, owner, lines...)
			if random.IntN(3) > 0 {
				l.count(t, worker)
			}
		}
		l.count(t, worker)
		want := l.kept(t)
		l.forget(t)
		l.count(t, l.worker())
		if diff := cmp.Diff(want, l.kept(t)); diff != "" {
			t.Errorf("kept (-as it went +anew):\n%s", diff)
		}
		if len(want) < 100 {
			t.Errorf("only %d rows were compared", len(want))
		}
	})
}

// Any number of workers, stopped and started at any time, count every change once.
func TestConcurrentWorkersCountChangesOnce(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := newLedger(db)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var workers sync.WaitGroup
		for range 3 {
			workers.Go(func() {
				for ctx.Err() == nil {
					life, die := context.WithTimeout(ctx, time.Duration(5+rand.IntN(40))*time.Millisecond)
					l.worker().Run(life)
					die()
				}
			})
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 100 {
			l.record(t, owner, drawn(random), drawn(random))
		}
		stop()
		workers.Wait()
		databasetest.Settle(t, l.db)
		l.clock.Advance(time.Hour) // past the lease that a killed worker left
		l.count(t, l.worker())
		got := l.kept(t)
		l.forget(t)
		l.count(t, l.worker())
		if diff := cmp.Diff(l.kept(t), got); diff != "" {
			t.Errorf("kept (-counted at once +by many):\n%s", diff)
		}
	})
}

// A change that cannot be counted stops the figures of its own tenant only.
func TestFailingTenantBlocksNoOthers(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := newLedger(db)
		most := "999999999999999.99"
		lines := make([]line.Line, 100)
		for i := range lines {
			lines[i] = lineOf(line.ID(i+1), "A", january, most)
		}
		l.record(t, "a", lines...)
		l.record(t, "b", lineOf(1, "A", january, most))
		worker := l.worker()
		if _, err := worker.Count(t.Context()); err == nil {
			t.Error("more than 64 bits hold was counted")
		}
		if got := len(l.revenue(t, "b", revenue.ByNothing, 100)); got != 12 {
			t.Errorf("months of the other tenant: %d", got)
		}
		// The same holds if the sum becomes too large over several stretches.
		l.record(t, "c", lines[:90]...)
		_, _ = worker.Count(t.Context())
		l.record(t, "c", lines[90:]...)
		if _, err := worker.Count(t.Context()); err == nil {
			t.Error("more than 64 bits hold was counted, stretch by stretch")
		}
		if kept := fmt.Sprint(l.kept(t)); len(l.kept(t)) != 5+90+4 {
			t.Errorf("kept: %s", kept)
		}
	})
}

func TestRevenueOutlastsFeedRetention(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := newLedger(db)
		line := lineOf(1, "A", january, "10.00")
		l.record(t, owner, line)
		l.count(t, l.worker())
		want := summary(l.revenue(t, owner, revenue.ByNothing, 100))[:3]
		l.clock.Advance(24 * time.Hour)
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error { return feed.Prune(ctx, tx, l.clock.Now()) }); err != nil {
			t.Fatal(err)
		}
		line.End = date.MustNew(2026, time.April, 30)
		l.record(t, owner, line)
		l.count(t, l.worker())
		want = append(want, "2026-04 : 1000 {New:0 Reactivation:0 Expansion:0 Contraction:0 Churn:-1000 Transfer:0 Lines:-1} = 0 (0)")
		if diff := cmp.Diff(want, summary(l.revenue(t, owner, revenue.ByNothing, 100))); diff != "" {
			t.Errorf("revenue (-want +got):\n%s", diff)
		}
	})
}

func TestRevenuePagesManyGroups(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := newLedger(db)
		lines := make([]line.Line, 6000)
		for i := range lines {
			lines[i] = lineOf(line.ID(i+1), catalogue.ItemCode(fmt.Sprintf("I-%04d", i)), date.MustNew(2026, time.November, 30), "0.01")
		}
		l.record(t, owner, lines...)
		l.count(t, l.worker())
		rows := l.revenue(t, owner, revenue.ByItem, 1000)
		if len(rows) != 2*len(lines) || !slices.IsSortedFunc(rows, func(a, b revenue.Row) int {
			return cmpText(string(a.Item)+a.Month.String(), string(b.Item)+b.Month.String())
		}) {
			t.Errorf("%d rows, want %d in their order", len(rows), 2*len(lines))
		}
		total := l.revenue(t, owner, revenue.ByNothing, 1000)
		if last := total[len(total)-1]; last.Closing != 6000 || last.ActiveLines != 6000 {
			t.Errorf("in the end: %+v", last)
		}
	})
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
