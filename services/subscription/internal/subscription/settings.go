package subscription

import (
	"context"
	"time"
	_ "time/tzdata" // includes the time zone database, which some machines lack

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Settings hold for all subscriptions of a tenant, which has one. Those that were never set have version 0.
type Settings struct {
	mutation.Revision
	// Zone is the IANA time zone that decides what day it is. Empty means UTC.
	Zone string `json:"time_zone,omitempty"`
	// UserFields say what user defined fields mean.
	UserFields userfield.Definitions `json:"user_fields,omitempty"`
}

// Kind returns KindSettings.
func (*Settings) Kind() resource.Kind { return resource.KindSettings }

// Key returns an empty text: a tenant has one.
func (*Settings) Key() string { return "" }

// Keys returns nil: settings have no key.
func (*Settings) Keys() []resource.Key { return nil }

// Public returns the settings. They have no secrets.
func (s *Settings) Public() any { return s }

// Check returns a fault unless the time zone exists and the definitions of fields are right.
func (s *Settings) Check() error {
	// "Local" would be the machine's own zone.
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		return fault.InvalidField("settings.time_zone", reason.UnknownTimeZone, "%q is not a time zone of the IANA database, such as Europe/London", s.Zone)
	}
	return s.UserFields.Prepare("settings.user_field_definitions")
}

// location returns the time zone.
func (s Settings) location() (*time.Location, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, reason.UnknownTimeZone, "the time zone %q of the settings is not known", s.Zone)
	}
	return zone, nil
}

// Calendar is the tenant's clock: it tells what day it is at an instant, and when a day begins.
type Calendar struct{ zone *time.Location }

// calendarOf returns the clock of a tenant.
func calendarOf(ctx context.Context, r Reader) (Calendar, error) {
	settings, err := r.Settings(ctx)
	if err != nil {
		return Calendar{}, err
	}
	return settings.calendar()
}

// calendar returns the clock that the settings name.
func (s Settings) calendar() (Calendar, error) {
	zone, err := s.location()
	return Calendar{zone}, err
}

// Day returns the date at an instant.
func (c Calendar) Day(at time.Time) date.Date { return date.Of(at.In(c.zone)) }

// Begin returns the instant at which a day begins.
func (c Calendar) Begin(of date.Date) time.Time {
	return time.Date(of.Year(), of.Month(), of.Day(), 0, 0, 0, 0, c.zone).UTC()
}

// Local returns the date and time of day at an instant as if it were in UTC, and At the instant of such a date and
// time.
func (c Calendar) Local(at time.Time) time.Time { return inZone(at.In(c.zone), time.UTC) }

// At returns the instant at which the tenant's clock shows a date and time, which is given as if it were in UTC.
func (c Calendar) At(local time.Time) time.Time { return inZone(local, c.zone).UTC() }

// inZone returns what a clock of another zone shows as the same date and time.
func inZone(at time.Time, zone *time.Location) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), zone)
}

// Calendar returns the clock of the caller's tenant.
func (s *Service) Calendar(ctx context.Context) (Calendar, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Calendar, error) { return calendarOf(ctx, r) })
}

// Settings returns the settings of the caller's tenant.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Settings, error) { return r.Settings(ctx) })
}

// UpdateSettings applies revise to the settings. A non-empty etag must be the present one. Faults: UNKNOWN_TIME_ZONE,
// ETAG_MISMATCH, those of Definitions.Prepare, and INCONSISTENT for a field that is to be unique and is not.
func (s *Service) UpdateSettings(ctx context.Context, etag string, revise func(*Settings) error, options ...mutation.Option) (Settings, error) {
	return mutation.Change(ctx, s.Service, keptSettings, "settings", etag, func(ctx context.Context, w Writer, settings *Settings) error {
		before := settings.UserFields
		if err := revise(settings); err != nil {
			return err
		}
		if err := settings.Check(); err != nil {
			return err
		}
		return settings.reviseUnique(ctx, w, before)
	}, options...)
}

// keptSettings tells how to find and store the settings of a tenant.
var keptSettings = mutation.Resource[string, Settings, Writer]{
	What: "settings",
	Find: func(w Writer, ctx context.Context, _ string) (Settings, error) { return w.Settings(ctx) },
	Keep: func(w Writer, ctx context.Context, settings *Settings) error {
		if settings.Version == 0 {
			return w.Create(ctx, settings)
		}
		return w.Update(ctx, settings)
	},
}
