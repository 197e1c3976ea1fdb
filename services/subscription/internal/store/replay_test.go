package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// replays compares the last state of each subscription and action in the change feed with the store.
func (l *life) replays(t *testing.T, db *database.DB) {
	t.Helper()
	stored, replayed := map[string]proto.Message{}, map[string]proto.Message{}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.books.Export(l.ctx, auth.DefaultTenant, func(kept resource.Resource) error {
		message, err := api.Message(kept)
		stored[resource.Name(kept)] = message
		return err
	}))
	for after := (feed.Position{}); ; {
		var page []feed.Entry
		must(db.Read(l.ctx, func(ctx context.Context, tx *database.Tx) (err error) {
			page, err = feed.Read(ctx, tx, auth.DefaultTenant, after, feed.Filter{}, 500)
			return err
		}))
		if len(page) == 0 {
			break
		}
		for _, entry := range page {
			state, err := entry.State.Message()
			must(err)
			replayed[entry.Resource], after = state, entry.Position
		}
	}
	delete(replayed, "sessions/s") // which no export has
	if diff := cmp.Diff(stored, replayed, protocmp.Transform()); diff != "" {
		t.Errorf("the store and the replayed feed differ (-store +feed):\n%s", diff)
	}
}
