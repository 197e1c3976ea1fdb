package run

import (
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Range is the bill-tos with numbers above After and up to Upto.
type Range struct {
	After catalogue.BillToID `json:"after_bill_to"`
	Upto  catalogue.BillToID `json:"upto_bill_to"`
}

// Everyone is the range of every bill-to there can be.
var Everyone = Range{Upto: maxBillTo}

// Between is the range from a first to a last bill-to.
func Between(first, last catalogue.BillToID) Range { return Range{After: first - 1, Upto: last} }

// First is the first number of the range.
func (r Range) First() catalogue.BillToID { return r.After + 1 }

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
