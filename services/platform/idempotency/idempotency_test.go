package idempotency_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var migrations = fstest.MapFS{"00100_effects.sql": {Data: []byte("-- +goose Up\nCREATE TABLE effects (tenant TEXT NOT NULL, n BIGINT NOT NULL);\n")}}

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type outcome struct{ Number int }

// act causes one effect and answers its number, once a key.
func act(db *database.DB, key idempotency.Key, at time.Time, refuse error) (result outcome, err error) {
	ctx := context.Background()
	if key.Text != "" {
		ctx = idempotency.With(ctx, key)
	}
	err = db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		result, err = idempotency.Do(ctx, idempotency.In(tx, "a"), at, func() (outcome, error) {
			var n int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) + 1 FROM effects`).Scan(&n); err != nil {
				return outcome{}, err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO effects VALUES ('a', $1)`, n); err != nil {
				return outcome{}, err
			}
			return outcome{n}, refuse
		})
		return err
	})
	return result, err
}

func TestAKeyGivesItsOutcomeWithoutASecondEffect(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		key, other := idempotency.Key{Text: "k", Hash: [32]byte{1}}, idempotency.Key{Text: "k", Hash: [32]byte{2}}
		expect := func(what string, key idempotency.Key, at time.Time, want int) {
			t.Helper()
			if got, err := act(db, key, at, nil); err != nil || got.Number != want {
				t.Errorf("%s: effect %d (%v), want %d", what, got.Number, err, want)
			}
		}
		if _, err := act(db, key, now, fault.New(fault.Invalid, "NO", "no")); err == nil {
			t.Fatal("a refusal is lost")
		}
		expect("after a refusal the key is free", key, now, 1)
		expect("the same request again", key, now.Add(time.Hour), 1)
		expect("no key", idempotency.Key{}, now, 2)
		expect("another key", idempotency.Key{Text: "l", Hash: [32]byte{1}}, now, 3)
		if _, err := act(db, other, now, nil); err == nil || !strings.Contains(err.Error(), "used for another request") {
			t.Errorf("the key for another request: %v", err)
		}
		expect("after a day", other, now.Add(idempotency.Retention), 4)
		expect("and its repetition", other, now.Add(idempotency.Retention), 4)
	})
}

func TestAKeySentManyTimesAtOnceHasOneEffect(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		var group sync.WaitGroup
		var answered atomic.Int64
		for range 8 {
			group.Go(func() {
				got, err := act(db, idempotency.Key{Text: "k"}, now, nil)
				if err == nil && got.Number != 1 {
					t.Errorf("effect %d", got.Number)
				}
				if err == nil {
					answered.Add(1)
				}
			})
		}
		group.Wait()
		if answered.Load() == 0 {
			t.Error("nobody was answered")
		}
	})
}

func TestExpiredKeysAreRemoved(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		if _, err := act(db, idempotency.Key{Text: "k"}, now, nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at   time.Time
			kept int
		}{{now.Add(idempotency.Retention - time.Second), 1}, {now.Add(idempotency.Retention), 0}} {
			var kept int
			if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				if err := idempotency.Expire(ctx, tx, c.at); err != nil {
					return err
				}
				return tx.QueryRowContext(ctx, `SELECT count(*) FROM idempotency_keys`).Scan(&kept)
			}); err != nil || kept != c.kept {
				t.Errorf("%d keys kept (%v), want %d", kept, err, c.kept)
			}
		}
	})
}
