package run

import (
	"slices"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// JobKind is what a job does.
type JobKind string

// The kinds of jobs: two settle the drafts of a run, one voids its invoices.
const (
	FinalizeJob JobKind = "FINALIZE"
	DiscardJob  JobKind = "DISCARD"
	VoidJob     JobKind = "VOID"
)

// Job is what is done, in batches, with the invoices of a run after it has ended.
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
	// Actor is who asked for the job, and in whose name it is done.
	Actor string `json:"actor"`
	// Reason is why invoices are voided, and ReleasePeriods has their periods become billable again.
	Reason         string `json:"reason,omitempty"`
	ReleasePeriods bool   `json:"release_periods,omitempty"`
	// Batches is how many batches of the run the job does, Done how many of them are done.
	Batches int `json:"batch_count"`
	Done    int `json:"batches_done"`
	// ProblemCount counts the problems, Problems are the first MostProblems.
	ProblemCount int64     `json:"problem_count"`
	Problems     []Problem `json:"problems,omitempty"`
	Created      time.Time `json:"created"`
	// Ended is when the job ended, zero while it has not.
	Ended time.Time `json:"ended,omitzero"`
}

// doing is what happens to the run while the job goes on, for a person.
func (j *Job) doing() string {
	return map[JobKind]string{FinalizeJob: "being finalized", DiscardJob: "being discarded", VoidJob: "being voided"}[j.Kind]
}

// Going is the job of the run that goes on, nil if there is none.
func (r *Run) Going() *Job {
	if job := r.LastJob(); job != nil && job.State == Running {
		return job
	}
	return nil
}

// LastJob is the latest job of the run, nil if it had none.
func (r *Run) LastJob() *Job {
	if len(r.Jobs) == 0 {
		return nil
	}
	return &r.Jobs[len(r.Jobs)-1]
}

// GoesOn reports whether the billing of the run or one of its jobs has not ended.
func (r *Run) GoesOn() bool { return !r.State.Ended() || r.Going() != nil }

// By is in whose name the run, or the job of it that goes on, is done.
func (r *Run) By() string {
	if job := r.Going(); job != nil {
		return job.Actor
	}
	return r.Actor
}

// start adds a job to the run, whose other jobs stay as they are.
func (r *Run) start(job Job) {
	job.Number, job.State = len(r.Jobs)+1, Running
	r.Jobs = append(slices.Clip(r.Jobs), job)
}

// checkEnded refuses a run that goes on.
func (r *Run) checkEnded() error {
	doing := string(r.State)
	if job := r.Going(); job != nil {
		doing = job.doing()
	} else if r.State.Ended() {
		return nil
	}
	return fault.New(fault.FailedPrecondition, reason.RunNotEnded, "cycle run %d is %s: wait for its end, or cancel it", r.ID, doing)
}

// endJob ends the job of the run that goes on, whose batches are all done or given up.
func (r *Run) endJob(at time.Time) {
	job := r.Going()
	job.State, job.Ended = Succeeded, at
	if r.Drafts.Left > 0 || job.Kind == VoidJob && job.ProblemCount > 0 {
		job.State = Failed
	}
}
