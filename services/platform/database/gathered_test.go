package database_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
)

var entryColumns = []string{"tenant", "at", "actor", "resource", "resource_type", "kind", "state"}

var soon = database.NewRows("change_feed", entryColumns...)

// entry returns the values of an entry of a resource.
func entry(resource string) []any {
	return []any{"t", int64(1), "a", resource, "Thing", "CREATED", []byte("s")}
}

func addSoon(ctx context.Context, tx *database.Tx, resource string) error {
	return tx.InsertSoon(ctx, soon, plain, entry(resource)...)
}

// entries returns the resources of all entries in their order.
func entries(ctx context.Context, tx *database.Tx) ([]string, error) {
	return database.Select(ctx, tx, "entry", func(row database.Row) (resource string, err error) {
		return resource, row.Scan(&resource)
	}, `SELECT resource FROM change_feed WHERE tenant = $1 ORDER BY seq`, "t")
}

// TestRowsOfAGroupAreThoseOfMembersThatAreKept runs random members that arrive together, of which some are undone. Each adds entries, soon, at once
// or by a prepared statement, and finds those of the members before it with its own whenever it reads.
func TestRowsOfAGroupAreThoseOfMembersThatAreKept(t *testing.T) {
	onEachGrouped(t, func(t *testing.T, db *database.DB, _ *[]int) {
		rapid.Check(t, func(r *rapid.T) {
			exec(t, db, `DELETE FROM change_feed`)
			var kept []string
			var members []func(context.Context, *database.Tx) error
			for m, steps := range rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(
				strings.Fields("soon soon soon many read insert prepare refuse panic other")), 0, 6), 1, 12).Draw(r, "members") {
				undone := slices.ContainsFunc(steps, func(step string) bool { return step == "refuse" || step == "panic" })
				for s, step := range steps {
					if db.Engine() == database.PostgreSQL && undone && step != "refuse" && step != "panic" {
						steps[s] = "soon" // a member that has sent a change makes all run again, in any order
					}
				}
				members = append(members, func(ctx context.Context, tx *database.Tx) error {
					own := slices.Clone(kept)
					for s, step := range steps {
						if err := take(ctx, tx, step, fmt.Sprintf("%d.%d", m, s), &own); err != nil {
							return err
						}
					}
					kept = own
					return nil
				})
			}
			for m, err := range together(t, db, members...) {
				if err != nil && !errors.Is(err, errRefused) {
					r.Errorf("member %d: %v", m, err)
				}
			}
			if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				got, err := entries(ctx, tx)
				if !slices.Equal(got, kept) {
					r.Errorf("got %v, want %v", got, kept)
				}
				return err
			}); err != nil {
				r.Error(err)
			}
		})
	})
}

// take takes a step of a member. want are the entries that it must see.
func take(ctx context.Context, tx *database.Tx, step, name string, want *[]string) error {
	add := func(name string) string { *want = append(*want, name); return name }
	switch step {
	case "soon":
		return addSoon(ctx, tx, add(name))
	case "many":
		for n := range 150 {
			if err := addSoon(ctx, tx, add(fmt.Sprint(name, ".", n))); err != nil {
				return err
			}
		}
	case "read":
		got, err := entries(ctx, tx)
		if err == nil && !slices.Equal(got, *want) {
			err = fmt.Errorf("%s reads %v, want %v", name, got, *want)
		}
		return err
	case "insert":
		return tx.InsertAll(ctx, "change_feed", entryColumns, [][]any{entry(add(name))})
	case "prepare":
		prepared, err := tx.PrepareContext(ctx, `INSERT INTO change_feed (`+strings.Join(entryColumns, ", ")+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
		if err != nil {
			return err
		}
		defer func() { _ = prepared.Close() }() // the transaction ends it too
		if err := addSoon(ctx, tx, add(name+"first")); err != nil {
			return err
		}
		_, err = prepared.ExecContext(ctx, entry(add(name))...)
		return err
	case "other":
		_, err := tx.ExecContext(ctx, `UPDATE counters SET value = value + 1`)
		return err
	case "refuse":
		return errRefused
	case "panic":
		panic(errRefused)
	}
	return nil
}

// TestRowThatCannotBeWrittenFailsAlone has a member add a row that the table refuses.
func TestRowThatCannotBeWrittenFailsAlone(t *testing.T) {
	onEachGrouped(t, func(t *testing.T, db *database.DB, _ *[]int) {
		explained := errors.New("explained")
		add := func(resource any) func(context.Context, *database.Tx) error {
			return func(ctx context.Context, tx *database.Tx) error {
				values := entry("")
				values[3] = resource
				return tx.InsertSoon(ctx, soon, func(err error) error { return fmt.Errorf("%w: %w", explained, err) }, values...)
			}
		}
		read := func(ctx context.Context, tx *database.Tx) error {
			_, err := entries(ctx, tx)
			return err
		}
		errs := together(t, db, add("1"), add(nil), add("2"), read, add("3"))
		if !errors.Is(errs[1], explained) {
			t.Errorf("got %v", errs[1])
		}
		errs[1] = nil
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		if got := number(t, db, `SELECT count(*) FROM change_feed`); got != 3 {
			t.Errorf("%d entries are kept, want 3", got)
		}
	})
}

// TestFullStoreFailsEntriesThatDoNotFit fills the store when the entries of a group are written.
func TestFullStoreFailsEntriesThatDoNotFit(t *testing.T) {
	db, _ := openGrouped(t)
	pages := number(t, db, `SELECT page_count FROM pragma_page_count`)
	exec(t, db, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+8))
	add := func(name string, size int) func(context.Context, *database.Tx) error {
		return func(ctx context.Context, tx *database.Tx) error {
			values := entry(name)
			values[6] = make([]byte, size)
			return tx.InsertSoon(ctx, soon, plain, values...)
		}
	}
	errs := together(t, db, add("1", 10), add("2", 100_000), add("3", 10))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	if got := number(t, db, `SELECT count(*) FROM change_feed`); got != 2 {
		t.Errorf("%d entries are kept, want 2", got)
	}
}

// TestRefusedMembersLeaveTheRowsOfOthers has a member fail after what it announced, deferred or read has had gathered rows made statements.
func TestRefusedMembersLeaveTheRowsOfOthers(t *testing.T) {
	const read = `SELECT count(*) FROM change_feed WHERE tenant = $1`
	announces := func(ctx context.Context, tx *database.Tx) {
		tx.Ahead(ctx, func(ctx context.Context) { _ = tx.QueryRowContext(ctx, read, "t").Scan(new(int)) })
	}
	for name, refused := range map[string]func(context.Context, *database.Tx) error{
		"deferred": func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.Later(plain).ExecContext(ctx, `UPDATE change_feed SET actor = $1`, "b")
			return errors.Join(err, errRefused)
		},
		"announced": func(ctx context.Context, tx *database.Tx) error {
			announces(ctx, tx)
			return errRefused
		},
		"added and announced": func(ctx context.Context, tx *database.Tx) error {
			err := addSoon(ctx, tx, "refused")
			announces(ctx, tx)
			return errors.Join(err, errRefused)
		},
		"read between": func(ctx context.Context, tx *database.Tx) error {
			var before, after int
			err := tx.QueryRowContext(ctx, read, "t").Scan(&before)
			err = errors.Join(err, addSoon(ctx, tx, "refused"), tx.QueryRowContext(ctx, read, "t").Scan(&after))
			if after != before+1 {
				t.Errorf("%d entries, and %d after one was added", before, after)
			}
			return errors.Join(err, errRefused)
		},
		"each": func(ctx context.Context, tx *database.Tx) error {
			seen := int64(0)
			err := errors.Join(addSoon(ctx, tx, "refused"),
				tx.Each(ctx, read, []any{"t"}, func(row *database.Values) error { seen = row.Number(0); return nil }))
			if seen < 1 {
				t.Error("an entry that was added is not read")
			}
			return errors.Join(err, errRefused)
		},
		"left": func(ctx context.Context, tx *database.Tx) error {
			ended, leave := context.WithCancel(ctx)
			leave()
			return errors.Join(addSoon(ended, tx, "refused"), errRefused)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachGrouped(t, func(t *testing.T, db *database.DB, _ *[]int) {
				add := func(name string) func(context.Context, *database.Tx) error {
					return func(ctx context.Context, tx *database.Tx) error { return addSoon(ctx, tx, name) }
				}
				errs := together(t, db, add("1"), add("2"), refused, add("3"))
				if others := errors.Join(errs[0], errs[1], errs[3]); others != nil || !errors.Is(errs[2], errRefused) {
					t.Errorf("got %v", errs)
				}
				var got []string
				must(t, db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
					got, err = entries(ctx, tx)
					return err
				}))
				if slices.Sort(got); !slices.Equal(got, []string{"1", "2", "3"}) {
					t.Errorf("got %v", got)
				}
			})
		})
	}
}

// TestCachedSeesGatheredRows checks that a row in memory does not hide one that is not written yet.
func TestCachedSeesGatheredRows(t *testing.T) {
	db := openOwned(t, database.SQLite)
	const read statement = `SELECT count(*) FROM change_feed`
	ran := 0
	if got := finds(t, db, &ran, read); got != 0 {
		t.Fatalf("got %d", got)
	}
	must(t, db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		if err := addSoon(ctx, tx, "1"); err != nil {
			return err
		}
		got, err := database.Cached(tx, read, func() (n int64, err error) {
			err = tx.QueryRowContext(ctx, string(read)).Scan(&n)
			return n, err
		})
		if err == nil && got != 1 {
			t.Errorf("got %d, want 1", got)
		}
		return err
	}))
}
