package fault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
)

// Violation describes one invalid field of a request.
type Violation struct {
	// Field is the path of the field in the request, in proto names:
	// `services.items[2].service_id`.
	Field string
	// Reason is a stable identifier for programs.
	Reason reason.Reason
	// Description tells a person what is wrong and what to do about it.
	Description string
}

// InvalidField returns an Invalid fault with one violation.
func InvalidField(field string, why reason.Reason, format string, args ...any) *Error {
	return invalid([]Violation{{Field: field, Reason: why, Description: fmt.Sprintf(format, args...)}})
}

// AtField returns a fault with one violation and another kind than Invalid, such as NotFound for a
// field that names a missing resource.
func AtField(kind Kind, field string, why reason.Reason, format string, args ...any) *Error {
	fault := InvalidField(field, why, format, args...)
	fault.Kind = kind
	return fault
}

// Fields returns an Invalid fault with the violations and the reason of the first, or nil without
// violations.
func Fields(violations []Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return invalid(violations)
}

// invalid returns the fault of at least one violation.
func invalid(violations []Violation) *Error {
	texts := make([]string, len(violations))
	for i, v := range violations {
		texts[i] = v.Field + ": " + v.Description
	}
	return &Error{Kind: Invalid, Reason: violations[0].Reason, Message: strings.Join(texts, "; "), Violations: violations}
}

// Rename returns err with the field of each violation renamed. Errors without violations are
// returned unchanged.
func Rename(err error, rename func(field string) string) error {
	return Edit(err, func(v *Violation) { v.Field = rename(v.Field) })
}

// Reword returns err with new descriptions for the violations whose reason is in descriptions.
// Errors without violations are returned unchanged.
func Reword(err error, descriptions map[reason.Reason]string) error {
	return Edit(err, func(v *Violation) {
		if description, ok := descriptions[v.Reason]; ok {
			v.Description = description
		}
	})
}

// Edit returns err with change applied to a copy of each violation. Errors without violations are
// returned unchanged.
func Edit(err error, change func(*Violation)) error {
	known, ok := As(err)
	if !ok || len(known.Violations) == 0 {
		return err
	}
	edited := slices.Clone(known.Violations)
	for i := range edited {
		change(&edited[i])
	}
	fields := invalid(edited)
	fields.Kind, fields.Reason, fields.Cause = known.Kind, known.Reason, known.Cause
	return fields
}
