package domain

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

// find reads the resource that the reference names; a fault names the parameter.
func (r Reference) find(ctx context.Context, in Reader, into Resource) error {
	key, err := r.key()
	if err != nil {
		return err
	}
	return atField(r.Field+"."+string(key.Name), in.Find(ctx, key, into))
}

// findID reads the resource that has an id; a fault names the field.
func findID(ctx context.Context, in Reader, field, id string, into Resource) error {
	return atField(field, in.Find(ctx, Key{KeyID, id}, into))
}

// atField adds to a NotFound fault which field of the request asked for what is not there.
func atField(field string, err error) error {
	if err == nil || !errors.Is(err, fault.NotFound) {
		return err
	}
	return notFound(field, err.Error())
}

func notFound(field, description string) error {
	return &fault.Error{Kind: fault.NotFound, Reason: reason.NotFound, Message: field + ": " + description,
		Violations: []fault.Violation{{Field: field, Reason: reason.NotFound, Description: description}}}
}

func keyNames(keys []Key) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = string(key.Name)
	}
	return strings.Join(names, ", ")
}
