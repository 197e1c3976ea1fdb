package feed_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// TestFollowersSeeAChangeWithin100Milliseconds has other tenants write meanwhile, whose older transactions hold
// changes back on PostgreSQL and whose commits do not wake the follower. It takes the median, since the machine
// may be busy.
func TestFollowersSeeAChangeWithin100Milliseconds(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		state := packed(t, "x")
		put := func(tenant auth.Tenant, pause time.Duration) {
			if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				err := feed.Append(ctx, tx, feed.Entry{Tenant: tenant, Time: time.Now(), Resource: "r/1", Kind: feed.Updated, State: state})
				time.Sleep(pause)
				return err
			}); err != nil {
				t.Error(err)
			}
		}
		others, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		defer writers.Wait()
		defer stop()
		writers.Go(func() {
			for others.Err() == nil {
				put("other", 10*time.Millisecond)
			}
		})
		follower, leave, err := feed.NewTail(db).Follow(t.Context(), "own")
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		var after feed.Position
		var took []time.Duration
		for range 11 {
			news := follower.Next()
			put("own", 0)
			began := time.Now()
			var found []feed.Entry
			for ; len(found) == 0; found = read(t, db, "own", after, 1) {
				select {
				case <-news:
					news = follower.Next()
				case <-time.After(20 * time.Second):
					t.Fatal("the follower sleeps on")
				}
			}
			after = found[0].Position
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		if median := took[len(took)/2]; median > 100*time.Millisecond {
			t.Errorf("the median is %s of %v", median, took)
		} else {
			t.Logf("the median is %s of %v", median, took)
		}
	})
}
