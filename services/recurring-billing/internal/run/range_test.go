package run

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// The ranges of a run follow one another and cover every bill-to, none is larger than a batch unless it is one bill-to, and the first
// are smaller.
func TestSplitterDividesBillTos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := splitter{maxLines: rapid.IntRange(1, 5000).Draw(t, "lines that fill a batch")}
		lines := map[catalogue.BillToID]int{}
		billTo := catalogue.BillToID(0)
		for range rapid.IntRange(0, 400).Draw(t, "bill-tos") {
			billTo += catalogue.BillToID(rapid.Int32Range(1, 3).Draw(t, "gap"))
			lines[billTo] = rapid.IntRange(1, rapid.SampledFrom([]int{1, 10, s.maxLines, 3 * s.maxLines}).Draw(t, "at most")).Draw(t, "lines")
			s.add(billTo, lines[billTo])
		}
		after := catalogue.BillToID(0)
		for n, in := range s.end() {
			if in.After != after || in.Upto <= in.After {
				t.Fatalf("%v follows %d", in, after)
			}
			billTos, held := 0, 0
			for b := range lines {
				if b > in.After && b <= in.Upto {
					billTos, held = billTos+1, held+lines[b]
				}
			}
			most := s.maxLines >> max(0, 2-n)
			if held > most && billTos > 1 {
				t.Fatalf("%v, range %d, has %d bill-tos with %d lines, more than %d", in, n, billTos, held, most)
			}
			after = in.Upto
		}
		if after != maxBillTo {
			t.Fatalf("the last range ends at %d", after)
		}
	})
}

// The first batches are small, and no batch has more than half of what is left.
func TestSplitterBeginsAndEndsWithSmallBatches(t *testing.T) {
	for _, c := range []struct {
		billTos, lines int
		want           []int
	}{
		{0, 5, []int{0}},
		{1, 20_000, []int{20_000}},
		{250, 5, []int{1250}},
		{251, 5, []int{1250, 5}},
		{4000, 5, []int{1250, 2500, 5000, 5000, 3750, 1250, 1250}},
		{4000, 1, []int{250, 500, 1000, 1000, 750, 250, 250}},
	} {
		s := splitter{maxLines: LinesPerBatch}
		for n := range c.billTos {
			s.add(catalogue.BillToID(n+1), c.lines) //nolint:gosec // a few thousand
		}
		var got []int
		for _, in := range s.end() {
			got = append(got, (min(int(in.Upto), c.billTos)-int(in.After))*c.lines)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d bill-tos of %d lines: got batches of %d lines, want %d", c.billTos, c.lines, got, c.want)
		}
	}
}
