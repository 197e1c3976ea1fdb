package aip

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// Limits of a filter.
const (
	maxFilterCharacters = 4000
	maxComparisons      = 50
	maxDepth            = 20
)

// Filter parses a filter on the fields of a list. An invalid filter results in an Invalid fault on
// `filter` that includes the position, in characters from 1. The empty filter returns nil.
func Filter[T any](spec listing.Spec[T], filter string) (listing.Condition, error) {
	if strings.TrimSpace(filter) == "" {
		return nil, nil
	}
	if utf8.RuneCountInString(filter) > maxFilterCharacters {
		return nil, invalidFilter("must have at most %d characters", maxFilterCharacters)
	}
	// The parser counts from the first character that is not a space.
	r := reader[T]{fields: spec.Fields, text: strings.TrimSpace(filter)}
	r.indent = strings.Index(filter, r.text)
	r.before = utf8.RuneCountInString(filter[:r.indent])
	var parser filtering.Parser
	parser.Init(r.text)
	parsed, err := parser.Parse()
	if err != nil {
		return nil, r.syntax(err)
	}
	r.positions = parsed.GetSourceInfo().GetPositions()
	return r.condition(parsed.GetExpr(), 1)
}

func invalidFilter(format string, args ...any) error {
	return fault.InvalidField("filter", reason.InvalidFilter, format, args...)
}

// reader converts the parsed expression to conditions.
type reader[T any] struct {
	fields      listing.Fields[T]
	text        string
	indent      int
	before      int
	positions   map[int64]int32
	comparisons int
}

// position returns the character position in the filter, from 1, of a byte offset in the text.
func (r *reader[T]) position(offset int32) int {
	return r.before + utf8.RuneCountInString(r.text[:offset]) + 1
}

// invalid returns the fault for an expression.
func (r *reader[T]) invalid(e *expr.Expr, format string, args ...any) error {
	return invalidFilter("at character %d: "+format, append([]any{r.position(r.positions[e.GetId()])}, args...)...)
}

// syntax returns the fault for a syntax error, at the position of the innermost error.
func (r *reader[T]) syntax(err error) error {
	place, what, atEnd := 1, "cannot be read", errors.Is(err, io.EOF)
	for ; err != nil; err = errors.Unwrap(err) {
		if at, ok := err.(interface { //nolint:errorlint // every error of the chain is looked at
			Position() filtering.Position
			Message() string
		}); ok {
			place, what = r.position(at.Position().Offset), at.Message()
		}
	}
	if atEnd {
		what = "ends too early"
	}
	return invalidFilter("at character %d: %s; a filter is like `field = \"text\" AND number >= 5`", place, what)
}

// condition converts a boolean expression.
func (r *reader[T]) condition(e *expr.Expr, depth int) (listing.Condition, error) {
	if depth > maxDepth {
		return nil, r.invalid(e, "more than %d levels of parentheses and NOT", maxDepth)
	}
	call := e.GetCallExpr()
	if call == nil {
		return r.bareField(e)
	}
	switch args := call.GetArgs(); call.GetFunction() {
	case filtering.FunctionAnd, filtering.FunctionOr:
		return r.junction(e, depth)
	case filtering.FunctionNot:
		if len(args) != 1 {
			break
		}
		negated, err := r.condition(args[0], depth+1)
		return listing.Not{Condition: negated}, err
	case filtering.FunctionFuzzyAnd:
		return nil, r.invalid(args[len(args)-1], "conditions need AND or OR between them")
	default:
		if len(args) == 2 && filtering.TokenType(call.GetFunction()).IsComparator() {
			return r.comparison(e, call.GetFunction(), args[0], args[1])
		}
	}
	return nil, r.invalid(e, "unknown function %q", call.GetFunction())
}

// junction converts a chain of conditions joined by the same operator, which the parser nests in
// pairs.
func (r *reader[T]) junction(e *expr.Expr, depth int) (listing.Condition, error) {
	word := e.GetCallExpr().GetFunction()
	var conditions []listing.Condition
	var add func(*expr.Expr) error
	add = func(part *expr.Expr) error {
		if call := part.GetCallExpr(); call.GetFunction() == word && len(call.GetArgs()) == 2 {
			if err := add(call.GetArgs()[0]); err != nil {
				return err
			}
			return add(call.GetArgs()[1])
		}
		condition, err := r.condition(part, depth+1)
		conditions = append(conditions, condition)
		return err
	}
	if len(e.GetCallExpr().GetArgs()) != 2 {
		return nil, r.invalid(e, "unknown function %q", word)
	}
	if err := add(e); err != nil {
		return nil, err
	}
	if word == filtering.FunctionOr {
		return listing.Or(conditions), nil
	}
	return listing.And(conditions), nil
}
