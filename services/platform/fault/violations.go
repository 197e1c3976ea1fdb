package fault

import (
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
)

// MaxViolations is how many violations one answer tells: a request with thousands of bad entries does not get an answer
// as long.
const MaxViolations = 50

const mustBeGiven = "must be given"

// Violations collects what is wrong with the fields of a request, all of it, so that the caller learns of everything at
// once. The zero value is empty and ready to use. It must not be copied after its first use, and is not safe for
// concurrent use.
type Violations struct {
	parent *Violations
	path   string
	found  []Violation
}

// Add adds a violation of a field. Beyond MaxViolations it does nothing. An empty field is the message itself.
func (v *Violations) Add(field string, why reason.Reason, format string, args ...any) {
	root, path := v, join(v.path, field)
	for ; root.parent != nil; root = root.parent {
		path = join(root.parent.path, path)
	}
	if len(root.found) < MaxViolations {
		root.found = append(root.found, Violation{Field: path, Reason: why, Description: fmt.Sprintf(format, args...)})
	}
}

// In returns a collector for the fields of the message at a path, such as `items[3]`. What it collects is collected by v.
func (v *Violations) In(format string, args ...any) *Violations {
	return &Violations{parent: v, path: fmt.Sprintf(format, args...)}
}

// Require adds REQUIRED for a field that was not given, and reports whether it was.
func (v *Violations) Require(field string, given bool) bool {
	if !given {
		v.Add(field, reason.Required, mustBeGiven)
	}
	return given
}

// NotNegative adds OUT_OF_RANGE for a number below 0.
func (v *Violations) NotNegative(field string, number int32) {
	if number < 0 {
		v.Add(field, reason.OutOfRange, "must not be negative")
	}
}

// Collect adds the violations of an Invalid fault, below the path of v, and returns nil. Any other error is returned.
func (v *Violations) Collect(err error) error {
	known, ok := As(err)
	if !ok || known.Kind != Invalid || len(known.Violations) == 0 {
		return err
	}
	for _, found := range known.Violations {
		v.Add(found.Field, found.Reason, "%s", found.Description)
	}
	return nil
}

// None reports whether nothing was added, neither here nor by another collector of the same request.
func (v *Violations) None() bool {
	root := v
	for ; root.parent != nil; root = root.parent {
	}
	return len(root.found) == 0
}

// Err returns an Invalid fault of everything that was added, nil if nothing was.
func (v *Violations) Err() error {
	root := v
	for ; root.parent != nil; root = root.parent {
	}
	return FieldsOrNil(root.found)
}

// join puts a field below a path; either can be empty.
func join(path, field string) string {
	if path == "" || field == "" {
		return path + field
	}
	return path + "." + field
}
