// Package fault is the language in which the domains say what was wrong: a kind, a stable reason, a message for a
// person, and the fields at fault. It knows nothing of gRPC or HTTP; package rpc turns faults into statuses in one place.
package fault

import (
	"errors"
	"fmt"
	"strings"
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

// Violation is one field of the request at fault.
type Violation struct {
	// Field is the field's path in the request as the caller sent it: proto names, `services.items[2].service_id`.
	Field string
	// Reason is a stable upper-case word for programs, such as UNKNOWN_ITEM_CODE.
	Reason string
	// Description tells a person what is wrong and what to do.
	Description string
}

// Error is a fault.
type Error struct {
	// Kind sorts the fault.
	Kind Kind
	// Reason is a stable upper-case word for programs.
	Reason string
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

// New is a fault of a kind, with a stable reason and a message.
func New(kind Kind, reason, format string, args ...any) *Error {
	return &Error{Kind: kind, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Wrap is a fault of a kind whose cause is logged and not shown.
func Wrap(cause error, kind Kind, reason, format string, args ...any) *Error {
	return &Error{Kind: kind, Reason: reason, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// InvalidField is a fault of one field.
func InvalidField(field, reason, format string, args ...any) *Error {
	return Fields([]Violation{{Field: field, Reason: reason, Description: fmt.Sprintf(format, args...)}})
}

// Fields is a fault of several fields; its reason is the first one's. It is nil if there are none, as an *Error: compare
// with len before returning it as an error, or use FieldsOrNil.
func Fields(violations []Violation) *Error {
	if len(violations) == 0 {
		return nil
	}
	texts := make([]string, len(violations))
	for i, v := range violations {
		texts[i] = v.Field + ": " + v.Description
	}
	return &Error{Kind: Invalid, Reason: violations[0].Reason, Message: strings.Join(texts, "; "), Violations: violations}
}

// FieldsOrNil is Fields as an error, nil where there are no violations.
func FieldsOrNil(violations []Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return Fields(violations)
}

// As finds the fault in an error's chain.
func As(err error) (*Error, bool) {
	var fault *Error
	ok := errors.As(err, &fault)
	return fault, ok
}
