package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// DropUnique forgets the values of a resource's unique fields.
func (w *writer) DropUnique(ctx context.Context, of resource.Resource) error {
	if err := w.rows.DeleteUserFieldValues(ctx, rows.DeleteUserFieldValuesParams{Tenant: string(w.tenant), Kind: string(of.Kind()), Owner: of.Key()}); err != nil {
		return fmt.Errorf("forgetting the unique values of %s: %w", resource.Name(of), err)
	}
	return nil
}

// AddUnique keeps the value of a unique field, and reports whether no other resource of its kind has it.
func (w *writer) AddUnique(ctx context.Context, of resource.Resource, field userfield.Name, value string) (added bool, err error) {
	digest := sha256.Sum256([]byte(value)) // values can be longer than what an index takes
	inserted, err := w.rows.CreateUserFieldValue(ctx, rows.CreateUserFieldValueParams{
		Tenant: string(w.tenant), Kind: string(of.Kind()), Field: string(field), Value: hex.EncodeToString(digest[:]), Owner: of.Key(),
	})
	if err != nil {
		return false, fmt.Errorf("keeping a unique value of %s: %w", resource.Name(of), err)
	}
	return inserted == 1, nil
}

// ForgetUnique forgets the values of a field of all resources of a kind.
func (w *writer) ForgetUnique(ctx context.Context, kind resource.Kind, field userfield.Name) error {
	if err := w.rows.DeleteUserField(ctx, rows.DeleteUserFieldParams{Tenant: string(w.tenant), Kind: string(kind), Field: string(field)}); err != nil {
		return fmt.Errorf("forgetting the unique values of %s: %w", field, err)
	}
	return nil
}
