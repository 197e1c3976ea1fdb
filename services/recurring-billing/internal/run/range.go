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
	maxLines int
	// parts are the ranges so far, each of about a part of a batch.
	parts          []part
	after          catalogue.BillToID
	billTos, lines int
}

// part is a range with its size in parts of a batch: 1, or more if it is one bill-to with many lines.
type part struct {
	Range
	size int
}

// partsPerBatch is how many parts a batch has. The first batch has one and the second two, since nobody writes while the first is
// read, and none has more than half of what is left, but for a last part and for one bill-to with many lines, so that workers end at
// about the same time.
const partsPerBatch = 4

func (s *splitter) add(billTo catalogue.BillToID, lines int) {
	if s.billTos > 0 && (s.billTos >= billTosPerBatch/partsPerBatch || s.lines+lines > s.maxLines/partsPerBatch) {
		s.cut(billTo - 1)
	}
	s.billTos++
	s.lines += lines
}

func (s *splitter) cut(upto catalogue.BillToID) {
	s.parts = append(s.parts, part{Range{After: s.after, Upto: upto}, max(1, (s.lines*partsPerBatch+s.maxLines-1)/s.maxLines)})
	s.after, s.billTos, s.lines = upto, 0, 0
}

// end returns the ranges. Together they cover every possible number.
func (s *splitter) end() (ranges []Range) {
	s.cut(maxBillTo)
	left := 0
	for _, p := range s.parts {
		left += p.size
	}
	for most := 1; len(s.parts) > 0; most = min(2*most, partsPerBatch) {
		whole := s.parts[0]
		s.parts = s.parts[1:]
		for len(s.parts) > 0 && whole.size+s.parts[0].size <= min(most, (left+1)/2) {
			whole.Upto, whole.size = s.parts[0].Upto, whole.size+s.parts[0].size
			s.parts = s.parts[1:]
		}
		ranges, left = append(ranges, whole.Range), left-whole.size
	}
	return ranges
}

const maxBillTo catalogue.BillToID = 1<<31 - 1

// retryAfter returns how long a failed batch rests: longer after each attempt.
func retryAfter(attempts int) time.Duration {
	return min(time.Second<<min(attempts, 10), 5*time.Minute)
}

// maxAttempts is how often a batch is tried before the run ends without it and reports a problem.
const maxAttempts = 5
