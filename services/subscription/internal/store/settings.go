package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// settingsRow converts settings to a row of their table.
func settingsRow(tenant auth.Tenant, settings *subscription.Settings) (rows.CreateSettingsParams, error) {
	text, err := document(settings)
	return rows.CreateSettingsParams{Tenant: string(tenant), Version: settings.Version, Document: text}, err
}

// Settings returns the settings of the tenant, at version 0 if they were never set.
func (r *reader) Settings(ctx context.Context) (found subscription.Settings, err error) {
	text, err := r.rows.GetSettings(ctx, string(r.tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("reading the settings: %w", err)
	}
	return found, readDocument(text, "Settings", &found)
}
