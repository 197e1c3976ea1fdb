package api

import (
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var (
	jobKinds = map[run.JobKind]pb.CycleRunJob_Kind{
		run.FinalizeJob: pb.CycleRunJob_KIND_FINALIZE,
		run.DiscardJob:  pb.CycleRunJob_KIND_DISCARD,
		run.VoidJob:     pb.CycleRunJob_KIND_VOID,
	}
	jobStates = map[run.State]pb.CycleRunJob_State{
		run.Running:   pb.CycleRunJob_STATE_RUNNING,
		run.Succeeded: pb.CycleRunJob_STATE_SUCCEEDED,
		run.Cancelled: pb.CycleRunJob_STATE_CANCELLED,
		run.Failed:    pb.CycleRunJob_STATE_FAILED,
	}
	jobKindsOf  = inverse(jobKinds)
	jobStatesOf = inverse(jobStates)
)

func jobMessages(jobs []run.Job) []*pb.CycleRunJob {
	messages := make([]*pb.CycleRunJob, len(jobs))
	for i, job := range jobs {
		messages[i] = &pb.CycleRunJob{
			Kind: jobKinds[job.Kind], State: jobStates[job.State], Actor: job.Actor, Reason: job.Reason, ReleasePeriods: job.ReleasePeriods,
			BatchCount: int32(job.Batches), BatchesDone: int32(job.Done), ProblemCount: job.ProblemCount,
			Problems: problemMessages(job.Problems), CreateTime: timestamppb.New(job.Created),
		}
		if !job.Ended.IsZero() {
			messages[i].EndTime = timestamppb.New(job.Ended)
		}
	}
	return messages
}

// readJobs reads the jobs of an imported run.
func readJobs(r *reader, messages []*pb.CycleRunJob) (jobs []run.Job) {
	for i, m := range messages {
		field := fmt.Sprintf("jobs[%d]", i)
		jobs = append(jobs, run.Job{
			Number: i + 1, Kind: jobKindsOf[m.GetKind()], State: jobStatesOf[m.GetState()], Actor: m.GetActor(), Reason: m.GetReason(),
			ReleasePeriods: m.GetReleasePeriods(), Batches: int(m.GetBatchCount()), Done: int(m.GetBatchesDone()),
			ProblemCount: m.GetProblemCount(), Problems: readProblems(r, field+".problems", m.GetProblems()),
			Created: r.instant(field+".create_time", m.GetCreateTime()), Ended: r.instant(field+".end_time", m.GetEndTime()),
		})
	}
	return jobs
}

func problemMessages(problems []run.Problem) []*pb.CycleRunProblem {
	messages := make([]*pb.CycleRunProblem, len(problems))
	for i, problem := range problems {
		messages[i] = problemMessage(problem)
	}
	return messages
}

func problemMessage(p run.Problem) *pb.CycleRunProblem {
	message := &pb.CycleRunProblem{BillTo: billToNames.Format(p.BillTo), CurrencyCode: string(p.Currency), Message: p.Message}
	if p.Range != (run.Range{}) {
		message.FirstBillTo, message.LastBillTo = billToNames.Format(p.Range.First()), billToNames.Format(p.Range.Upto)
	}
	return message
}

// readProblem reads a problem of an imported run. A problem that names no bill-to applies to all of
// them.
func readProblem(r *reader, field string, m *pb.CycleRunProblem) run.Problem {
	problem := run.Problem{Currency: money.Currency(m.GetCurrencyCode()), Message: m.GetMessage()}
	billTo := func(name, of string) catalogue.BillToID {
		return readNumber[catalogue.BillToID](r, field+"."+name, billToNames, of)
	}
	problem.BillTo = billTo("bill_to", m.GetBillTo())
	first, last := billTo("first_bill_to", m.GetFirstBillTo()), billTo("last_bill_to", m.GetLastBillTo())
	switch {
	case first > 0 && last >= first && problem.BillTo == 0:
		problem.Range = run.Between(first, last)
	case first != 0 || last != 0:
		r.Add(field+".last_bill_to", reason.Inconsistent, "must not be lower than first_bill_to; give either bill_to or first_bill_to and last_bill_to")
	case problem.BillTo == 0:
		problem.Range = run.Everyone
	}
	return problem
}

func readProblems(r *reader, field string, messages []*pb.CycleRunProblem) (problems []run.Problem) {
	for i, m := range messages {
		problems = append(problems, readProblem(r, fmt.Sprintf("%s[%d]", field, i), m))
	}
	return problems
}
