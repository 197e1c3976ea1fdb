package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// Work of all tenants that can be claimed. Batches are ordered by their numbers first, so that a
// long run does not hold back the short runs of others.
const (
	pendingRun = `SELECT tenant, id FROM cycle_runs WHERE state = 'PENDING' ORDER BY created, tenant, id LIMIT 1`
	endedRun   = `SELECT tenant, id FROM cycle_runs WHERE ` + isDone + ` ORDER BY created, tenant, id LIMIT 1`
	isDone     = `state = 'RUNNING' AND NOT EXISTS (SELECT 1 FROM cycle_run_batches b
		WHERE b.tenant = cycle_runs.tenant AND b.run_id = cycle_runs.id AND b.state = 'PENDING')`
	endedJob = `SELECT r.tenant, r.id FROM cycle_runs r JOIN cycle_run_jobs j ON j.tenant = r.tenant AND j.run_id = r.id
		WHERE ` + jobIsDone + ` ORDER BY j.created, j.tenant, j.run_id LIMIT 1`
	jobIsDone = `j.state = 'RUNNING' AND NOT EXISTS (SELECT 1 FROM cycle_run_batches b
		WHERE b.tenant = j.tenant AND b.run_id = j.run_id AND b.state = 'PENDING')`
	pendingBatch = `SELECT tenant, run_id, number, job, after_bill_to, upto_bill_to, attempts FROM cycle_run_batches
		WHERE state = 'PENDING' AND not_before <= $1 ORDER BY number, tenant, run_id`
)

// lock makes a query select and lock only rows of a table that nobody else has locked.
func lock(tx *database.Tx, query, table string) string {
	if tx.Engine == database.PostgreSQL {
		return query + " FOR UPDATE OF " + table + " SKIP LOCKED"
	}
	return query
}

// Waiting looks for work without locking it. On SQLite, a write transaction that only looked would
// queue for the one writer.
func (s *Runs) Waiting(ctx context.Context, at time.Time) (waiting run.Waiting, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cycle_runs WHERE state = 'PENDING'),
			EXISTS (SELECT 1 FROM cycle_run_batches WHERE state = 'PENDING' AND not_before <= $1),
			EXISTS (SELECT 1 FROM cycle_runs WHERE `+isDone+`) OR EXISTS (SELECT 1 FROM cycle_run_jobs j WHERE `+jobIsDone+`)`, at.UnixMicro()).
			Scan(&waiting.Plan, &waiting.Batch, &waiting.End)
	})
	if err != nil {
		return waiting, fmt.Errorf("looking for work of cycle runs: %w", err)
	}
	return waiting, nil
}

// PlanRun claims a pending run.
func (s *Runs) PlanRun(ctx context.Context, at time.Time, do func(context.Context, run.Writer, run.Run) error) (bool, error) {
	return s.withRun(ctx, at, pendingRun, "cycle_runs", func(ctx context.Context, w *writer, cycleRun run.Run) error { return do(ctx, w, cycleRun) })
}

// EndRun claims a run without pending batches, or one whose running job has none. In both cases it
// locks the run, not the job.
func (s *Runs) EndRun(ctx context.Context, at time.Time, do func(context.Context, run.Writer, run.Run) error) (bool, error) {
	found, err := s.endRun(ctx, at, endedRun, "cycle_runs", `SELECT EXISTS (SELECT 1 FROM cycle_runs WHERE tenant = $1 AND id = $2 AND `+isDone+`)`, do)
	if err != nil || found {
		return found, err
	}
	return s.endRun(ctx, at, endedJob, "r", `SELECT EXISTS (SELECT 1 FROM cycle_run_jobs j WHERE j.tenant = $1 AND j.run_id = $2 AND `+jobIsDone+`)`, do)
}

func (s *Runs) endRun(ctx context.Context, at time.Time, query, table, still string, do func(context.Context, run.Writer, run.Run) error) (bool, error) {
	return s.withRun(ctx, at, query, table, func(ctx context.Context, w *writer, cycleRun run.Run) error {
		// The run may have been cancelled and claimed again before it was locked; its batches were
		// read before.
		var done bool
		if err := w.tx.QueryRowContext(ctx, still,
			string(w.tenant), int64(cycleRun.ID)).Scan(&done); err != nil {
			return fmt.Errorf("ending cycle run %d: %w", cycleRun.ID, err)
		}
		if !done {
			return nil
		}
		return do(ctx, w, cycleRun)
	})
}

func (s *Runs) withRun(ctx context.Context, at time.Time, query, table string, do func(context.Context, *writer, run.Run) error) (found bool, err error) {
	err = s.db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		var tenant auth.Tenant
		var id run.ID
		err := tx.QueryRowContext(ctx, lock(tx, query, table)).Scan(&tenant, &id)
		if found = err == nil; !found {
			return notFound(err)
		}
		w, cycleRun, err := s.take(ctx, tx, tenant, id, at)
		if err != nil {
			return err
		}
		return do(ctx, w, cycleRun)
	})
	return found, err
}

// notFound returns nil for sql.ErrNoRows, which is not an error when looking for work.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return fmt.Errorf("taking up work of cycle runs: %w", err)
}

// take reads the run that work belongs to. The work is done in the name of the actor who requested
// it.
func (s *Runs) take(ctx context.Context, tx *database.Tx, tenant auth.Tenant, id run.ID, at time.Time) (*writer, run.Run, error) {
	w := s.writer(tx, auth.Principal{Tenant: tenant}, at)
	cycleRun, err := w.Run(ctx, id)
	w.By.Actor = cycleRun.By()
	return w, cycleRun.InTenant(tenant), err
}

// taken is a claimed batch with its run.
type taken struct {
	tenant auth.Tenant
	run    run.Run
	batch  run.Batch
}

func scanTaken(row database.Row) (t taken, err error) {
	b := &t.batch
	err = row.Scan(&t.tenant, &b.Run, &b.Number, &b.Job, &b.After, &b.Upto, &b.Attempts)
	return t, err
}

func (t *taken) readRun(ctx context.Context, tx *database.Tx) error {
	from := rows.New(tx)
	row, err := from.GetRun(ctx, rows.GetRunParams{Tenant: string(t.tenant), ID: int64(t.batch.Run)})
	run, err := one("cycle run", row, err, runOf)
	if err == nil && t.batch.Job > 0 {
		err = readJobs(ctx, from, string(t.tenant), &run)
	}
	t.run = run.InTenant(t.tenant)
	return err
}

// by returns the principal in whose name the batch is done.
func (t *taken) by() auth.Principal { return auth.Principal{Tenant: t.tenant, Actor: t.run.By()} }

// DoBatch claims a pending batch and processes it. On PostgreSQL it uses one transaction, which
// locks the batch. On SQLite it reads beforehand, since a write transaction excludes all others.
func (s *Runs) DoBatch(ctx context.Context, at time.Time, hold bool, prepare func(context.Context, run.BatchReader, run.Run, run.Batch) error, write func(context.Context, run.BatchWriter) error) (found bool, err error) {
	if s.db.Engine() == database.SQLite {
		found, err = s.doBatchApart(ctx, at, hold, prepare, write)
	} else {
		err = s.db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
			t, err := scanTaken(tx.QueryRowContext(ctx, lock(tx, pendingBatch+` LIMIT 1`, "cycle_run_batches"), at.UnixMicro()))
			if found = err == nil; !found {
				return notFound(err)
			}
			if err := t.readRun(ctx, tx); err != nil {
				return err
			}
			w := s.writer(tx, t.by(), at)
			if hold {
				if err := w.holdLines(ctx, t.batch.Range); err != nil {
					return err
				}
			}
			if err := prepare(ctx, w, t.run, t.batch); err != nil {
				return err
			}
			return write(ctx, w)
		})
	}
	if errors.Is(err, database.ErrUnique) {
		err = fmt.Errorf("%w: %w", run.ErrBilled, err)
	}
	return found, err
}

// doBatchApart reads what is due of a batch while others write, unless it must lock the lines. Then
// it writes the batch if it is still pending.
func (s *Runs) doBatchApart(ctx context.Context, at time.Time, hold bool, prepare func(context.Context, run.BatchReader, run.Run, run.Batch) error, write func(context.Context, run.BatchWriter) error) (bool, error) {
	t, found, err := s.reserve(ctx, at)
	if err != nil || !found {
		return false, err
	}
	defer s.letGo(t)
	if !hold {
		if err := s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
			return prepare(ctx, newReader(store.Reader{Tx: tx, Tenant: t.tenant}), t.run, t.batch)
		}); err != nil {
			return true, err
		}
	}
	return true, s.db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		var pending bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cycle_run_batches b JOIN cycle_runs r ON r.tenant = b.tenant AND r.id = b.run_id
			WHERE b.tenant = $1 AND b.run_id = $2 AND b.number = $3 AND b.state = 'PENDING' AND r.version = $4)`,
			string(t.tenant), int64(t.batch.Run), int64(t.batch.Number), t.run.Version).Scan(&pending); err != nil {
			return fmt.Errorf("taking up work of cycle runs: %w", err)
		}
		if !pending {
			return nil // another process did it, or the run was cancelled, and perhaps claimed again
		}
		w := s.writer(tx, t.by(), at)
		if hold {
			if err := prepare(ctx, w, t.run, t.batch); err != nil {
				return err
			}
		}
		return write(ctx, w)
	})
}

// place identifies a batch.
type place struct {
	tenant auth.Tenant
	run    run.ID
	number int
}

func (t *taken) place() place { return place{t.tenant, t.batch.Run, t.batch.Number} }

// reserve chooses a pending batch that no other worker of this process is processing.
func (s *Runs) reserve(ctx context.Context, at time.Time) (chosen *taken, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		first, err := database.Select(ctx, tx, "batch", scanTaken, pendingBatch+` LIMIT $2`, at.UnixMicro(), len(s.busy)+1)
		if err != nil {
			return err
		}
		free := slices.IndexFunc(first, func(t taken) bool { return !s.busy[t.place()] })
		if found = free >= 0; !found {
			return nil
		}
		chosen = &first[free]
		return chosen.readRun(ctx, tx)
	})
	if err == nil && found {
		s.busy[chosen.place()] = true
	}
	return chosen, found, err
}

func (s *Runs) letGo(t *taken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, t.place())
}
