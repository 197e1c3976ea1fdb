package figures

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

// TestFiguresOfFeedAndWebhooks checks the lags and counts on both engines.
func TestFiguresOfFeedAndWebhooks(t *testing.T) {
	databasetest.Each(t, fstest.MapFS{}, func(t *testing.T, db *database.DB) {
		const endpoint = `INSERT INTO webhook_endpoints (tenant, id, state, version, disabled, secret, secret_number, previous_secret, previous_secret_until,
			cursor_txid, cursor_seq, patient_since, attempts, next_attempt_at, last_error, last_delivery_at, lease_owner, lease_until) VALUES `
		const change = `INSERT INTO change_feed (tenant, at, actor, resource, resource_type, kind, state) VALUES `
		databasetest.Execute(t, db,
			change+`('a', 40000000, 'x', 'r/1', 'r', 'CREATED', 'x')`, change+`('b', 60000000, 'x', 'r/1', 'r', 'CREATED', 'x')`,
			endpoint+`('a', 'off', '{}', 1, TRUE, '', 1, '', 0, 0, 0, 0, 3, 0, '', 0, '', 0)`,
			endpoint+`('b', 'on', '{}', 1, FALSE, '', 1, '', 0, 0, 0, 0, 2, 0, 'refused', 0, '', 0)`,
			endpoint+`('c', 'idle', '{}', 1, FALSE, '', 1, '', 0, 0, 0, 0, 0, 0, '', 0, '', 0)`,
			`INSERT INTO webhook_dead_letters VALUES ('b', 'on', 0, 7, '{}', 9, 'refused', 0)`)
		failures := 0
		recent := &cache{failed: func() { failures++ }, store: &Store{
			DB: db, Clock: clock.NewFake(time.Unix(100, 0)), Logger: slog.New(slog.DiscardHandler),
		}}
		got := recent.get(t.Context())
		for _, want := range []Figure{
			{Ready, "", 1}, {FeedLag, "", 0}, {WebhookLag, "", 40}, {WebhookEndpoints, "enabled", 2}, {WebhookEndpoints, "disabled", 1},
			{WebhookEndpoints, "failing", 1}, {DeadLetters, "", 1},
		} {
			if !slices.Contains(got, want) {
				t.Errorf("there is no %v in %v", want, got)
			}
		}
		if failures != 0 {
			t.Errorf("reading failed %d times", failures)
		}
	})
}

// TestFiguresAreReadSeldom checks that however often metrics are asked for, a store is read once, also
// if that fails.
func TestFiguresAreReadSeldom(t *testing.T) {
	reads := 0
	recent := &cache{failed: func() {}, store: &Store{
		DB: databasetest.Open(t, databasetest.URL(t, database.SQLite), fstest.MapFS{}), Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler),
		Sources: []Source{func(context.Context, *database.Tx, time.Time) ([]Figure, error) {
			reads++
			return nil, errors.New("broken")
		}},
	}}
	for range 3 {
		if got := recent.get(t.Context()); len(got) != 1 || got[0] != (Figure{Ready, "", 1}) {
			t.Errorf("got %v", got)
		}
	}
	if reads != 1 {
		t.Errorf("the store was read %d times", reads)
	}
}
