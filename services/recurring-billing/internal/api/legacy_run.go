package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// formerRun is a run as earlier versions stored it. Its state was also the state of its last job,
// which had no counts.
type formerRun struct {
	run.Run
	Outcome      run.State       `json:"outcome"`
	SettledBy    string          `json:"settled_by"`
	VoidReason   string          `json:"void_reason"`
	VoidReleases bool            `json:"void_releases"`
	Problems     []formerProblem `json:"problems"`
}

type formerProblem struct {
	run.Problem
	OfDraft bool `json:"of_draft"`
}

// legacyRun reads a run.
func legacyRun(state []byte) (proto.Message, error) {
	var former formerRun
	if err := json.Unmarshal(state, &former); err != nil {
		return nil, fmt.Errorf("reading the JSON of a cycle run: %w", err)
	}
	r, job := former.Run, former.job()
	for _, problem := range former.Problems {
		if problem.OfDraft {
			job.Problems = append(job.Problems, problem.Problem)
		} else {
			r.Problems = append(r.Problems, problem.ranged())
		}
	}
	if former.Outcome != "" {
		job.ProblemCount = int64(len(job.Problems))
		r.ProblemCount -= min(r.ProblemCount, job.ProblemCount)
		r.State, r.Ended, r.Jobs = former.Outcome, job.Created, []run.Job{job}
	}
	return Message(r)
}

// job returns the last job of the run.
func (r *formerRun) job() run.Job {
	job := run.Job{
		Number: 1, Kind: run.FinalizeJob, State: r.State, Actor: r.SettledBy, Reason: r.VoidReason, ReleasePeriods: r.VoidReleases,
		Created: r.Ended, Ended: r.Ended,
	}
	switch {
	case r.VoidReason != "":
		job.Kind = run.VoidJob
	case r.State == "DISCARDING" || r.State != "FINALIZING" && r.Drafts.Discarded > r.Drafts.Finalized:
		job.Kind = run.DiscardJob
	}
	if r.Ended.IsZero() {
		job.State, job.Created = run.Running, r.Updated
	} else if r.State == r.Outcome && r.Drafts.Left == 0 {
		job.State = run.Succeeded
	}
	return job
}

// ranged converts the problem of a batch that was not done. Earlier versions kept its bill-tos only
// in the message.
func (p formerProblem) ranged() run.Problem {
	var first, last catalogue.BillToID
	prefix, reason, found := strings.Cut(p.Message, ": ")
	if p.BillTo != 0 || !found {
		return p.Problem
	}
	if _, err := fmt.Sscanf(prefix, "bill-tos %d to %d", &first, &last); err == nil && first > 0 {
		p.Range, p.Message = run.Between(first, last), reason
	}
	return p.Problem
}
