package run

import (
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// JobKind is the kind of a job.
type JobKind string

// The kinds of jobs: two settle the drafts of a run, and one voids its invoices.
const (
	FinalizeJob JobKind = "FINALIZE"
	DiscardJob  JobKind = "DISCARD"
	VoidJob     JobKind = "VOID"
)

// Job processes the invoices of a run in batches after the run has ended.
//
//	| from    | to                                                        | by             |
//	|---------|-----------------------------------------------------------|----------------|
//	| RUNNING | SUCCEEDED; FAILED, if drafts are left or invoices stand   | the last batch |
//	| RUNNING | CANCELLED                                                 | Service.Cancel |
type Job struct {
	// Number counts the jobs of a run from 1.
	Number int     `json:"number"`
	Kind   JobKind `json:"kind"`
	// State is Running, Succeeded, Cancelled or Failed.
	State State `json:"state"`
	// Actor is the actor who requested the job. The job runs in this actor's name.
	Actor string `json:"actor"`
	// Reason is why invoices are voided. ReleasePeriods tells whether their periods become billable
	// again.
	Reason         string `json:"reason,omitempty"`
	ReleasePeriods bool   `json:"release_periods,omitempty"`
	// Batches is the number of batches that the job processes, and Done how many of them are done.
	Batches int `json:"batch_count"`
	Done    int `json:"batches_done"`
	// ProblemCount counts all problems. Problems holds the first MaxProblems.
	ProblemCount int64     `json:"problem_count"`
	Problems     []Problem `json:"problems,omitempty"`
	Created      time.Time `json:"created"`
	// Ended is when the job ended, or zero while it runs.
	Ended time.Time `json:"ended,omitzero"`
}

// doing describes to a person what happens to the run while the job runs.
func (j *Job) doing() string {
	return map[JobKind]string{FinalizeJob: "being finalized", DiscardJob: "being discarded", VoidJob: "being voided"}[j.Kind]
}

// RunningJob returns the running job of the run, or nil if there is none.
func (r *Run) RunningJob() *Job {
	if job := r.LastJob(); job != nil && job.State == Running {
		return job
	}
	return nil
}

// LastJob returns the latest job of the run, or nil if it had none.
func (r *Run) LastJob() *Job {
	if len(r.Jobs) == 0 {
		return nil
	}
	return &r.Jobs[len(r.Jobs)-1]
}

// InProgress reports whether the billing of the run or one of its jobs has not ended.
func (r *Run) InProgress() bool { return !r.State.Ended() || r.RunningJob() != nil }

// By returns the actor in whose name the run or its running job is done.
func (r *Run) By() string {
	if job := r.RunningJob(); job != nil {
		return job.Actor
	}
	return r.Actor
}

// start adds a job to the run. The other jobs stay as they are.
func (r *Run) start(job Job) {
	job.Number, job.State = len(r.Jobs)+1, Running
	r.Jobs = append(slices.Clip(r.Jobs), job)
}

// checkEnded returns a fault if the run has not ended.
func (r *Run) checkEnded() error {
	doing := string(r.State)
	if job := r.RunningJob(); job != nil {
		doing = job.doing()
	} else if r.State.Ended() {
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.RunNotEnded, "cycle run %d is %s: wait for its end, or cancel it", r.ID, doing)
}

// endJob ends the running job of the run, whose batches are all done or given up.
func (r *Run) endJob(at time.Time) {
	job := r.RunningJob()
	job.State, job.Ended = Succeeded, at
	if r.Drafts.Left > 0 || job.Kind == VoidJob && job.ProblemCount > 0 {
		job.State = Failed
	}
}
