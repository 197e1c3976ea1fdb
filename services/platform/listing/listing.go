// Package listing describes what a list request needs from a store: which items, in which order,
// after which item, and how many. It is plain Go, so that the domain can pass a Query from the API
// to the store. Package listing/aip makes the Query from a request; the store runs it with
// database.Tx.List.
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
// and the store maps each field to a column or an expression:
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
	// Where is the filter; nil matches all items.
	Where Condition
	// Among, if not empty, are further conditions, of which an item matches one; no item may match two. They select what
	// an Or of them in Where selects, but the store looks for each on its own and merges what it finds, so that an index
	// that serves each in the order of the list is read no further than the page. Order must be one field that no two
	// items share, besides those that Where fixes.
	Among []Condition
	// Order is the order of the items. If After is used, the order must be total, so it ends in the
	// fields of the list's key.
	Order []Order
	// After is the position after which the list begins. Nil starts at the beginning.
	After Cursor
	// Limit is the maximum number of items; 0 means no limit.
	Limit int
	// Offset is how many items to leave out before the first, for contracts that page so; it needs a
	// Limit. Reading on from After costs less.
	Offset int
}

// Numbered returns a query for up to limit items after a number, ordered by a numeric field.
func Numbered[N ~int32 | ~int64](field string, after N, limit int) Query {
	return Query{Order: []Order{{Field: field}}, After: Cursor{int64(after)}, Limit: limit}
}

// Each calls do with every item that matches a query, page by page. The query's Limit is the page
// size, and cursor returns an item's position in the query's order.
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

// Order is one field of an order.
type Order struct {
	// Field is the name of the field.
	Field string
	// Descending puts the highest value first.
	Descending bool
	// Optional means that items may have no value. They come last in ascending order and first in
	// descending order.
	Optional bool
}

// Cursor is a position in a list. It holds, for each Order of the query, the value of one item in
// the Go type of the field's Kind, or nil if the item has no value.
type Cursor []any

// InvalidToken returns the fault for a page token that does not belong to the list.
func InvalidToken() error {
	return fault.InvalidField("page_token", reason.InvalidPageToken,
		"is not a token of this list, filter and order; start again without one")
}

// Kind is the type of a field's values.
type Kind int

// The kinds of field.
const (
	// Text is a string. Its order is that of the database: by bytes on SQLite and on PostgreSQL
	// with collation C.
	Text Kind = iota
	// Integer is an int64.
	Integer
	// Boolean is a bool.
	Boolean
	// Date is a calendar date as a string, such as 2026-02-28.
	Date
	// Instant is an int64: microseconds since 1970-01-01 UTC.
	Instant
	// Enum is a stored string that callers write as the name of a proto enum value.
	Enum
)
