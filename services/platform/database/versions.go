package database

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
)

// versions tells which tables of a SQLite store have changed since when. The connection that writes notes each statement before it runs,
// whatever it is. No other program writes to the store but the operator's, which migrates it.
type versions struct {
	// steps counts the beginnings and ends of changes.
	steps atomic.Uint64
	// every stands for all tables: what reshapes the schema changes it, and any statement that changes something while the tables are not known.
	every version
	// outside stands for all tables, too: another program, the operator's, changes it when it migrates the store.
	outside version

	mu sync.RWMutex
	// tables are the tables by name, nil while they are not known.
	tables map[string]*version
	// effects are those of the statements that have run, by their texts.
	effects map[string]*effect
	// applied are the migrations that were seen last.
	applied map[int64]bool
}

// version tells when a table was changed last: twice the number of the step, and one more while the change may not be committed.
type version struct{ atomic.Uint64 }

// unchangedSince reports whether a table is as it was at a step.
func (t *version) unchangedSince(step uint64) bool {
	last := t.Load()
	return last%2 == 0 && last/2 <= step
}

// begin notes that a statement may change a table from now on, end that it is committed or undone.
func (v *versions) begin(table *version) { table.Store(2*v.steps.Add(1) + 1) }
func (v *versions) end(table *version)   { table.Store(2 * v.steps.Add(1)) }

// effect is what a statement may do.
type effect struct {
	// names are the tables that it names, and those that stand for all.
	names []*version
	// changes are those that it may change.
	changes []*version
	// begins and ends tell that it begins or ends a transaction, reshapes that it may change the schema.
	begins, ends, reshapes bool
}

// manyEffects limits the texts: bulk statements have one for each number of rows.
const manyEffects = 1000

// effect returns what a statement may do, taking any table that it names for one that it changes, if it changes any. known is false while
// the tables are not known.
func (v *versions) effect(text string) (of *effect, known bool) {
	v.mu.RLock()
	of, known = v.effects[text], v.tables != nil
	v.mu.RUnlock()
	if of != nil {
		return of, known
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.effects) >= manyEffects || v.effects == nil {
		v.effects = map[string]*effect{}
	}
	of = v.effectOf(uncommented(text))
	v.effects[text] = of
	return of, v.tables != nil
}

func (v *versions) effectOf(text string) *effect {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	of := &effect{}
	for _, word := range words {
		if table := v.tables[word]; table != nil && !slices.Contains(of.names, table) {
			of.names = append(of.names, table)
		}
	}
	tables := of.names
	of.names = append(slices.Clip(tables), &v.every, &v.outside)
	if len(tables) == 0 {
		tables = []*version{&v.every}
	}
	words = append(words, "", "")
	if strings.Contains(strings.TrimRight(text, "; \t\r\n"), ";") {
		words[0] = "" // perhaps several statements
	}
	switch words[0] {
	case "select", "explain", "pragma", "savepoint", "release":
	case "begin":
		of.begins = true
	case "commit", "end":
		of.ends = true
	case "rollback":
		of.ends = words[1] != "to"
	case "insert", "replace", "update", "delete", "with":
		of.changes = tables
	default:
		of.changes, of.reshapes = []*version{&v.every}, true
	}
	return of
}

// learn reads which tables there are, unless they are known. They stay unknown while the schema may change.
func (v *versions) learn(ctx context.Context, db *DB) error {
	v.mu.RLock()
	known := v.tables != nil
	v.mu.RUnlock()
	if known {
		return nil
	}
	step := v.steps.Load()
	names, err := Select(ctx, db.reader, "table", func(row Row) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	}, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return fmt.Errorf("reading which tables there are: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.tables != nil || !v.every.unchangedSince(step) || !v.outside.unchangedSince(step) {
		return nil
	}
	v.tables, v.effects = map[string]*version{}, nil
	for _, name := range names {
		v.tables[strings.ToLower(name)] = &version{}
	}
	return nil
}

// forget has the tables read anew.
func (v *versions) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tables, v.effects = nil, nil
}

// saw notes which migrations the store has, and whether another program has migrated it since the last call.
func (v *versions) saw(applied map[int64]bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !maps.Equal(applied, v.applied) {
		v.applied, v.tables, v.effects = applied, nil, nil
		v.end(&v.outside)
	}
}

// changing is what a connection that writes has begun to change.
type changing struct {
	versions *versions // nil for one that only reads
	tables   []*version
	// open says that it has a transaction, reshaped that it has changed the schema.
	open, reshaped bool
}

// before notes a statement that is about to run.
func (c *changing) before(text string) *effect {
	if c.versions == nil {
		return nil
	}
	of, _ := c.versions.effect(text)
	for _, table := range of.changes {
		if !slices.Contains(c.tables, table) {
			c.versions.begin(table)
			c.tables = append(c.tables, table)
		}
	}
	c.reshaped = c.reshaped || of.reshapes
	c.open = c.open || of.begins
	return of
}

// after notes that a statement has run, or that it has failed.
func (c *changing) after(of *effect, err error) {
	if of != nil && (!c.open || of.ends && err == nil) {
		c.end()
	}
}

// end notes that no transaction is open any more.
func (c *changing) end() {
	c.open = false
	if c.reshaped {
		c.versions.forget()
		c.reshaped = false
	}
	for _, table := range c.tables {
		c.versions.end(table)
	}
	c.tables = c.tables[:0]
}
