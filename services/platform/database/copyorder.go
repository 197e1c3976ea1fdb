package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// postgresReferences has each table that refers to another.
const postgresReferences = `SELECT DISTINCT f.relname, t.relname FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
		WHERE c.contype = 'f' AND f.oid <> t.oid AND c.connamespace = current_schema()::regnamespace`

// afterReferences orders tables so that each comes after those that it refers to.
func (tx *Tx) afterReferences(ctx context.Context, tables []table) (ordered []table, err error) {
	rows, err := tx.QueryContext(ctx, postgresReferences)
	if err != nil {
		return nil, fmt.Errorf("reading the references of the tables: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	refersTo := map[string][]string{}
	for rows.Next() {
		var from, to string
		if err := rows.Scan(&from, &to); err != nil {
			return nil, fmt.Errorf("reading the references of the tables: %w", err)
		}
		refersTo[from] = append(refersTo[from], to)
	}
	placed := map[string]bool{}
	for before := -1; len(ordered) < len(tables) && len(ordered) > before; {
		before = len(ordered)
		for _, t := range tables {
			waits := slices.ContainsFunc(refersTo[t.name], func(to string) bool { return !placed[to] })
			if !placed[t.name] && !waits {
				ordered, placed[t.name] = append(ordered, t), true
			}
		}
	}
	if len(ordered) < len(tables) {
		return nil, errors.New("the tables refer to each other in a circle")
	}
	return ordered, rows.Err()
}
