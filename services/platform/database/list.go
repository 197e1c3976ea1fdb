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
	text = strings.TrimRight(text, "; \t\r\n") + "\n"
	if len(l.query.Among) > 0 {
		text += b.merged(text, l.query)
	} else {
		text += b.list(l.query)
	}
	if b.err != nil {
		return nil, fmt.Errorf("building the statement of a list: %w", b.err)
	}
	return l.Tx.QueryContext(ctx, text, b.args...)
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
	order, after := b.free(query)
	text := b.selection(query, order, after)
	if len(order) > 0 {
		text += "ORDER BY " + b.order(order) + "\n"
	}
	return text + b.page(query, b.value)
}

// merged returns the text that a query with Among appends to the fixed text: the keys of the page, which are found by a
// statement for each of the conditions and merged in their order, and the order.
func (b *builder) merged(fixed string, query listing.Query) string {
	order, after := b.free(query)
	if len(order) == 0 {
		order, after = query.Order, query.After
	}
	from := strings.Index(fixed, "FROM ")
	if len(order) != 1 || from < 0 {
		b.fail("conditions to merge need one field to order by and a statement that reads a table")
		return ""
	}
	key := b.column(order[0].Field)
	every := "SELECT " + key + " " + fixed[from:] + b.selection(query, order, after)
	last, number, begin, end := "ORDER BY "+b.order(order)+"\n", b.value, "", ""
	if b.engine == PostgreSQL {
		// It reads an index in order if it knows that the limit is low.
		number = func(value any) string { return fmt.Sprint(value) }
		if len(query.Among) > 1 {
			// It plans each statement on its own, and merges if all are in order.
			begin, end = "(", last+b.page(listing.Query{Limit: reach(query)}, number)+")"
		}
	}
	found := make([]string, len(query.Among))
	for i, condition := range query.Among {
		found[i] = begin + every + "AND " + b.condition(condition) + "\n" + end
	}
	return "AND " + key + " IN (\n" + strings.Join(found, "UNION ALL ") + last + b.page(query, number) + ")\n" + last
}

// reach returns how many items a page reaches into the list, or 0 if it has no end.
func reach(query listing.Query) int {
	if query.Limit == 0 {
		return 0
	}
	return query.Limit + query.Offset
}

// selection returns the text of what a query selects.
func (b *builder) selection(query listing.Query, order []listing.Order, after listing.Cursor) (text string) {
	if query.Where != nil {
		text = "AND " + b.condition(query.Where) + "\n"
	}
	if query.After != nil && b.err == nil {
		text += "AND " + b.after(order, after) + "\n"
	}
	return text
}

// page returns the text of the limit and the offset of a query, with what number returns for each.
func (b *builder) page(query listing.Query, number func(any) string) string {
	var text strings.Builder
	if query.Limit > 0 {
		text.WriteString("LIMIT " + number(int64(query.Limit)) + "\n")
	}
	if query.Offset > 0 {
		if query.Limit == 0 {
			b.fail("an offset needs a limit")
		}
		text.WriteString("OFFSET " + number(int64(query.Offset)) + "\n")
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
