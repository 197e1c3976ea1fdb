package listing

import "slices"

// Condition is a test that each item passes or does not: And, Or, Not, Compare, Prefix or Present. A comparison with a
// field that has no value is not passed, so that its negation is.
type Condition interface{ condition() }

type (
	// And is passed where all of its conditions are; none are all.
	And []Condition
	// Or is passed where one of its conditions is.
	Or []Condition
	// Not is passed where its condition is not.
	Not struct{ Condition Condition }
	// Compare is passed where the field's value compares to Value as Op says.
	Compare struct {
		Field string
		Op    Op
		// Value is of the Go type that the field's Kind names.
		Value any
	}
	// Prefix is passed where the field's text begins with Prefix, upper and lower case being different.
	Prefix struct{ Field, Prefix string }
	// Present is passed where the field has a value.
	Present struct{ Field string }
)

func (And) condition()     {}
func (Or) condition()      {}
func (Not) condition()     {}
func (Compare) condition() {}
func (Prefix) condition()  {}
func (Present) condition() {}

// Op is how a field compares to a value.
type Op string

// The comparisons. NotEqual is passed by items without a value, like the negation of Equal.
const (
	Equal        Op = "="
	NotEqual     Op = "!="
	Less         Op = "<"
	LessEqual    Op = "<="
	Greater      Op = ">"
	GreaterEqual Op = ">="
)

// Is is the condition that a field equals a value: a string, an integer or a bool of any type.
func Is(field string, value any) Condition {
	plain, _ := plainValue(value)
	return Compare{Field: field, Op: Equal, Value: plain}
}

// anyParent stands for all parents in the parent of a list (AIP-159).
const anyParent = "-"

// Within is the condition that an item lies within a parent, whose id is the value of a field: nil, which every item
// passes, for the id `-`.
func Within(field, id string) Condition {
	if id == anyParent {
		return nil
	}
	return Is(field, id)
}

// All is the condition that all of the conditions are passed. Nil ones are left out; it is nil if no other is given.
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

// Fixed is the one value of a field with which an item can pass a condition, where an equality says so that holds for
// all of the condition: false where there is none.
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

// Mentions reports whether a condition names a field anywhere.
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
