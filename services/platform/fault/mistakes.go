package fault

import "github.com/continuo-billing/continuo/gen/reason"

// The mistakes that a caller can make in any service. `what` is the kind of resource as a person says it, `key` its id,
// number or code: "recurring line", 7.

// Missing is a resource that does not exist for this tenant.
func Missing(what string, key any) *Error {
	return New(NotFound, reason.NotFound, "there is no %s %v", what, key)
}

// Exists is a resource whose id or another unique key is taken.
func Exists(what string, key any) *Error {
	return New(AlreadyExists, reason.AlreadyExists, "%s %v exists already", what, key)
}

// EtagMismatch is a change based on a state of a resource that is no longer the present one.
func EtagMismatch(what string, key any) *Error {
	return New(Conflict, reason.EtagMismatch, "%s %v has changed since it was read; read it again", what, key)
}

// Stale is a change that lost to another one made at the same time: a second attempt may succeed.
func Stale(what string, key any) *Error {
	return New(Conflict, reason.ConcurrentChange, "%s %v was changed at the same time; try again", what, key)
}

// Required is a field that must be given and was not.
func Required(field string) *Error {
	return InvalidField(field, reason.Required, mustBeGiven)
}

// Unknown is a field that names a resource which does not exist.
func Unknown(field, what string, key any) *Error {
	return InvalidField(field, reason.NotFound, "there is no %s %v", what, key)
}
