package settings

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service offers the operations on settings.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New returns a service on a store that takes the time from clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

var all = mutation.Resource[string, Settings, Writer]{
	What: "settings",
	Find: func(w Writer, ctx context.Context, _ string) (Settings, error) { return w.Settings(ctx) },
	Keep: Writer.PutSettings,
}

// Get returns the tenant's settings.
func (s *Service) Get(ctx context.Context) (Settings, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Settings, error) { return r.Settings(ctx) })
}

// Update applies revise to the tenant's settings. Faults: Invalid, and Conflict if the etag is not
// the present one.
func (s *Service) Update(ctx context.Context, etag string, revise func(*Settings) error, options ...mutation.Option) (Settings, error) {
	return mutation.Change(ctx, s.Service, all, "of recurrences", etag, func(_ context.Context, _ Writer, settings *Settings) error {
		if err := revise(settings); err != nil {
			return err
		}
		return settings.Check()
	}, options...)
}

// Add sets imported settings within an import, for a tenant who has set none.
func Add(ctx context.Context, w Writer, wanted Settings) error {
	return w.PutSettings(ctx, &wanted)
}
