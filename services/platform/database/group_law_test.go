package database_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// How a transaction of the law ends.
const (
	keeps = iota
	refuses
	panics
	breaksKey
	losesCaller
	guarded
	long
	endings
)

// TestGroupsEqualSerialExecution runs random transactions that arrive together, of which some fail. Each reads a value,
// writes another that depends on it, and inserts a row with what it read. What is stored must be as if those that were
// kept had run one after the other in the order in which they began, and nothing else had happened.
func TestGroupsEqualSerialExecution(t *testing.T) {
	db, _ := openGrouped(t)
	checks := 0
	rapid.Check(t, func(r *rapid.T) {
		checks++
		law := &law{db: db, name: fmt.Sprint(checks), check: checks}
		exec(t, db, fmt.Sprintf(`INSERT INTO counters VALUES ('t', '%s', 1)`, law.name))
		law.ends = rapid.SliceOfN(rapid.IntRange(0, endings-1), 1, 16).Draw(r, "endings")
		errs := law.run(t)
		value := int64(1)
		for _, n := range law.order {
			read, kept := law.read(t, n)
			switch ending := law.ends[n]; {
			case kept && (ending == refuses || ending == panics || ending == breaksKey):
				r.Errorf("transaction %d failed and is kept", n)
			case kept && read != value:
				r.Errorf("transaction %d read %d, want %d", n, read, value)
			case !kept && errs[n] == nil:
				r.Errorf("transaction %d was acknowledged and is lost", n)
			case errs[n] != nil && (ending == keeps || ending == guarded || ending == long):
				r.Errorf("transaction %d: %v", n, errs[n])
			}
			if kept {
				value = next(value, n)
			}
		}
		if got := number(t, db, fmt.Sprintf(`SELECT value FROM counters WHERE name = '%s'`, law.name)); int64(got) != value {
			r.Errorf("the value is %d, want %d", got, value)
		}
	})
}

type law struct {
	db    *database.DB
	name  string
	check int
	ends  []int
	// order is the order in which the transactions began; they are serial.
	order []int
}

func next(value int64, n int) int64 { return (value*31 + int64(n) + 1) % 1_000_003 }

func (l *law) row(n int) int { return l.check*1000 + n }

// run runs the transactions and returns their errors.
func (l *law) run(t *testing.T) []error {
	errs := make([]error, len(l.ends))
	release := occupy(l.db)
	var group sync.WaitGroup
	for n, ending := range l.ends {
		group.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer func() {
				if err, ok := recover().(error); ok {
					errs[n] = err
				}
			}()
			write := l.db.Write
			switch ending {
			case guarded:
				write = l.db.WriteGuarded
			case long:
				ctx = database.Long(ctx)
			}
			errs[n] = write(ctx, func(ctx context.Context, tx *database.Tx) error { return l.do(ctx, tx, n, cancel) })
		})
	}
	awaitQueued(t, l.db, len(l.ends))
	if err := release(); err != nil {
		t.Error(err)
	}
	group.Wait()
	return errs
}

func (l *law) do(ctx context.Context, tx *database.Tx, n int, leave func()) error {
	l.order = append(l.order, n)
	var value int64
	if err := tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE tenant = 't' AND name = $1`, l.name).Scan(&value); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE counters SET value = $2 WHERE tenant = 't' AND name = $1`, l.name, next(value, n)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO numbers VALUES (0, $1, $2)`, l.row(n), value); err != nil {
		return err
	}
	switch l.ends[n] {
	case refuses:
		return errRefused
	case panics:
		panic(errRefused)
	case breaksKey:
		return insert(ctx, tx, l.row(n))
	case losesCaller:
		leave()
	}
	return nil
}

// read returns what a transaction read, and whether it is kept.
func (l *law) read(t *testing.T, n int) (value int64, kept bool) {
	t.Helper()
	err := l.db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		found, err := database.Select(ctx, tx, "number", func(row database.Row) (read int64, err error) { err = row.Scan(&read); return read, err },
			`SELECT c FROM numbers WHERE b = $1`, l.row(n))
		for _, value = range found {
			kept = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value, kept
}
