// Package fault holds the errors that the domains return: a kind, a stable reason, a message for a
// person, and the invalid fields. It is independent of gRPC and HTTP; package rpc turns faults into
// statuses.
//
// The reasons come from package reason, which is generated from continuo.errors.v1. A mistake that
// callers can make in several services has a constructor here (Missing, Exists, EtagMismatch, ...),
// so that it has the same reason and message everywhere. Violations collects the invalid fields of
// a request.
package fault

import (
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
)

// Domain is the domain of the reasons in google.rpc.ErrorInfo.
const Domain = "continuo"

// Kind classifies faults by what the caller can do about them. A Kind is itself an error, so that
// errors.Is(err, fault.NotFound) works.
type Kind int

// The kinds of fault.
const (
	// Internal is an error on our side. The caller does not see its message or cause.
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
	// Conflict is a change based on an outdated state.
	Conflict
	// FailedPrecondition is a request that the resource's present state does not allow.
	FailedPrecondition
	// ResourceExhausted is a request beyond a limit.
	ResourceExhausted
	// Unavailable is a temporary failure; the caller may try again later.
	Unavailable
)

var kindNames = [...]string{
	Internal: "internal", Invalid: "invalid", Unauthenticated: "unauthenticated", PermissionDenied: "permission denied",
	NotFound: "not found", AlreadyExists: "already exists", Conflict: "conflict",
	FailedPrecondition: "failed precondition", ResourceExhausted: "resource exhausted", Unavailable: "unavailable",
}

// Error returns the name of the kind.
func (k Kind) Error() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// Error is a fault. Its cause is logged, never shown to the caller.
type Error struct {
	// Kind classifies the fault.
	Kind Kind
	// Reason is a stable identifier for programs.
	Reason reason.Reason
	// Message tells a person what was wrong and what to do about it.
	Message string
	// Violations are the invalid fields, if the fault concerns fields.
	Violations []Violation
	// Cause is the underlying error. It is logged and never shown to the caller.
	Cause error
}

// Error returns the message, followed by the cause if there is one.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is the kind of the fault.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// New returns a fault of a kind, with a reason and a message.
func New(kind Kind, why reason.Reason, format string, args ...any) *Error {
	return &Error{Kind: kind, Reason: why, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns a fault with a cause, which is logged and not shown to the caller.
func Wrap(cause error, kind Kind, why reason.Reason, format string, args ...any) *Error {
	return New(kind, why, format, args...).Because(cause)
}

// Because returns a copy of the fault with a cause, which is logged and not shown to the caller.
func (e *Error) Because(cause error) *Error {
	caused := *e
	caused.Cause = cause
	return &caused
}

// As returns the first fault in the chain of err.
func As(err error) (*Error, bool) {
	if err == nil {
		return nil, false
	}
	var fault *Error
	ok := errors.As(err, &fault)
	return fault, ok
}
