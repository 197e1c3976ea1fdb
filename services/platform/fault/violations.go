package fault

import (
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
)

// MaxViolations is the maximum number of violations in one response. It bounds the response to a
// request with thousands of invalid entries.
const MaxViolations = 50

const mustBeGiven = "must be given"

// Violations collects all invalid fields of a request, so that the caller learns of them at once.
// The zero value is empty and ready to use. It must not be copied after its first use, and is not
// safe for concurrent use.
type Violations struct {
	parent *Violations
	path   string
	found  []Violation
}

// Add adds a violation. An empty field stands for the message itself. Violations beyond
// MaxViolations are ignored.
func (v *Violations) Add(field string, why reason.Reason, format string, args ...any) {
	root, path := v, join(v.path, field)
	for ; root.parent != nil; root = root.parent {
		path = join(root.parent.path, path)
	}
	if len(root.found) < MaxViolations {
		root.found = append(root.found, Violation{Field: path, Reason: why, Description: fmt.Sprintf(format, args...)})
	}
}

// In returns a collector for the fields of the message at a path, such as `items[3]`. It adds to
// the same violations as v.
func (v *Violations) In(format string, args ...any) *Violations {
	return &Violations{parent: v, path: fmt.Sprintf(format, args...)}
}

// Require adds REQUIRED if the field was not given, and returns given.
func (v *Violations) Require(field string, given bool) bool {
	if !given {
		v.Add(field, reason.Required, mustBeGiven)
	}
	return given
}

// NotNegative adds OUT_OF_RANGE if number is below 0.
func (v *Violations) NotNegative(field string, number int32) {
	if number < 0 {
		v.Add(field, reason.OutOfRange, "must not be negative")
	}
}

// Collect adds the violations of an Invalid fault below the path of v and returns nil. It returns
// any other error unchanged.
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

// None reports whether the request has no violations so far, including those of other collectors.
func (v *Violations) None() bool {
	root := v
	for ; root.parent != nil; root = root.parent {
	}
	return len(root.found) == 0
}

// Err returns an Invalid fault with all violations of the request, or nil if it has no violation.
func (v *Violations) Err() error {
	root := v
	for ; root.parent != nil; root = root.parent {
	}
	return Fields(root.found)
}

// join appends a field to a path; either may be empty.
func join(path, field string) string {
	if path == "" || field == "" {
		return path + field
	}
	return path + "." + field
}
