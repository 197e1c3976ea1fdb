package books

import (
	"context"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

func importProfile(ctx context.Context, w Writer, p invoice.Profile) (imports.Outcome, error) {
	if err := p.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (invoice.Profile, error) { return w.ProfileAt(ctx, invoice.Issued{}) }, mutation.ErrNotFound,
		func(present invoice.Profile) bool {
			present.Revision = mutation.Revision{}
			if p.Proration == "" || present.Proration == "" {
				present.Take(p.Chosen())
			}
			return reflect.DeepEqual(p, present)
		},
		func() error { return w.PutProfile(ctx, &p) }, "billing profile", "of the tenant")
}

// importSchedule imports a schedule. It takes effect on the next run date, so
// days that had no run before the export have theirs here.
func importSchedule(ctx context.Context, w Writer, u run.Upcoming) (imports.Outcome, error) {
	schedule := u.Schedule
	if err := schedule.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	schedule.Since = u.NextRun
	if schedule.Since.IsZero() && schedule.Enabled {
		return imports.OutcomeOf(false, fault.InvalidField("next_run_date", reason.Required, "must be given for a schedule that is switched on"))
	}
	return imports.One(func() (run.Schedule, error) { return w.Schedule(ctx) }, mutation.ErrNotFound,
		func(present run.Schedule) bool {
			present.Since, present.Revision = schedule.Since, mutation.Revision{}
			return reflect.DeepEqual(schedule, present)
		},
		func() error { return w.PutSchedule(ctx, &schedule) }, "billing schedule", "of the tenant")
}
