package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// upgradedReader reads an upgraded store.
type upgradedReader interface {
	catalogue.Reader
	line.Reader
	run.Reader
	Invoices(ctx context.Context, query listing.Query) ([]invoice.Invoice, error)
}

// An upgrade from before drafts keeps ended and unfinished runs, and invoices.
func TestUpgradeFromBeforeDrafts(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := databasetest.Open(t, url, before(t, "00150"))
			if err := older.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (failed error) {
				for _, statement := range []string{
					`INSERT INTO cycle_runs VALUES ('t', 1, '2026-02-01', '{}', FALSE, 'SUCCEEDED', NULL, 'ann', 1, 1, 1, 2, '{"EUR":5}', 0, 9000000, 3, 0, 9000000)`,
					`INSERT INTO cycle_runs VALUES ('t', 2, '2026-03-01', '{}', FALSE, 'RUNNING', '2026-03-01', 'bob', 1, 0, 0, 0, '{}', 0, NULL, 2, 0, 0)`,
					`INSERT INTO cycle_run_batches VALUES ('t', 2, 1, 0, 2147483647, 'PENDING', 0, 0, '', 0, 0, '{}')`,
					`INSERT INTO invoices (tenant, id, number, state, run_id, bill_to_id, customer_id, issue_date, currency, total, version, created, updated)
						VALUES ('t', '1-7-EUR', 1, 'FINALIZED', 1, 7, 7, '2026-02-01', 'EUR', 5, 1, 0, 0)`,
					`INSERT INTO invoices (tenant, id, number, state, run_id, bill_to_id, customer_id, issue_date, currency, total, version, created, updated, voided, void_reason)
						VALUES ('t', '1-8-EUR', 2, 'VOID', 1, 8, 8, '2026-02-01', 'EUR', 5, 2, 0, 0, 86400000000, 'x')`,
					`INSERT INTO billing_schedules VALUES ('t', TRUE, 5, 'UTC', '', '2026-01-01', 1, 0, 0)`,
				} {
					_, err := tx.ExecContext(ctx, statement)
					failed = errors.Join(failed, err)
				}
				return failed
			}); err != nil {
				t.Fatal(err)
			}
			upgraded := databasetest.Open(t, url, store.Migrations())
			if err := store.New[upgradedReader, run.Writer](upgraded, api.Message).Read(t.Context(), "t", func(ctx context.Context, r upgradedReader) error {
				runs, err := r.Runs(ctx, listing.Query{Order: []listing.Order{{Field: "name", Descending: true}}})
				if err != nil || len(runs) != 2 {
					t.Fatalf("%+v, error %v", runs, err)
				}
				running, ended := runs[0], runs[1]
				if running.State != run.Running || running.Batches != 1 || running.Scheduled.String() != "2026-03-01" || running.LeaveDrafts {
					t.Errorf("under way: %+v", running)
				}
				if ended.State != run.Succeeded || ended.Invoices != 1 || ended.Totals["EUR"] != money.SumOf(5) || ended.Ended.Unix() != 9 || len(ended.Jobs) != 0 || ended.Drafts != (invoice.DraftCount{}) {
					t.Errorf("ended: %+v", ended)
				}
				invoices, err := r.Invoices(ctx, listing.Query{Order: []listing.Order{{Field: invoice.FieldNumber}}})
				if err != nil || len(invoices) != 2 || invoices[0].Number != 1 || invoices[1].Voiding.Day.String() != "1970-01-02" {
					t.Errorf("invoices %+v, error %v", invoices, err)
				}
				schedule, err := r.Schedule(ctx)
				if schedule.Day != 5 || schedule.LeaveDrafts {
					t.Errorf("schedule %+v", schedule)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if ended, err := store.NewRuns(upgraded, api.Message).DoBatch(t.Context(), time.Unix(10, 0), false, func(context.Context, run.BatchReader, run.Run, run.Batch) error { return nil },
				func(ctx context.Context, w run.BatchWriter) error {
					return w.FinishBatch(ctx, run.Batch{Run: 2, Number: 1}, run.Count{})
				}); err != nil || !ended {
				t.Errorf("the pending batch is done: %v, error %v", ended, err)
			}
		})
	}
}

// Lines from before anchors keep their periods. A line that was receivable to a master account but
// named another bill-to gets the one that it was billed to.
func TestUpgradeFromBeforeAnchors(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := databasetest.Open(t, url, before(t, "00160"))
			if err := older.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (failed error) {
				for _, statement := range []string{
					`INSERT INTO items VALUES ('t', 1, 'MON', 'Alarm', TRUE, '0', '', '0', '', '', FALSE, FALSE, FALSE, FALSE, 1, 0, 0)`,
					`INSERT INTO bill_tos (tenant, id, customer_id, display_name, version, created, updated)
						VALUES ('t', 1, 7, 'Ann', 1, 0, 0), ('t', 2, 8, 'Owner', 1, 0, 0)`,
					`INSERT INTO master_accounts (tenant, id, code, description, customer_id, bill_to_id, inactive, version, created, updated)
						VALUES ('t', 1, 'M', 'All', 8, 2, FALSE, 1, 0, 0)`,
					`INSERT INTO recurring_lines (tenant, id, customer_id, site_id, system_id, bill_to_id, item_code, master_account_code, bill_cycle,
							description, memo, currency, start_date, bill_day, created)
						VALUES ('t', 1, 7, 0, 0, 1, 'MON', NULL, 'Q', '', '', 'EUR', '2026-01-15', 31, 0),
							('t', 2, 7, 0, 0, 1, 'MON', 'M', 'Q', '', '', 'EUR', '2026-01-15', 31, 0),
							('t', 3, 7, 0, 0, 2, 'MON', NULL, 'Q', '', '', 'EUR', '2026-01-15', 31, 0)`,
					`INSERT INTO line_cycles (tenant, id, next_cycle_date, version, updated)
						VALUES ('t', 1, '2026-01-15', 1, 0), ('t', 2, '2026-01-15', 1, 0), ('t', 3, '2026-01-15', 1, 0)`,
				} {
					_, err := tx.ExecContext(ctx, statement)
					failed = errors.Join(failed, err)
				}
				return failed
			}); err != nil {
				t.Fatal(err)
			}
			upgraded := store.New[upgradedReader, run.Writer](databasetest.Open(t, url, store.Migrations()), api.Message)
			if err := upgraded.Read(t.Context(), "t", func(ctx context.Context, r upgradedReader) error {
				lines, err := r.Lines(ctx, listing.Numbered("name", line.ID(0), 10))
				for i, want := range []catalogue.BillToID{1, 2, 2} {
					if line := lines[i]; line.BillTo != want || !line.Anchor.IsZero() || line.AnchorDate() != date.MustNew(2026, time.January, 31) {
						t.Errorf("%+v, want bill-to %d and the anchor of its start", line, want)
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Credits from before they were told apart by bill-to stay as they are. Pending ones of lines that
// are receivable to a master account are the master's.
func TestUpgradeFromBeforeCreditsByPayer(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := databasetest.Open(t, url, before(t, "00230"))
			if err := older.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (failed error) {
				for _, statement := range []string{
					`INSERT INTO items (tenant, id, code, description, taxable, default_rate, default_rate_currency, default_cost, default_cost_currency,
						category_code, non_deferred_income, sales_item, service_item, inactive, version, created, updated)
						VALUES ('t', 1, 'MON', 'Alarm', TRUE, '0', '', '0', '', '', FALSE, FALSE, FALSE, FALSE, 1, 0, 0)`,
					`INSERT INTO bill_tos (tenant, id, customer_id, display_name, version, created, updated)
						VALUES ('t', 1, 7, 'Ann', 1, 0, 0), ('t', 2, 8, 'Owner', 1, 0, 0)`,
					`INSERT INTO master_accounts (tenant, id, code, description, customer_id, bill_to_id, inactive, version, created, updated)
						VALUES ('t', 1, 'M', 'All', 8, 2, FALSE, 1, 0, 0)`,
					`INSERT INTO recurring_lines (tenant, id, customer_id, site_id, system_id, bill_to_id, item_code, master_account_code, bill_cycle,
							description, memo, currency, start_date, bill_day, created, cancel_reason, end_date, cancel_credit)
						VALUES ('t', 1, 7, 0, 0, 1, 'MON', NULL, 'M', '', '', 'EUR', '2026-01-01', 1, 0, 'LEFT', '2026-01-15', '17.00'),
							('t', 2, 7, 0, 0, 2, 'MON', 'M', 'M', '', '', 'EUR', '2026-01-01', 1, 0, 'LEFT', '2026-01-15', '17.00')`,
					`INSERT INTO line_cycles (tenant, id, next_cycle_date, version, updated, end_date)
						VALUES ('t', 1, '2026-02-01', 1, 0, '2026-01-15'), ('t', 2, '2026-02-01', 1, 0, '2026-01-15')`,
					`INSERT INTO line_credits (tenant, id, line_id, bill_to_id, from_date, to_date, amount, currency, reason, invoice_id)
						VALUES ('t', 'a', 1, 1, '2026-01-15', '2026-02-01', '17.00', 'EUR', 'LEFT', '3-1-EUR'),
							('t', 'b', 2, 1, '2026-01-15', '2026-02-01', '17.00', 'EUR', 'LEFT', NULL)`,
				} {
					_, err := tx.ExecContext(ctx, statement)
					failed = errors.Join(failed, err)
				}
				return failed
			}); err != nil {
				t.Fatal(err)
			}
			upgraded := store.New[upgradedReader, run.Writer](databasetest.Open(t, url, store.Migrations()), api.Message)
			if err := upgraded.Read(t.Context(), "t", func(ctx context.Context, r upgradedReader) error {
				lines, err := r.Lines(ctx, listing.Numbered("name", line.ID(0), 10))
				for i, want := range []line.Credit{{BillTo: 1, Invoice: "3-1-EUR"}, {BillTo: 2}} {
					l := lines[i]
					if len(l.Credits) != 1 || l.Credits[0].BillTo != want.BillTo || l.Credits[0].Invoice != want.Invoice || l.Credits[0].From != l.End ||
						l.Credits[0].To != l.NextCycle || int(l.Cancellation.Number) != i+1 || l.Credits[0].Reason != "LEFT" || l.Cancellation.Pending != (want.Invoice == "") {
						t.Errorf("%+v, want %+v", l.Credits, want)
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Cancellations from before they had numbers are numbered in the order of their lines, and the next one gets the following number.
// Those that share a number, or have one near the last, get others.
func TestUpgradeNumbersCancellations(t *testing.T) {
	const lines = `INSERT INTO recurring_lines (tenant, id, customer_id, site_id, system_id, bill_to_id, item_code, bill_cycle, description, memo, currency, start_date, bill_day,
		created, end_date, cancel_reason`
	line1 := func(id int, more string) string {
		return fmt.Sprintf(`('t', %d, 7, 0, 0, 1, 'MON', 'M', '', '', 'EUR', '2026-01-01', 1, 0, '2026-01-15', %s)`, id, more)
	}
	for name, test := range map[string]struct {
		last, lines string
		more        []string
		want        map[line.ID]line.CancellationNumber
		next        line.CancellationNumber
	}{
		"before numbers": {"00295", lines + `) VALUES ` + line1(1, `'LEFT'`) + `, ` + line1(2, `NULL`) + `, ` + line1(3, `'LEFT'`), nil,
			map[line.ID]line.CancellationNumber{1: 1, 2: 0, 3: 2}, 3},
		"shared and high numbers": {"00296", lines + `, cancel_number) VALUES ` +
			line1(1, `'LEFT', 7`) + `, ` + line1(2, `NULL, NULL`) + `, ` + line1(3, `'LEFT', 7`) + `, ` + line1(4, `'LEFT', 2147483647`) + `, ` + line1(5, `'LEFT', 7`),
			[]string{`INSERT INTO highest_numbers VALUES ('t', 'cancellation', 2147483647), ('u', 'cancellation', 4)`},
			map[line.ID]line.CancellationNumber{1: 7, 2: 0, 3: 8, 4: 9, 5: 10}, 11},
		"numbers that follow": {"00296", lines + `, cancel_number) VALUES ` + line1(1, `'LEFT', 7`) + `, ` + line1(2, `NULL, NULL`),
			[]string{`INSERT INTO highest_numbers VALUES ('t', 'cancellation', 12)`}, map[line.ID]line.CancellationNumber{1: 7, 2: 0}, 13},
	} {
		for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
			t.Run(name+" on "+string(engine), func(t *testing.T) {
				url := databasetest.URL(t, engine)
				older := databasetest.Open(t, url, before(t, test.last))
				if err := older.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (failed error) {
					for _, statement := range append([]string{
						`INSERT INTO items (tenant, id, code, description, taxable, default_rate, default_rate_currency, default_cost, default_cost_currency,
							category_code, non_deferred_income, sales_item, service_item, inactive, version, created, updated)
							VALUES ('t', 1, 'MON', 'Alarm', TRUE, '0', '', '0', '', '', FALSE, FALSE, FALSE, FALSE, 1, 0, 0)`,
						`INSERT INTO bill_tos (tenant, id, customer_id, display_name, version, created, updated) VALUES ('t', 1, 7, 'Ann', 1, 0, 0)`,
						test.lines,
						`INSERT INTO line_rates (tenant, line_id, number, effective_date, monthly_amount, reason_code) SELECT tenant, id, 0, start_date, '31.00', '' FROM recurring_lines`,
						`INSERT INTO line_cycles (tenant, id, next_cycle_date, version, updated, end_date) SELECT tenant, id, '2026-02-01', 1, 0, end_date FROM recurring_lines`,
					}, test.more...) {
						_, err := tx.ExecContext(ctx, statement)
						failed = errors.Join(failed, err)
					}
					return failed
				}); err != nil {
					t.Fatal(err)
				}
				upgraded := store.New[upgradedReader, line.Writer](databasetest.Open(t, url, store.Migrations()), api.Message)
				got := map[line.ID]line.CancellationNumber{}
				by := auth.Principal{Tenant: "t"}
				if err := upgraded.Write(t.Context(), by, time.Unix(10, 0), func(ctx context.Context, w line.Writer) error {
					for id := range test.want {
						l, err := w.Line(ctx, id)
						if err != nil {
							return err
						}
						got[id] = l.Cancellation.Number
					}
					open, err := w.Line(ctx, 2)
					if err != nil {
						return err
					}
					open.Cancellation = line.Cancellation{Reason: "NEXT"}
					err = w.UpdateLine(ctx, &open)
					if open.Cancellation.Number != test.next {
						t.Errorf("the next cancellation has number %d, want %d", open.Cancellation.Number, test.next)
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("numbers (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// before returns the migrations before the given one.
func before(t *testing.T, last string) fs.FS {
	t.Helper()
	older := fstest.MapFS{}
	if err := fs.WalkDir(store.Migrations(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() >= last {
			return err
		}
		text, err := fs.ReadFile(store.Migrations(), path)
		older[path] = &fstest.MapFile{Data: text}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return older
}

// An upgrade from before rates, addresses and cancellations keeps all data.
func TestUpgradeOfOlderStore(t *testing.T) {
	first, err := fs.ReadFile(store.Migrations(), "migrations/00100_init.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := databasetest.Open(t, url, fstest.MapFS{"migrations/00100_init.sql": {Data: first}})
			if err := older.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (failed error) {
				for _, statement := range []string{
					`INSERT INTO items VALUES ('t', 1, 'RMR-MON', 'Alarm', TRUE, '0', '', '0', '', '', FALSE, FALSE, FALSE, FALSE, 1, 0, 0)`,
					`INSERT INTO bill_tos VALUES ('t', 1, 7, 'Ann', 1, 0, 0)`,
					`INSERT INTO master_accounts VALUES ('t', 1, 'M', 'All', 7, 1, FALSE, 1, 0, 0)`,
					`INSERT INTO recurring_lines VALUES ('t', 5, 7, 0, 0, 1, 'RMR-MON', NULL, NULL, 'M', 'Alarm', '', '29.90', 'EUR',
						'2026-01-31', 31, NULL, '2026-02-28', '2026-01-31', 3, 0, 0)`,
				} {
					_, err := tx.ExecContext(ctx, statement)
					failed = errors.Join(failed, err)
				}
				return failed
			}); err != nil {
				t.Fatal(err)
			}
			upgraded := store.New[upgradedReader, run.Writer](databasetest.Open(t, url, store.Migrations()), api.Message)
			want := line.Line{
				ID: 5, Customer: 7, BillTo: 1, Item: "RMR-MON", BillCycle: line.Monthly, Description: "Alarm",
				Rates: []line.Rate{{
					Effective:     date.MustNew(2026, time.January, 31),
					MonthlyAmount: money.Amount{Value: decimal.MustParse("29.90"), Currency: "EUR"},
				}},
				Start: date.MustNew(2026, time.January, 31), BillDay: 31, NextCycle: date.MustNew(2026, time.February, 28),
				LastCycle: date.MustNew(2026, time.January, 31),
				Revision:  mutation.Revision{Version: 3, Created: time.Unix(0, 0).UTC(), Updated: time.Unix(0, 0).UTC()},
			}
			if err := upgraded.Read(t.Context(), "t", func(ctx context.Context, r upgradedReader) error {
				l, err := r.Line(ctx, 5)
				if diff := cmp.Diff(want, l, cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b }),
					cmp.Comparer(func(a, b date.Date) bool { return a == b })); diff != "" {
					t.Errorf("line (-want +got):\n%s", diff)
				}
				billTo, billToErr := r.BillTo(ctx, 1)
				master, masterErr := r.MasterAccount(ctx, "M")
				if billTo.DisplayName != "Ann" || billTo.Address != (catalogue.Address{}) || master.SubAccountsBilled {
					t.Errorf("bill-to %+v, master account %+v", billTo, master)
				}
				return errors.Join(err, billToErr, masterErr)
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A document from before stores kept former sellers and accounts shows the values at the upgrade,
// even if they change later.
func TestUpgradeKeepsDocuments(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := databasetest.Open(t, url, before(t, "00140"))
			if err := older.Write(t.Context(), func(ctx context.Context, tx *database.Tx) (failed error) {
				for _, statement := range []string{
					`INSERT INTO bill_tos VALUES ('t', 1, 7, 'Ann', 1, 0, 0, '')`,
					`INSERT INTO billing_profiles VALUES ('t', '{"display_name":"Seller","version":1}', 1, 0, 0)`,
					`INSERT INTO invoices (tenant, id, number, state, run_id, bill_to_id, customer_id, issue_date, currency, total, version, created, updated)
						VALUES ('t', '1-1-USD', 1, 'FINALIZED', 1, 1, 7, '2026-01-31', 'USD', 100, 1, 0, 0)`,
					`INSERT INTO invoice_items VALUES ('t', '1-1-USD', '[]')`,
				} {
					_, err := tx.ExecContext(ctx, statement)
					failed = errors.Join(failed, err)
				}
				return failed
			}); err != nil {
				t.Fatal(err)
			}
			db := databasetest.Open(t, url, store.Migrations())
			ctx := auth.With(t.Context(), auth.Principal{Tenant: "t", Actor: "operator"})
			set := catalogue.NewService(store.New[catalogue.Reader, catalogue.Writer](db, api.Message), clock.System{})
			documents := invoice.NewDocumentService(store.New[invoice.DocumentReader, invoice.DocumentWriter](db, api.Message), clock.System{})
			for _, changed := range []bool{false, true} {
				if changed {
					_, err := set.UpdateBillTo(ctx, 1, "", func(b *catalogue.BillTo) error { b.DisplayName = "Bob"; return nil })
					_, profileErr := documents.UpdateProfile(ctx, "", func(p *invoice.Profile) error { *p = invoice.Profile{DisplayName: "Another"}; return nil })
					if err := errors.Join(err, profileErr); err != nil {
						t.Fatal(err)
					}
				}
				document, err := documents.Invoice(ctx, "1-1-USD")
				if err != nil || document.Parties.BillTo.DisplayName != "Ann" || document.Seller.DisplayName != "Seller" {
					t.Errorf("changed %t: %+v, error %v", changed, document.Parties, err)
				}
			}
		})
	}
}

// A store may have codes from before that differ only in case. Both stay and are found as they are
// written; nothing else gets such a code.
func TestUpgradeFromBeforeCodeKeys(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := databasetest.Open(t, url, before(t, "00213"))
			if err := older.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO items
					VALUES ('t', 1, 'MON', 'Alarm', TRUE, '0', '', '0', '', '', FALSE, FALSE, FALSE, FALSE, 1, 0, 0),
						('t', 2, 'mon', 'Other', TRUE, '0', '', '0', '', '', FALSE, FALSE, FALSE, FALSE, 1, 0, 0)`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			upgraded := store.New[catalogue.Reader, catalogue.Writer](databasetest.Open(t, url, store.Migrations()), api.Message)
			by := auth.Principal{Tenant: "t", Actor: "a"}
			for code, want := range map[catalogue.ItemCode]catalogue.ItemID{"MON": 1, "mon": 2, "Mon ": 1} {
				if err := upgraded.Read(t.Context(), "t", func(ctx context.Context, r catalogue.Reader) error {
					found, err := r.FindItem(ctx, code)
					if found.ID != want {
						t.Errorf("%q: got item %d, want %d", code, found.ID, want)
					}
					return err
				}); err != nil {
					t.Error(err)
				}
			}
			if err := upgraded.Write(t.Context(), by, time.Unix(0, 0), func(ctx context.Context, w catalogue.Writer) error {
				return w.CreateItem(ctx, &catalogue.Item{Code: "mOn"})
			}); !errors.Is(err, mutation.ErrTaken) {
				t.Errorf("a third spelling: got %v, want ErrTaken", err)
			}
		})
	}
}
