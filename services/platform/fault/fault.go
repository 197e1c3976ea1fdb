// Package fault is the language in which the domains say what was wrong: a kind, a stable reason, a message for a
// person, and the fields at fault. It knows nothing of gRPC or HTTP; package rpc turns faults into statuses in one place.
//
// The reasons are those of package reason, generated from continuo.errors.v1. A mistake that several services can meet has a
// constructor here (Missing, Exists, EtagMismatch, ...), so that it is told in the same words everywhere. Violations collects
// what is wrong with the fields of a request.
package fault

import (
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
)

// Domain is whose the reasons of faults are, where they are told beside others'.
const Domain = "continuo"

// Kind sorts faults by what the caller can do about them. A Kind is itself an error, so that
// errors.Is(err, fault.NotFound) asks for it.
type Kind int

// The kinds of fault.
const (
	// Internal is a fault of ours; the caller learns nothing but that it happened.
	Internal Kind = iota
	// Invalid is a request that can never succeed as it is.
	Invalid
	// Unauthenticated is a caller whose credential is missing, wrong or expired.
	Unauthenticated
	// PermissionDenied is a known caller who may not do this.
	PermissionDenied
	// NotFound is a resource that does not exist for this tenant.
	NotFound
	// AlreadyExists is a resource whose id or unique key is taken.
	AlreadyExists
	// Conflict is a change based on a state that is no longer the present one.
	Conflict
	// FailedPrecondition is a request that the resource's present state does not allow.
	FailedPrecondition
	// ResourceExhausted is a limit that was reached.
	ResourceExhausted
	// Unavailable is a fault that passes: try again later.
	Unavailable
)

var kindNames = [...]string{
	Internal: "internal", Invalid: "invalid", Unauthenticated: "unauthenticated", PermissionDenied: "permission denied",
	NotFound: "not found", AlreadyExists: "already exists", Conflict: "conflict",
	FailedPrecondition: "failed precondition", ResourceExhausted: "resource exhausted", Unavailable: "unavailable",
}

// Error is the kind's name.
func (k Kind) Error() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// Error is a fault.
type Error struct {
	// Kind sorts the fault.
	Kind Kind
	// Reason is a stable word for programs.
	Reason reason.Reason
	// Message tells a person what was wrong and what to do.
	Message string
	// Violations are the fields at fault, if the fault is one of fields.
	Violations []Violation
	// Cause is what lies beneath; it is logged and never shown to the caller.
	Cause error
}

// Error is the message, with the cause where there is one.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap makes the cause reachable.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is the fault's kind; a fault is also itself.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// New returns a fault of a kind, with a reason and a message.
func New(kind Kind, why reason.Reason, format string, args ...any) *Error {
	return &Error{Kind: kind, Reason: why, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns a fault of a kind whose cause is logged and not shown.
func Wrap(cause error, kind Kind, why reason.Reason, format string, args ...any) *Error {
	return New(kind, why, format, args...).Because(cause)
}

// Because returns the fault with its cause, which is logged and not shown.
func (e *Error) Because(cause error) *Error {
	caused := *e
	caused.Cause = cause
	return &caused
}

// As finds the fault in an error's chain.
func As(err error) (*Error, bool) {
	var fault *Error
	ok := errors.As(err, &fault)
	return fault, ok
}
