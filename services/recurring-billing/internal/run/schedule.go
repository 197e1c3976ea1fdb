package run

import (
	"time"
	_ "time/tzdata" // time zones are known on machines that have no database of them

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Schedule says when a tenant's cycle run happens by itself: on its day of every month, over all that is due that day.
type Schedule struct {
	Enabled bool `json:"enabled"`
	// Day is the day of the month, 1 to 31; in a shorter month its last.
	Day int `json:"day_of_month"`
	// Zone is the IANA time zone that decides what day it is.
	Zone string `json:"time_zone"`
	// Cycles are the only cycles billed; none: all.
	Cycles []line.BillCycle `json:"bill_cycles,omitempty"`
	// LeaveDrafts makes runs leave their invoices as drafts.
	LeaveDrafts bool `json:"leave_drafts,omitempty"`
	// Since is the day that the schedule was set: no day before it has a run.
	Since date.Date `json:"since"`
	mutation.Revision
}

// noSchedule is that of a tenant who never set one.
func noSchedule() Schedule { return Schedule{Day: 1, Zone: "UTC"} }

// Check refuses a schedule that breaks a rule, and fills in the day and the zone of one that names none.
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
	// The machine's own zone is no zone of a tenant's.
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		v.Add("time_zone", reason.UnknownTimeZone, "%q is no time zone of the IANA database, such as America/Mexico_City", s.Zone)
	}
	for _, cycle := range s.Cycles {
		if !cycle.Valid() {
			v.Add("bill_cycles", reason.UnknownBillCycle, "must be bill cycles: monthly, quarterly, semi-annual or annual")
		}
	}
	return v.Err()
}

// Today is the date at an instant in the schedule's time zone.
func (s Schedule) Today(at time.Time) (date.Date, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return date.Date{}, fault.Wrap(err, fault.Internal, reason.UnknownTimeZone, "the billing schedule's time zone %q is not known", s.Zone)
	}
	return date.Of(at.In(zone)), nil
}

// Latest is the last day of the schedule on or before a date; ok reports whether there is one since it was set.
func (s Schedule) Latest(today date.Date) (day date.Date, ok bool) {
	day = today.AddMonthsOnDay(0, s.Day)
	if today.Before(day) {
		day = today.AddMonthsOnDay(-1, s.Day)
	}
	return day, s.Enabled && !day.Before(s.Since)
}

// Next is the first day of the schedule after a date, none while it is switched off.
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
