package database

import (
	"context"
	"database/sql"
	"reflect"
	"slices"
	"sync"
)

// Cached returns what read finds by its statements, or what it found before for an equal key if no table that they name has changed since.
// It reads always where another program may write: on PostgreSQL, and unless Own has succeeded; and in transactions of Read, which see a state of
// the past. Nothing but the key and the store may decide what read finds, no other read may use the type of the key, and what is found has no
// pointers, slices or maps, as all who ask get the same. It serves for rows that are read often and seldom change: their table must be still, as any
// change of it counts.
func Cached[K comparable, V any](tx *Tx, key K, read func() (V, error)) (V, error) {
	if _, nested := tx.Statements.(*noting); nested || tx.cache == nil {
		return read()
	}
	found, ok, changing := tx.cache.find(key)
	tx.cache.db.looked(ok)
	switch only, single := tx.Statements.(*one); {
	case ok && single && only.enter() != nil:
		return read() // it is the second statement
	case ok:
		return found.(V), nil
	case changing:
		return read()
	}
	step := tx.cache.versions.steps.Load()
	noted := &noting{Statements: tx.Statements}
	tx.Statements = noted
	value, err := read()
	tx.Statements = noted.Statements
	if err == nil {
		tx.cache.keep(step, key, value, noted.texts)
	}
	return value, err
}

// cacheBytes is about how much memory the rows of a store may take, and largestCached the most that those of a key may.
const (
	cacheBytes    = 8 << 20
	largestCached = 32 << 10
	cachedOwn     = 256 // of a key, and what holds it
)

// cache has rows of a store, by their keys.
type cache struct {
	db       *DB
	versions *versions

	mu sync.Mutex
	// young are those that were kept or found last. When they take half of the memory, they are the old ones, and the old ones are dropped.
	young, old map[any]cachedRow
	bytes      int
}

// cachedRow is what was read at a step, of tables.
type cachedRow struct {
	value  any
	step   uint64
	tables []*version
	bytes  int
}

func newCache(db *DB, versions *versions) *cache {
	return &cache{db: db, versions: versions, young: map[any]cachedRow{}}
}

// find returns what is kept for a key if it still holds, and otherwise whether it is known to change at present.
func (c *cache) find(key any) (value any, ok, changing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, young := c.young[key]
	if !young {
		if found, ok = c.old[key]; !ok {
			return nil, false, false
		}
	}
	if !found.holds() {
		return nil, false, found.changing()
	}
	if !young {
		c.put(key, found)
	}
	return found.value, true, false
}

// keep keeps what statements found that began after a step, unless it has changed since.
func (c *cache) keep(step uint64, key, value any, statements []string) {
	row := cachedRow{value: value, step: step}
	for _, text := range statements {
		of, known := c.versions.effect(text)
		if !known || !of.namesTables() {
			return
		}
		row.tables = append(row.tables, of.names...)
	}
	row.bytes = cachedOwn + weight(reflect.ValueOf(value)) + weight(reflect.ValueOf(key))
	if len(statements) == 0 || row.bytes > largestCached || !row.holds() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, row)
}

// holds reports whether nothing has changed what was read.
func (r *cachedRow) holds() bool {
	for _, table := range r.tables {
		if !table.unchangedSince(r.step) {
			return false
		}
	}
	return true
}

// changing reports whether a transaction may be changing what was read.
func (r *cachedRow) changing() bool {
	return slices.ContainsFunc(r.tables, (*version).isChanging)
}

func (c *cache) put(key any, row cachedRow) {
	if c.bytes+row.bytes > cacheBytes/2 {
		c.old, c.young, c.bytes = c.young, map[any]cachedRow{}, 0
	}
	c.bytes += row.bytes - c.young[key].bytes
	c.young[key] = row
}

// weight returns the memory of a row besides what holds it: too much if it is not all values that nobody can change.
func weight(value reflect.Value) (bytes int) {
	switch value.Kind() {
	case reflect.String:
		return int(value.Type().Size()) + value.Len()
	case reflect.Struct:
		for i := range value.NumField() {
			bytes += weight(value.Field(i))
		}
		return bytes
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return largestCached + 1
	default:
		return int(value.Type().Size())
	}
}

// noting notes the texts of queries.
type noting struct {
	Statements
	texts []string
}

// QueryContext runs a query.
func (n *noting) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	n.texts = append(n.texts, query)
	return n.Statements.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a query for one row.
func (n *noting) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	n.texts = append(n.texts, query)
	return n.Statements.QueryRowContext(ctx, query, args...)
}
