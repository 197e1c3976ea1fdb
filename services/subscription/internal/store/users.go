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
	"disabled": "disabled", "create_time": "created", "update_time": "updated",
}

// userRow converts a user to a row of its table.
func userRow(tenant auth.Tenant, user *organisation.User) (rows.CreateUserParams, error) {
	text, err := document(user)
	return rows.CreateUserParams{
		Tenant:       string(tenant),
		ID:           string(user.ID),
		Login:        plain(user.Login()),
		Version:      user.Version,
		Document:     text,
		Organisation: string(user.Organisation),
		UserName:     plain(user.UserName),
		Name:         optional(user.Name),
		Email:        optional(user.Email),
		Disabled:     user.Disabled,
		Created:      user.Created.UnixMicro(),
		Updated:      user.Updated.UnixMicro(),
	}, err
}

func (r *reader) User(ctx context.Context, key resource.Key) (organisation.User, error) {
	return one[organisation.User](ctx, r, "User", key, finders{resource.KeyID: r.rows.GetUser, resource.KeyLogin: r.rows.GetUserByLogin})
}

func (r *reader) Users(ctx context.Context, query listing.Query) ([]organisation.User, error) {
	found, err := r.list(query, userColumns).ListUsers(ctx, string(r.tenant))
	return many[organisation.User]("User", found, err)
}
