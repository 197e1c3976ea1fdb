package fault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
)

// Violation is one field of the request at fault.
type Violation struct {
	// Field is the field's path in the request as the caller sent it: proto names, `services.items[2].service_id`.
	Field string
	// Reason is a stable word for programs.
	Reason reason.Reason
	// Description tells a person what is wrong and what to do.
	Description string
}

// InvalidField returns a fault of one field.
func InvalidField(field string, why reason.Reason, format string, args ...any) *Error {
	return Fields([]Violation{{Field: field, Reason: why, Description: fmt.Sprintf(format, args...)}})
}

// AtField returns a fault of another kind than Invalid that one field of the request causes, such as one that names what is
// not there.
func AtField(kind Kind, field string, why reason.Reason, format string, args ...any) *Error {
	fault := InvalidField(field, why, format, args...)
	fault.Kind = kind
	return fault
}

// Fields returns a fault of several fields, whose reason is that of the first. It returns nil if there are none: compare
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

// FieldsOrNil returns Fields as an error, nil if there are no violations.
func FieldsOrNil(violations []Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return Fields(violations)
}

// Rename returns an Invalid fault with each of its fields renamed, for a caller who knows them by other names. Any other
// error is returned as it is.
func Rename(err error, rename func(field string) string) error {
	return Edit(err, func(v *Violation) { v.Field = rename(v.Field) })
}

// Reword returns an Invalid fault with the descriptions replaced that descriptions has for a violation's reason. Any
// other error is returned as it is.
func Reword(err error, descriptions map[reason.Reason]string) error {
	return Edit(err, func(v *Violation) {
		if description, ok := descriptions[v.Reason]; ok {
			v.Description = description
		}
	})
}

// Edit returns an Invalid fault with each of its violations changed. Any other error is returned as it is.
func Edit(err error, change func(*Violation)) error {
	known, ok := As(err)
	if !ok || len(known.Violations) == 0 {
		return err
	}
	edited := slices.Clone(known.Violations)
	for i := range edited {
		change(&edited[i])
	}
	fields := Fields(edited)
	fields.Kind, fields.Reason, fields.Cause = known.Kind, known.Reason, known.Cause
	return fields
}
