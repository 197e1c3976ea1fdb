package resource

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Reference names a resource by one of several keys, as a caller gave them.
type Reference struct {
	// Field is where the reference stands in the request.
	Field string
	// Keys are all keys the caller could have given; those with an empty value were not.
	Keys []Key
}

// key is the one key that was given: none is REQUIRED, several are AMBIGUOUS.
func (r Reference) key() (Key, error) {
	given := slices.DeleteFunc(slices.Clone(r.Keys), func(key Key) bool { return key.Value == "" })
	switch len(given) {
	case 1:
		return given[0], nil
	case 0:
		return Key{}, fault.InvalidField(r.Field, reason.Required, "one of %s is required", keyNames(r.Keys))
	default:
		return Key{}, fault.InvalidField(r.Field, reason.Ambiguous, "only one of %s may be given", keyNames(given))
	}
}

// Find reads the resource that a reference names; a fault names the parameter.
func Find[T any](ctx context.Context, r Reference, read func(context.Context, Key) (T, error)) (found T, err error) {
	key, err := r.key()
	if err != nil {
		return found, err
	}
	found, err = read(ctx, key)
	return found, atField(r.Field+"."+string(key.Name), err)
}

// FindID reads the resource that has an id; a fault names the field.
func FindID[T any](ctx context.Context, field, id string, read func(context.Context, Key) (T, error)) (T, error) {
	found, err := read(ctx, Key{KeyID, id})
	return found, atField(field, err)
}

// atField adds to a NotFound fault which field of the request asked for what is not there.
func atField(field string, err error) error {
	if err == nil || !errors.Is(err, fault.NotFound) {
		return err
	}
	return NotFound(field, err.Error())
}

// NotFound is the fault of a field that names what is not there.
func NotFound(field, description string) error {
	return fault.AtField(fault.NotFound, field, reason.NotFound, "%s", description)
}

func keyNames(keys []Key) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = string(key.Name)
	}
	return strings.Join(names, ", ")
}
