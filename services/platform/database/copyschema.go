package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// table is a table with its columns, in the order of their names.
type table struct {
	name    string
	columns []column
}

// column is a column. On SQLite only its name is known.
type column struct {
	name string
	// kind is PostgreSQL's name of the type.
	kind string
	// numbered reports whether the store numbers the rows by this column.
	numbered bool
}

func (t table) columnNames() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// value returns a value that the engine read, in the type that all engines have for the column.
func (c column) value(read any) (any, error) {
	switch value := read.(type) {
	case nil:
		return read, nil
	case bool:
		if c.kind == "boolean" {
			return value, nil
		}
	case int64:
		switch c.kind {
		case "bigint":
			return value, nil
		case "boolean":
			return value != 0, nil
		}
	case string:
		if c.kind == "text" {
			return value, nil
		}
	case []byte:
		if c.kind == "bytea" {
			return slices.Clone(value), nil
		}
	}
	return nil, fmt.Errorf("column %s holds %T, which is no %s", c.name, read, c.kind)
}

// The queries for the columns of all tables except those about migrations, and what programs tell one another on PostgreSQL.
const (
	sqliteColumns = `SELECT t.name, c.name, '', FALSE FROM sqlite_master t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name NOT IN ('goose_db_version', 'schema_compatibility')
		ORDER BY t.name, c.name`
	postgresColumns = `SELECT c.table_name, c.column_name, c.data_type, c.is_identity = 'YES'
		FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
			AND c.table_name NOT IN ('goose_db_version', 'schema_compatibility', 'changed_rows', 'changed_rows_floor')
		ORDER BY c.table_name COLLATE "C", c.column_name COLLATE "C"`
)

// tables returns the tables of the store, in the order of their names.
func (tx *Tx) tables(ctx context.Context) (tables []table, err error) {
	query := sqliteColumns
	if tx.Engine == PostgreSQL {
		query = postgresColumns
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("reading the tables: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		var c column
		if err := rows.Scan(&name, &c.name, &c.kind, &c.numbered); err != nil {
			return nil, fmt.Errorf("reading the tables: %w", err)
		}
		if len(tables) == 0 || tables[len(tables)-1].name != name {
			tables = append(tables, table{name: name})
		}
		last := &tables[len(tables)-1]
		last.columns = append(last.columns, c)
	}
	return tables, rows.Err()
}

// commonTables returns the tables of both stores, each after those that it refers to.
func commonTables(ctx context.Context, source, target *Tx) ([]table, error) {
	from, err := source.tables(ctx)
	if err != nil {
		return nil, err
	}
	to, err := target.tables(ctx)
	if err != nil {
		return nil, err
	}
	if given, taken := describe(from), describe(to); given != taken {
		return nil, fmt.Errorf("the tables of the stores differ: %s on SQLite, %s on PostgreSQL", given, taken)
	}
	return target.afterReferences(ctx, to)
}

// describe returns the names of all tables and columns.
func describe(tables []table) string {
	texts := make([]string, len(tables))
	for i, t := range tables {
		texts[i] = t.name + "(" + strings.Join(t.columnNames(), ", ") + ")"
	}
	return strings.Join(texts, ", ")
}
