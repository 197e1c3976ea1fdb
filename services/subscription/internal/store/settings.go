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
	text := ""
	if r.ahead != nil && r.ahead.settings != nil {
		text = *r.ahead.settings
	} else if text, err = settingsText(ctx, r.rows, r.tenant); err != nil {
		return found, err
	}
	if text == "" {
		return found, nil
	}
	return found, readDocument(text, "Settings", &found)
}

// readSettings returns settings that nobody writes into, those that were never set from an empty text.
func readSettings(known *shared, text string) (subscription.Settings, error) {
	if text == "" {
		return subscription.Settings{}, nil
	}
	return readShared[subscription.Settings](known, text, "Settings")
}

// settingsText returns the document of a tenant's settings, or an empty text if they were never set.
func settingsText(ctx context.Context, from *rows.Queries, tenant auth.Tenant) (string, error) {
	text, err := from.GetSettings(ctx, string(tenant))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading the settings: %w", err)
	}
	return text, nil
}
