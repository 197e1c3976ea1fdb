package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// An upgrade from before runs had jobs keeps what was known of them, and resumes the unfinished
// ones.
func TestUpgradeFromBeforeJobs(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := databasetest.Open(t, url, before(t, "00190"))
			if err := older.Write(t.Context(), fillBeforeJobs); err != nil {
				t.Fatal(err)
			}
			upgraded := databasetest.Open(t, url, store.Migrations())
			runs := store.NewRuns(upgraded, api.Message)
			service := run.NewService(runs, store.New[catalogue.Reader, catalogue.Writer](upgraded, api.Message), clock.System{}, run.LinesPerBatch)
			ctx := auth.With(t.Context(), auth.Principal{Tenant: "t", Actor: "operator"})
			at := time.Unix(9, 0).UTC()
			finalized := run.Job{
				Number: 1, Kind: run.FinalizeJob, State: run.Succeeded, Actor: "bob", Batches: 1, Done: 1, Created: at, Ended: at,
			}
			discarded := run.Job{
				Number: 1, Kind: run.DiscardJob, State: run.Failed, Actor: "bob", Batches: 1, Done: 1, ProblemCount: 1, Created: at, Ended: at,
				Problems: []run.Problem{{BillTo: 7, Currency: "EUR", Message: "billed further"}},
			}
			voiding := run.Job{
				Number: 1, Kind: run.VoidJob, State: run.Running, Actor: "bob", Reason: "Wrong", ReleasePeriods: true, Batches: 2, Done: 1, Created: at,
			}
			for id, want := range map[run.ID]run.Job{1: finalized, 2: discarded, 3: voiding} {
				got, err := service.Get(ctx, id)
				if err != nil || got.State != run.Succeeded || got.Done != got.Batches || got.ProblemCount != 0 || got.Ended.IsZero() || got.Actor != "ann" {
					t.Errorf("%+v, error %v", got, err)
				}
				if diff := cmp.Diff([]run.Job{want}, got.Jobs); diff != "" {
					t.Errorf("jobs of run %d (-want +got):\n%s", id, diff)
				}
			}
			failed, err := service.Get(ctx, 4)
			if err != nil || failed.State != run.Failed || failed.ProblemCount != 1 || len(failed.Jobs) != 0 || failed.Problems[0].Range != (run.Range{After: 3, Upto: 9}) {
				t.Errorf("%+v, error %v", failed, err)
			}
			for worked := true; worked; {
				if worked, err = service.Work(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			ended, err := service.Get(ctx, 3)
			if job := ended.LastJob(); err != nil || job.State != run.Succeeded || job.Done != 2 || ended.InProgress() {
				t.Errorf("%+v, error %v", ended, err)
			}
			again, err := service.Discard(ctx, 2)
			if err != nil || len(again.Jobs) != 2 || again.RunningJob() == nil || cmp.Diff(discarded, again.Jobs[0]) != "" {
				t.Errorf("%+v, error %v", again, err)
			}
		})
	}
}

// fillBeforeJobs writes runs as the previous version did: one that was finalized, one that was
// partly discarded, one that is being voided, and one whose billing failed.
func fillBeforeJobs(ctx context.Context, tx *database.Tx) (failed error) {
	const (
		runs    = `INSERT INTO cycle_runs (tenant, id, as_of_date, filter, dry_run, leave_drafts, actor, batch_count, batches_done, invoice_count, period_count, totals, problem_count, version, created, updated, state, outcome, settled_by, ended, void_reason, void_releases) VALUES `
		batches = `INSERT INTO cycle_run_batches (tenant, run_id, number, after_bill_to, upto_bill_to, state, attempts, not_before, error, invoice_count, period_count, totals, draft_count, finalized_count, discarded_count) VALUES `
	)
	for _, statement := range []string{
		runs + `('t', 1, '2026-02-01', '{}', FALSE, TRUE, 'ann', 1, 1, 1, 1, '{"EUR":5}', 0, 5, 0, 9000000, 'SUCCEEDED', 'SUCCEEDED', 'bob', 9000000, NULL, NULL),
			('t', 2, '2026-03-01', '{}', FALSE, TRUE, 'ann', 1, 1, 2, 2, '{"EUR":5}', 1, 5, 0, 9000000, 'FAILED', 'SUCCEEDED', 'bob', 9000000, NULL, NULL),
			('t', 3, '2026-04-01', '{}', FALSE, FALSE, 'ann', 2, 1, 2, 2, '{"EUR":5}', 0, 4, 0, 9000000, 'VOIDING', 'SUCCEEDED', 'bob', NULL, 'Wrong', TRUE),
			('t', 4, '2026-05-01', '{}', FALSE, FALSE, 'ann', 1, 0, 0, 0, '{}', 1, 4, 0, 9000000, 'FAILED', NULL, NULL, 9000000, NULL, NULL)`,
		batches + `('t', 1, 1, 0, 2147483647, 'DONE', 0, 0, '', 1, 1, '{"EUR":5}', 0, 1, 0),
			('t', 2, 1, 0, 2147483647, 'DONE', 0, 0, '', 2, 2, '{"EUR":5}', 1, 0, 1),
			('t', 3, 1, 0, 5, 'DONE', 0, 0, '', 1, 1, '{"EUR":2}', 0, 0, 0),
			('t', 3, 2, 5, 2147483647, 'PENDING', 0, 0, '', 1, 1, '{"EUR":3}', 0, 0, 0),
			('t', 4, 1, 3, 9, 'FAILED', 5, 0, 'the disk is full', 0, 0, '{}', 0, 0, 0)`,
		`INSERT INTO cycle_run_problems (tenant, run_id, bill_to_id, currency, message, of_draft) VALUES ('t', 2, 7, 'EUR', 'billed further', TRUE)`,
	} {
		_, err := tx.ExecContext(ctx, statement)
		failed = errors.Join(failed, err)
	}
	return failed
}
