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
var userColumns = map[string]string{"name": "id", "login": "login"}

// userRow converts a user to a row of its table.
func userRow(tenant auth.Tenant, user *organisation.User) (rows.CreateUserParams, error) {
	text, err := document(user)
	return rows.CreateUserParams{
		Tenant:     string(tenant),
		ID:         string(user.ID),
		Login:      user.Login(),
		APIKeyHash: optional(user.APIKeyHash),
		Version:    user.Version,
		Document:   text,
	}, err
}

func (r *reader) User(ctx context.Context, key resource.Key) (organisation.User, error) {
	return one[organisation.User](ctx, r, "User", key, finders{resource.KeyID: r.rows.GetUser, resource.KeyLogin: r.rows.GetUserByLogin})
}

func (r *reader) Users(ctx context.Context, query listing.Query) ([]organisation.User, error) {
	found, err := rows.New(r.tx.List(query, userColumns)).ListUsers(ctx, string(r.tenant))
	return many[organisation.User]("User", found, err)
}

func (w *writer) CreateUser(ctx context.Context, user *organisation.User) error {
	user.Revision = w.first()
	row, err := userRow(w.tenant, user)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateUser(ctx, row)
	return w.created(ctx, user, created, err)
}

func (w *writer) UpdateUser(ctx context.Context, user *organisation.User) error {
	user.Revision = w.next(user.Revision)
	row, err := userRow(w.tenant, user)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateUser(ctx, rows.UpdateUserParams(row))
	return w.updated(ctx, user, updated, err)
}
