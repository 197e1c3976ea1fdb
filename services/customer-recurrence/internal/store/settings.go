package store

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// settingsOf converts a row to settings.
func settingsOf(row rows.RecurrenceSetting) (settings.Settings, error) {
	found := settings.Settings{
		Zone: row.TimeZone, Proration: settings.Proration(row.Proration), QuoteValidity: time.Duration(row.QuoteValiditySeconds) * time.Second,
		UsageWindow: settings.Window(row.UsageWindow), AlertPercents: settings.Default().AlertPercents,
		Version: row.Version, CreateTime: instant(row.CreatedAt), UpdateTime: instant(row.UpdatedAt),
	}
	return found, readOptional(row.UsageAlertPercents, &found.AlertPercents)
}

func (r *reader) Settings(ctx context.Context) (settings.Settings, error) {
	row, err := r.rows.GetSettings(ctx, string(r.tenant))
	found, err := one("settings", row, err, settingsOf)
	if errors.Is(err, mutation.ErrNotFound) {
		return settings.Default(), nil
	}
	return found, err
}

func (w *writer) PutSettings(ctx context.Context, s *settings.Settings) error {
	kind := feed.Updated
	if s.Version == 0 {
		s.CreateTime, kind = w.Now(), feed.Created
	}
	s.Version, s.UpdateTime = s.Version+1, w.Now()
	percents, err := optional(s.AlertPercents)
	if err != nil {
		return err
	}
	written, err := w.rows.PutSettings(ctx, rows.PutSettingsParams{
		Tenant: string(w.tenant), TimeZone: s.Zone, Proration: string(s.Proration), QuoteValiditySeconds: int64(s.QuoteValidity / time.Second),
		Version: s.Version, CreatedAt: s.CreateTime.UnixMicro(), UpdatedAt: s.UpdateTime.UnixMicro(),
		UsageWindow: string(s.UsageWindow), UsageAlertPercents: percents,
	})
	return w.written(ctx, written, err, mutation.ErrStale, kind, *s)
}
