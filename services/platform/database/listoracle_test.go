package database_test

import (
	"cmp"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/listing"
)

func drawThing(t *rapid.T, id int64) thing {
	maybe := func(value any) any {
		if rapid.Bool().Draw(t, "has") {
			return value
		}
		return nil
	}
	row := thing{
		"name": id, "code": drawText(t), "rank": rapid.Int64Range(0, 4).Draw(t, "rank"), "flag": rapid.Bool().Draw(t, "flag"),
		"memo": maybe(drawText(t)), "day": maybe(drawDay(t)), "at": maybe(rapid.Int64Range(0, 4).Draw(t, "at")),
	}
	row["open"] = row["day"] == nil || row["rank"].(int64) < 3
	if row["at"] != nil {
		row["maybe"] = row["at"].(int64) > 2
	}
	return row
}

func drawText(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "a", "A", "ab", "aB", "a%", "a_c", "a*", "a[b", "a?", `a\b`, "é", "e\u0301", "ñandú", "z", "\U0010ffff"}).Draw(t, "text")
}

func drawDay(t *rapid.T) string {
	return rapid.SampledFrom([]string{"2025-12-31", "2026-01-01", "2026-02-28"}).Draw(t, "day")
}

func drawValue(t *rapid.T, field string) any {
	switch field {
	case "flag", "open", "maybe":
		return rapid.Bool().Draw(t, "value")
	case "code", "memo":
		return drawText(t)
	case "day":
		return drawDay(t)
	}
	return rapid.Int64Range(0, 5).Draw(t, "value")
}

var operations = []listing.Op{listing.Equal, listing.NotEqual, listing.Less, listing.LessEqual, listing.Greater, listing.GreaterEqual}

func drawCondition(t *rapid.T, depth int) listing.Condition {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 {
		kind %= 3
	}
	several := func() (list []listing.Condition) {
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			list = append(list, drawCondition(t, depth-1))
		}
		return list
	}
	switch kind {
	case 1:
		return listing.Present{Field: rapid.SampledFrom([]string{"memo", "day", "at", "code"}).Draw(t, "field")}
	case 2:
		return listing.Prefix{Field: rapid.SampledFrom([]string{"memo", "code"}).Draw(t, "field"), Prefix: drawText(t)}
	case 3:
		return listing.And(several())
	case 4:
		return listing.Or(several())
	case 5:
		return listing.Not{Condition: drawCondition(t, depth-1)}
	}
	field := rapid.SampledFrom([]string{"name", "code", "rank", "flag", "memo", "day", "at", "open", "maybe"}).Draw(t, "field")
	value := drawValue(t, field)
	if _, isBool := value.(bool); isBool {
		return listing.Compare{Field: field, Op: rapid.SampledFrom(operations[:2]).Draw(t, "op"), Value: value}
	}
	return listing.Compare{Field: field, Op: rapid.SampledFrom(operations).Draw(t, "op"), Value: value}
}

// drawOrder draws an order that ends in the key.
func drawOrder(t *rapid.T) (order []listing.Order) {
	fields := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"code", "rank", "flag", "memo", "day", "at"}), 0, 3, rapid.ID).Draw(t, "order")
	for _, field := range append(fields, "name") {
		order = append(order, listing.Order{
			Field: field, Descending: rapid.Bool().Draw(t, "descending"), Optional: slices.Contains(optional, field),
		})
	}
	return order
}

// drawWhere draws no condition, or one that fixes a field that may be in the order.
func drawWhere(t *rapid.T) listing.Condition {
	if rapid.Bool().Draw(t, "all") {
		return nil
	}
	return listing.All(listing.Is("rank", rapid.Int64Range(0, 4).Draw(t, "rank")))
}

// passes evaluates a condition in Go.
func passes(condition listing.Condition, row thing) bool {
	switch c := condition.(type) {
	case listing.And:
		return !slices.ContainsFunc(c, func(part listing.Condition) bool { return !passes(part, row) })
	case listing.Or:
		return slices.ContainsFunc(c, func(part listing.Condition) bool { return passes(part, row) })
	case listing.Not:
		return !passes(c.Condition, row)
	case listing.Present:
		return row[c.Field] != nil
	case listing.Prefix:
		text, ok := row[c.Field].(string)
		return ok && strings.HasPrefix(text, c.Prefix)
	case listing.Compare:
		if row[c.Field] == nil {
			return c.Op == listing.NotEqual
		}
		order := compareValues(row[c.Field], c.Value)
		return map[listing.Op]bool{
			listing.Equal: order == 0, listing.NotEqual: order != 0, listing.Less: order < 0,
			listing.LessEqual: order <= 0, listing.Greater: order > 0, listing.GreaterEqual: order >= 0,
		}[c.Op]
	}
	return true
}

// compareValues sorts nil last.
func compareValues(a, b any) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(btoi(a == nil), btoi(b == nil))
	case a == b:
		return 0
	}
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		return cmp.Compare(btoi(a), btoi(b.(bool)))
	}
	return cmp.Compare(a.(int64), b.(int64))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func inOrder(order []listing.Order) func(a, b thing) int {
	return func(a, b thing) int {
		for _, o := range order {
			if c := compareValues(a[o.Field], b[o.Field]); c != 0 {
				if o.Descending {
					return -c
				}
				return c
			}
		}
		return 0
	}
}
