package database

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/listing"
)

// ListTx is a transaction whose multi-row queries are lists; see Tx.List.
type ListTx struct {
	*Tx
	query   listing.Query
	columns map[string]string
}

// List returns the transaction for one list. It completes multi-row queries whose fixed text ends in a WHERE clause, such as
//
//	SELECT id, description FROM items WHERE tenant = $1
//
// by appending the query's condition, position, order and limit, with parameters numbered after those of the fixed text.
// Other statements run unchanged. The code that sqlc generates for the fixed text can therefore read the list:
//
//	rows, err := queries.New(tx.List(query, itemColumns)).ListItems(ctx, tenant)
//
// columns maps each field that queries may use to a column or an SQL expression. If a column stores an empty text for no
// value, the expression must turn it into NULL. Only texts in columns become part of a statement; an unknown field is an
// error.
//
// The order is that of the database. If all fields of the order have the same direction and none is optional, the
// position is a row comparison, which an index on the columns serves.
func (tx *Tx) List(query listing.Query, columns map[string]string) *ListTx {
	return &ListTx{Tx: tx, query: query, columns: columns}
}

// QueryContext runs a multi-row query as the list.
func (l *ListTx) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	b := builder{engine: l.Engine, columns: l.columns, args: slices.Clone(args)}
	appended := b.list(l.query)
	if b.err != nil {
		return nil, fmt.Errorf("building the statement of a list: %w", b.err)
	}
	return l.Tx.QueryContext(ctx, strings.TrimRight(text, "; \t\r\n")+"\n"+appended, b.args...)
}

// Where returns a condition as SQL in parentheses, TRUE for nil, for statements that are not lists,
// such as sums. Its parameters are numbered after args; the returned args include them.
func (tx *Tx) Where(condition listing.Condition, columns map[string]string, args ...any) (text string, all []any, err error) {
	b := builder{engine: tx.Engine, columns: columns, args: slices.Clone(args)}
	text = b.condition(condition)
	return text, b.args, b.err
}

// builder writes the parts of a statement and collects its parameters and its first error.
type builder struct {
	engine  Engine
	columns map[string]string
	args    []any
	err     error
}

// list returns the text that a query appends to the fixed text.
func (b *builder) list(query listing.Query) string {
	var text strings.Builder
	if query.Where != nil {
		text.WriteString("AND " + b.condition(query.Where) + "\n")
	}
	order, after := b.free(query)
	if query.After != nil && b.err == nil {
		text.WriteString("AND " + b.after(order, after) + "\n")
	}
	if len(order) > 0 {
		text.WriteString("ORDER BY " + b.order(order) + "\n")
	}
	if query.Limit > 0 {
		text.WriteString("LIMIT " + b.value(int64(query.Limit)) + "\n")
	}
	if query.Offset > 0 {
		if query.Limit == 0 {
			b.fail("an offset needs a limit")
		}
		text.WriteString("OFFSET " + b.value(int64(query.Offset)) + "\n")
	}
	return text.String()
}

// free returns the order and the position of a query without the fields that its condition fixes.
// They do not affect the order, and comparing them would keep the engine from finding the start in
// an index.
func (b *builder) free(query listing.Query) (order []listing.Order, after listing.Cursor) {
	if query.After != nil && len(query.After) != len(query.Order) {
		b.fail("the position has %d values, the order %d fields", len(query.After), len(query.Order))
		return nil, nil
	}
	for i, o := range query.Order {
		if _, fixed := listing.Fixed(query.Where, o.Field); fixed {
			continue
		}
		order = append(order, o)
		if query.After != nil {
			after = append(after, query.After[i])
		}
	}
	return order, after
}

func (b *builder) order(order []listing.Order) string {
	terms := make([]string, len(order))
	for i, o := range order {
		terms[i] = b.column(o.Field)
		if o.Descending {
			terms[i] += " DESC"
		}
		// The engines sort NULL differently by default.
		switch {
		case o.Optional && o.Descending:
			terms[i] += " NULLS FIRST"
		case o.Optional:
			terms[i] += " NULLS LAST"
		}
	}
	return strings.Join(terms, ", ")
}

// column returns the column of a field, in parentheses if it is an expression.
func (b *builder) column(field string) string {
	column, known := b.columns[field]
	if !known {
		b.fail("the field %q has no column", field)
	}
	if strings.Trim(column, nameRunes) == "" {
		return column
	}
	return "(" + column + ")"
}

// nameRunes are the characters of column names, optionally qualified by a table.
const nameRunes = "abcdefghijklmnopqrstuvwxyz0123456789_."

// value adds a parameter and returns its placeholder.
func (b *builder) value(value any) string {
	b.args = append(b.args, value)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}
