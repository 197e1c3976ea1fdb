package run

import (
	"fmt"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// ID is a cycle run's number, which invoices know too.
type ID = invoice.RunID

// State is where a cycle run stands.
type State string

// The states of a run. A run that succeeded, was cancelled or failed has ended; one that has ended with drafts, or that gave
// batches up, can be taken up again.
//
//	| from                         | to                                          | by                                |
//	|------------------------------|---------------------------------------------|-----------------------------------|
//	| PENDING                      | RUNNING                                     | a worker, which splits it         |
//	| RUNNING                      | SUCCEEDED; FAILED, if there are problems    | the last batch                    |
//	| PENDING, RUNNING             | CANCELLED                                   | Service.Cancel                    |
//	| FAILED, of a scheduled run   | RUNNING                                     | the schedule, after a rest        |
//	|   that gave batches up       |                                             |                                   |
//	| SUCCEEDED, CANCELLED, FAILED | FINALIZING, DISCARDING                      | Service.Finalize, Service.Discard |
//	|   with drafts                |                                             |                                   |
//	| FINALIZING, DISCARDING       | Run.Outcome; FAILED, if drafts are left     | the last batch                    |
//	| FINALIZING, DISCARDING       | CANCELLED                                   | Service.Cancel; the rest stay     |
//	| SUCCEEDED, CANCELLED, FAILED | VOIDING                                     | Service.Void                      |
//	|   without drafts             |                                             |                                   |
//	| VOIDING                      | Run.Outcome; FAILED, if there are problems  | the last batch                    |
//	| VOIDING                      | CANCELLED                                   | Service.Cancel; the rest stand    |
const (
	Pending    State = "PENDING"
	Running    State = "RUNNING"
	Succeeded  State = "SUCCEEDED"
	Cancelled  State = "CANCELLED"
	Failed     State = "FAILED"
	Finalizing State = "FINALIZING"
	Discarding State = "DISCARDING"
	Voiding    State = "VOIDING"
)

// Ended reports whether nothing more happens in the run by itself.
func (s State) Ended() bool { return s == Succeeded || s == Cancelled || s == Failed }

// Settles reports whether drafts of the run are finalized or discarded, or its invoices voided.
func (s State) Settles() bool {
	return s == Finalizing || s == Discarding || s == Voiding
}

// Filter chooses lines, and with them the credits granted to them: those that fit every list that is not empty. The zero
// Filter chooses all.
type Filter struct {
	// Cycles are the cycles of the lines, Items what they bill, Masters the accounts they are receivable to.
	Cycles  []line.BillCycle              `json:"bill_cycles,omitempty"`
	Items   []catalogue.ItemCode          `json:"items,omitempty"`
	Masters []catalogue.MasterAccountCode `json:"master_accounts,omitempty"`
	// BillTos are the accounts that they are due from.
	BillTos []catalogue.BillToID `json:"bill_tos,omitempty"`
}

// Count is what was billed.
type Count struct {
	// Invoices are the invoices made, Periods the parts of periods of lines that they bill.
	Invoices int64 `json:"invoice_count"`
	Periods  int64 `json:"period_count"`
	// Totals are what the invoices sum to.
	Totals money.Totals `json:"totals"`
	// Drafts are those of them that were left as drafts.
	Drafts invoice.DraftCount `json:"drafts,omitzero"`
}

// Add adds another count.
func (c *Count) Add(other Count) {
	c.Invoices += other.Invoices
	c.Periods += other.Periods
	c.Drafts.Left += other.Drafts.Left
	c.Drafts.Finalized += other.Drafts.Finalized
	c.Drafts.Discarded += other.Drafts.Discarded
	for currency, sum := range other.Totals {
		c.charge(currency, sum)
	}
}

func (c *Count) charge(currency money.Currency, sum money.Sum) {
	if c.Totals == nil {
		c.Totals = money.Totals{}
	}
	c.Totals[currency] = c.Totals[currency].Plus(sum)
}

// Problem is why a bill-to has no invoice of a run, or has a draft that could not be discarded or an invoice that could not be
// voided, or why a batch was not done.
type Problem struct {
	// BillTo is 0 where a whole batch was not done.
	BillTo   catalogue.BillToID `json:"bill_to_id"`
	Currency money.Currency     `json:"currency"`
	// Message tells a person what to put right.
	Message string `json:"message"`
	// OfDraft says that it is a draft that could not be discarded, or an invoice that could not be voided with its run.
	OfDraft bool `json:"of_draft,omitempty"`
}

// MostProblems is how many problems a run lists; it counts all.
const MostProblems = 100

// Run is one run of the billing of recurring lines.
type Run struct {
	ID ID `json:"id"`
	// AsOf is the date up to which periods must begin to be due.
	AsOf   date.Date `json:"as_of_date"`
	Filter Filter    `json:"filter"`
	// DryRun only counts.
	DryRun bool `json:"dry_run"`
	// LeaveDrafts leaves the invoices as drafts.
	LeaveDrafts bool  `json:"leave_drafts,omitempty"`
	State       State `json:"state"`
	// Outcome is the state that the billing ended in, of a run whose drafts were finalized or discarded, or whose invoices were
	// voided; else it is empty.
	Outcome State `json:"outcome,omitempty"`
	// Retries is how often the run, which is a scheduled one, went on by itself after it had failed.
	Retries int `json:"retries,omitempty"`
	// Scheduled is the day of the billing schedule that the run is for, none for one that was asked for.
	Scheduled date.Date `json:"scheduled_date"`
	// Actor is who asked for the run; its invoices are the actor's.
	Actor string `json:"actor"`
	// SettledBy is who had its drafts finalized or discarded, or its invoices voided, last.
	SettledBy string `json:"settled_by,omitempty"`
	// VoidReason is why its invoices were voided together, empty where they were not; VoidReleases tells that their periods
	// became billable again.
	VoidReason   string `json:"void_reason,omitempty"`
	VoidReleases bool   `json:"void_releases,omitempty"`
	// Batches is how many the run is split into, 0 while it is pending, Done how many of them are done.
	Batches int `json:"batch_count"`
	Done    int `json:"batches_done"`
	Count
	// ProblemCount counts the problems, Problems are the first MostProblems.
	ProblemCount int64     `json:"problem_count"`
	Problems     []Problem `json:"problems,omitempty"`
	// Ended is when the run ended, zero while it has not.
	Ended time.Time `json:"ended,omitzero"`
	resource.Revision

	tenant auth.Tenant
}

// Progressed notes that the run was moved on at a time, which changes it without being an update of it.
func (r *Run) Progressed(at time.Time) {
	if at.After(r.Updated) {
		r.Updated = at
	}
}

// By is in whose name the run goes on.
func (r *Run) By() string {
	if r.State.Settles() {
		return r.SettledBy
	}
	return r.Actor
}

// givenUp is how the problem of a batch that was not done begins, with the first and the last of its bill-tos.
const givenUp = "bill-tos %d to %d: "

// GivenUp is the problem of a batch that was not done.
func (b Batch) GivenUp(reason string) Problem {
	return Problem{Message: fmt.Sprintf(givenUp, b.After+1, b.Upto) + reason}
}

// Range is the bill-tos of a batch whose problem this is, all where it does not say, and the reason.
func (p Problem) Range() (in Range, reason string) {
	if _, err := fmt.Sscanf(p.Message, givenUp, &in.After, &in.Upto); err != nil || in.After < 1 {
		return Range{Upto: maxBillTo}, p.Message
	}
	in.After--
	return in, strings.TrimPrefix(p.Message, fmt.Sprintf(givenUp, in.After+1, in.Upto))
}

// Range is the bill-tos with numbers above After and up to Upto.
type Range struct{ After, Upto catalogue.BillToID }

// Batch is a part of a run that is done at once or not at all.
type Batch struct {
	Run    ID
	Number int
	Range
	// Attempts is how often the batch failed.
	Attempts int
}

// LinesPerBatch is about how many lines are billed at once, and bounds the memory that a run takes: no more than that a
// worker is ever held, but for the lines of one bill-to, which are never parted.
const LinesPerBatch = 5000

// billTosPerBatch bounds a batch of bill-tos with few lines.
const billTosPerBatch = 1000

// splitter cuts the bill-tos of a run into ranges, from how many lines each has, in the order of their numbers.
type splitter struct {
	// most is how many lines make a batch.
	most           int
	ranges         []Range
	after          catalogue.BillToID
	billTos, lines int
}

func (s *splitter) add(billTo catalogue.BillToID, lines int) {
	if s.billTos > 0 && (s.billTos >= billTosPerBatch || s.lines+lines > s.most) {
		s.cut(billTo - 1)
	}
	s.billTos++
	s.lines += lines
}

func (s *splitter) cut(upto catalogue.BillToID) {
	s.ranges = append(s.ranges, Range{After: s.after, Upto: upto})
	s.after, s.billTos, s.lines = upto, 0, 0
}

// end closes the last range, so that all of them hold every number there can be.
func (s *splitter) end() []Range {
	s.cut(maxBillTo)
	return s.ranges
}

const maxBillTo catalogue.BillToID = 1<<31 - 1

// retryAfter is how long a batch that failed rests: longer each time.
func retryAfter(attempts int) time.Duration {
	return min(time.Second<<min(attempts, 10), 5*time.Minute)
}

// mostAttempts is how often a batch is tried before the run ends without it and says so.
const mostAttempts = 5
