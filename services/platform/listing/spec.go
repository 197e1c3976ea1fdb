package listing

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Spec describes a list of items of type T to those who filter, order and page through it.
type Spec[T any] struct {
	// Name tells the list from all others of the service; a page token is good for one list only.
	Name string
	// Fields are the fields by which items are filtered, ordered and told apart, by their names.
	Fields Fields[T]
	// Key is the fields that no two items have in common. Every order ends in them.
	Key []string
	// Order is the order of a caller who asks for none; if there is none either, that of the key.
	Order []Order
	// Where is met by every item of the list, whatever its caller asks for.
	Where Condition
	// PageBytes bounds the messages of a page, in bytes, where items are large: an item that is larger is a page of its
	// own. 0 is no bound but the page size.
	PageBytes int
}

// Fields are a list's fields by their names: those of the proto fields, with dots where they are nested.
type Fields[T any] map[string]Field[T]

// Field is a field of an item.
type Field[T any] struct {
	// Kind is the type of its values.
	Kind Kind
	// Filter and Order say whether callers may filter and order by it.
	Filter, Order bool
	// Optional reports that an item may have no value. The zero value of an optional field is none.
	Optional bool
	// Value reads the field of an item, for cursors: a string, integer or bool of any type, for a Date also what has a
	// String method, for an Instant a time.Time. Fields that no order holds need none.
	Value func(T) any
	// Parse reads what callers write in a filter, where it is not the stored value: an id out of a resource name. Such
	// fields are compared for equality only.
	Parse func(text string) (any, error)
	// Names are the stored values of an Enum by their proto names.
	Names map[string]string
}

// Within is the list of those items alone that pass a condition: the items of one parent.
func (s Spec[T]) Within(condition Condition) Spec[T] {
	s.Where = All(s.Where, condition)
	return s
}

// Ordered is an order made complete: asked for or else the list's own, and then the fields of the key that it lacks, in
// the direction of the last one before them, so that one index serves both directions.
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

// Cursor is the place of an item in a complete order.
func (s Spec[T]) Cursor(order []Order, item T) (Cursor, error) {
	cursor := make(Cursor, len(order))
	for i, o := range order {
		field, known := s.Fields[o.Field]
		if !known || field.Value == nil {
			return nil, fmt.Errorf("the list %s has no way to read %s", s.Name, o.Field)
		}
		value, ok := field.read(item)
		if !ok {
			return nil, fmt.Errorf("the list %s reads %s as a %T", s.Name, o.Field, field.Value(item))
		}
		cursor[i] = value
	}
	return cursor, nil
}

// read is the value of an item, false if it is not of the field's kind.
func (f Field[T]) read(item T) (any, bool) {
	given := f.Value(item)
	if f.Optional && (given == nil || reflect.ValueOf(given).IsZero()) {
		return nil, true
	}
	value, ok := plainValue(given)
	return value, ok && f.Kind.Holds(value)
}

// plainValue is a value as a string, an int64 or a bool.
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

// Holds reports whether a value is of the Go type that the kind names.
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

// Names are the names of the fields that pass a test, sorted.
func (f Fields[T]) Names(test func(Field[T]) bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f)), func(name string) bool { return !test(f[name]) })
}
