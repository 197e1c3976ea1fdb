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
)

const scheduleColumns = `enabled, day_of_month, time_zone, bill_cycles, leave_drafts, since, version, created, updated`

// scanSchedule reads a schedule, and the columns before its own.
func scanSchedule(r database.Row, before ...any) (s run.Schedule, err error) {
	var cycles string
	err = r.Scan(append(before, &s.Enabled, &s.Day, &s.Zone, &cycles, &s.LeaveDrafts, &s.Since, &s.Version, instant{&s.Created}, instant{&s.Updated})...)
	for _, cycle := range cycles {
		s.Cycles = append(s.Cycles, line.BillCycle(cycle))
	}
	return s, err
}

// Schedule reads the tenant's billing schedule.
func (r *reader) Schedule(ctx context.Context) (run.Schedule, error) {
	return one(ctx, r.tx, "billing schedule", func(row database.Row) (run.Schedule, error) { return scanSchedule(row) },
		`SELECT `+scheduleColumns+` FROM billing_schedules WHERE tenant = $1`, string(r.tenant))
}

// PutSchedule replaces the tenant's billing schedule.
func (w *writer) PutSchedule(ctx context.Context, s *run.Schedule) error {
	change := feed.Updated
	if s.Version == 0 {
		s.Created, change = w.at, feed.Created
	}
	s.Version, s.Updated = s.Version+1, w.at
	var cycles strings.Builder
	for _, cycle := range s.Cycles {
		cycles.WriteString(string(cycle))
	}
	_, err := w.tx.ExecContext(ctx,
		`INSERT INTO billing_schedules (tenant, `+scheduleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		 ON CONFLICT (tenant) DO UPDATE SET enabled = excluded.enabled, day_of_month = excluded.day_of_month,
			time_zone = excluded.time_zone, bill_cycles = excluded.bill_cycles, leave_drafts = excluded.leave_drafts, since = excluded.since, version = excluded.version,
			updated = excluded.updated`,
		string(w.tenant), s.Enabled, int64(s.Day), s.Zone, cycles.String(), s.LeaveDrafts, s.Since, s.Version, s.Created.UnixMicro(), s.Updated.UnixMicro())
	if err != nil {
		return fmt.Errorf("writing the billing schedule: %w", err)
	}
	return w.Record(ctx, change, s)
}

// Schedules reads the schedules of all tenants that are switched on.
func (s *Runs) Schedules(ctx context.Context) (map[auth.Tenant]run.Schedule, error) {
	schedules := map[auth.Tenant]run.Schedule{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		clear(schedules)
		_, err := database.Select(ctx, tx, "billing schedule", func(row database.Row) (schedule run.Schedule, err error) {
			var tenant auth.Tenant
			schedule, err = scanSchedule(row, &tenant)
			schedules[tenant] = schedule
			return schedule, err
		}, `SELECT tenant, `+scheduleColumns+` FROM billing_schedules WHERE enabled ORDER BY tenant`)
		return err
	})
	return schedules, err
}

// Today is the date at an instant in the zone of the tenant's billing schedule.
func (r *reader) Today(ctx context.Context, at time.Time) (date.Date, error) {
	return run.TodayOf(ctx, r, at)
}
