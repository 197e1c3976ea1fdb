package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// userColumns maps the fields of the user list to columns.
var userColumns = map[string]string{
	"name": "id", "login": "login", "organisation": "organisation", "user_name": "user_name", "display_name": "name", "email": "email",
	"disabled": "disabled", "max_privacy_level": "max_privacy_level", "create_time": "created", "update_time": "updated",
	// One of the groups, to tell whether there are any.
	"visible_groups": "SELECT min(g.group_id) FROM user_groups AS g WHERE g.tenant = users.tenant AND g.user_id = users.id",
}

// userRow converts a user to a row of its table.
func userRow(tenant auth.Tenant, user *organisation.User) (rows.CreateUserParams, error) {
	text, err := document(user)
	return rows.CreateUserParams{
		Tenant:          string(tenant),
		ID:              string(user.ID),
		Login:           plain(user.Login()),
		Version:         user.Version,
		Document:        text,
		Organisation:    string(user.Organisation),
		UserName:        plain(user.UserName),
		Name:            optional(user.Name),
		Email:           optional(user.Email),
		Disabled:        user.Disabled,
		Created:         user.Created.UnixMicro(),
		Updated:         user.Updated.UnixMicro(),
		MaxPrivacyLevel: optional(string(user.MaxPrivacyLevel)),
	}, err
}

func (r *reader) User(ctx context.Context, key resource.Key) (organisation.User, error) {
	return one[organisation.User](ctx, r, "User", key, finders{resource.KeyID: r.rows.GetUser, resource.KeyLogin: r.rows.GetUserByLogin})
}

func (r *reader) Users(ctx context.Context, query listing.Query) ([]organisation.User, error) {
	found, err := r.list(query, userColumns).ListUsers(ctx, string(r.tenant))
	return many[organisation.User]("User", found, err)
}

// keepGroups stores the groups of a user, so that they are counted as in use.
func (w *writer) keepGroups(ctx context.Context, of resource.Resource) error {
	user, ok := of.(*organisation.User)
	if !ok {
		return nil
	}
	if user.Version > 1 {
		if err := w.dropGroups(ctx, of); err != nil {
			return err
		}
	}
	for _, group := range user.VisibleGroups {
		if err := w.rows.CreateUserGroup(ctx, rows.CreateUserGroupParams{
			Tenant: string(w.tenant), UserID: string(user.ID), GroupID: string(group),
		}); err != nil {
			return &writeError{of, err}
		}
	}
	return nil
}

func (w *writer) dropGroups(ctx context.Context, of resource.Resource) error {
	if of.Kind() != resource.KindUser {
		return nil
	}
	if err := w.rows.DeleteUserGroups(ctx, string(w.tenant), of.Key()); err != nil {
		return &writeError{of, err}
	}
	return nil
}
