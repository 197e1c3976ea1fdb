package store_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// A store from before lines had rates, addresses and cancellations keeps what it holds.
func TestAnOlderStoreIsUpgraded(t *testing.T) {
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
			upgraded := store.New(databasetest.Open(t, url, store.Migrations()))
			want := domain.Line{
				ID: 5, Customer: 7, BillTo: 1, Item: "RMR-MON", BillCycle: domain.Monthly, Description: "Alarm",
				Rates: []domain.Rate{{
					Effective:     date.MustNew(2026, time.January, 31),
					MonthlyAmount: domain.Amount{Value: decimal.MustParse("29.90"), Currency: "EUR"},
				}},
				Start: date.MustNew(2026, time.January, 31), BillDay: 31, NextCycle: date.MustNew(2026, time.February, 28),
				LastCycle: date.MustNew(2026, time.January, 31),
				Revision:  domain.Revision{Version: 3, Created: time.Unix(0, 0).UTC(), Updated: time.Unix(0, 0).UTC()},
			}
			if err := upgraded.Read(t.Context(), "t", func(ctx context.Context, r domain.Reader) error {
				line, err := r.Line(ctx, 5)
				if diff := cmp.Diff(want, line, cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b }),
					cmp.Comparer(func(a, b date.Date) bool { return a == b })); diff != "" {
					t.Errorf("line (-want +got):\n%s", diff)
				}
				billTo, billToErr := r.BillTo(ctx, 1)
				master, masterErr := r.MasterAccount(ctx, "M")
				if billTo.DisplayName != "Ann" || billTo.Address != (domain.Address{}) || master.SubAccountsBilled {
					t.Errorf("bill-to %+v, master account %+v", billTo, master)
				}
				return errors.Join(err, billToErr, masterErr)
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
