package run

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// ID is the number of a cycle run.
type ID = invoice.RunID

// State is the state of a cycle run or of a job.
type State string

// The states of the billing of a run, and of its jobs. A run that gave up batches can be resumed.
// What happens to its invoices after it has ended is done by its jobs.
//
//	| from                         | to                                          | by                                |
//	|------------------------------|---------------------------------------------|-----------------------------------|
//	| PENDING                      | RUNNING                                     | a worker, which splits it         |
//	| RUNNING                      | SUCCEEDED; FAILED, if there are problems    | the last batch                    |
//	| PENDING, RUNNING             | CANCELLED                                   | Service.Cancel                    |
//	| FAILED, of a scheduled run   | RUNNING                                     | the schedule, after a rest        |
//	|   that gave up batches       |                                             |                                   |
const (
	Pending   State = "PENDING"
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Cancelled State = "CANCELLED"
	Failed    State = "FAILED"
)

// Ended reports whether the state is final.
func (s State) Ended() bool { return s == Succeeded || s == Cancelled || s == Failed }

// Run is one run of the billing of recurring lines.
type Run struct {
	ID ID `json:"id"`
	// AsOf is the date of the run: periods that begin on or before it are billed.
	AsOf   date.Date `json:"as_of_date"`
	Filter Filter    `json:"filter"`
	// Preview tells that the run only counts.
	Preview bool `json:"dry_run"`
	// LeaveDrafts tells that the run leaves its invoices as drafts.
	LeaveDrafts bool  `json:"leave_drafts,omitempty"`
	State       State `json:"state"`
	// Retries is how often a scheduled run was resumed automatically after it had failed.
	Retries int `json:"retries,omitempty"`
	// Scheduled is the day of the billing schedule that the run is for, or zero if the run was
	// requested.
	Scheduled date.Date `json:"scheduled_date"`
	// Actor is the actor who requested the run. Its invoices are created in this actor's name.
	Actor string `json:"actor"`
	// Batches is the number of batches, or 0 while the run is pending. Done is how many of them are
	// done.
	Batches int `json:"batch_count"`
	Done    int `json:"batches_done"`
	Count
	// ProblemCount counts all problems. Problems holds the first MaxProblems.
	ProblemCount int64     `json:"problem_count"`
	Problems     []Problem `json:"problems,omitempty"`
	// Ended is when the billing ended, or zero while it runs.
	Ended time.Time `json:"ended,omitzero"`
	// Jobs holds what was done with the invoices after that, the oldest job first. Only the last
	// can be running.
	Jobs []Job `json:"jobs,omitempty"`
	mutation.Revision

	tenant auth.Tenant
}

// Progressed records when the run made progress. This does not change its version.
func (r *Run) Progressed(at time.Time) {
	if at.After(r.Updated) {
		r.Updated = at
	}
}

// InTenant returns the run as one of a tenant's, for work that covers all tenants.
func (r Run) InTenant(tenant auth.Tenant) Run {
	r.tenant = tenant
	return r
}
