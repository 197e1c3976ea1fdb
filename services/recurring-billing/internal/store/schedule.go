package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// scheduleRow converts a schedule to a row of its table.
func scheduleRow(tenant auth.Tenant, s *run.Schedule) rows.BillingSchedule {
	var cycles strings.Builder
	for _, cycle := range s.Cycles {
		cycles.WriteString(string(cycle))
	}
	return rows.BillingSchedule{
		Tenant:      string(tenant),
		Enabled:     s.Enabled,
		DayOfMonth:  int64(s.Day),
		TimeZone:    s.Zone,
		BillCycles:  cycles.String(),
		Since:       s.Since.String(),
		Version:     s.Version,
		Created:     s.Created.UnixMicro(),
		Updated:     s.Updated.UnixMicro(),
		LeaveDrafts: s.LeaveDrafts,
	}
}

// scheduleOf converts a row to a schedule.
func scheduleOf(row rows.BillingSchedule) (run.Schedule, error) {
	var day dates
	s := run.Schedule{
		Enabled:     row.Enabled,
		Day:         int(row.DayOfMonth),
		Zone:        row.TimeZone,
		LeaveDrafts: row.LeaveDrafts,
		Since:       day.of(row.Since),
		Revision:    revisionOf(row.Version, row.Created, row.Updated),
	}
	for _, cycle := range row.BillCycles {
		s.Cycles = append(s.Cycles, line.BillCycle(cycle))
	}
	return s, day.err
}

// Schedule reads the tenant's billing schedule.
func (r *reader) Schedule(ctx context.Context) (run.Schedule, error) {
	row, err := r.rows.GetSchedule(ctx, string(r.tenant))
	return one("billing schedule", row, err, scheduleOf)
}

// PutSchedule replaces the tenant's billing schedule.
func (w *writer) PutSchedule(ctx context.Context, s *run.Schedule) error {
	change := feed.Updated
	if s.Version == 0 {
		s.Created, change = w.at, feed.Created
	}
	w.revise(&s.Revision)
	if err := w.rows.PutSchedule(ctx, rows.PutScheduleParams(scheduleRow(w.tenant, s))); err != nil {
		return fmt.Errorf("writing the billing schedule: %w", err)
	}
	return w.Record(ctx, change, s)
}

// Schedules reads the schedules of all tenants that are switched on.
func (s *Runs) Schedules(ctx context.Context) (map[auth.Tenant]run.Schedule, error) {
	schedules := map[auth.Tenant]run.Schedule{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		clear(schedules)
		found, err := rows.New(tx).ListSchedules(ctx)
		_, err = many("billing schedules", found, err, func(row rows.BillingSchedule) (schedule run.Schedule, err error) {
			schedules[auth.Tenant(row.Tenant)], err = scheduleOf(row)
			return schedule, err
		})
		return err
	})
	return schedules, err
}

// Today returns the date at an instant in the time zone of the tenant's billing schedule.
func (r *reader) Today(ctx context.Context, at time.Time) (date.Date, error) {
	return run.TodayOf(ctx, r, at)
}
