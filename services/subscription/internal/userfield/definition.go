package userfield

import (
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Object is a kind of object that has user defined fields.
type Object string

// The values of Object.
const (
	OfSubscription Object = "SUBSCRIPTION"
	OfService      Object = "SUBSCRIBED_SERVICE"
	OfItem         Object = "SUBSCRIBED_ITEM"
	OfAction       Object = "SUBSCRIPTION_ACTION"
	OfAccount      Object = "ACCOUNT"
)

// Definition says what one field of a kind of object means.
type Definition struct {
	Object Object `json:"object"`
	Field  Name   `json:"field"`
	// Label is what people call the field. Faults name it.
	Label string `json:"label"`
	// Mandatory fields have a value in new objects, and it cannot be taken away.
	Mandatory bool `json:"mandatory,omitempty"`
	// Allowed are the allowed values; empty means all.
	Allowed []string `json:"allowed,omitempty"`
	// Unique fields have different values in all objects of the kind. They are those of subscriptions, actions and accounts alone.
	Unique bool `json:"unique,omitempty"`
}

// Definitions are those of a tenant.
type Definitions []Definition

// Prepare checks the definitions. path is theirs in the request. Faults: INVALID_VALUE, REPEATED.
func (d Definitions) Prepare(path string) error {
	var v fault.Violations
	for i, one := range d {
		at := fmt.Sprintf("%s[%d]", path, i)
		if one.Field.Type() == "" {
			v.Add(at+".field", reason.InvalidValue, "%q is no user defined field; they are udf_string_1 to 8, udf_float_1 to 4 and udf_date_1 to 4", one.Field)
		}
		if strings.TrimSpace(one.Label) == "" {
			v.Add(at+".label", reason.Required, "must be given")
		}
		if slices.ContainsFunc(d[:i], func(before Definition) bool { return before.Object == one.Object && before.Field == one.Field }) {
			v.Add(at+".field", reason.Repeated, "%s of this object is defined before", one.Field)
		}
		if one.Unique && one.Object != OfSubscription && one.Object != OfAction && one.Object != OfAccount {
			v.Add(at+".unique", reason.InvalidValue, "only fields of subscriptions, actions and accounts can be unique")
		}
		for j, allowed := range one.Allowed {
			if _, err := one.Field.Type().parse(allowed); err != nil {
				v.Add(fmt.Sprintf("%s.allowed_values[%d]", at, j), reason.InvalidValue, "%v", err)
			}
		}
	}
	return v.Err()
}

// Check returns a fault for each value of an object that is new, or that was changed, and is not as defined. before is nil for a
// new object. Faults: REQUIRED and INVALID_VALUE, which name the label.
func (d Definitions) Check(of Object, after, before *Fields, path Path) error {
	var v fault.Violations
	for _, one := range d {
		if one.Object != of {
			continue
		}
		value, given := after.Value(one.Field)
		was, had := "", false
		if before != nil {
			was, had = before.Value(one.Field)
		}
		switch {
		case !given && one.Mandatory && (before == nil || had):
			v.Add(path(one.Field), reason.Required, "%q must have a value", one.Label)
		case given && (!had || value != was) && !one.allows(value):
			v.Add(path(one.Field), reason.InvalidValue, "%q must be one of %s", one.Label, strings.Join(one.Allowed, ", "))
		}
	}
	return v.Err()
}

// Checking checks the fields of an object of one kind, as Check does.
type Checking func(after, before *Fields, path Path) error

// Checking returns what checks the objects of a kind.
func (d Definitions) Checking(of Object) Checking {
	return func(after, before *Fields, path Path) error { return d.Check(of, after, before, path) }
}

func (d Definition) allows(value string) bool {
	return len(d.Allowed) == 0 || slices.ContainsFunc(d.Allowed, func(text string) bool {
		allowed, err := d.Field.Type().parse(text)
		return err == nil && allowed == value
	})
}

// Unique returns those of a kind of object whose values are unique.
func (d Definitions) Unique(of Object) (unique Definitions) {
	for _, one := range d {
		if one.Unique && one.Object == of {
			unique = append(unique, one)
		}
	}
	return unique
}
