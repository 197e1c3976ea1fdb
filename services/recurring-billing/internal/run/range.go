package run

import (
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Range is the bill-tos with numbers greater than After, up to and including Upto.
type Range struct {
	After catalogue.BillToID `json:"after_bill_to"`
	Upto  catalogue.BillToID `json:"upto_bill_to"`
}

// Everyone is the range of all bill-tos.
var Everyone = Range{Upto: maxBillTo}

// Between returns the range from the first to the last bill-to, both included.
func Between(first, last catalogue.BillToID) Range { return Range{After: first - 1, Upto: last} }

// First returns the first number of the range.
func (r Range) First() catalogue.BillToID { return r.After + 1 }

// Batch is a part of a run that is processed in one transaction.
type Batch struct {
	Run    ID
	Number int
	// Job is the number of the run's job that processes the batch, or 0 if the batch is billed.
	Job int
	Range
	// Attempts is how often the batch failed.
	Attempts int
}

// LinesPerBatch is about how many lines a batch bills, which limits the memory of a worker. The
// lines of one bill-to are never split between batches, so a batch can be larger.
const LinesPerBatch = 5000

// billTosPerBatch limits a batch of bill-tos with few lines.
const billTosPerBatch = 1000

// splitter divides the bill-tos of a run into ranges. It is given the number of lines of each, in
// the order of their numbers.
type splitter struct {
	// maxLines is the number of lines that fill a batch.
	maxLines       int
	ranges         []Range
	after          catalogue.BillToID
	billTos, lines int
}

// The first batch has a quarter of the lines of others, the second half of them: nobody writes while the
// first is read. This makes a run of 20,000 lines on SQLite about a tenth shorter.
const firstHalvings = 2

func (s *splitter) add(billTo catalogue.BillToID, lines int) {
	halvings := max(0, firstHalvings-len(s.ranges))
	if s.billTos > 0 && (s.billTos >= billTosPerBatch>>halvings || s.lines+lines > s.maxLines>>halvings) {
		s.cut(billTo - 1)
	}
	s.billTos++
	s.lines += lines
}

func (s *splitter) cut(upto catalogue.BillToID) {
	s.ranges = append(s.ranges, Range{After: s.after, Upto: upto})
	s.after, s.billTos, s.lines = upto, 0, 0
}

// end closes the last range. Together the ranges cover every possible number.
func (s *splitter) end() []Range {
	s.cut(maxBillTo)
	return s.ranges
}

const maxBillTo catalogue.BillToID = 1<<31 - 1

// retryAfter returns how long a failed batch rests: longer after each attempt.
func retryAfter(attempts int) time.Duration {
	return min(time.Second<<min(attempts, 10), 5*time.Minute)
}

// maxAttempts is how often a batch is tried before the run ends without it and reports a problem.
const maxAttempts = 5
