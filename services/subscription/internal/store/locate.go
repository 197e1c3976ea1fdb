package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// Locate reads a resource by a key that no two tenants share.
func (s *Store) Locate(ctx context.Context, key domain.Key, into domain.Resource) (tenant auth.Tenant, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		what := into.Kind().Type()
		owner, text, err := locate(ctx, rows.New(tx), what, key)
		if err != nil {
			return err
		}
		tenant = auth.Tenant(owner)
		return readDocument(text, what, into)
	})
	return tenant, err
}

func locate(ctx context.Context, queries *rows.Queries, what string, key domain.Key) (tenant, text string, err error) {
	switch {
	case what == "Organisation" && key.Name == domain.KeyID:
		row, err := queries.LocateOrganisation(ctx, key.Value)
		return row.Tenant, row.Document, located(err, what, key)
	case what == "User" && key.Name == domain.KeyLogin:
		row, err := queries.LocateUserByLogin(ctx, key.Value)
		return row.Tenant, row.Document, located(err, what, key)
	case what == "User" && key.Name == domain.KeyAPIKey:
		row, err := queries.LocateUserByAPIKey(ctx, key.Value)
		return row.Tenant, row.Document, located(err, what, key)
	case what == "Session" && key.Name == domain.KeyToken:
		row, err := queries.LocateSession(ctx, key.Value)
		return row.Tenant, row.Document, located(err, what, key)
	}
	return "", "", fmt.Errorf("a %s is not located by %s", what, key.Name)
}

func located(err error, what string, key domain.Key) error {
	if err == nil {
		return nil
	}
	return notFound(err, what, key)
}
