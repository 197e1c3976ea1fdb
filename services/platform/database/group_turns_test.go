package database_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// TestLongTransactionsCommitAloneAndTakeTurns has a worker run long transactions without a pause among callers of short
// ones. All short ones that wait when a long one ends go before the next, none shares a group with a long one, and the
// worker gets its turns too.
func TestLongTransactionsCommitAloneAndTakeTurns(t *testing.T) {
	for name, write := range map[string]func(*database.DB, context.Context, func(context.Context, *database.Tx) error) error{
		"guarded": (*database.DB).WriteGuarded,
		"long": func(db *database.DB, ctx context.Context, do func(context.Context, *database.Tx) error) error {
			return db.Write(database.Long(ctx), do)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, sizes := openGrouped(t)
			const longs, callers = 20, 8
			var begun []string // in the order of their turns
			var group, worker sync.WaitGroup
			worker.Go(func() {
				for n := range longs {
					if err := write(db, t.Context(), func(ctx context.Context, tx *database.Tx) error {
						begun = append(begun, name)
						awaitQueued(t, db, callers)
						return insert(ctx, tx, n)
					}); err != nil {
						t.Error(err)
					}
				}
			})
			ctx, stop := context.WithCancel(t.Context())
			for caller := range callers {
				group.Go(func() {
					for n := 1; ctx.Err() == nil; n++ {
						if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
							begun = append(begun, "short")
							return insert(ctx, tx, (caller+1)*1_000_000+n)
						}); err != nil {
							t.Error(err)
						}
					}
				})
			}
			worker.Wait()
			stop()
			group.Wait()
			since := callers // short ones since the last long one
			for n, what := range begun {
				if what == "short" {
					since++
				} else if since < callers {
					t.Errorf("turn %d of %v is that of a long one though %d short ones waited longer", n, begun, callers-since)
				} else {
					since = 0
				}
			}
			if largest := slices.Max(*sizes); largest > callers {
				t.Errorf("a group of %d with %d callers", largest, callers)
			}
		})
	}
}

func TestGroupHasAtMost256Members(t *testing.T) {
	db, sizes := openGrouped(t)
	var do []func(context.Context, *database.Tx) error
	for n := range 299 {
		do = append(do, func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, n) })
	}
	if err := errors.Join(together(t, db, do...)...); err != nil {
		t.Error(err)
	}
	if slices.Sort(*sizes); !slices.Equal(*sizes, []int{44, 256}) { // the syncs of both may end at once
		t.Errorf("groups of %v", *sizes)
	}
}
