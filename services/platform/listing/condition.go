package listing

import "slices"

// Condition is a filter on items: And, Or, Not, Compare, Prefix or Present. A comparison with a
// field that has no value does not match, so its negation does.
type Condition interface{ condition() }

type (
	// And matches if all of its conditions do; an empty And matches.
	And []Condition
	// Or matches if one of its conditions does.
	Or []Condition
	// Not matches if its condition does not.
	Not struct{ Condition Condition }
	// Compare matches if the field's value compares to Value by Op.
	Compare struct {
		Field string
		Op    Op
		// Value has the Go type of the field's Kind.
		Value any
	}
	// Prefix matches if the field's text begins with Prefix. It is case-sensitive.
	Prefix struct{ Field, Prefix string }
	// Present matches if the field has a value.
	Present struct{ Field string }
)

func (And) condition()     {}
func (Or) condition()      {}
func (Not) condition()     {}
func (Compare) condition() {}
func (Prefix) condition()  {}
func (Present) condition() {}

// Op is a comparison operator.
type Op string

// The comparison operators. NotEqual matches items without a value, as the negation of Equal does.
const (
	Equal        Op = "="
	NotEqual     Op = "!="
	Less         Op = "<"
	LessEqual    Op = "<="
	Greater      Op = ">"
	GreaterEqual Op = ">="
)

// Is returns the condition that a field equals a string, integer or bool.
func Is(field string, value any) Condition {
	plain, _ := plainValue(value)
	return Compare{Field: field, Op: Equal, Value: plain}
}

// IsOneOf returns the condition that a field equals one of some values. With no values, no item matches.
func IsOneOf[T any](field string, values []T) Condition {
	if len(values) == 1 {
		return Is(field, values[0])
	}
	either := make(Or, len(values))
	for i, value := range values {
		either[i] = Is(field, value)
	}
	return either
}

// anyParent stands for all parents in the parent of a list request (AIP-159).
const anyParent = "-"

// Within returns the condition that an item belongs to a parent, whose id is the value of a field.
// It returns nil, which matches every item, for the id `-`.
func Within(field, id string) Condition {
	if id == anyParent {
		return nil
	}
	return Is(field, id)
}

// All returns the conjunction of the conditions and skips nil ones. It returns nil if nothing
// remains.
func All(conditions ...Condition) Condition {
	var all And
	for _, condition := range conditions {
		switch c := condition.(type) {
		case nil:
		case And:
			all = append(all, c...)
		default:
			all = append(all, c)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

// Fixed returns the value that the condition requires a field to equal. It reports false if the
// condition does not fix the field.
func Fixed(where Condition, field string) (any, bool) {
	switch c := where.(type) {
	case And:
		for _, part := range c {
			if value, ok := Fixed(part, field); ok {
				return value, true
			}
		}
	case Compare:
		return c.Value, c.Op == Equal && c.Field == field
	}
	return nil, false
}

// Mentions reports whether a condition uses a field anywhere.
func Mentions(where Condition, field string) bool {
	mentions := func(part Condition) bool { return Mentions(part, field) }
	switch c := where.(type) {
	case And:
		return slices.ContainsFunc(c, mentions)
	case Or:
		return slices.ContainsFunc(c, mentions)
	case Not:
		return Mentions(c.Condition, field)
	case Compare:
		return c.Field == field
	case Prefix:
		return c.Field == field
	case Present:
		return c.Field == field
	}
	return false
}
