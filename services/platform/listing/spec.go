package listing

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Spec describes a list of items of type T and how callers may filter, order and page through it.
type Spec[T any] struct {
	// Name distinguishes the list from the service's other lists. A page token is valid for one
	// list only.
	Name string
	// Fields are the fields to filter and order by, and those of the key.
	Fields Fields[T]
	// Key names the fields that identify an item. Every order ends in them.
	Key []string
	// Order is the default order. If empty, the list is ordered by its key.
	Order []Order
	// Where restricts the list regardless of the caller's filter.
	Where Condition
	// PageBytes limits the total size of a page's messages, for lists of large items. A larger item
	// gets a page of its own. 0 means no limit.
	PageBytes int
}

// Fields holds the fields of a list by their proto names, with dots for nested fields.
type Fields[T any] map[string]Field[T]

// Field is a field of an item.
type Field[T any] struct {
	// Kind is the type of the field's values.
	Kind Kind
	// Filter and Order report whether callers may filter and order by the field.
	Filter, Order bool
	// Optional means that an item may have no value. The zero value then counts as no value.
	Optional bool
	// Value reads the field of an item for a cursor. It returns a string, integer or bool of any
	// type; for a Date also a value with a String method, and for an Instant a time.Time. Fields
	// that cannot be ordered by do not need it.
	Value func(T) any
	// Parse converts what callers write in a filter to the stored value, such as a resource name to
	// its id. Such fields support only = and !=.
	Parse func(text string) (any, error)
	// Names maps the proto names of an Enum to its stored values.
	Names map[string]string
}

// Within returns the list restricted by a condition, such as to the items of one parent.
func (s Spec[T]) Within(condition Condition) Spec[T] {
	s.Where = All(s.Where, condition)
	return s
}

// ByName returns the condition that an item has a resource name, by the Parse function of the list's
// field `name`. An error is a fault on field.
func (s Spec[T]) ByName(field, name string) (Condition, error) {
	value, err := s.Fields["name"].Parse(name)
	if err != nil {
		return nil, fault.Rename(err, func(string) string { return field })
	}
	return Is("name", value), nil
}

// Ordered completes an order. It uses the default if none is asked for, and appends the missing
// fields of the key in the direction of the last field, so that one index serves both directions.
func (s Spec[T]) Ordered(asked []Order) []Order {
	order := slices.Clone(asked)
	if len(order) == 0 {
		order = slices.Clone(s.Order)
	}
	descending := len(order) > 0 && order[len(order)-1].Descending
	for _, key := range s.Key {
		if !slices.ContainsFunc(order, func(o Order) bool { return o.Field == key }) {
			order = append(order, Order{Field: key, Descending: descending})
		}
	}
	for i := range order {
		order[i].Optional = s.Fields[order[i].Field].Optional
	}
	return order
}

// Cursor returns the position of an item in a complete order.
func (s Spec[T]) Cursor(order []Order, item T) (Cursor, error) {
	cursor := make(Cursor, len(order))
	for i, o := range order {
		field, known := s.Fields[o.Field]
		if !known || field.Value == nil {
			return nil, fmt.Errorf("list %s: field %s has no Value function", s.Name, o.Field)
		}
		value, ok := field.read(item)
		if !ok {
			return nil, fmt.Errorf("list %s: field %s has a value of unexpected type %T", s.Name, o.Field, field.Value(item))
		}
		cursor[i] = value
	}
	return cursor, nil
}

// read returns the value of an item, or false if it is not of the field's kind.
func (f Field[T]) read(item T) (any, bool) {
	given := f.Value(item)
	if f.Optional && (given == nil || reflect.ValueOf(given).IsZero()) {
		return nil, true
	}
	value, ok := plainValue(given)
	return value, ok && f.Kind.Holds(value)
}

// plainValue converts a value to a string, an int64 or a bool.
func plainValue(given any) (any, bool) {
	switch v := given.(type) {
	case time.Time:
		return v.UnixMicro(), true
	case fmt.Stringer:
		if reflect.ValueOf(given).Kind() == reflect.Struct {
			return v.String(), true
		}
	}
	switch v := reflect.ValueOf(given); v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), true
	case reflect.Bool:
		return v.Bool(), true
	}
	return given, false
}

// Holds reports whether a value has the Go type of the kind.
func (k Kind) Holds(value any) (ok bool) {
	switch k {
	case Integer, Instant:
		_, ok = value.(int64)
	case Boolean:
		_, ok = value.(bool)
	case Text, Date, Enum:
		_, ok = value.(string)
	}
	return ok
}

// Names returns the sorted names of the fields that pass a test.
func (f Fields[T]) Names(test func(Field[T]) bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f)), func(name string) bool { return !test(f[name]) })
}
