package organisation

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Prepare sets the defaults of a new or changed user, and checks its e-mail address and what it refers to.
// present is the user before a change, or nil if it is new. What it newly refers to must be active, unless
// the user is imported.
func (u *User) Prepare(ctx context.Context, r Reader, present *User, imported bool) error {
	resource.Fill(&u.ID, id.New)
	var v fault.Violations
	v.Email("user.email", u.Email)
	if err := v.Err(); err != nil {
		return err
	}
	if present == nil {
		of, err := resource.FindID(ctx, "user.organisation", string(u.Organisation), r.Organisation)
		if err != nil {
			return err
		}
		if err := resource.CheckActive("user.organisation", of.Inactive && !imported); err != nil {
			return err
		}
		present = &User{}
	}
	if err := u.checkGroups(ctx, r, present, imported); err != nil {
		return err
	}
	return u.checkPrivacyLevel(ctx, r, present, imported)
}

func (u *User) checkGroups(ctx context.Context, r Reader, present *User, imported bool) error {
	for i, id := range u.VisibleGroups {
		field := fmt.Sprintf("user.visible_groups[%d]", i)
		if slices.Contains(u.VisibleGroups[:i], id) {
			return fault.InvalidField(field, reason.Repeated, "%q is in the list twice", id)
		}
		if slices.Contains(present.VisibleGroups, id) {
			continue
		}
		group, err := resource.FindID(ctx, field, string(id), r.Group)
		if err != nil {
			return err
		}
		if err := resource.CheckActive(field, group.Inactive && !imported); err != nil {
			return err
		}
	}
	return nil
}

func (u *User) checkPrivacyLevel(ctx context.Context, r Reader, present *User, imported bool) error {
	const field = "user.max_privacy_level"
	if u.MaxPrivacyLevel == "" || u.MaxPrivacyLevel == present.MaxPrivacyLevel {
		return nil
	}
	level, err := resource.FindID(ctx, field, string(u.MaxPrivacyLevel), r.PrivacyLevel)
	if err != nil {
		return err
	}
	if _, ranked := level.Rank(); !ranked {
		return fault.InvalidField(field, reason.InvalidValue, "has the number %q, and only levels whose number has 1 to 18 digits can be compared", level.Number)
	}
	return resource.CheckActive(field, level.Inactive && !imported)
}
