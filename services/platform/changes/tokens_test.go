package changes_test

import (
	"context"
	"errors"
	"testing"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestTokensAreBoundToTenantNotFilter(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		ann := auth.With(context.Background(), auth.Principal{Tenant: "a"})
		put(t, db, "items/A", "Item", "A1")
		put(t, db, "items/B", "Item", "B1")
		first, err := server(db).ListChanges(ann, &changesv1.ListChangesRequest{Resource: "items/A"})
		if err != nil || len(first.GetChanges()) != 1 {
			t.Fatalf("got %v, %v", first, err)
		}
		request := &changesv1.ListChangesRequest{Resource: "items/B", PageToken: first.GetChanges()[0].GetToken()}
		if next, err := server(db).ListChanges(ann, request); err != nil || len(next.GetChanges()) != 1 {
			t.Errorf("with another filter: got %v, %v", next, err)
		}
		bob := auth.With(context.Background(), auth.Principal{Tenant: "b"})
		if _, err := server(db).ListChanges(bob, request); !errors.Is(err, fault.Invalid) {
			t.Errorf("with another tenant: got %v", err)
		}
	})
}
