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

// ListTx is a transaction whose queries of many rows are lists: see Tx.List.
type ListTx struct {
	*Tx
	query   listing.Query
	columns map[string]string
}

// List is the transaction for one list. To a query of many rows that it is given, a fixed text that ends in its WHERE
// clause,
//
//	SELECT id, description FROM items WHERE tenant = $1
//
// it appends the query's condition, place, order and limit, with parameters numbered after those of the fixed text. All
// else runs as it does on the transaction. So the code that sqlc generates for the fixed text reads the list:
//
//	rows, err := queries.New(tx.List(query, itemColumns)).ListItems(ctx, tenant)
//
// columns are the column, or an expression of columns, of each field that queries may name; where a column holds an empty
// text for no value, an expression that is NULL then. A text that is not in columns never becomes part of a statement: a
// field that is not there fails the query.
//
// A list is in the order of its columns as the database compares them. Where all fields of the order go in one direction
// and none is optional, the place is a comparison of rows that an index on the columns serves.
func (tx *Tx) List(query listing.Query, columns map[string]string) *ListTx {
	return &ListTx{Tx: tx, query: query, columns: columns}
}

// QueryContext runs a query of many rows as the list.
func (l *ListTx) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	b := builder{engine: l.Engine, columns: l.columns, args: slices.Clone(args)}
	appended := b.list(l.query)
	if b.err != nil {
		return nil, fmt.Errorf("building the statement of a list: %w", b.err)
	}
	return l.Tx.QueryContext(ctx, strings.TrimRight(text, "; \t\r\n")+"\n"+appended, b.args...)
}

// Where is a condition as SQL, for statements that are no lists, such as sums over what a filter chooses. Its parameters
// are numbered after args, which it returns with its own behind them. It is in parentheses, and TRUE for nil.
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

// list is what a query adds to a fixed text.
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
	return text.String()
}

// free is the order and the place of a query without the fields that its condition fixes: they order nothing, and a
// comparison with them would hide from the engine where in the index the list begins.
func (b *builder) free(query listing.Query) (order []listing.Order, after listing.Cursor) {
	if query.After != nil && len(query.After) != len(query.Order) {
		b.fail("a place of %d values in an order of %d fields", len(query.After), len(query.Order))
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
		// The engines differ in where they put what has no value, unless told.
		switch {
		case o.Optional && o.Descending:
			terms[i] += " NULLS FIRST"
		case o.Optional:
			terms[i] += " NULLS LAST"
		}
	}
	return strings.Join(terms, ", ")
}

// column is the column of a field, in parentheses if it is an expression.
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

// nameRunes are what the name of a column is made of, perhaps behind that of its table.
const nameRunes = "abcdefghijklmnopqrstuvwxyz0123456789_."

// value is the placeholder of one more parameter.
func (b *builder) value(value any) string {
	b.args = append(b.args, value)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}
