package resource

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Reference identifies a resource by one of several keys, as given by a caller.
type Reference struct {
	// Field is the path of the reference in the request.
	Field string
	// Keys are the keys that the caller may give. Keys with an empty value were not given.
	Keys []Key
}

// Given reports whether any key was given.
func (r Reference) Given() bool {
	return slices.ContainsFunc(r.Keys, func(key Key) bool { return key.Value != "" })
}

// key returns the key that was given. None is REQUIRED, several are AMBIGUOUS.
func (r Reference) key() (Key, error) {
	isMissing := func(key Key) bool { return key.Value == "" }
	first := slices.IndexFunc(r.Keys, func(key Key) bool { return !isMissing(key) })
	if first < 0 {
		return Key{}, fault.InvalidField(r.Field, reason.Required, "one of %s is required", keyNames(r.Keys))
	}
	if (Reference{Keys: r.Keys[first+1:]}).Given() {
		return Key{}, fault.InvalidField(r.Field, reason.Ambiguous, "only one of %s may be given", keyNames(slices.DeleteFunc(slices.Clone(r.Keys), isMissing)))
	}
	return r.Keys[first], nil
}

// Find returns the resource that a reference identifies. Faults contain the field.
func Find[T any](ctx context.Context, r Reference, read func(context.Context, Key) (T, error)) (found T, err error) {
	key, err := r.key()
	if err != nil {
		return found, err
	}
	found, err = read(ctx, key)
	return found, atField(r.Field+"."+string(key.Name), err)
}

// Announce reads what a reference identifies, to announce it; see mutation.Ahead. The reference may be nil.
func Announce[T any](ctx context.Context, r *Reference, read func(context.Context, Key) (T, error)) {
	if r == nil {
		return
	}
	if key, err := r.key(); err == nil {
		_, _ = read(ctx, key)
	}
}

// FindID returns the resource with an id. Faults contain the field.
func FindID[T any](ctx context.Context, field, id string, read func(context.Context, Key) (T, error)) (T, error) {
	found, err := read(ctx, Key{KeyID, id})
	return found, atField(field, err)
}

// CheckActive returns an INACTIVE fault on field if what it refers to is inactive. Call it where
// something new refers to a resource.
func CheckActive(field string, inactive bool) error {
	if inactive {
		return fault.InvalidField(field, reason.Inactive, "is inactive, so nothing new can refer to it; choose an active one")
	}
	return nil
}

// atField adds the field of the request to a NotFound fault.
func atField(field string, err error) error {
	if err == nil || !errors.Is(err, fault.NotFound) {
		return err
	}
	return NotFound(field, err.Error())
}

// Missing returns the fault for a key that no resource has. what names the kind of resource.
func Missing(what string, key Key) error {
	return fault.New(fault.NotFound, reason.NotFound, "there is no %s with the %s %q", what, key.Name, key.Value)
}

// NotFound returns the fault for a field that refers to a missing resource.
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
