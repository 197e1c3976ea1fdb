package settings

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the settings of one tenant.
type Reader interface {
	// Settings returns the tenant's settings, or their defaults if none were set.
	Settings(ctx context.Context) (Settings, error)
}

// Writer reads and writes the settings of one tenant.
type Writer interface {
	Reader
	mutation.Writer
	// PutSettings replaces the settings, raises their version and adds an entry to the change feed.
	// It returns mutation.ErrStale if the version is not the present one.
	PutSettings(ctx context.Context, settings *Settings) error
}

// Today returns the date of an instant in the tenant's time zone.
func Today(ctx context.Context, r Reader, at time.Time) (date.Date, error) {
	own, err := r.Settings(ctx)
	if err != nil {
		return date.Date{}, err
	}
	return own.Today(at)
}
