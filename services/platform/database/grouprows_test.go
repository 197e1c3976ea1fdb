package database_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// adds returns a transaction that adds to a counter, as one that is changed as a row, by a statement that may be sent later.
func adds(name string, refusal error, ran *int) func(context.Context, *database.Tx) error {
	return func(ctx context.Context, tx *database.Tx) error {
		value, err := rowCounter(name, ran)(ctx, tx)
		if err != nil {
			return err
		}
		return errors.Join(setsLater(ctx, tx, name, value, value+1), refusal)
	}
}

func setsLater(ctx context.Context, tx *database.Tx, name string, before, value int64) error {
	return database.ChangeRow(tx, rowKey{name}, before, value, func() error {
		_, err := tx.Later(plain).ExecContext(ctx, `UPDATE counters SET value = $2 WHERE tenant = 't' AND name = $1`, name, value)
		return err
	})
}

// sees returns a transaction that reads a counter, and checks what it finds.
func sees(by reading, want int64, ran *int) func(context.Context, *database.Tx) error {
	return func(ctx context.Context, tx *database.Tx) error {
		got, err := by("a", ran)(ctx, tx)
		if err == nil && got != want {
			err = fmt.Errorf("it found %d, want %d", got, want)
		}
		return err
	}
}

// TestGroupOnPostgreSQLReadsARowOnce checks which rows the members of a group read again after others of it.
func TestGroupOnPostgreSQLReadsARowOnce(t *testing.T) {
	type member = func(context.Context, *database.Tx) error
	for name, test := range map[string]struct {
		members func(ran *int) []member
		// reads is how many rows they read, and value what a is at the end.
		reads int
		value int64
	}{
		"a row that is changed by itself": {func(ran *int) []member { return repeated(4, adds("a", nil, ran)) }, 1, 5},
		"rows that are changed by themselves": {func(ran *int) []member {
			return []member{adds("a", nil, ran), adds("b", nil, ran), adds("a", nil, ran), adds("b", nil, ran)}
		}, 2, 3},
		"what is only read": {func(ran *int) []member { return repeated(3, sees(cachedCounter, 1, ran)) }, 1, 1},
		"what is only read, of a table in which a row is changed by itself": {func(ran *int) []member {
			return []member{sees(cachedCounter, 1, ran), adds("b", nil, ran), sees(cachedCounter, 1, ran)}
		}, 3, 1},
		"the row of one that is refused": {func(ran *int) []member {
			return []member{adds("a", nil, ran), adds("a", errRefused, ran), sees(rowCounter, 2, ran)}
		}, 2, 2},
		"one that any statement changes": {func(ran *int) []member {
			return []member{adds("a", nil, ran), executing(`UPDATE counters SET value = 7`), sees(rowCounter, 7, ran)}
		}, 2, 7},
		"one that a query changes": {func(ran *int) []member {
			return []member{adds("a", nil, ran), func(ctx context.Context, tx *database.Tx) error {
				return tx.QueryRowContext(ctx, `UPDATE counters SET value = 7 WHERE name = 'a' RETURNING value`).Scan(new(int))
			}, sees(rowCounter, 7, ran)}
		}, 2, 7},
		"one that a prepared statement changes": {func(ran *int) []member {
			return []member{adds("a", nil, ran), func(ctx context.Context, tx *database.Tx) error {
				statement, err := tx.PrepareContext(ctx, `UPDATE counters SET value = 7 WHERE name = 'a'`)
				if err != nil {
					return err
				}
				defer func() { must(t, statement.Close()) }()
				again := sees(rowCounter, 2, ran)(ctx, tx)
				_, err = statement.ExecContext(ctx)
				return errors.Join(again, err, sees(rowCounter, 7, ran)(ctx, tx))
			}, sees(rowCounter, 7, ran)}
		}, 4, 7},
		"one that a gathered row is added to": {func(ran *int) []member {
			sums := func(want int64) member {
				return func(ctx context.Context, tx *database.Tx) error {
					*ran++
					sum, err := sumOfCounters(ctx, tx)
					if err == nil && sum != want {
						err = fmt.Errorf("it found %d, want %d", sum, want)
					}
					return err
				}
			}
			return []member{sums(2), func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertSoon(ctx, gatheredCounters, func(err error) error { return err }, "t", "c", int64(4))
			}, sums(6)}
		}, 2, 1},
		"one whose table is copied into": {func(ran *int) []member {
			return []member{sees(rowCounter, 1, ran), func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertAll(ctx, "counters", []string{"tenant", "name", "value"}, [][]any{{"t", "c", 4}})
			}, sees(rowCounter, 1, ran)}
		}, 2, 1},
		"another than was presumed": {func(ran *int) []member {
			return []member{adds("a", nil, ran), func(ctx context.Context, tx *database.Tx) error {
				return database.ChangeRow(tx, rowKey{"a"}, 0, 9, func() error { return setCounter(ctx, tx, "a", 0, 5) })
			}, sees(rowCounter, 5, ran)}
		}, 2, 5},
		"what was announced": {func(ran *int) []member {
			return repeated(2, func(ctx context.Context, tx *database.Tx) error {
				tx.Ahead(ctx, func(ctx context.Context) { _, _ = rowCounter("a", ran)(ctx, tx) })
				return sees(rowCounter, 1, ran)(ctx, tx)
			})
		}, 2, 1}, // the first member announces it, and reads it
	} {
		t.Run(name, func(t *testing.T) {
			db, ran := openOwned(t, database.PostgreSQL), 0
			db.KeepGroupsOpen()
			db.OneLane()
			exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 1), ('t', 'b', 1)`)
			groups := 0
			db.OnCommit(func(int) { groups++ })
			for _, err := range together(t, db, test.members(&ran)...) {
				if err != nil && !errors.Is(err, errRefused) {
					t.Error(err)
				}
			}
			if ran != test.reads || groups != 1 {
				t.Errorf("%d groups have read %d times, want %d", groups, ran, test.reads)
			}
			if got := int64(number(t, db, `SELECT value FROM counters WHERE name = 'a'`)); got != test.value {
				t.Errorf("a is %d, want %d", got, test.value)
			}
		})
	}
}

// TestGroupRowsEqualSerialExecution has random members read counters and change them, some of which are refused, by statements that stay unsent. Each finds what
// those before it that were not refused have left.
func TestGroupRowsEqualSerialExecution(t *testing.T) {
	db := openOwned(t, database.PostgreSQL)
	db.KeepGroupsOpen()
	db.OneLane()
	rapid.Check(t, func(r *rapid.T) {
		exec(t, db, `DELETE FROM counters`)
		exec(t, db, `INSERT INTO counters VALUES ('t', 'a', 0), ('t', 'b', 0), ('t', 'c', 0)`)
		model, ran := map[string]int64{}, 0
		var members []func(context.Context, *database.Tx) error
		for range rapid.IntRange(1, 150).Draw(r, "members") {
			changed, by := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "changed"), rapid.IntRange(1, 9).Draw(r, "by")
			ahead, whole := rapid.Bool().Draw(r, "ahead"), rapid.IntRange(0, 9).Draw(r, "whole") == 0
			var refusal error
			if rapid.IntRange(0, 9).Draw(r, "refused") == 0 {
				refusal = errRefused
			}
			want := maps.Clone(model)
			if refusal == nil {
				model[changed] += int64(by)
			}
			members = append(members, func(ctx context.Context, tx *database.Tx) error {
				if ahead {
					tx.Ahead(ctx, func(ctx context.Context) {
						if _, err := rowCounter(changed, &ran)(ctx, tx); err == nil {
							t.Error("an announced read has found something")
						}
					})
				}
				for name := range want {
					if got, err := rowCounter(name, &ran)(ctx, tx); err != nil || got != want[name] {
						return fmt.Errorf("%s is %d, want %d: %w", name, got, want[name], err)
					}
				}
				value, err := rowCounter(changed, &ran)(ctx, tx)
				set := setsLater
				if whole && refusal == nil {
					set = setCounter
				}
				return errors.Join(err, set(ctx, tx, changed, value, value+int64(by)), refusal)
			})
		}
		for _, err := range together(t, db, members...) {
			if err != nil && !errors.Is(err, errRefused) {
				t.Fatal(err)
			}
		}
		for name, want := range model {
			if got := int64(number(t, db, fmt.Sprintf(`SELECT value FROM counters WHERE name = '%s'`, name))); got != want {
				t.Fatalf("%s is %d, want %d", name, got, want)
			}
		}
	})
}

// TestRowsOfAGroupEndWithIt has another program change a row between two groups, and between a group that is undone and its members, which then run alone.
func TestRowsOfAGroupEndWithIt(t *testing.T) {
	programs, ran := openPrograms(t, 2), 0
	for _, db := range programs {
		db.KeepGroupsOpen()
		db.OneLane()
	}
	exec(t, programs[0], `INSERT INTO counters VALUES ('t', 'a', 1)`)
	must(t, errors.Join(together(t, programs[0], sees(rowCounter, 1, &ran))...))
	exec(t, programs[1], `UPDATE counters SET value = 2`)
	must(t, errors.Join(together(t, programs[0], sees(rowCounter, 2, &ran))...))
	changed := false
	must(t, errors.Join(together(t, programs[0], func(ctx context.Context, tx *database.Tx) error {
		value, err := rowCounter("a", &ran)(ctx, tx)
		if err == nil && !changed {
			changed = true
			err = programs[1].Write(ctx, executing(`UPDATE counters SET value = 8`))
		}
		return errors.Join(err, setsLater(ctx, tx, "a", value, value+1))
	})...))
	if got := number(t, programs[0], `SELECT value FROM counters`); got != 9 {
		t.Errorf("a is %d, want 9", got)
	}
}

// TestGroupWithATriggerReadsAgain checks that nothing is kept where a table may change without being named.
func TestGroupWithATriggerReadsAgain(t *testing.T) {
	url, ran := databasetest.Migrated(t, database.PostgreSQL, counters), 0
	before := databasetest.Open(t, url, counters)
	exec(t, before, `CREATE FUNCTION doubles() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE counters SET value = value * 2; RETURN NULL; END'`)
	exec(t, before, `CREATE TRIGGER doubles AFTER INSERT ON numbers FOR EACH ROW EXECUTE FUNCTION doubles()`)
	exec(t, before, `INSERT INTO counters VALUES ('t', 'a', 1)`)
	db := databasetest.Open(t, url, counters)
	db.CheckCached(nil) // which would read again
	db.KeepGroupsOpen()
	db.OneLane()
	must(t, errors.Join(together(t, db, sees(rowCounter, 1, &ran), func(ctx context.Context, tx *database.Tx) error { return insert(ctx, tx, 1) },
		sees(rowCounter, 2, &ran))...))
	if ran != 2 {
		t.Errorf("it was read %d times, want twice", ran)
	}
}
