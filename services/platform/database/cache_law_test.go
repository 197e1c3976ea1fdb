package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// TestCachedIsLinear has readers and writers of a few counters run at once. Writers only add, and some fail, run alone or also change the schema. A
// read must find at least what was acknowledged before it began, or was found by another read that had ended, and at most what had begun.
func TestCachedIsLinear(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		db := openOwned(t, database.SQLite)
		defer func() { must(t, db.Close()) }()
		checkLinear(t, r, []*database.DB{db}, linearMoves)
	})
}

// TestCachedIsLinearInSeveralPrograms is the same for programs on one store.
func TestCachedIsLinearInSeveralPrograms(t *testing.T) {
	programs := openPrograms(t, 3)
	rapid.Check(t, func(r *rapid.T) {
		exec(t, programs[0], `DELETE FROM counters`)
		for _, db := range programs {
			draw := func(what string) time.Duration {
				return rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Hour}).Draw(r, what)
			}
			db.SetInvalidation(max(draw("patience"), time.Microsecond), draw("retention"), time.Hour, min(draw("rest"), time.Millisecond))
		}
		checkLinear(t, r, programs, programMoves)
	})
}

// checkLinear has callers of programs make random moves.
func checkLinear(t *testing.T, r *rapid.T, programs []*database.DB, allMoves []linearMove) {
	t.Helper()
	db := programs[0]
	names := []string{"a", "b", "c"}
	least, most := map[string]*atomic.Int64{}, map[string]*atomic.Int64{}
	for _, name := range names {
		exec(t, db, fmt.Sprintf(`INSERT INTO counters VALUES ('t', '%s', 0)`, name))
		least[name], most[name] = &atomic.Int64{}, &atomic.Int64{}
	}
	var group sync.WaitGroup
	for range rapid.IntRange(2, 8).Draw(r, "callers") {
		moves := rapid.SliceOfN(rapid.IntRange(0, len(allMoves)-1), 20, 60).Draw(r, "moves")
		of := rapid.SliceOfN(rapid.SampledFrom(names), len(moves), len(moves)).Draw(r, "names")
		by := rapid.SliceOfN(rapid.IntRange(0, len(programs)-1), len(moves), len(moves)).Draw(r, "programs")
		group.Go(func() {
			for i, move := range moves {
				linear := &linear{db: programs[by[i]], least: least, most: most}
				if err := allMoves[move](linear, t.Context(), of[i]); err != nil {
					t.Errorf("%d of %s: %v", move, of[i], err)
				}
			}
		})
	}
	group.Wait()
}

type linearMove = func(*linear, context.Context, string) error

// linear knows the bounds of each counter.
type linear struct {
	db          *database.DB
	least, most map[string]*atomic.Int64
}

var linearMoves = []linearMove{
	func(l *linear, ctx context.Context, name string) error { return l.read(ctx, name, cachedCounter) },
	func(l *linear, ctx context.Context, name string) error { return l.read(ctx, name, cachedCounter) },
	func(l *linear, ctx context.Context, name string) error { return l.read(ctx, name, rowCounter) },
	func(l *linear, ctx context.Context, name string) error { return l.read(ctx, name, rowCounter) },
	func(l *linear, ctx context.Context, name string) error { return l.read(ctx, name, rowCounter) },
	func(l *linear, ctx context.Context, name string) error { return l.add(ctx, name, setCounter, nil) },
	func(l *linear, ctx context.Context, name string) error {
		return l.add(ctx, name, setCounter, errRefused)
	},
	func(l *linear, ctx context.Context, name string) error {
		return l.add(database.Long(ctx), name, setCounter, nil)
	},
	func(l *linear, ctx context.Context, name string) error { return l.add(ctx, name, changeCounter, nil) },
	func(l *linear, ctx context.Context, name string) error { return l.add(ctx, name, changeCounter, nil) },
	func(l *linear, ctx context.Context, name string) error { return l.add(ctx, name, changeCounter, nil) },
	func(l *linear, ctx context.Context, name string) error {
		return l.add(ctx, name, changeCounter, errRefused)
	},
	func(l *linear, ctx context.Context, name string) error {
		return l.add(database.Long(ctx), name, changeCounter, nil)
	},
	func(l *linear, ctx context.Context, _ string) error {
		return l.db.Write(ctx, executing(`CREATE INDEX IF NOT EXISTS one ON counters (value)`))
	},
}

// programMoves are the moves on PostgreSQL: reads and changes in each way that it has.
var programMoves = append([]linearMove{
	func(l *linear, ctx context.Context, name string) error {
		return l.add(database.InTurn(ctx, name), name, setCounter, nil)
	},
	func(l *linear, ctx context.Context, name string) error {
		return l.add(database.InTurn(ctx, name), name, changeCounter, nil)
	},
	func(l *linear, ctx context.Context, name string) error {
		return l.add(database.InTurn(ctx, "all"), name, changeCounter, errRefused)
	},
	func(l *linear, ctx context.Context, name string) error {
		return l.add(database.AtOnce(ctx), name, changeCounter, nil)
	},
	func(l *linear, ctx context.Context, name string) error { return l.addGuarded(ctx, name) },
	func(l *linear, ctx context.Context, _ string) error { return l.db.Forget(ctx) },
}, linearMoves[:len(linearMoves)-1]...) // the last changes the schema

// reading is a way to read a counter, setting one to set it.
type (
	reading func(name string, ran *int) func(context.Context, *database.Tx) (int64, error)
	setting func(ctx context.Context, tx *database.Tx, name string, before, value int64) error
)

// setCounter sets a counter by a statement that may change any.
func setCounter(ctx context.Context, tx *database.Tx, name string, _, value int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE counters SET value = $2 WHERE tenant = 't' AND name = $1`, name, value)
	return err
}

// changeCounter sets a counter as one that was read by rowCounter.
func changeCounter(ctx context.Context, tx *database.Tx, name string, before, value int64) error {
	return database.ChangeRow(tx, rowKey{name}, before, value, func() error { return setCounter(ctx, tx, name, before, value) })
}

func (l *linear) read(ctx context.Context, name string, by reading) error {
	least := l.least[name].Load()
	var found int64
	err := l.db.ReadOne(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		found, err = by(name, new(int))(ctx, tx)
		return err
	})
	if err == nil {
		err = l.check(name, least, found)
		l.raise(name, found)
	}
	return err
}

// raise notes that somebody knows of a value.
func (l *linear) raise(name string, known int64) {
	for before := l.least[name].Load(); before < known && !l.least[name].CompareAndSwap(before, known); {
		before = l.least[name].Load()
	}
}

// check checks what a read has found, which began when a counter was at least so large.
func (l *linear) check(name string, least, found int64) error {
	if most := l.most[name].Load(); found < least || found > most {
		return fmt.Errorf("found %d, want %d to %d", found, least, most)
	}
	return nil
}

// addGuarded adds to a counter in one statement, which reads and sets it.
func (l *linear) addGuarded(ctx context.Context, name string) error {
	least := l.least[name].Load()
	l.most[name].Add(1)
	var became int64
	err := l.db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `UPDATE counters SET value = value + 1 WHERE tenant = 't' AND name = $1 RETURNING value`, name).Scan(&became)
	})
	if err == nil {
		err = l.check(name, least+1, became)
		l.raise(name, became)
	}
	return err
}

func (l *linear) add(ctx context.Context, name string, set setting, refusal error) error {
	least := l.least[name].Load()
	var became int64
	err := l.db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		found, err := rowCounter(name, new(int))(ctx, tx)
		if err := errors.Join(err, l.check(name, least, found)); err != nil {
			return err
		}
		if refusal == nil {
			l.most[name].Add(1)
		}
		if err := set(ctx, tx, name, found, found+1); err != nil {
			return err
		}
		for _, by := range []reading{rowCounter, cachedCounter} {
			if became, err = by(name, new(int))(ctx, tx); err == nil && became != found+1 {
				err = fmt.Errorf("set %d and found %d", found+1, became)
			}
			if err != nil {
				return err
			}
		}
		return refusal
	})
	switch {
	case err == nil:
		l.raise(name, became)
	case refusal != nil && errors.Is(err, refusal):
		err = nil
	}
	return err
}
