// Package listing says what a list asks of a store: which items, in which order, after which one, how many. It is plain
// Go, for the domain to pass on from the API to the store. The API makes a Query with package listing/aip; the store
// answers it with database.Tx.List.
//
// The API describes each list once, by the names of its proto fields:
//
//	var lines = listing.Spec[line.Line]{
//		Name: "recurringLines",
//		Key:  []string{"name"},
//		Fields: listing.Fields[line.Line]{
//			"name":            {Kind: listing.Integer, Order: true, Value: func(l line.Line) any { return l.ID }},
//			"customer_id":     {Kind: listing.Integer, Filter: true},
//			"item":            {Kind: listing.Text, Filter: true, Parse: itemName.Parser()},
//			"open":            {Kind: listing.Boolean, Filter: true},
//			"next_cycle_date": {Kind: listing.Date, Filter: true, Order: true, Value: func(l line.Line) any { return l.NextCycle }},
//		},
//	}
//
//	func (h *handlers) ListRecurringLines(ctx context.Context, request *pb.ListRecurringLinesRequest) (*pb.ListRecurringLinesResponse, error) {
//		found, next, err := aip.List(ctx, h.sealer, lines, request, h.lines.List, lineMessage)
//		if err != nil {
//			return nil, err
//		}
//		return &pb.ListRecurringLinesResponse{RecurringLines: found, NextPageToken: next}, nil
//	}
//
// and the store says once which column, or which expression, each field is:
//
//	var lineColumns = map[string]string{
//		"name": "id", "customer_id": "customer_id", "item": "item_code", "next_cycle_date": "next_cycle_date",
//		"open": "end_date IS NULL OR next_cycle_date < end_date",
//	}
//
//	// ListLines is `SELECT ... FROM recurring_lines WHERE tenant = $1` in the query file.
//	func (r *reader) Lines(ctx context.Context, query listing.Query) ([]line.Line, error) {
//		rows, err := queries.New(r.Tx.List(query, lineColumns)).ListLines(ctx, r.Tenant)
//		...
//	}
//
// Due as of a date is then the filter `open = true AND next_cycle_date <= "2026-02-28"`.
package listing

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Query is what a list asks for.
type Query struct {
	// Where is met by every item of the list; nil asks for all items.
	Where Condition
	// Order is the order of the items. It must not leave two items in the same place if After is used: it ends in the
	// fields of the list's key.
	Order []Order
	// After is the item after which the list begins: the values of its Order fields. Nil: from the start.
	After Cursor
	// Limit is the most items to read; 0 is no limit.
	Limit int
}

// Numbered asks for up to limit items after a number, in the order of a field that numbers them.
func Numbered[N ~int32 | ~int64](field string, after N, limit int) Query {
	return Query{Order: []Order{{Field: field}}, After: Cursor{int64(after)}, Limit: limit}
}

// Each does something with every item that a query asks for, page by page; the query's Limit is the size of a page, and
// cursor is an item's place in its order.
func Each[T any](ctx context.Context, read func(context.Context, Query) ([]T, error), query Query, cursor func(T) any, do func(T) error) error {
	for {
		page, err := read(ctx, query)
		if err != nil {
			return err
		}
		for _, item := range page {
			if err := do(item); err != nil {
				return err
			}
			query.After = Cursor{cursor(item)}
		}
		if len(page) < query.Limit {
			return nil
		}
	}
}

// Order is one field that a list is ordered by.
type Order struct {
	// Field is the name of the field.
	Field string
	// Descending puts the highest value first.
	Descending bool
	// Optional reports that items may have no value. They come last in ascending order, first in descending order.
	Optional bool
}

// Cursor is a place in a list: for each Order of the query the value of one item, of the Go type that its Kind names; nil
// where the item has no value.
type Cursor []any

// InvalidToken is the fault of a page token that is not one of the list it is given to.
func InvalidToken() error {
	return fault.InvalidField("page_token", reason.InvalidPageToken,
		"is not a token of this list, filter and order; start again without one")
}

// Kind is the type of a field's values.
type Kind int

// The kinds of field.
const (
	// Text is a string. Its order is the database's own: byte by byte on SQLite and on PostgreSQL databases of collation C.
	Text Kind = iota
	// Integer is an int64.
	Integer
	// Boolean is a bool.
	Boolean
	// Date is a calendar date as a string such as 2026-02-28.
	Date
	// Instant is an int64: microseconds since 1970 UTC.
	Instant
	// Enum is the stored string of a value that callers write by its proto name.
	Enum
)
