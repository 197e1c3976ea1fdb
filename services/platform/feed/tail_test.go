package feed_test

import (
	"context"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// TestTailWakesOnlyFollowersOfTheTenant checks that a follower sleeps through the commits of other
// tenants, while the end moves on, and wakes at those of its own.
func TestTailWakesOnlyFollowersOfTheTenant(t *testing.T) {
	databasetest.Each(t, migrations, func(t *testing.T, db *database.DB) {
		tail := feed.NewTail(db)
		follow := func(tenant auth.Tenant) *feed.Follower {
			follower, leave, err := tail.Follow(t.Context(), tenant)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(leave)
			return follower
		}
		appended := func(tenant auth.Tenant) {
			t.Helper()
			if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				return feed.Append(ctx, tx, feed.Entry{Tenant: tenant, Time: time.Now(), Resource: "r/1", Kind: feed.Updated, State: packed(t, "x")})
			}); err != nil {
				t.Fatal(err)
			}
		}
		woken := func(news <-chan struct{}) {
			t.Helper()
			select {
			case <-news:
			case <-time.After(20 * time.Second):
				t.Fatal("the follower sleeps on")
			}
		}
		a, b := follow("a"), follow("b")
		news, others := a.Next(), b.Next()
		before, ok := a.End()
		if !ok {
			t.Fatal("a follower is woken before anything happens")
		}
		appended("b")
		woken(others)
		if end, ok := a.End(); !ok || end.Compare(before) <= 0 {
			t.Errorf("after a commit of another tenant: got end %v, %v after %v", end, ok, before)
		}
		appended("a")
		woken(news)
		if _, ok := a.End(); ok {
			t.Error("there is an end before what is new")
		}
		late := follow("c")
		news = late.Next()
		appended("c")
		woken(news)
	})
}
