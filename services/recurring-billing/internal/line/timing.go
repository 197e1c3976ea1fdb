package line

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Timing is when the periods of a line are due. The zero Timing is in advance.
type Timing string

// The timings.
const (
	// InAdvance makes a period due on its first day.
	InAdvance Timing = ""
	// InArrears makes a period due on the day after the last of its days that is not paused, or on the
	// line's end.
	InArrears Timing = "ARREARS"
)

func checkTiming(v *fault.Violations, timing Timing) {
	if timing != InAdvance && timing != InArrears {
		v.Add(FieldTiming, reason.UnknownValue, "must be in advance or in arrears")
	}
}
