package books

import (
	"context"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

func importRun(ctx context.Context, w Writer, r run.Run) (imports.Outcome, error) {
	var v fault.Violations
	if r.ID <= 0 {
		v.Add(catalogue.FieldID, reason.Required, "must be the number of the run, 1 or more")
	}
	if !r.State.Ended() || r.State == "" {
		v.Add("state", reason.RunNotEnded, "must be that of a run that has ended")
	}
	if r.AsOf.IsZero() {
		v.Add("as_of_date", reason.Required, "must be given")
	}
	if r.Created.IsZero() || r.Ended.IsZero() {
		v.Add("end_time", reason.Required, "must be given, and create_time with it")
	}
	if r.Drafts.Left != 0 || r.Drafts.Finalized < 0 || r.Drafts.Discarded < 0 {
		v.Add("draft_count", reason.DraftsLeft, "must be none: drafts are settled where their run made them")
	}
	for i, problem := range r.Problems {
		v.Text(fmt.Sprintf("problems[%d].message", i), problem.Message, line.MaxMemo)
	}
	for i, job := range r.Jobs {
		checkJob(&v, fmt.Sprintf("jobs[%d]", i), job)
	}
	if err := v.Err(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (run.Run, error) { return w.Run(ctx, r.ID) }, mutation.ErrNotFound,
		func(present run.Run) bool {
			present.Version, present.Actor, present.Retries = r.Version, r.Actor, 0
			return reflect.DeepEqual(r, present)
		},
		func() error { return mutation.Explain(w.ImportRun(ctx, &r), "cycle run", r.ID) }, "cycle run", r.ID)
}

func checkJob(v *fault.Violations, field string, job run.Job) {
	if job.Kind == "" {
		v.Add(field+".kind", reason.Required, "must be FINALIZE, DISCARD or VOID")
	}
	if !job.State.Ended() {
		v.Add(field+".state", reason.RunNotEnded, "must be that of a job that has ended")
	}
	if job.Created.IsZero() || job.Ended.IsZero() {
		v.Add(field+".end_time", reason.Required, "must be given, and create_time with it")
	}
	v.Text(field+".actor", job.Actor, line.MaxMemo)
	v.Text(field+".reason", job.Reason, invoice.MaxReason)
	for i, problem := range job.Problems {
		v.Text(fmt.Sprintf("%s.problems[%d].message", field, i), problem.Message, line.MaxMemo)
	}
}
