package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Cached returns what read finds by its statements, or what it found before for an equal key if no table that they name has changed since.
// It always reads in transactions of Read, which see a state of the past, on SQLite unless Own has succeeded, and on PostgreSQL in all but ReadOne; see
// invalidation.go. Nothing but the key and the store may decide what read finds, no other read may use the type of the key, and what is found has no
// pointers, slices or maps, as all who ask get the same. It serves for rows that are read often and seldom change: their table must be still, as any
// change of it counts.
func Cached[K comparable, V any](tx *Tx, key K, read func() (V, error)) (V, error) {
	return cached(tx, key, false, read)
}

// CachedRow is like Cached for a row that ChangeRow changes: changes of other rows by ChangeRow do not count. All rows of a table that are changed so have
// keys of one type, and one key each.
func CachedRow[K comparable, V any](tx *Tx, key K, read func() (V, error)) (V, error) {
	return cached(tx, key, true, read)
}

func cached[K comparable, V any](tx *Tx, key K, alone bool, read func() (V, error)) (V, error) {
	switch _, nested := tx.Statements.(*noting); {
	case nested:
		return read()
	case tx.rows != nil:
		return foundInGroup(tx, key, alone, read)
	case tx.cache == nil:
		return read()
	}
	found, ok, changing := tx.found(key)
	tx.cache.db.looked(ok)
	switch only, single := tx.Statements.(*one); {
	case ok && single && tx.cache.invalidation != nil && tx.cache.wrong != nil:
		return confirmed(tx, key, found, only, read)
	case ok && single && only.enter() != nil:
		return read() // it is the second statement
	case ok && single:
		only.found, only.rests = true, found.rests
		return found.value.(V), nil
	case ok && tx.changing != nil && tx.cache.wrong != nil:
		return confirmed(tx, key, found, nil, read)
	case ok:
		return found.value.(V), nil
	case changing && (!alone || tx.changing == nil):
		return read()
	}
	step, began := tx.cache.versions.steps.Load(), time.Now()
	value, statements, err := readNoting(tx, read)
	if err != nil {
		return value, err
	}
	row, may := tx.cache.row(key, value, alone, step, began, statements)
	row.rests = tx.cache.db.log.last()
	switch {
	case !may:
	case row.holds():
		tx.cache.keep(key, row)
	case alone && tx.changing != nil:
		tx.changing.keep(key, row)
	}
	return value, nil
}

// readNoting returns what read finds, and the statements by which it does.
func readNoting[V any](tx *Tx, read func() (V, error)) (value V, statements []string, err error) {
	within := &noting{Statements: tx.Statements}
	tx.Statements = within
	value, err = read()
	tx.Statements = within.Statements
	return value, within.texts, err
}

// confirmed reads again what was found in memory, and tells if it is not as it is stored. Beside readers, only is theirs: what they have found may have been
// changed since, but then it no longer holds.
func confirmed[K comparable, V any](tx *Tx, key K, found cachedRow, only *one, read func() (V, error)) (V, error) {
	stored, err := read()
	if !errors.Is(err, sql.ErrNoRows) && (err != nil || any(stored) == found.value) {
		return stored, err
	}
	if only == nil || tx.cache.invalidation.await(only.ctx) == nil && found.holds() {
		tx.cache.wrong(fmt.Errorf("%T %v was found in memory as %v, and is %v in the store", key, key, found.value, stored))
	}
	return stored, err
}

// ChangeRow runs do, whose statements change what CachedRow finds for a key from before to after, and nothing of what it finds for other keys, in this store
// or another. CachedRow then finds after without reading, if before is what it knew.
func ChangeRow[K, V comparable](tx *Tx, key K, before, after V, do func() error) error {
	if tx.Engine == PostgreSQL {
		tx.nameRow(func(of *versions) string { return of.namedBy(key) })
		defer tx.nameRow(func(*versions) string { return "" })
	}
	if tx.rows != nil {
		return tx.rows.change(key, before, after, do)
	}
	if tx.cache == nil || tx.changing == nil {
		return do()
	}
	row, known, _ := tx.found(key)
	tx.changing.row = tx.cache.versions.row(key)
	defer func() { tx.changing.row = nil }()
	delete(tx.changing.rows, key)
	if err := do(); err != nil {
		return err
	}
	if known && row.value == any(before) {
		row.value, row.bytes = after, bytesOf(key, after)
		tx.changing.keep(key, row)
	}
	return nil
}

// found returns what is known of a key, as the transaction sees it, and otherwise whether it is known to change at present.
func (tx *Tx) found(key any) (found cachedRow, ok, changing bool) {
	if tx.changing != nil {
		if found, ok = tx.changing.rows[key]; ok {
			return found, true, false
		}
	}
	if tx.cache.invalidation == nil {
		return tx.cache.find(key)
	}
	only, single := tx.Statements.(*one)
	if !single || !tx.cache.has(key) || tx.cache.invalidation.await(only.ctx) != nil {
		return cachedRow{}, false, false
	}
	if found, ok, changing = tx.cache.find(key); !ok {
		tx.cache.rest(key)
	}
	return found, ok, changing
}

// nameRow sets which row the statements of a transaction on PostgreSQL change: "" for any. It fails only if the connection is lost.
func (tx *Tx) nameRow(name func(*versions) string) {
	_ = tx.connection.Raw(func(own any) error {
		if c, ok := own.(*postgres); ok {
			c.touched.row = name(c.versions)
		}
		return nil
	})
}

// keep keeps a row as the group has left it.
func (c *changing) keep(key any, row cachedRow) {
	if row.bytes > largestCached {
		return
	}
	if c.rows == nil || len(c.rows) >= groupMembers { // else one with many would keep them all
		c.rows = map[any]cachedRow{}
	}
	c.rows[key] = row
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
	// invalidation has the versions follow other programs on PostgreSQL, nil on SQLite.
	invalidation *invalidation
	// wrong is nil, or what CheckCached was given.
	wrong func(error)

	mu sync.Mutex
	// young are those that were kept or found last. When they take half of the memory, they are the old ones, and the old ones are dropped.
	young, old map[any]cachedRow
	bytes      int
}

// cachedRow is what was read at a step, and of what.
type cachedRow struct {
	value any
	step  uint64
	of    []*version
	bytes int
	// until is when it has to be read again, zero on SQLite. resting says that nothing may be kept for the key until then.
	until   time.Time
	resting bool
	// rests is the number of a commit on which it rests, with those before it. What is committed later has not changed it.
	rests uint64
}

func newCache(db *DB, versions *versions) *cache {
	return &cache{db: db, versions: versions, young: map[any]cachedRow{}}
}

// find returns what is kept for a key if it still holds, and otherwise whether it is known to change at present.
func (c *cache) find(key any) (found cachedRow, ok, changing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, young := c.young[key]
	if !young {
		if found, ok = c.old[key]; !ok {
			return cachedRow{}, false, false
		}
	}
	if !found.holds() {
		return cachedRow{}, false, found.changing()
	}
	if !young {
		c.put(key, found)
	}
	return found, true, false
}

// has reports whether a row is kept for a key that holds as far as is known.
func (c *cache) has(key any) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.young[key]
	if !ok {
		row, ok = c.old[key]
	}
	return ok && row.holds()
}

// rest has a key not be kept for a while.
func (c *cache) rest(key any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, cachedRow{resting: true, bytes: bytesOf(key, ""), until: time.Now().Add(c.invalidation.rest)})
}

// CheckCached has rows of SQLite cached though the store is not owned, and those of both engines read again where a transaction on PostgreSQL, or one on SQLite
// that writes, finds them. wrong is called for each that is not as it is stored. Tests call it before the first transaction.
func (db *DB) CheckCached(wrong func(error)) {
	if db.engine == SQLite {
		db.cache = newCache(db, db.versions)
	}
	db.cache.wrong = wrong
}

// row returns what statements found that began after a step, at a time; may is false if it may not be kept. alone says that it changes by ChangeRow.
func (c *cache) row(key, value any, alone bool, step uint64, began time.Time, statements []string) (row cachedRow, may bool) {
	row = cachedRow{value: value, step: step, bytes: bytesOf(key, value)}
	if c.invalidation != nil {
		row.until = began.Add(c.invalidation.kept)
	}
	for _, text := range statements {
		of, known := c.versions.effect(text)
		if !known || !of.namesTables() {
			return row, false
		}
		for _, named := range of.names {
			if alone {
				row.of = append(row.of, &named.more)
			} else {
				row.of = append(row.of, &named.any)
			}
		}
	}
	if alone {
		row.of = append(row.of, c.versions.row(key))
	}
	return row, len(statements) > 0 && row.bytes <= largestCached
}

// keep keeps a row.
func (c *cache) keep(key any, row cachedRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if present := c.young[key]; present.resting && !present.isDue() {
		return
	}
	c.put(key, row)
}

// keepGroup keeps the rows of a group, which has a commit.
func (c *cache) keepGroup(of *changing, commit uint64) {
	if c == nil || of == nil || len(of.rows) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, row := range of.rows {
		row.rests = commit
		c.put(key, row)
	}
	clear(of.rows)
}

// bytesOf returns about how much memory a row takes.
func bytesOf(key, value any) int {
	return cachedOwn + weight(reflect.ValueOf(value)) + weight(reflect.ValueOf(key))
}

// holds reports whether nothing has changed what was read.
func (r *cachedRow) holds() bool {
	if r.resting || r.isDue() {
		return false
	}
	for _, one := range r.of {
		if !one.unchangedSince(r.step) {
			return false
		}
	}
	return true
}

// isDue reports whether the row has to be read again in any case.
func (r *cachedRow) isDue() bool { return !r.until.IsZero() && time.Now().After(r.until) }

// changing reports whether a transaction may be changing what was read.
func (r *cachedRow) changing() bool {
	return slices.ContainsFunc(r.of, (*version).isChanging)
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
