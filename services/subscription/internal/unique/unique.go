// Package unique keeps the values of user defined fields that no two resources of a kind may share.
package unique

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Writer keeps the values of one tenant.
type Writer interface {
	// DropUnique forgets the values of a resource.
	DropUnique(ctx context.Context, of resource.Resource) error
	// AddUnique keeps the value of a field of a resource, and reports whether no other one of its kind has it.
	AddUnique(ctx context.Context, of resource.Resource, field userfield.Name, value string) (added bool, err error)
}

// Keep keeps the values of a resource's fields that definitions say are unique, in the place of those that it had. The error is an ALREADY_EXISTS
// fault, which names the label, if another resource of the kind has one of them.
func Keep(ctx context.Context, w Writer, definitions userfield.Definitions, object userfield.Object, of resource.Resource, fields *userfield.Fields, path userfield.Path) error {
	unique := definitions.Unique(object)
	if len(unique) == 0 {
		return nil
	}
	if err := w.DropUnique(ctx, of); err != nil {
		return err
	}
	for _, one := range unique {
		value, given := fields.Value(one.Field)
		if !given {
			continue
		}
		added, err := w.AddUnique(ctx, of, one.Field, value)
		if err != nil {
			return err
		}
		if !added {
			return fault.AtField(fault.AlreadyExists, path(one.Field), reason.AlreadyExists, "%q must be unique, and another one has %q", one.Label, value)
		}
	}
	return nil
}
