package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// windowChanges are what a program before migration 00183 does with seenRows and namingRows without keeping what the migrations fill: it
// hides an account and shows another one, gives a subscription to another account and another one a level, creates one, executes
// an action and schedules one.
var windowChanges = []string{
	`UPDATE accounts SET privacy_level = 'high' WHERE tenant = 't' AND id = 'a'`,
	`UPDATE accounts SET privacy_level = NULL WHERE tenant = 't' AND id = 'c'`,
	`UPDATE subscriptions SET account = 'c' WHERE tenant = 't' AND id = '1'`,
	`UPDATE subscriptions SET privacy_level = 'high' WHERE tenant = 't' AND id = '5'`,
	`INSERT INTO subscriptions (tenant, id, number, version, document, account, privacy_level) VALUES ('t', '8', '8', 1, '{"id":"8"}', 'b', 'low')`,
	`UPDATE subscription_actions SET due = NULL, state = 'EXECUTED' WHERE id = '2'`,
	`INSERT INTO subscription_actions (tenant, id, number, version, document, subscription, classification, behavior, state, due, created, updated)
		VALUES ('t', '4', '4', 1, '{"id":"4","performer":"v","services":[{"product":"q"}]}', 's', 'C', 'C', 'SCHEDULED', 7, 0, 0)`,
}

// TestUpgradeCountsWhatAnOldReplicaBegan lets a program of before write after the migrations that fill what it does not keep: it began before
// them and has not noticed them. PostgreSQL alone has several programs.
func TestUpgradeCountsWhatAnOldReplicaBegan(t *testing.T) {
	url := databasetest.URL(t, database.PostgreSQL)
	old := databasetest.Open(t, url, legacytest.Before(t, store.Migrations(), "00183"))
	databasetest.Execute(t, old, slices.Concat(seenRows, namingRows, []string{
		`INSERT INTO subscription_types (tenant, id, name, version, document) VALUES ('t', 'ty', 'T', 1, '{"id":"ty"}')`})...)
	begun, migrated, written := make(chan struct{}), make(chan struct{}), make(chan error)
	start := sync.OnceFunc(func() { close(begun) })
	go func() {
		written <- old.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			start()
			<-migrated
			for _, change := range windowChanges {
				if _, err := tx.ExecContext(ctx, change); err != nil {
					return err
				}
			}
			return nil
		})
	}()
	<-begun
	databasetest.Open(t, url, legacytest.Before(t, store.Migrations(), "00188"))
	close(migrated)
	db := databasetest.Open(t, url, store.Migrations())
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	expectRefused(t, old)
	if got := selectTexts(t, db, `SELECT id || ' ' || levels FROM subscriptions WHERE tenant = 't'`); !slices.Equal(got, []string{
		"1 /", "2 /low", "3 /", "4 high/high", "5 high/low", "6 low/", "7 /", "8 low/low",
	}) {
		t.Errorf("got levels %q", got)
	}
	if got := selectTexts(t, db, `SELECT action || ' ' || kind || '/' || id FROM scheduled_parts`); !slices.Equal(got, []string{
		"1 billingTermSchemes/bs", "1 installedItems/i", "1 installedItems/j", "1 products/c", "1 products/p", "1 subscriptions/d",
		"1 subscriptions/r", "1 users/u", "4 products/q", "4 users/v",
	}) {
		t.Errorf("got named resources %q", got)
	}
	user := auth.Principal{Tenant: "t", Actor: "ann", Restriction: &visibility.Visibility{MaxPrivacy: new(int64(1))}}
	found, err := begin(t, db).service.List(auth.With(t.Context(), user), listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: 10})
	var ids []string
	for _, one := range found {
		ids = append(ids, string(one.ID))
	}
	if got := strings.Join(ids, " "); err != nil || got != "1 2 3 6 7 8" {
		t.Errorf("got %s, %v", got, err)
	}
}

// expectRefused fails unless a program cannot work on its store any more.
func expectRefused(t *testing.T, old *database.DB) {
	t.Helper()
	err := old.Write(t.Context(), func(context.Context, *database.Tx) error { return errors.New("ran") })
	if known, ok := fault.As(err); !ok || known.Reason != reason.SchemaVersion {
		t.Errorf("the old program: got %v, want it refused", err)
	}
}

// selectTexts returns what a statement selects, sorted.
func selectTexts(t *testing.T, db *database.DB, statement string) (texts []string) {
	t.Helper()
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		texts, err = database.Select(ctx, tx, "text", func(row database.Row) (text string, err error) { return text, row.Scan(&text) }, statement)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(texts)
	return texts
}
