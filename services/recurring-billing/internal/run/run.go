package run

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// ID is a cycle run's number, which invoices know too.
type ID = invoice.RunID

// State is where a cycle run stands.
type State string

// The states of the billing of a run, and of its jobs. A run that gave batches up can be taken up again; what is done with its
// invoices once it has ended are its jobs.
//
//	| from                         | to                                          | by                                |
//	|------------------------------|---------------------------------------------|-----------------------------------|
//	| PENDING                      | RUNNING                                     | a worker, which splits it         |
//	| RUNNING                      | SUCCEEDED; FAILED, if there are problems    | the last batch                    |
//	| PENDING, RUNNING             | CANCELLED                                   | Service.Cancel                    |
//	| FAILED, of a scheduled run   | RUNNING                                     | the schedule, after a rest        |
//	|   that gave batches up       |                                             |                                   |
const (
	Pending   State = "PENDING"
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Cancelled State = "CANCELLED"
	Failed    State = "FAILED"
)

// Ended reports whether nothing more happens by itself.
func (s State) Ended() bool { return s == Succeeded || s == Cancelled || s == Failed }

// Run is one run of the billing of recurring lines.
type Run struct {
	ID ID `json:"id"`
	// AsOf is the date up to which periods must begin to be due.
	AsOf   date.Date `json:"as_of_date"`
	Filter Filter    `json:"filter"`
	// Preview only counts.
	Preview bool `json:"dry_run"`
	// LeaveDrafts leaves the invoices as drafts.
	LeaveDrafts bool  `json:"leave_drafts,omitempty"`
	State       State `json:"state"`
	// Retries is how often the run, which is a scheduled one, went on by itself after it had failed.
	Retries int `json:"retries,omitempty"`
	// Scheduled is the day of the billing schedule that the run is for, none for one that was asked for.
	Scheduled date.Date `json:"scheduled_date"`
	// Actor is who asked for the run; its invoices are the actor's.
	Actor string `json:"actor"`
	// Batches is how many the run is split into, 0 while it is pending, Done how many of them are done.
	Batches int `json:"batch_count"`
	Done    int `json:"batches_done"`
	Count
	// ProblemCount counts the problems, Problems are the first MostProblems.
	ProblemCount int64     `json:"problem_count"`
	Problems     []Problem `json:"problems,omitempty"`
	// Ended is when the billing ended, zero while it has not.
	Ended time.Time `json:"ended,omitzero"`
	// Jobs are what was done with the invoices after that, the first first. Only the last can go on.
	Jobs []Job `json:"jobs,omitempty"`
	mutation.Revision

	tenant auth.Tenant
}

// Progressed notes that the run was moved on at a time, which changes it without being an update of it.
func (r *Run) Progressed(at time.Time) {
	if at.After(r.Updated) {
		r.Updated = at
	}
}

// InTenant is the run as one of a tenant's, for the work that goes over all tenants.
func (r Run) InTenant(tenant auth.Tenant) Run {
	r.tenant = tenant
	return r
}
