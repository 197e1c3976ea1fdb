package run

import (
	"time"
	_ "time/tzdata" // includes the time zone database, which some machines lack

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Schedule says when a tenant's cycle run starts automatically: on its day of every month, for
// everything that is due on that day.
type Schedule struct {
	Enabled bool `json:"enabled"`
	// Day is the day of the month, 1 to 31. A shorter month uses its last day.
	Day int `json:"day_of_month"`
	// Zone is the IANA time zone that determines the date.
	Zone string `json:"time_zone"`
	// Cycles restricts the run to these bill cycles; empty means all.
	Cycles []line.BillCycle `json:"bill_cycles,omitempty"`
	// LeaveDrafts makes runs leave their invoices as drafts.
	LeaveDrafts bool `json:"leave_drafts,omitempty"`
	// Since is the day on which the schedule was set. No day before it has a run.
	Since date.Date `json:"since"`
	mutation.Revision
}

// noSchedule returns the schedule of a tenant who never set one.
func noSchedule() Schedule { return Schedule{Day: 1, Zone: "UTC"} }

// Check returns a fault that lists the rules the schedule breaks. It fills in a missing day and
// time zone.
func (s *Schedule) Check() error {
	var v fault.Violations
	if s.Day == 0 {
		s.Day = 1
	}
	if s.Day < 1 || s.Day > 31 {
		v.Add("day_of_month", reason.OutOfRange, "must be a day of the month, 1 to 31")
	}
	if s.Zone == "" {
		s.Zone = "UTC"
	}
	// "Local" would be the machine's own zone.
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		v.Add("time_zone", reason.UnknownTimeZone, "%q is not a time zone of the IANA database, such as America/Mexico_City", s.Zone)
	}
	for _, cycle := range s.Cycles {
		if !cycle.Valid() {
			v.Add("bill_cycles", reason.UnknownBillCycle, "must be bill cycles: monthly, quarterly, semi-annual or annual")
		}
	}
	return v.Err()
}

// Today returns the date at an instant in the schedule's time zone.
func (s Schedule) Today(at time.Time) (date.Date, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return date.Date{}, fault.Wrap(err, fault.Internal, reason.UnknownTimeZone, "the billing schedule's time zone %q is not known", s.Zone)
	}
	return date.Of(at.In(zone)), nil
}

// Latest returns the last day of the schedule on or before a date. ok is false if there is none
// since the schedule was set.
func (s Schedule) Latest(today date.Date) (day date.Date, ok bool) {
	day = today.AddMonthsOnDay(0, s.Day)
	if today.Before(day) {
		day = today.AddMonthsOnDay(-1, s.Day)
	}
	return day, s.Enabled && !day.Before(s.Since)
}

// Next returns the first day of the schedule after a date, or zero while the schedule is switched
// off.
func (s Schedule) Next(today date.Date) date.Date {
	if !s.Enabled {
		return date.Date{}
	}
	day := today.AddMonthsOnDay(0, s.Day)
	if !today.Before(day) {
		day = today.AddMonthsOnDay(1, s.Day)
	}
	return day
}
