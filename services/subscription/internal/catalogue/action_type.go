package catalogue

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// ActionTypeID identifies a type of actions.
type ActionTypeID string

// ActionType is a type of subscription actions, or a sub type of one. Its name and alternative code are unique within the tenant.
type ActionType struct {
	mutation.Revision
	ID              ActionTypeID `json:"id"`
	Name            string       `json:"name"`
	AlternativeCode string       `json:"alternative_code,omitempty"`
	// Parent is the type to which a sub type belongs, and empty for a type. It never changes.
	Parent   ActionTypeID `json:"parent,omitempty"`
	Inactive bool         `json:"inactive,omitempty"`
}

// Kind returns KindActionType.
func (*ActionType) Kind() resource.Kind { return resource.KindActionType }

// Key returns the id.
func (t *ActionType) Key() string { return string(t.ID) }

// Keys returns the name and the alternative code.
func (t *ActionType) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNameText, Value: t.Name}, {Name: resource.KeyAlternativeCode, Value: t.AlternativeCode}}
}

// Public returns the type. It has no secrets.
func (t *ActionType) Public() any { return t }

// Prepare sets the defaults of a new type.
func (t *ActionType) Prepare(time.Time) {
	resource.Fill(&t.ID, id.New)
}

// FieldParentType is the field of requests, and of the list, that holds the type to which a sub type belongs.
const FieldParentType = "parent_type"

// ActionTypeFinder reads types of actions.
type ActionTypeFinder interface {
	// ActionType returns the type of actions with a key: its id, name or alternative code.
	ActionType(ctx context.Context, key resource.Key) (ActionType, error)
}

// CheckParent returns a fault if a sub type's type does not exist, is a sub type or is inactive, or if it changes: actions have the type beside the
// sub type. present is the type before a change, or nil if it is new. An imported one can have an inactive type.
func (t *ActionType) CheckParent(ctx context.Context, r ActionTypeFinder, present *ActionType, imported bool) error {
	const field = "action_type." + FieldParentType
	switch {
	case present != nil && present.Parent != t.Parent:
		return fault.InvalidField(field, reason.Inconsistent, "never changes, as actions name it; create another type")
	case t.Parent == "" || present != nil:
		return nil
	}
	parent, err := resource.FindID(ctx, field, string(t.Parent), r.ActionType)
	if err != nil {
		return err
	}
	if parent.Parent != "" {
		return fault.InvalidField(field, reason.Inconsistent, "%s is a sub type itself, of %s", parent.ID, parent.Parent)
	}
	return resource.CheckActive(field, parent.Inactive && !imported)
}
