// Package resourcename parses and formats resource names such as `customers/C-1/recurrences/R-1` by their patterns. It is
// plain Go; package protoname reads patterns from protos.
//
//	var recurrenceName = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}")
//
//	ids, err := recurrenceName.Parse("name", request.GetName())            // C-1 and R-1
//	number, err := resourcename.Number[line.ID](lineName, "name", name)    // the 7 of recurringLines/7
//	parent, err := customerName.ParseParent("parent", request.GetParent()) // C-1, or - for all
//	name := recurrenceName.Format(recurrence.Customer, recurrence.ID)
package resourcename

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Any stands for all parents in the parent of a list (AIP-159). It is not a valid id.
const Any = "-"

// Pattern is the pattern of a resource name. The zero value is not a valid pattern.
type Pattern struct {
	segments []string
	optional bool
}

// MustCompile compiles a pattern such as `customers/{customer}`. It panics if a segment is empty.
func MustCompile(pattern string) Pattern {
	segments := strings.Split(pattern, "/")
	for _, segment := range segments {
		if segment == "" || segment == "{}" {
			panic(fmt.Sprintf("%q is not a pattern of resource names", pattern))
		}
	}
	return Pattern{segments: segments}
}

// Optional returns the pattern for optional fields: the empty name is valid and has empty ids or
// the number 0.
func (p Pattern) Optional() Pattern {
	p.optional = true
	return p
}

// Parse returns the ids in a name, in NFC. A name that does not match the pattern is an Invalid
// fault on field.
func (p Pattern) Parse(field, name string) ([]string, error) {
	ids, ok := p.ids(name, false)
	if !ok {
		return nil, p.invalid(field, p.example(false))
	}
	return ids, nil
}

// ParseParent is like Parse for the parent of a list, in which each id may be Any.
func (p Pattern) ParseParent(field, name string) ([]string, error) {
	ids, ok := p.ids(name, true)
	if !ok {
		return nil, p.invalid(field, p.example(false))
	}
	return ids, nil
}

// ids returns the ids in a name. It reports false if the name does not match the pattern.
func (p Pattern) ids(name string, parent bool) (ids []string, ok bool) {
	parts := strings.Split(name, "/")
	if p.optional && name == "" {
		return make([]string, p.variables()), true
	}
	if len(parts) != len(p.segments) {
		return nil, false
	}
	for i, segment := range p.segments {
		id := parts[i]
		switch {
		case !isVariable(segment) && id == segment:
			continue
		case !isVariable(segment):
			return nil, false
		case parent && id == Any:
		default:
			if id, ok = normal(id); !ok {
				return nil, false
			}
		}
		ids = append(ids, id)
	}
	return ids, true
}

func (p Pattern) variables() (count int) {
	for _, segment := range p.segments {
		if isVariable(segment) {
			count++
		}
	}
	return count
}

// Format returns the name for ids, which are strings or integers of any type, one per variable. It
// returns "" if an id is empty or 0.
func (p Pattern) Format(ids ...any) string {
	if len(ids) != p.variables() {
		panic(fmt.Sprintf("%d ids for the pattern %s", len(ids), p))
	}
	var room [64]byte
	name := room[:0]
	for i, segment := range p.segments {
		if i > 0 {
			name = append(name, '/')
		}
		if !isVariable(segment) {
			name = append(name, segment...)
			continue
		}
		id := reflect.ValueOf(ids[0])
		if ids = ids[1:]; id.IsZero() {
			return ""
		}
		if id.CanInt() {
			name = strconv.AppendInt(name, id.Int(), 10)
		} else {
			name = append(name, id.String()...)
		}
	}
	return string(name)
}

// ID returns the last id of a name.
func ID[S ~string](p Pattern, field, name string) (S, error) {
	ids, err := p.Parse(field, name)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return S(ids[len(ids)-1]), nil
}

// Number returns the last id of a name as a number, which must be at least 1 and have no leading
// zeros.
func Number[N ~int32 | ~int64](p Pattern, field, name string) (N, error) {
	id, err := ID[string](p, field, name)
	if err == nil && id == "" {
		return 0, nil
	}
	value, parseErr := strconv.ParseInt(id, 10, 64)
	if err != nil || parseErr != nil || value < 1 || int64(N(value)) != value || strconv.FormatInt(value, 10) != id {
		return 0, p.invalid(field, p.example(true))
	}
	return N(value), nil
}

// Parser returns ID as the Parse function of a listing.Field with text values.
func (p Pattern) Parser() func(name string) (any, error) {
	return func(name string) (any, error) { return ID[string](p, "", name) }
}

// NumberParser returns Number as the Parse function of a listing.Field with integer values.
func (p Pattern) NumberParser() func(name string) (any, error) {
	return func(name string) (any, error) { return Number[int64](p, "", name) }
}

// String returns the text of the pattern.
func (p Pattern) String() string { return strings.Join(p.segments, "/") }

// example returns a name that matches the pattern; numbered makes its last id a number.
func (p Pattern) example(numbered bool) string {
	parts := make([]string, len(p.segments))
	for i, segment := range p.segments {
		switch {
		case !isVariable(segment):
			parts[i] = segment
		case numbered && i == len(p.segments)-1:
			parts[i] = "1"
		default:
			parts[i] = strings.ToUpper(segment[1:2]) + "-1"
		}
	}
	return strings.Join(parts, "/")
}

func (p Pattern) invalid(field, example string) error {
	return fault.InvalidField(field, reason.InvalidName, "must be a name like %s", example)
}

func isVariable(segment string) bool { return strings.HasPrefix(segment, "{") }
