package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// loadMany makes 2,500 subscriptions of account A, every other one with the low level, and one of account B.
var loadMany = []string{
	`INSERT INTO subscriptions (tenant, id, number, version, document, state, account, type, privacy_level, levels)
		SELECT 'default', 'S' || n, 'N' || n, 1, '{"version":1,"id":"S' || n || '","number":"N' || n || '","state":"EFFECTIVE","account":"A","type":"t"}',
			'EFFECTIVE', 'A', 't', CASE WHEN n % 2 = 0 THEN 'low' END, CASE WHEN n % 2 = 0 THEN 'low' ELSE '' END || '/' FROM numbers WHERE n <= 2500`,
	`INSERT INTO subscriptions (tenant, id, number, version, document, state, account, type, levels)
		VALUES ('default', 'X', 'X', 1, '{"version":1,"id":"X","number":"X","state":"EFFECTIVE","account":"B","type":"t"}', 'EFFECTIVE', 'B', 't', '/')`,
}

// TestManySubscriptionsFollowTheirAccount gives an account of many subscriptions a high level, then none, and then a high one and none at once.
// What a user sees is decided by the new level from the first moment on, and after each portion.
func TestManySubscriptionsFollowTheirAccount(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := begin(t, db)
		l.loadAccounts(t)
		databasetest.Execute(t, db, slices.Concat(databasetest.Numbers, loadMany)...)
		l.expectMany(t, "at first", 2501)
		for _, step := range []struct {
			levels   []catalogue.PrivacyLevelID
			seen     int
			portions int // one for each thousand, whatever levels of their own they have
		}{
			{[]catalogue.PrivacyLevelID{"high"}, 1, 3}, {[]catalogue.PrivacyLevelID{""}, 2501, 3}, {[]catalogue.PrivacyLevelID{"high", ""}, 2501, 1},
		} {
			for _, level := range step.levels {
				l.giveLevel(t, "A", level)
			}
			for portion := 1; ; portion++ {
				l.expectMany(t, fmt.Sprintf("%q, portion %d", step.levels, portion), step.seen)
				worked, err := l.kept.LevelChanges.Work(t.Context())
				if err != nil || worked != (portion <= step.portions) {
					t.Fatalf("%q, portion %d: there was something to do: %t, %v", step.levels, portion, worked, err)
				}
				if !worked {
					break
				}
			}
			expectKeptLevels(t, db)
		}
	})
}

// TestManySubscriptionsFollowWhileTheyChange lets subscriptions be created for an account, moved to it and away from it while the others follow its
// new level, with two workers.
func TestManySubscriptionsFollowWhileTheyChange(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := begin(t, db)
		l.loadAccounts(t)
		databasetest.Execute(t, db, slices.Concat(databasetest.Numbers, loadMany)...)
		l.giveLevel(t, "A", "high")
		done := make(chan error)
		for range 2 {
			go func() {
				for {
					if worked, err := l.kept.LevelChanges.Work(t.Context()); !worked || err != nil {
						done <- err
						return
					}
				}
			}()
		}
		for i := range 20 {
			id := fmt.Sprint("new", i)
			l.load(t, &subscription.Subscription{ID: subscription.ID(id), Number: id, State: subscription.Draft, Account: "A", Type: "t"})
			l.giveAccount(t, subscription.ID(fmt.Sprint("S", i*100+1)), "B")
			if i%2 == 0 {
				l.giveAccount(t, subscription.ID(fmt.Sprint("S", i*100+1)), "A")
			}
		}
		if err := errors.Join(<-done, <-done); err != nil {
			t.Fatal(err)
		}
		expectKeptLevels(t, db)
		l.expectMany(t, "at the end", 11)
	})
}

// TestLevelChangesAgainDuringTheLastPortion gives an account another level while a transaction that has seen only the level before finds all its
// subscriptions changed. It must not end the new change too. On SQLite such transactions never run at once.
func TestLevelChangesAgainDuringTheLastPortion(t *testing.T) {
	db := databasetest.Open(t, databasetest.Migrated(t, database.PostgreSQL, store.Migrations()), store.Migrations())
	l := begin(t, db)
	l.loadAccounts(t)
	databasetest.Execute(t, db, slices.Concat(databasetest.Numbers, loadMany)...)
	for _, level := range []catalogue.PrivacyLevelID{"high", ""} {
		l.giveLevel(t, "A", level)
	}
	tries := 0
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, `SELECT version FROM accounts WHERE tenant = 'default' AND id = 'A'`).Scan(&version); err != nil {
			return err
		}
		if tries++; tries == 1 {
			l.giveLevel(t, "A", "low")
		}
		return store.FollowAccount(ctx, tx, auth.DefaultTenant, "A")
	}); err != nil {
		t.Fatal(err)
	}
	for l.work(t) {
	}
	expectKeptLevels(t, db)
}

// TestAccountThatChangesAgainKeepsNoOtherWaiting changes the level of an account before each portion. That of another tenant is followed meanwhile.
func TestAccountThatChangesAgainKeepsNoOtherWaiting(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		first, second := beginTwo(t, db)
		second.giveLevel(t, "A", "high")
		for turn := range 8 {
			first.giveLevel(t, "A", []catalogue.PrivacyLevelID{"high", "low"}[turn%2])
			first.work(t)
		}
		if left := leftToFollow(t, db); !slices.Equal(left, []string{"default"}) {
			t.Errorf("accounts of %v are left to follow, want only the one that changes", left)
		}
		for first.work(t) {
		}
		expectKeptLevels(t, db)
	})
}

// TestAccountThatFailsKeepsNoOtherWaiting lets each portion of an account fail. That of another tenant is followed meanwhile.
func TestAccountThatFailsKeepsNoOtherWaiting(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		first, second := beginTwo(t, db)
		databasetest.Execute(t, db, `CREATE UNIQUE INDEX fails ON subscriptions (account) WHERE tenant = 'default' AND account = 'A' AND levels = '/high'`)
		first.giveLevel(t, "A", "high")
		second.giveLevel(t, "A", "high")
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			first.kept.LevelChanges.Run(ctx, slog.New(slog.DiscardHandler))
		}()
		for !slices.Equal(leftToFollow(t, db), []string{"default"}) {
			if ctx.Err() != nil {
				t.Fatalf("accounts of %v are left to follow, want only the one that fails", leftToFollow(t, db))
			}
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		<-ended
		databasetest.Execute(t, db, `DROP INDEX fails`)
		for first.work(t) {
		}
		expectKeptLevels(t, db)
	})
}

// beginTwo begins lives of two tenants, `default` and `other`, each with many subscriptions of an account A.
func beginTwo(t *testing.T, db *database.DB) (first, second *life) {
	t.Helper()
	first = begin(t, db)
	other := *first
	second = &other
	second.ctx = auth.With(t.Context(), auth.Principal{Tenant: "other", Actor: "bob"})
	databasetest.Execute(t, db, slices.Concat(databasetest.Numbers, loadMany)...)
	for _, statement := range loadMany {
		databasetest.Execute(t, db, strings.ReplaceAll(statement, "'default'", "'other'"))
	}
	first.loadAccounts(t)
	second.loadAccounts(t)
	return first, second
}

// leftToFollow returns the tenants of the accounts that are left to follow.
func leftToFollow(t *testing.T, db *database.DB) (tenants []string) {
	t.Helper()
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		tenants, err = database.Select(ctx, tx, "tenant", func(row database.Row) (tenant string, err error) {
			err = row.Scan(&tenant)
			return tenant, err
		}, `SELECT tenant FROM level_changes ORDER BY tenant`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return tenants
}

// loadAccounts creates the accounts A and B, and the levels that they get.
func (l *life) loadAccounts(t *testing.T) {
	t.Helper()
	l.load(t, &catalogue.PrivacyLevel{ID: "low", Number: "1"}, &catalogue.PrivacyLevel{ID: "high", Number: "9"},
		&account.Account{ID: "A", Number: "A"}, &account.Account{ID: "B", Number: "B"})
}

// work changes a portion of the subscriptions that have to follow their accounts, and reports whether there were any.
func (l *life) work(t *testing.T) bool {
	t.Helper()
	worked, err := l.kept.LevelChanges.Work(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return worked
}

func (l *life) giveLevel(t *testing.T, to account.ID, level catalogue.PrivacyLevelID) {
	t.Helper()
	if _, err := l.accounts.Update(l.ctx, to, "", func(of *account.Account) error {
		of.PrivacyLevel = level
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func (l *life) giveAccount(t *testing.T, of subscription.ID, to account.ID) {
	t.Helper()
	if _, err := l.service.Update(l.ctx, of, "", func(of *subscription.Subscription) error {
		of.Account = to
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// expectMany fails unless a user with the low level sees a number of subscriptions in lists of all, of a state and of an account, and one alone.
func (l *life) expectMany(t *testing.T, when string, want int) {
	t.Helper()
	low := int64(1)
	user := auth.With(t.Context(), auth.Principal{Tenant: auth.DefaultTenant, Actor: "ann", Restriction: &visibility.Visibility{MaxPrivacy: &low}})
	count := func(where listing.Condition) int {
		found, err := l.service.List(user, listing.Query{Where: where, Order: []listing.Order{{Field: "name"}}, Limit: 4000})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	all, effective := count(nil), count(listing.Is("state", subscription.Effective))+count(listing.Is("state", subscription.Draft))
	accounts := count(listing.Is("account", "A")) + count(listing.Is("account", "B"))
	_, err := l.service.Show(user, order("S2500", "").Target)
	if all != want || effective != want || accounts != want || errors.Is(err, fault.NotFound) != (want < 2500) {
		t.Errorf("%s: a user sees %d subscriptions, %d by state, %d by account, and one alone: %v; want %d", when, all, effective, accounts, err, want)
	}
}

// expectKeptLevels fails unless the store keeps for each subscription which levels it and its account have, and no account is left to follow.
func expectKeptLevels(t *testing.T, db *database.DB) {
	t.Helper()
	var wrong, left int
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM subscriptions AS s WHERE levels <> COALESCE(privacy_level, '') || '/' || COALESCE((
			SELECT privacy_level FROM accounts AS a WHERE a.tenant = s.tenant AND a.id = s.account), '')), (SELECT count(*) FROM level_changes)`).Scan(&wrong, &left)
	}); err != nil || wrong+left > 0 {
		t.Errorf("%d subscriptions have other levels than they should, and %d accounts are left, %v", wrong, left, err)
	}
}
