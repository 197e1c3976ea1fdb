package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// tell commits a transaction about subjects.
func tell(t *testing.T, db *database.DB, about ...database.Subject) {
	t.Helper()
	if err := db.Write(t.Context(), func(_ context.Context, tx *database.Tx) error {
		for _, one := range about {
			tx.Tell(one)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// awake receives the news there are, and reports whether there were any.
func awake(wake <-chan struct{}) bool {
	select {
	case <-wake:
		return true
	default:
		return false
	}
}

// TestFollowersWakeForTheirSubjects also checks that a follower is woken before the writer is answered, and
// once for any number of commits.
func TestFollowersWakeForTheirSubjects(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		follow := func(of ...database.Subject) chan struct{} {
			wake := make(chan struct{}, 1)
			t.Cleanup(db.Follow(wake, of...))
			return wake
		}
		lines, ofA := follow(database.Subject{Type: "Line"}), follow(database.Subject{Tenant: "a"})
		both, either := follow(database.Subject{Type: "Line", Tenant: "a"}), follow(database.Subject{Type: "Run"}, database.Subject{Tenant: "b"})
		for about, want := range map[database.Subject][4]bool{
			{Type: "Line", Tenant: "a"}: {true, true, true, false},
			{Type: "Line", Tenant: "b"}: {true, false, false, true},
			{Type: "Run", Tenant: "a"}:  {false, true, false, true},
			{Type: "Item", Tenant: "c"}: {},
		} {
			tell(t, db, about, about)
			tell(t, db, about)
			if got := [4]bool{awake(lines), awake(ofA), awake(both), awake(either)}; got != want {
				t.Errorf("a commit about %+v wakes %v, want %v", about, got, want)
			}
		}
		tell(t, db, database.Subject{Type: "Item", Tenant: "c"}, database.Subject{Type: "Line", Tenant: "c"})
		if !awake(lines) || awake(ofA) {
			t.Error("a commit about two types does not wake whom it should")
		}
		tell(t, db)
		refused := db.Write(t.Context(), func(_ context.Context, tx *database.Tx) error {
			tx.Tell(database.Subject{Type: "Line", Tenant: "a"})
			return errRefused
		})
		if !errors.Is(refused, errRefused) || awake(lines) || awake(ofA) {
			t.Errorf("a follower is woken without a change: %v", refused)
		}
		late := make(chan struct{}, 1)
		leave := db.Follow(late, database.Subject{Type: "Line"})
		leave()
		leave()
		if tell(t, db, database.Subject{Type: "Line"}); awake(late) || !awake(lines) {
			t.Error("who has left is woken, or who has not is not")
		}
	})
}

// TestRefusedMemberOfAGroupWakesNobody checks that of a group only those that are kept tell.
func TestRefusedMemberOfAGroupWakesNobody(t *testing.T) {
	db, _ := openGrouped(t)
	kept, refused := make(chan struct{}, 1), make(chan struct{}, 1)
	defer db.Follow(kept, database.Subject{Type: "Kept"})()
	defer db.Follow(refused, database.Subject{Type: "Refused"})()
	together(t, db, func(_ context.Context, tx *database.Tx) error {
		tx.Tell(database.Subject{Type: "Refused"})
		return errRefused
	}, func(ctx context.Context, tx *database.Tx) error {
		tx.Tell(database.Subject{Type: "Kept"})
		return insert(ctx, tx, 1)
	})
	if !awake(kept) || awake(refused) {
		t.Error("a refused transaction wakes, or a kept one does not")
	}
}

// TestNoCommitIsMissedBetweenReadAndWait has followers read and wait in turns while writers commit. None may
// sleep on while it has not seen the last commit.
func TestNoCommitIsMissedBetweenReadAndWait(t *testing.T) {
	databasetest.Each(t, counters, func(t *testing.T, db *database.DB) {
		const writers, each, all = 4, 25, 100
		var group sync.WaitGroup
		for range 3 {
			wake := make(chan struct{}, 1)
			leave := db.Follow(wake, database.Subject{Type: "Counter"})
			group.Go(func() {
				defer leave()
				for count(t, db) < all {
					select {
					case <-wake:
					case <-time.After(20 * time.Second):
						t.Error("a follower sleeps on")
						return
					}
				}
			})
		}
		for writer := range writers {
			group.Go(func() {
				for n := range each {
					if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
						tx.Tell(database.Subject{Type: "Counter"})
						_, err := tx.ExecContext(ctx, `INSERT INTO counters VALUES ('t', $1, 1)`, fmt.Sprint(writer, " ", n))
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
	})
}
