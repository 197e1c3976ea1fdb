package database_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestExclusivelyExcludesOthers(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			var group sync.WaitGroup
			var inside, turns atomic.Int64
			for range 4 {
				db := databasetest.Open(t, url, counters)
				for range 2 {
					group.Go(func() {
						err := db.Exclusively(t.Context(), func(context.Context) error {
							if inside.Add(1) != 1 {
								t.Error("two callers hold the lock at once")
							}
							time.Sleep(5 * time.Millisecond)
							inside.Add(-1)
							turns.Add(1)
							return nil
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
			}
			group.Wait()
			if turns.Load() != 8 {
				t.Errorf("%d callers ran, want 8", turns.Load())
			}
		})
	}
}
