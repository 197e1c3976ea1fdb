package customerrecurrence_test

import (
	"context"
	"strings"
	"testing"
	"time"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/sealing"
)

// text returns the text that a query finds in a store.
func text(t *testing.T, db *database.DB, query string, parameters ...any) (found string) {
	t.Helper()
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, query, parameters...).Scan(&found)
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPortalPasswordsAreSealed(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		password := f.portalPassword()
		if password == "" {
			t.Fatal("the demo customer has no portal password")
		}
		db := databasetest.Open(t, f.url, customerrecurrence.Migrations())
		const stored = `SELECT portal_password FROM customers WHERE portal_password <> ''`
		if row := text(t, db, stored); !strings.HasPrefix(row, sealing.Prefix) {
			t.Errorf("the row holds %q, want a sealed text", row)
		}
		for range 2 {
			answer, err := f.put(withKey(t.Context(), "once"), "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: new("x")})
			if err != nil || answer.GetData().GetDeliveryPortal().GetPassDeliveryPortal() != password {
				t.Errorf("answer: %v (%v), want the portal password", answer, err)
			}
		}
		if record := text(t, db, `SELECT outcome FROM idempotency_keys WHERE key = 'once'`); !strings.HasPrefix(record, sealing.Prefix) {
			t.Errorf("the record of the idempotency key is %q, want a sealed text", record)
		}
	})
}

func TestClearPortalPasswordsAreSealedAtStart(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		before := newFixture(t)
		db := databasetest.Open(t, before.url, customerrecurrence.Migrations())
		databasetest.Execute(t, db, `UPDATE customers SET portal_password = 'of the day before' WHERE portal_password <> ''`)
		if password := before.portalPassword(); password != "of the day before" {
			t.Errorf("a clear password is read as %q", password)
		}
		before.stop()
		after := startFixture(t, before.url)
		const stored = `SELECT portal_password FROM customers WHERE portal_password <> ''`
		for deadline := time.Now().Add(10 * time.Second); !strings.HasPrefix(text(t, db, stored), sealing.Prefix); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the password was not sealed")
			}
		}
		if password := after.portalPassword(); password != "of the day before" {
			t.Errorf("the sealed password is read as %q", password)
		}
	})
}
