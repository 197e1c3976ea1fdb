package database

import (
	"strings"

	"github.com/continuo-billing/continuo/services/platform/listing"
)

// condition returns a condition in parentheses. A comparison with a NULL column is NULL and counts
// as false: WHERE, AND and OR treat it so, and negation uses IS NOT TRUE.
func (b *builder) condition(condition listing.Condition) string {
	switch c := condition.(type) {
	case nil:
		return "(TRUE)"
	case listing.And:
		return b.all(c, " AND ", "(TRUE)")
	case listing.Or:
		return b.all(c, " OR ", "(FALSE)")
	case listing.Not:
		return b.negated(b.condition(c.Condition))
	case listing.Compare:
		return b.comparison(c)
	case listing.Prefix:
		return b.prefix(c)
	case listing.Present:
		return "(" + b.column(c.Field) + " IS NOT NULL)"
	}
	b.fail("unknown condition type %T", condition)
	return ""
}

func (b *builder) all(conditions []listing.Condition, between, none string) string {
	if len(conditions) == 0 {
		return none
	}
	texts := make([]string, len(conditions))
	for i, condition := range conditions {
		texts[i] = b.condition(condition)
	}
	return "(" + joined(texts, between) + ")"
}

// maxChain is the most conditions that are joined without parentheses between them. SQLite nests
// `a OR b OR c` once for each operator, and refuses expressions that are more than 1000 deep.
const maxChain = 100

// joined joins conditions, long ones as a balanced tree.
func joined(texts []string, between string) string {
	if len(texts) <= maxChain {
		return strings.Join(texts, between)
	}
	half := len(texts) / 2
	return "(" + joined(texts[:half], between) + ")" + between + "(" + joined(texts[half:], between) + ")"
}

func (b *builder) negated(condition string) string { return "(" + condition + " IS NOT TRUE)" }

// operators are the comparison operators in SQL.
var operators = map[listing.Op]string{
	listing.Equal: "=", listing.Less: "<", listing.LessEqual: "<=", listing.Greater: ">", listing.GreaterEqual: ">=",
}

func (b *builder) comparison(c listing.Compare) string {
	if c.Op == listing.NotEqual {
		return b.negated(b.comparison(listing.Compare{Field: c.Field, Op: listing.Equal, Value: c.Value}))
	}
	operator, known := operators[c.Op]
	if !known {
		b.fail("unknown comparison operator %q", c.Op)
	}
	column := b.column(c.Field)
	// An index on an expression serves the expression alone, but not a comparison of it with TRUE.
	if is, boolean := c.Value.(bool); boolean && c.Op == listing.Equal {
		if is {
			return "(" + column + ")"
		}
		return "(NOT " + column + ")"
	}
	return "(" + column + " " + operator + " " + b.value(c.Value) + ")"
}

// globEscape escapes a text for use in a GLOB pattern.
var globEscape = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")

func (b *builder) prefix(c listing.Prefix) string {
	column := b.column(c.Field)
	if b.engine == PostgreSQL {
		return "(starts_with(" + column + ", " + b.value(c.Prefix) + "))"
	}
	return "(" + column + " GLOB " + b.value(globEscape.Replace(c.Prefix)+"*") + ")"
}

// after returns the condition that an item comes after a position.
func (b *builder) after(order []listing.Order, place listing.Cursor) string {
	if len(order) == 0 {
		return "(FALSE)" // the condition fixes the whole key, so nothing follows the only item
	}
	if asRow(order) {
		return b.afterRow(order, place)
	}
	later := b.later(order[0], place[0])
	if len(order) == 1 {
		return later
	}
	notBefore := b.notBefore(order[0], place[0])
	return "(" + notBefore + " AND (" + later + " OR " + b.after(order[1:], place[1:]) + "))"
}

// asRow reports whether an order can be expressed as a single row comparison.
func asRow(order []listing.Order) bool {
	for _, o := range order {
		if o.Optional || o.Descending != order[0].Descending {
			return false
		}
	}
	return true
}

func (b *builder) afterRow(order []listing.Order, place listing.Cursor) string {
	columns, values := make([]string, len(order)), make([]string, len(order))
	for i, o := range order {
		columns[i], values[i] = b.column(o.Field), b.value(place[i])
	}
	operator := " > "
	if order[0].Descending {
		operator = " < "
	}
	if len(order) == 1 {
		return "(" + columns[0] + operator + values[0] + ")"
	}
	return "((" + strings.Join(columns, ", ") + ")" + operator + "(" + strings.Join(values, ", ") + "))"
}

// later returns the condition that an item's value comes after value. Items without a value come
// last in ascending order.
func (b *builder) later(o listing.Order, value any) string {
	column := b.column(o.Field)
	switch {
	case value == nil && o.Descending:
		return "(" + column + " IS NOT NULL)"
	case value == nil:
		return "(FALSE)"
	case o.Descending:
		return "(" + column + " < " + b.value(value) + ")"
	case o.Optional:
		return "(" + column + " > " + b.value(value) + " OR " + column + " IS NULL)"
	}
	return "(" + column + " > " + b.value(value) + ")"
}

// notBefore returns the condition that an item's value equals value or comes after it. As a
// separate AND term it allows the use of an index on the first column of the order.
func (b *builder) notBefore(o listing.Order, value any) string {
	column := b.column(o.Field)
	switch {
	case value == nil && o.Descending:
		return "(TRUE)"
	case value == nil:
		return "(" + column + " IS NULL)"
	case o.Descending:
		return "(" + column + " <= " + b.value(value) + ")"
	case o.Optional:
		return "(" + column + " >= " + b.value(value) + " OR " + column + " IS NULL)"
	}
	return "(" + column + " >= " + b.value(value) + ")"
}
