package store_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// earlierRows are rows as the previous version wrote them: properties were in the documents alone.
var earlierRows = []string{
	`INSERT INTO subscriptions (tenant, id, number, version, document) VALUES ('t', 's', 'S1', 1, '{"version":1,"created":"2026-01-15T10:00:00.25Z",
		"updated":"2026-01-15T10:00:00.25Z","id":"s","number":"S1","state":"EFFECTIVE","rating":"PENDING","first_activated":"2014-06-25","account":"a","type":"ty",
		"group":"g","privacy_level":"","services":[{"id":"1","product":"p"},{"id":"2","product":"p"}],"items":null}')`,
	`INSERT INTO accounts (tenant, id, number, version, document) VALUES ('t', 'a', 'A1', 1, '{"version":1,"created":"2026-01-15T10:00:00Z",
		"updated":"2026-01-15T10:00:00Z","id":"a","number":"A1","name":"Acme","state":"ACTIVE","owner":{"id":"o","name":"Litt Louis"}}')`,
	`INSERT INTO products (tenant, id, code, version, document) VALUES ('t', 'p', 'P', 1, '{"version":1,"created":"2026-01-15T10:00:00.123456Z",
		"updated":"2026-01-15T10:00:00.123456Z","id":"p","code":"P","type":"SERVICE"}')`,
	`INSERT INTO users (tenant, id, login, api_key_hash, version, document) VALUES ('t', 'u', 'o/ann', 'hash', 2, '{"version":2,"created":"2026-01-15T10:00:00Z",
		"updated":"2026-01-16T10:00:00Z","id":"u","organisation":"o","user_name":"ann","password_hash":"h","api_key_hash":"hash"}')`,
	`INSERT INTO sessions (tenant, id, token_hash, last_used, version, document) VALUES ('t', 'x', 'token', 1, 1, '{"version":1,"created":"2026-01-15T10:00:00Z",
		"updated":"2026-01-15T10:00:00Z","id":"x","token_hash":"token","organisation":"o","user":"u","last_used":"2026-01-15T10:00:00Z"}')`,
}

// TestUpgradeFillsProperties checks that what an earlier version stored is found by its properties,
// and that API keys stay valid.
func TestUpgradeFillsProperties(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			before := databasetest.Open(t, url, legacytest.Before(t, store.Migrations(), "00110"))
			if err := before.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				for _, statement := range earlierRows {
					if _, err := tx.ExecContext(ctx, statement); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			checkUpgraded(t, store.New(databasetest.Open(t, url, store.Migrations()), api.Message))
		})
	}
}

// TestUpgradeKeepsDueActions checks that actions which an earlier version scheduled are found and executed after the upgrade.
func TestUpgradeKeepsDueActions(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			old := databasetest.Open(t, url, legacytest.Before(t, store.Migrations(), "00182"))
			databasetest.Execute(t, old, `ALTER TABLE subscriptions ADD COLUMN levels TEXT NOT NULL DEFAULT '/'`) // which this program writes
			before := begin(t, old)
			before.draft(t, "1")
			for after, by := range []lifecycle.Operation{lifecycle.Activate, lifecycle.Deactivate, lifecycle.Cancel} {
				asked := order("1", by)
				asked.Details.Scheduled = noon.Add(time.Duration(after+1) * time.Minute)
				before.act(t, asked)
			}
			before.jump(t, noon.Add(time.Minute))
			before.expect(t, "1", subscription.Effective)
			databasetest.Execute(t, old, `ALTER TABLE subscriptions DROP COLUMN levels`)
			kept := store.New(databasetest.Open(t, url, store.Migrations()), api.Message)
			after := *before
			after.kept, after.service = kept, subscription.NewService(kept.Subscriptions, after.clock)
			after.worker = subscription.NewWorker(after.service, kept.Queue, slog.New(slog.DiscardHandler))
			after.jump(t, noon.Add(time.Hour))
			if got := after.expect(t, "1", subscription.Cancelled); got.Version != 4 {
				t.Errorf("got version %d, want one change an action", got.Version)
			}
		})
	}
}

// seenRows are subscriptions and accounts with privacy levels and without, and the levels.
var seenRows = []string{
	`INSERT INTO privacy_levels (tenant, id, number, version, document) VALUES ('t', 'low', '1', 1, '{"id":"low","number":"1"}'), ('t', 'high', '9', 1, '{"id":"high","number":"9"}')`,
	`INSERT INTO accounts (tenant, id, number, version, document, privacy_level) VALUES ('t', 'a', 'A', 1, '{"id":"a"}', NULL), ('t', 'b', 'B', 1, '{"id":"b"}', 'low'),
		('t', 'c', 'C', 1, '{"id":"c"}', 'high'), ('other', 'a', 'A', 1, '{"id":"a"}', 'high')`,
	`INSERT INTO subscriptions (tenant, id, number, version, document, account, privacy_level) VALUES ('t', '1', '1', 1, '{"id":"1"}', 'a', NULL),
		('t', '2', '2', 1, '{"id":"2"}', 'b', NULL), ('t', '3', '3', 1, '{"id":"3"}', 'c', NULL), ('t', '4', '4', 1, '{"id":"4"}', 'a', 'high'),
		('t', '5', '5', 1, '{"id":"5"}', 'b', 'low'), ('t', '6', '6', 1, '{"id":"6"}', 'c', 'low'), ('t', '7', '7', 1, '{"id":"7"}', 'gone', NULL),
		('other', '1', '1', 1, '{"id":"1"}', 'a', NULL)`,
}

// TestUpgradeKeepsHidden checks that a user sees after the upgrade what it saw before.
func TestUpgradeKeepsHidden(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			databasetest.Execute(t, databasetest.Open(t, url, legacytest.Before(t, store.Migrations(), "00183")), seenRows...)
			after := begin(t, databasetest.Open(t, url, store.Migrations()))
			for tenant, seen := range map[auth.Tenant]string{"t": "1 2 5 7", "other": ""} {
				user := auth.Principal{Tenant: tenant, Actor: "ann", Restriction: &visibility.Visibility{MaxPrivacy: new(int64(1))}}
				found, err := after.service.List(auth.With(t.Context(), user), listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: 10})
				var ids []string
				for _, one := range found {
					ids = append(ids, string(one.ID))
				}
				if got := strings.Join(ids, " "); err != nil || got != seen {
					t.Errorf("%s: got %s, %v, want %s", tenant, got, err, seen)
				}
			}
		})
	}
}

// TestCreatedDuringUpgradeIsHidden lets a program of before create a subscription after the migration: users with a highest level see it in
// no list until an update of it.
func TestCreatedDuringUpgradeIsHidden(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		databasetest.Execute(t, db,
			`INSERT INTO privacy_levels (tenant, id, number, version, document) VALUES ('default', 'low', '1', 1, '{"id":"low","number":"1"}'), ('default', 'high', '9', 1, '{"id":"high","number":"9"}')`)
		after := begin(t, db)
		for id, level := range map[string]string{"1": "", "2": "low", "3": "high"} {
			databasetest.Execute(t, db, `INSERT INTO subscriptions (tenant, id, number, version, document, state, rating, account, type, privacy_level, created, updated)
				VALUES ('default', '`+id+`', '`+id+`', 1, '{"version":1,"id":"`+id+`","number":"`+id+`","state":"DRAFT","rating":"PENDING","account":"a","type":"t","group":"","privacy_level":"`+level+`"}',
				'DRAFT', 'PENDING', 'a', 't', NULLIF('`+level+`', ''), 0, 0)`)
		}
		seen := func(want string) {
			t.Helper()
			user := auth.Principal{Tenant: auth.DefaultTenant, Actor: "ann", Restriction: &visibility.Visibility{MaxPrivacy: new(int64(1))}}
			found, err := after.service.List(auth.With(t.Context(), user), listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: 10})
			var ids []string
			for _, one := range found {
				ids = append(ids, string(one.ID))
			}
			if got := strings.Join(ids, " "); err != nil || got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
		seen("")
		for _, id := range []subscription.ID{"1", "2", "3"} {
			if _, err := after.service.Update(after.ctx, id, "", func(of *subscription.Subscription) error {
				notes := "n"
				of.Notes = &notes
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		seen("1 2")
	})
}

// namingRows are actions that name what scheduled actions can: two scheduled ones, and one that is done.
var namingRows = func() (rows []string) {
	for id, document := range map[string]string{
		"1": `{"id":"1","replacement":"r","destination":"d","performer":"u","terms":{"scheme":"bs"},"services":[{"product":"p","components":["c","p"]},{"id":"x"}],"items":[{"id":"1","from":"i","to":"j"},{"to":"i"}]}`,
		"2": `{"id":"2","services":null,"replacement":"r"}`,
		"3": `{"id":"3","replacement":"gone"}`,
	} {
		due := "7"
		if id == "3" {
			due = "NULL"
		}
		rows = append(rows, `INSERT INTO subscription_actions (tenant, id, number, version, document, subscription, classification, behavior, state, due, created, updated)
			VALUES ('t', '`+id+`', '`+id+`', 1, '`+document+`', 's', 'C', 'C', 'SCHEDULED', `+due+`, 0, 0)`)
	}
	return rows
}()

// TestUpgradeKeepsNamed checks that what scheduled actions name is found after the upgrade.
func TestUpgradeKeepsNamed(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			databasetest.Execute(t, databasetest.Open(t, url, legacytest.Before(t, store.Migrations(), "00185")), namingRows...)
			db := databasetest.Open(t, url, store.Migrations())
			got := selectTexts(t, db, `SELECT tenant || ' ' || action || ' ' || kind || '/' || id FROM scheduled_parts`)
			want := []string{"t 1 billingTermSchemes/bs", "t 1 installedItems/i", "t 1 installedItems/j", "t 1 products/c", "t 1 products/p", "t 1 subscriptions/d", "t 1 subscriptions/r", "t 1 users/u", "t 2 subscriptions/r"}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestUpgradeFindsServices checks that subscriptions of before are found by the ids of their services after the upgrade, also by a program that was interrupted in it.
func TestUpgradeFindsServices(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			old := databasetest.Open(t, url, legacytest.Before(t, store.Migrations(), "00189"))
			databasetest.Execute(t, old,
				`INSERT INTO subscriptions (tenant, id, number, version, document) VALUES ('t', '1', '1', 1, '{"id":"1","services":[{"id":"a","product":"p"},{"id":"b","product":"p"}]}'),
					('t', '2', '2', 1, '{"id":"2","services":null}'), ('t', '3', '3', 1, '{"id":"3"}'), ('t', '4', '4', 1, '{"id":"4","services":[{"id":"a","product":"p"}]}')`,
				`INSERT INTO subscription_parts (tenant, subscription, kind, id) VALUES ('t', '1', 'products', 'p'), ('t', '1', 'services', 'a')`)
			db := databasetest.Open(t, url, store.Migrations())
			got := selectTexts(t, db, `SELECT tenant || ' ' || subscription || ' ' || kind || '/' || id FROM subscription_parts`)
			if want := []string{"t 1 products/p", "t 1 services/a", "t 1 services/b", "t 4 services/a"}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func checkUpgraded(t *testing.T, upgraded store.Store) {
	t.Helper()
	const tenant = auth.Tenant("t")
	instant := func(micros int) int64 {
		return time.Date(2026, time.January, 15, 10, 0, 0, micros*1000, time.UTC).UnixMicro()
	}
	err := upgraded.Organisations.Write(t.Context(), auth.Principal{Tenant: tenant, Actor: "test"}, time.Now(), func(ctx context.Context, w organisation.Writer) error {
		all := w.(books.Reader)
		expectFound(ctx, t, "s", listing.All(listing.Is("state", "EFFECTIVE"), listing.Is("account", "a"), listing.Is("group", "g"), listing.Is("first_activated_date", "2014-06-25"),
			listing.Is("create_time", instant(250_000)), listing.Not{Condition: listing.Present{Field: "privacy_level"}}), all.Subscriptions)
		expectFound(ctx, t, "a", listing.All(listing.Is("display_name", "Acme"), listing.Is("account_owner.full_name", "Litt Louis"), listing.Is("inactive", false)), all.Accounts)
		expectFound(ctx, t, "p", listing.All(listing.Is("type", "SERVICE"), listing.Is("update_time", instant(123_456)), listing.Not{Condition: listing.Present{Field: "display_name"}}), all.Products)
		expectFound(ctx, t, "u", listing.All(listing.Is("organisation", "o"), listing.Is("user_name", "ann"), listing.Is("disabled", false)), w.Users)
		expectFound(ctx, t, "x", listing.All(listing.Is("user", "u"), listing.Is("create_time", instant(0))), w.Sessions)
		expectFound(ctx, t, "u", listing.Is("user", "u"), w.APIKeys)
		referrers, err := w.Referrers(ctx, &catalogue.Product{ID: "p"})
		if err == nil && (len(referrers) == 0 || referrers[0].Count != 1) {
			t.Errorf("referrers of the product: got %v, want one subscription", referrers)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	located, user, err := upgraded.Organisations.LocateUser(t.Context(), resource.Key{Name: resource.KeyAPIKey, Value: "hash"})
	if err != nil || located != tenant || user.ID != "u" {
		t.Errorf("the user of the API key: got %s of %s, %v", user.ID, located, err)
	}
}

// expectFound fails unless a condition matches one resource, with an id.
func expectFound[T any, P resource.Pointer[T]](ctx context.Context, t *testing.T, id string, where listing.Condition, list func(context.Context, listing.Query) ([]T, error)) {
	t.Helper()
	found, err := list(ctx, listing.Query{Where: where})
	if err != nil || len(found) != 1 || P(&found[0]).Key() != id {
		t.Errorf("got %v, %v, want %s", found, err, id)
	}
}
