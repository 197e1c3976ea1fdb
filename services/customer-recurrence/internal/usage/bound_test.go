package usage

import (
	"math"
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// A total never counts more than it can hold, and one that holds more, imported before there was a bound, neither overflows nor
// keeps its corrections downwards out.
func TestTotalsAreBounded(t *testing.T) {
	at := Place{recurrence.Key{Customer: "C", Recurrence: "R"}, "S", MonthOf(date.MustNew(2026, 3, 1))}
	for _, c := range []struct {
		before, quantity, corrected int64
		want                        Verdict
		after                       int64
	}{
		{maxConsumed - 9, 9, -1, Recorded, maxConsumed},
		{maxConsumed - 9, 10, -1, TooMuch, maxConsumed - 9},
		{math.MaxInt64, 1, -1, TooMuch, math.MaxInt64},
		{math.MaxInt64, 0, -1, Recorded, math.MaxInt64},
		{math.MaxInt64, 3, 5, Corrected, math.MaxInt64 - 2},
		{maxConsumed, 6, 5, TooMuch, maxConsumed},
	} {
		var counted []Counted
		if c.corrected >= 0 {
			counted = append(counted, Counted{ID: "E", Total: "T", Quantity: c.corrected})
		}
		counts := newTally([]Total{{ID: "T", Place: at, Consumed: c.before}}, counted)
		got := counts.add(Event{ID: "E", Revision: 1, Quantity: c.quantity}, at, Limit{})
		if after := counts.totals[at].Consumed; got != c.want || after != c.after {
			t.Errorf("%+v: got verdict %d and %d", c, got, after)
		}
	}
}

func TestImportedTotalsAreBounded(t *testing.T) {
	total := Total{Place: Place{recurrence.Key{Customer: "C", Recurrence: "R"}, "S", MonthOf(date.MustNew(2026, 3, 1))}, Consumed: maxConsumed}
	if err := total.Check(); err != nil {
		t.Errorf("the highest: got %v", err)
	}
	if total.Consumed++; total.Check() == nil {
		t.Error("a higher total was not refused")
	}
	total = Total{Consumed: math.MaxInt64, Included: math.MaxInt32}
	thresholds := []int32{80, 100}
	if got := total.reached(Total{}, thresholds); !slices.Equal(got, thresholds) {
		t.Errorf("got %v of a total that holds more, want %v", got, thresholds)
	}
}
