// Package settings keeps what a tenant decides about all its recurrences: which day it is, what a
// part of a period costs, and how long a quote counts. Settings that were never set have defaults.
package settings

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // includes the time zone database, which some machines lack

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Proration is the rule for what a part of a period costs.
type Proration string

// The values of Proration.
const (
	// ByMonth makes a period of several months of months: whole ones cost their share of the price,
	// days of a broken one their share of that month's days.
	ByMonth Proration = "MONTH"
	// ByPeriod lets days cost their share of the days of the whole period.
	ByPeriod Proration = "PERIOD"
)

// Window is what a limit of usage is of.
type Window string

// The values of Window.
const (
	// OfMonth is a calendar month.
	OfMonth Window = "MONTH"
	// OfCycle is a cycle of the recurrence, or a month for one whose cycles begin on no known day.
	OfCycle Window = "CYCLE"
)

// The bounds and the default of AlertPercents.
const (
	maxAlertPercents = 10
	// MaxAlertPercent is the highest share of a limit that creates an alert.
	MaxAlertPercent = 1000
)

var defaultAlertPercents = []int32{80, 100}

// The bounds and the default of QuoteValidity.
const (
	minQuoteValidity     = time.Minute
	maxQuoteValidity     = 90 * 24 * time.Hour
	defaultQuoteValidity = 24 * time.Hour
)

// Settings are what a tenant decides about all its recurrences.
type Settings struct {
	// Zone is the IANA time zone that determines the date.
	Zone string `json:"time_zone"`
	// Proration is the rule for what a part of a period costs.
	Proration Proration `json:"proration"`
	// QuoteValidity is how long a quote counts, in whole seconds.
	QuoteValidity time.Duration `json:"quote_validity"`
	// UsageWindow is what a limit of usage is of.
	UsageWindow Window `json:"usage_window,omitempty"`
	// AlertPercents are the shares of a limit, in percent, that create an alert: ascending, each once.
	AlertPercents []int32 `json:"usage_alert_percents,omitempty"`
	// Version is 0 for settings that were never set, and rises with each change.
	Version int64 `json:"version"`
	// CreateTime and UpdateTime are in UTC, to the microsecond.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// Default returns the settings of a tenant who never set any.
func Default() Settings {
	return Settings{
		Zone: "UTC", Proration: ByMonth, QuoteValidity: defaultQuoteValidity, UsageWindow: OfMonth, AlertPercents: slices.Clone(defaultAlertPercents),
	}
}

// Etag returns the etag of the present state.
func (s Settings) Etag() string { return id.Etag(s.Version) }

// Today returns the date at an instant in the tenant's time zone.
func (s Settings) Today(at time.Time) (date.Date, error) {
	zone, err := s.Location()
	if err != nil {
		return date.Date{}, err
	}
	return date.Of(at.In(zone)), nil
}

// Location returns the tenant's time zone.
func (s Settings) Location() (*time.Location, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("the tenant's time zone: %w", err)
	}
	return zone, nil
}

// Check fills in the defaults and returns an Invalid fault with all violations, or nil.
func (s *Settings) Check() error {
	v := (&fault.Violations{}).In("recurrence_settings")
	fallback := Default()
	if s.Zone == "" {
		s.Zone = fallback.Zone
	}
	if s.Proration == "" {
		s.Proration = fallback.Proration
	}
	if s.QuoteValidity == 0 {
		s.QuoteValidity = fallback.QuoteValidity
	}
	s.checkUsage(v)
	// "Local" would be the machine's own zone.
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		v.Add("time_zone", reason.UnknownTimeZone, "%q is not a time zone of the IANA database, such as America/Mexico_City", s.Zone)
	}
	if s.QuoteValidity < minQuoteValidity || s.QuoteValidity > maxQuoteValidity || s.QuoteValidity%time.Second != 0 {
		v.Add("quote_validity", reason.OutOfRange, "must be whole seconds, from a minute to 90 days")
	}
	return v.Err()
}

// checkUsage fills in the defaults of what counts for usage, and collects violations.
func (s *Settings) checkUsage(v *fault.Violations) {
	if s.UsageWindow == "" {
		s.UsageWindow = OfMonth
	}
	if len(s.AlertPercents) == 0 {
		s.AlertPercents = defaultAlertPercents
	}
	s.AlertPercents = slices.Sorted(slices.Values(s.AlertPercents))
	switch percents := s.AlertPercents; {
	case len(percents) > maxAlertPercents:
		v.Add("usage_alert_percents", reason.TooMany, "must be at most %d", maxAlertPercents)
	case percents[0] < 1 || percents[len(percents)-1] > MaxAlertPercent:
		v.Add("usage_alert_percents", reason.OutOfRange, "must be from 1 to %d", MaxAlertPercent)
	case len(slices.Compact(slices.Clone(percents))) < len(percents):
		v.Add("usage_alert_percents", reason.Repeated, "must differ from one another")
	}
}
