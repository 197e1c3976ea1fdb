package aip

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// bareField returns the condition of a field that stands without a comparison.
func (r *reader[T]) bareField(e *expr.Expr) (listing.Condition, error) {
	name, field, err := r.field(e)
	if err != nil {
		return nil, err
	}
	if field.Kind != listing.Boolean {
		return nil, r.invalid(e, "%s must be compared with a value", name)
	}
	return listing.Compare{Field: name, Op: listing.Equal, Value: true}, nil
}

// field returns the field that an expression names, and counts it towards maxComparisons.
func (r *reader[T]) field(e *expr.Expr) (string, listing.Field[T], error) {
	if r.comparisons++; r.comparisons > maxComparisons {
		return "", listing.Field[T]{}, r.invalid(e, "more than %d comparisons", maxComparisons)
	}
	name, ok := path(e)
	if !ok {
		return "", listing.Field[T]{}, r.invalid(e, "a comparison must begin with a field")
	}
	field := r.fields[name]
	if !field.Filter {
		return "", field, r.invalid(e, "%q is not a field that this list can be filtered by; these are: %s", name,
			strings.Join(r.fields.Names(func(f listing.Field[T]) bool { return f.Filter }), ", "))
	}
	return name, field, nil
}

// path returns the name of a field, with dots if it is nested: `address.city`.
func path(e *expr.Expr) (string, bool) {
	if within := e.GetSelectExpr(); within != nil {
		outer, ok := path(within.GetOperand())
		return outer + "." + within.GetField(), ok
	}
	return e.GetIdentExpr().GetName(), e.GetIdentExpr() != nil
}

// comparison returns the condition that compares a field with a value.
func (r *reader[T]) comparison(e *expr.Expr, operator string, left, right *expr.Expr) (listing.Condition, error) {
	name, field, err := r.field(left)
	if err != nil {
		return nil, err
	}
	text, isText := literal(right)
	op := listing.Op(operator)
	if operator == filtering.FunctionHas {
		op = listing.Equal
		if isText && text == "*" {
			return listing.Present{Field: name}, nil
		}
		if prefix, ok := strings.CutSuffix(text, "*"); ok && isText {
			return r.prefix(right, name, field, prefix)
		}
	}
	if op != listing.Equal && op != listing.NotEqual && !ordered(field) {
		return nil, r.invalid(e, "%s can be compared by = and != only", name)
	}
	value, err := r.value(right, name, field)
	return listing.Compare{Field: name, Op: op, Value: value}, err
}

func (r *reader[T]) prefix(e *expr.Expr, name string, field listing.Field[T], prefix string) (listing.Condition, error) {
	if field.Kind != listing.Text || field.Parse != nil {
		return nil, r.invalid(e, "%s cannot be compared by prefix; * must stand alone", name)
	}
	if err := r.storable(e, prefix); err != nil {
		return nil, err
	}
	return listing.Prefix{Field: name, Prefix: prefix}, nil
}

// literal returns the text of a value, quoted or not.
func literal(e *expr.Expr) (string, bool) {
	if e.GetIdentExpr() != nil {
		return e.GetIdentExpr().GetName(), true
	}
	_, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_StringValue)
	return e.GetConstExpr().GetStringValue(), ok
}

// wanted describes the values of each kind.
var wanted = map[listing.Kind]string{
	listing.Text: `a text in quotes`, listing.Integer: `a whole number`, listing.Boolean: `true or false`,
	listing.Date: `a date like "2026-02-28"`, listing.Instant: `an instant like "2026-02-28T09:30:00Z"`,
}

// value returns the value to compare a field with, converted to the field's kind.
func (r *reader[T]) value(e *expr.Expr, name string, field listing.Field[T]) (any, error) {
	text, isText := literal(e)
	if isText {
		if err := r.storable(e, text); err != nil {
			return nil, err
		}
	}
	var value any
	ok := false
	switch {
	case field.Parse != nil:
		return r.parsed(e, name, field, text, isText)
	case field.Kind == listing.Enum:
		if value, ok = field.Names[text]; !ok || !isText {
			return nil, r.invalid(e, "%s must be one of %s", name, strings.Join(slices.Sorted(maps.Keys(field.Names)), ", "))
		}
		return value, nil
	case field.Kind == listing.Integer:
		value, ok = r.integer(e)
	case isText:
		value, ok = read(field.Kind, text)
	}
	if !ok {
		return nil, r.invalid(e, "%s must be compared with %s", name, wanted[field.Kind])
	}
	return value, nil
}

// read converts a text to a value of a kind.
func read(kind listing.Kind, text string) (any, bool) {
	switch kind {
	case listing.Boolean:
		return text == "true", text == "true" || text == "false"
	case listing.Date:
		day, err := date.Parse(text)
		return day.String(), err == nil
	case listing.Instant:
		at, err := time.Parse(time.RFC3339Nano, text)
		return at.UnixMicro(), err == nil
	}
	return text, kind == listing.Text
}

// integer returns a whole number. It rejects leading zeros, which the parser would take as octal.
func (r *reader[T]) integer(e *expr.Expr) (any, bool) {
	number, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_Int64Value)
	if !ok {
		return nil, false
	}
	digits := strings.TrimPrefix(r.text[r.positions[e.GetId()]:], "-")
	octal := len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'
	return number.Int64Value, !octal
}

// parsed returns the value that the field's Parse makes of a text.
func (r *reader[T]) parsed(e *expr.Expr, name string, field listing.Field[T], text string, isText bool) (any, error) {
	if !isText {
		return nil, r.invalid(e, "%s must be compared with %s", name, wanted[listing.Text])
	}
	value, err := field.Parse(text)
	if err != nil {
		return nil, r.invalid(e, "%s %s", name, description(err))
	}
	if !field.Kind.Holds(value) {
		return nil, fault.New(fault.Internal, reason.InternalError, "%s is parsed as a %T", name, value)
	}
	return value, nil
}

// description returns the description of a violation, or a general one.
func description(err error) string {
	if refused, ok := fault.As(err); ok && len(refused.Violations) == 1 {
		return refused.Violations[0].Description
	}
	return "has an invalid value"
}

// storable rejects texts that the databases cannot compare with.
func (r *reader[T]) storable(e *expr.Expr, text string) error {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return r.invalid(e, "a text must be valid UTF-8 without U+0000")
	}
	return nil
}

// ordered reports whether callers may compare the field with < and >.
func ordered[T any](field listing.Field[T]) bool {
	return field.Parse == nil && field.Kind != listing.Enum && field.Kind != listing.Boolean
}
