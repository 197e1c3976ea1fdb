package billingtest

import "github.com/continuo-billing/continuo/services/recurring-billing/internal/run"

// LastJob returns the last job of a run, or the zero Job if it had none.
func LastJob(cycleRun run.Run) run.Job {
	if job := cycleRun.LastJob(); job != nil {
		return *job
	}
	return run.Job{}
}
