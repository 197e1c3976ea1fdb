package database

import (
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
)

// versions tells which tables of a store have changed since when. On SQLite, the connection that writes notes each statement before it runs,
// whatever it is. Another program should only migrate the store, at the operator's command: this one notices that within a second (see saw), and
// any other change when it next begins to write. On PostgreSQL, they follow what all programs tell; see invalidation.go.
type versions struct {
	// shared says that other programs write to the store, so that the numbers of rows have to be the same in all.
	shared bool
	// steps counts the beginnings and ends of changes.
	steps atomic.Uint64
	// every stands for all tables: what reshapes the schema changes it, and any statement that changes something while the tables are not known.
	every watched
	// outside stands for all tables, too: what another program may have changed.
	outside watched
	// rows are those that ChangeRow changes, by the hash of their keys. kinds has the kinds of keys that this program has, if the store is shared, and kindsOf those of types.
	rows [1024]version
	// untold says that the store has no changed_rows yet.
	untold         atomic.Bool
	kinds, kindsOf sync.Map

	mu sync.RWMutex
	// tables are the tables by name, nil while they are not known. They stay nil if hidden: then a table may change without being named, by a trigger
	// or as a view.
	tables map[string]*watched
	hidden bool
	// effects are those of the statements that have run, by their texts.
	effects map[string]*effect
	// applied are the migrations that were seen last.
	applied map[int64]bool
}

// watched tells when a table was changed last: any of it, and more of it than the row of a ChangeRow.
type watched struct {
	name      string
	any, more version
}

func newVersions() *versions {
	v := &versions{}
	v.every.name = everything
	return v
}

// version tells when something was changed last: twice the number of the step, and one more while the change may not be committed.
type version struct{ atomic.Uint64 }

// unchangedSince reports whether it is as it was at a step.
func (one *version) unchangedSince(step uint64) bool {
	last := one.Load()
	return last%2 == 0 && last/2 <= step
}

// isChanging reports whether a transaction may be changing it.
func (one *version) isChanging() bool { return one.Load()%2 != 0 }

// begin notes that a statement may change something from now on. end notes that it is committed or undone, and returns the step.
func (v *versions) begin(one *version) { one.Store(2*v.steps.Add(1) + 1) }
func (v *versions) end(one *version) (step uint64) {
	step = v.steps.Add(1)
	one.Store(2 * step)
	return step
}

// row returns the version of a row, which it may share with others.
func (v *versions) row(key any) *version {
	if v.shared {
		_, number := v.placeOf(key)
		return &v.rows[number]
	}
	return &v.rows[maphash.Comparable(rowSeed, key)%uint64(len(v.rows))]
}

var rowSeed = maphash.MakeSeed()

// placeOf returns the number of a row's version, which all programs compute alike for keys of one kind: a type with its fields, and a number of rows. So a type
// of keys, once it has served, must not come to spell the same row otherwise.
func (v *versions) placeOf(key any) (kind string, number uint64) {
	of := reflect.TypeOf(key)
	if known, ok := v.kindsOf.Load(of); ok {
		kind, _ = known.(string)
	} else {
		kind = strconv.FormatUint(printedHash([2]any{len(v.rows), reflect.Zero(of).Interface()}), 36)
		v.kindsOf.Store(of, kind)
		v.kinds.Store(kind, of)
	}
	return kind, printedHash(key) % uint64(len(v.rows))
}

func printedHash(value any) uint64 {
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%#v", value) // a hash never returns an error
	return hash.Sum64()
}

// namedBy returns how another program knows the row of a key.
func (v *versions) namedBy(key any) string {
	kind, number := v.placeOf(key)
	return kind + ":" + strconv.FormatUint(number, 10)
}

// named returns the version of a row by its name, if this program has keys of that kind.
func (v *versions) named(row string) (one *version, known bool) {
	kind, text, _ := strings.Cut(row, ":")
	number, err := strconv.Atoi(text)
	if _, known = v.kinds.Load(kind); !known || err != nil || number < 0 || number >= len(v.rows) {
		return nil, false
	}
	return &v.rows[number], true
}

// effect is what a statement may do.
type effect struct {
	// names are the tables that it names, and those that stand for all.
	names []*watched
	// changes are those that it may change.
	changes []*watched
	// begins and ends tell that it begins or ends a transaction, reshapes that it may change the schema.
	begins, ends, reshapes bool
}

// namesTables reports whether a statement names a table, besides those that stand for all.
func (e *effect) namesTables() bool { return len(e.names) > 2 }

// manyEffects limits the texts: bulk statements have one for each number of rows.
const manyEffects = 256

// versionsOf returns the versions of a file. What this program opens twice is noted in one place.
func versionsOf(path string) *versions {
	of, _ := opened.LoadOrStore(path, newVersions())
	return of.(*versions)
}

var opened sync.Map

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
		if named := v.tables[word]; named != nil && !slices.Contains(of.names, named) {
			of.names = append(of.names, named)
		}
	}
	tables := of.names
	of.names = append(slices.Clip(tables), &v.every, &v.outside)
	if len(tables) == 0 {
		tables = []*watched{&v.every}
	}
	words = append(words, "", "")
	if strings.Contains(strings.TrimRight(text, "; \t\r\n"), ";") {
		words[0] = "" // perhaps several statements
	}
	switch words[0] {
	case "select", "explain", "pragma", "release", "set", "lock":
	case "begin", "savepoint":
		of.begins = true
	case "commit", "end":
		of.ends = true
	case "rollback":
		of.ends = words[1] == "" // not to a savepoint
	case "insert", "replace", "update", "delete", "with":
		of.changes = tables
	default:
		of.changes, of.reshapes = []*watched{&v.every}, true
	}
	return of
}

// learn notes the schema, which is no longer as it was.
func (v *versions) learn(schema []object) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.note(schema)
}

// learnAsOf is learn if no other program may have changed the store since outside was as it is given.
func (v *versions) learnAsOf(schema []object, outside uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.outside.any.Load() == outside {
		v.note(schema)
	}
}

func (v *versions) note(schema []object) {
	v.tables, v.effects, v.hidden = map[string]*watched{}, nil, false
	for _, one := range schema {
		switch one.kind {
		case "table":
			name := strings.ToLower(one.name)
			v.tables[name] = &watched{name: name}
		case "trigger", "view":
			v.tables, v.hidden = nil, true
			return
		}
	}
}

// knowsSchema reports whether the schema was read since it has changed.
func (v *versions) knowsSchema() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.tables != nil || v.hidden
}

// forget has nothing kept until the schema is read again.
func (v *versions) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tables, v.effects, v.hidden = nil, nil, false
}

// object is a part of a schema.
type object struct{ kind, name string }

// changedOutside notes that another program may have changed the store.
func (v *versions) changedOutside() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.begin(&v.outside.any) // a group that ends meanwhile sees it
	v.begin(&v.outside.more)
	v.tables, v.effects, v.hidden = nil, nil, false
	v.end(&v.outside.any)
	v.end(&v.outside.more)
}

// saw notes which migrations the store has. If they are others than at the last call, another program has changed the store.
func (v *versions) saw(applied map[int64]bool) {
	v.mu.Lock()
	changed := !maps.Equal(applied, v.applied)
	v.applied = applied
	v.mu.Unlock()
	v.untold.Store(!applied[changedRowsMigration])
	if changed {
		v.changedOutside()
	}
}

// changing is what a connection that writes has begun to change.
type changing struct {
	versions *versions // nil for one that only reads
	// schema reads the schema of the store.
	schema func() ([]object, error)
	begun  []*version
	// open says that it has a transaction, reshaped that it has changed the schema.
	open, reshaped bool
	// row is the only one that statements change, or nil: see ChangeRow.
	row *version
	// rows are those of CachedRow as the group that is open has left or read them, by their keys.
	rows map[any]cachedRow
	// since is the step at which the group has seen what other programs have changed.
	since uint64
}

// before notes a statement that is about to run.
func (c *changing) before(text string) *effect {
	if c.versions == nil {
		return nil
	}
	of, _ := c.versions.effect(text)
	for _, one := range of.changes {
		c.begin(&one.any)
		if c.row == nil {
			c.begin(&one.more)
			c.forget(&one.more)
		}
	}
	if c.row != nil && len(of.changes) > 0 {
		c.begin(c.row)
	}
	c.reshaped = c.reshaped || of.reshapes
	c.open = c.open || of.begins
	return of
}

func (c *changing) begin(one *version) {
	if !slices.Contains(c.begun, one) {
		c.versions.begin(one)
		c.begun = append(c.begun, one)
	}
}

// forget forgets the rows of the group that were read of a table.
func (c *changing) forget(of *version) {
	for key, row := range c.rows {
		if slices.Contains(row.of, of) {
			delete(c.rows, key)
		}
	}
}

// after notes that a statement has run, or that it has failed.
func (c *changing) after(of *effect, err error) {
	if of != nil && (!c.open || of.ends && err == nil) {
		c.end()
	}
}

// end notes that no transaction is open any more. The rows of the group are as they are in the store since its last step.
func (c *changing) end() {
	c.open = false
	if c.reshaped {
		clear(c.rows) // they are of tables as they were known before
		c.learn()
		c.reshaped = false
	}
	var step uint64
	for _, one := range c.begun {
		step = c.versions.end(one)
	}
	c.begun = c.begun[:0]
	if c.versions != nil && !c.versions.outside.more.unchangedSince(c.since) {
		clear(c.rows) // they are of tables as they were known before
	}
	for key, row := range c.rows {
		row.step = step
		c.rows[key] = row
	}
}

// learn reads the schema. If it cannot, nothing is kept until it can.
func (c *changing) learn() {
	schema, err := c.schema()
	if err != nil {
		c.versions.forget()
		return
	}
	c.versions.learn(schema)
}
