package fault

import "github.com/continuo-billing/continuo/gen/reason"

// Constructors for mistakes that callers can make in any service. `what` names the kind of resource
// in plain words and `key` is its id, number or code: "recurring line", 7.

// Missing returns the fault for a resource that does not exist for this tenant.
func Missing(what string, key any) *Error {
	return New(NotFound, reason.NotFound, "there is no %s %v", what, key)
}

// Exists returns the fault for a resource whose id or another unique key is taken.
func Exists(what string, key any) *Error {
	return New(AlreadyExists, reason.AlreadyExists, "%s %v exists already", what, key)
}

// EtagMismatch returns the fault for a change that carries an outdated etag.
func EtagMismatch(what string, key any) *Error {
	return New(Conflict, reason.EtagMismatch, "%s %v has changed since it was read; read it again", what, key)
}

// Stale returns the fault for a change that lost to a concurrent one. A second attempt may succeed.
func Stale(what string, key any) *Error {
	return New(Conflict, reason.ConcurrentChange, "%s %v was changed at the same time; try again", what, key)
}

// InUse returns the fault for deleting a resource that others refer to. referrers names them in the
// plural: "recurrences".
func InUse(what string, key any, referrers string, count int64) *Error {
	return New(FailedPrecondition, reason.InUse, "%s %v is in use (%s: %d) and cannot be deleted; it can be made inactive", what, key, referrers, count)
}

// Required returns the fault for a required field that is missing.
func Required(field string) *Error {
	return InvalidField(field, reason.Required, mustBeGiven)
}

// Unknown returns the fault for a field that names a resource which does not exist.
func Unknown(field, what string, key any) *Error {
	return InvalidField(field, reason.NotFound, "there is no %s %v", what, key)
}
