package database

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// groupRows are what Cached has found in the transaction of a group on PostgreSQL, by their keys. As the transaction reads one snapshot, only its own
// statements can change that: a member finds without a statement what a member before has read or, by ChangeRow, changed. It is not kept beyond the group.
type groupRows struct {
	of   *cache
	rows map[any]groupRow
	// bytes is how much memory the rows have taken.
	bytes int
	// closed says that nothing is kept: the transaction has prepared a statement that is not seen to run.
	closed bool
}

// groupRow is what was read of some tables.
type groupRow struct {
	value  any
	tables []string
	// alone says that it was found by CachedRow.
	alone bool
}

// groupBytes limits the memory of a group's rows.
const groupBytes = 1 << 20

// foundInGroup is cached for a member of a group on PostgreSQL.
func foundInGroup[K comparable, V any](tx *Tx, key K, alone bool, read func() (V, error)) (V, error) {
	found, known := tx.rows.rows[key]
	if tx.announcing && known {
		var nothing V
		return nothing, sql.ErrNoRows // as while it is announced
	}
	if !tx.announcing {
		tx.rows.of.db.looked(known)
	}
	if known && tx.rows.of.wrong == nil {
		return found.value.(V), nil
	}
	value, statements, err := readNoting(tx, read)
	switch {
	case known && (errors.Is(err, sql.ErrNoRows) || err == nil && any(value) != found.value):
		tx.rows.of.wrong(errors.Join(fmt.Errorf("%T %v was read before in the group as %v, and is %v", key, key, found.value, value), err))
	case err == nil: // nothing is found while reads announce themselves
		tx.rows.keep(key, value, alone, statements)
	}
	return value, err
}

// keep keeps what statements have found.
func (r *groupRows) keep(key, value any, alone bool, statements []string) {
	row := groupRow{value: value, alone: alone}
	for _, text := range statements {
		of, known := r.of.versions.effect(text)
		if !known || !of.namesTables() {
			return
		}
		for _, table := range of.names {
			row.tables = append(row.tables, table.name)
		}
	}
	if len(statements) > 0 {
		r.put(key, row)
	}
}

// changed notes that a statement changes a table, or only the row of a ChangeRow in it.
func (r *groupRows) changed(table string, row bool) {
	for key, read := range r.rows {
		if (!row || !read.alone) && slices.Contains(read.tables, table) {
			delete(r.rows, key)
		}
	}
}

// change is ChangeRow for a member of a group on PostgreSQL.
func (r *groupRows) change(key, before, after any, do func() error) error {
	row, known := r.rows[key]
	delete(r.rows, key)
	if err := do(); err != nil {
		return err
	}
	if known && row.value == before {
		row.value = after
		r.put(key, row)
	}
	return nil
}

func (r *groupRows) put(key any, row groupRow) {
	bytes := bytesOf(key, row.value)
	if r.closed || bytes > largestCached {
		return
	}
	if r.bytes += bytes; r.rows == nil || r.bytes > groupBytes {
		r.rows, r.bytes = map[any]groupRow{}, bytes
	}
	r.rows[key] = row
}
