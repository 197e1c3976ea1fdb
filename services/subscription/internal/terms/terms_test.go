package terms_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

var (
	today  = date.MustNew(2026, time.March, 10)
	scheme = terms.Scheme{ID: "s", Customs: map[terms.Custom]terms.Length{"CUSTOM1": {Days: 10}}}
)

func day(month time.Month, number int) date.Date { return date.MustNew(2026, month, number) }

// bound returns terms with a quarter of binding that began on 1 February.
func bound() *terms.Terms {
	return &terms.Terms{ID: "1", Scheme: "s", Frequency: terms.Monthly, Every: terms.Length{Months: 1}, CycleDay: 1, Agreed: day(1, 1), Effective: day(2, 1),
		Binding: &terms.Binding{Period: terms.Quarter, Length: terms.Length{Months: 3}, Start: day(2, 1), End: day(5, 1)}}
}

func free() *terms.Terms {
	of := bound()
	of.Binding = nil
	return of
}

func over() *terms.Terms {
	of := bound()
	of.Binding.Start, of.Binding.End = day(1, 1), day(3, 10)
	return of
}

// TestAmendments checks what each amendment leads to, and what it refuses.
func TestAmendments(t *testing.T) {
	yes := true
	for name, c := range map[string]struct {
		by      lifecycle.Operation
		change  terms.Change
		present *terms.Terms
		// start and end are those of the binding afterwards; zero for none.
		start, end date.Date
		why        reason.Reason
		field      string
	}{
		"new":                            {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.Month}, present: free(), start: today, end: day(4, 10)},
		"new on a day":                   {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: "CUSTOM1", Start: day(3, 20)}, present: over(), start: day(3, 20), end: day(3, 30)},
		"new, over already":              {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.Week, Start: day(3, 3)}, present: free(), why: reason.OutOfRange, field: terms.FieldStart},
		"new in ten years":               {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.Week, Start: today.AddMonthsClamped(120)}, present: free(), start: today.AddMonthsClamped(120), end: today.AddMonthsClamped(120).AddDays(7)},
		"new in far too many years":      {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.TwoYearsBinding, Start: date.MustNew(9999, time.June, 1)}, present: free(), why: reason.OutOfRange, field: terms.FieldStart},
		"new in too many years":          {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.Week, Start: today.AddMonthsClamped(120).AddDays(1)}, present: free(), why: reason.OutOfRange, field: terms.FieldStart},
		"adjusted too far":               {by: lifecycle.AdjustedBindingPeriod, change: terms.Change{Start: date.MustNew(9999, time.June, 1)}, present: bound(), why: reason.OutOfRange, field: terms.FieldStart},
		"new where there is one":         {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.Month}, present: bound(), why: reason.InBinding},
		"new of no length":               {by: lifecycle.NewBindingPeriod, present: free(), why: reason.Required, field: terms.FieldPeriod},
		"new of an unknown length":       {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: "CUSTOM2"}, present: free(), why: reason.UnknownValue, field: terms.FieldPeriod},
		"new without terms":              {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.Month}, why: reason.NoBillingTerms},
		"new with a scheme":              {by: lifecycle.NewBindingPeriod, change: terms.Change{Period: terms.Month, Scheme: "s"}, present: free(), why: reason.Inconsistent, field: terms.FieldScheme},
		"renewed":                        {by: lifecycle.RenewedBindingPeriod, present: bound(), start: day(2, 1), end: day(8, 1)},
		"renewed for longer":             {by: lifecycle.RenewedBindingPeriod, change: terms.Change{Period: terms.AnnualBinding}, present: bound(), start: day(2, 1), end: date.MustNew(2027, time.May, 1)},
		"renewed when it is over":        {by: lifecycle.RenewedBindingPeriod, present: over(), start: today, end: day(6, 10)},
		"renewed where there was none":   {by: lifecycle.RenewedBindingPeriod, present: free(), why: reason.NotInBinding},
		"extended":                       {by: lifecycle.ExtendedBindingPeriod, change: terms.Change{Period: terms.BiannualBinding}, present: bound(), start: day(2, 1), end: day(8, 1)},
		"extended to an earlier end":     {by: lifecycle.ExtendedBindingPeriod, change: terms.Change{Period: terms.Quarter}, present: bound(), why: reason.OutOfRange, field: terms.FieldPeriod},
		"extended by nothing":            {by: lifecycle.ExtendedBindingPeriod, present: bound(), why: reason.Required, field: terms.FieldPeriod},
		"extended when it is over":       {by: lifecycle.ExtendedBindingPeriod, change: terms.Change{Period: terms.AnnualBinding}, present: over(), why: reason.NotInBinding},
		"adjusted in length":             {by: lifecycle.AdjustedBindingPeriod, change: terms.Change{Period: terms.BiannualBinding}, present: bound(), start: day(2, 1), end: day(8, 1)},
		"adjusted in its start":          {by: lifecycle.AdjustedBindingPeriod, change: terms.Change{Start: day(3, 1)}, present: bound(), start: day(3, 1), end: day(6, 1)},
		"adjusted to be over":            {by: lifecycle.AdjustedBindingPeriod, change: terms.Change{Period: terms.Week}, present: bound(), why: reason.OutOfRange, field: terms.FieldStart},
		"adjusted by nothing":            {by: lifecycle.AdjustedBindingPeriod, present: bound(), why: reason.Required, field: terms.FieldPeriod},
		"cancelled":                      {by: lifecycle.CanceledBindingPeriod, present: bound(), start: day(2, 1), end: today},
		"cancelled with a length":        {by: lifecycle.CanceledBindingPeriod, change: terms.Change{Period: terms.Week}, present: bound(), why: reason.Inconsistent, field: terms.FieldPeriod},
		"cancelled where there is none":  {by: lifecycle.CanceledBindingPeriod, present: free(), why: reason.NotInBinding},
		"billed otherwise":               {by: lifecycle.NoBindingPeriodChanges, change: terms.Change{Scheme: "s", Frequency: "CUSTOM1", LastDay: &yes, CycleDay: 3}, present: bound(), start: day(2, 1), end: day(5, 1)},
		"billed at first":                {by: lifecycle.NoBindingPeriodChanges, change: terms.Change{Scheme: "s", Frequency: terms.Monthly, CycleDay: 31}},
		"billed by no scheme":            {by: lifecycle.NoBindingPeriodChanges, change: terms.Change{Frequency: terms.Monthly, CycleDay: 1}, present: free(), why: reason.Required, field: terms.FieldScheme},
		"billed at no frequency":         {by: lifecycle.NoBindingPeriodChanges, change: terms.Change{Scheme: "s", CycleDay: 1}, present: free(), why: reason.Required, field: terms.FieldFrequency},
		"billed on no day":               {by: lifecycle.NoBindingPeriodChanges, change: terms.Change{Scheme: "s", Frequency: terms.Monthly}, present: free(), why: reason.Required, field: terms.FieldCycleDay},
		"billed at an unknown frequency": {by: lifecycle.NoBindingPeriodChanges, change: terms.Change{Scheme: "s", Frequency: "CUSTOM2", CycleDay: 1}, present: free(), why: reason.UnknownValue, field: terms.FieldFrequency},
		"billed with a binding":          {by: lifecycle.NoBindingPeriodChanges, change: terms.Change{Scheme: "s", Period: terms.Month}, present: free(), why: reason.Inconsistent, field: terms.FieldPeriod},
	} {
		next, err := c.change.Amend(c.by, c.present, scheme, lifecycle.Effective, today)
		if c.why != "" {
			known, ok := fault.As(err)
			if !ok || known.Reason != c.why || c.field != "" && known.Violations[0].Field != c.field {
				t.Errorf("%s: got %v, want %s on %s", name, err, c.why, c.field)
			}
			continue
		}
		var got terms.Binding
		if next.Binding != nil {
			got = *next.Binding
		}
		if err != nil || got.Start != c.start || got.End != c.end || next.Effective != today || next.Agreed.IsZero() {
			t.Errorf("%s: got %+v until %s, %v, want %s to %s", name, next, got.End, err, c.start, c.end)
		}
	}
}

// TestPrepaidSchemesNeedNoDay gives terms of a prepaid scheme.
func TestPrepaidSchemesNeedNoDay(t *testing.T) {
	change := terms.Change{Scheme: "p", Period: terms.Week}
	first, err := change.Begin(terms.Scheme{ID: "p", Prepaid: true}, today)
	if err != nil || first.Frequency != terms.Monthly || first.Binding.End != day(3, 17) {
		t.Errorf("got %+v, %v", first, err)
	}
}

// TestBindingsAreRenewed checks that bindings which are renewed follow each other without a gap, and that others end.
func TestBindingsAreRenewed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := terms.Length{Months: rapid.IntRange(0, 24).Draw(t, "months"), Days: rapid.IntRange(0, 40).Draw(t, "days")}
		if length == (terms.Length{}) {
			length.Days = 1
		}
		begun := today.AddDays(rapid.IntRange(-40, 40).Draw(t, "start"))
		of := terms.Terms{Renewed: true, Binding: &terms.Binding{Length: length, Start: begun, End: length.After(begun, 1)}}
		on := begun.AddDays(rapid.IntRange(0, 2000).Draw(t, "day"))
		until, isBound := of.BoundUntil(on)
		binding := of.BindingOn(on)
		if !isBound || !on.Before(until) || on.Before(binding.Start) || until != binding.End {
			t.Fatalf("on %s: got %+v", on, binding)
		}
		if next := of.BindingOn(until); next.Start != until {
			t.Fatalf("after %s the next one begins on %s", until, next.Start)
		}
		of.Renewed = false
		if _, isBound := of.BoundUntil(of.Binding.End); isBound {
			t.Fatalf("bound after the end on %s", of.Binding.End)
		}
	})
}

// TestHistoryKeepsWhatWas lets terms take over from each other.
func TestHistoryKeepsWhatWas(t *testing.T) {
	history := terms.History{*bound()}
	next := *free()
	next.ID, next.Effective = "2", today
	after := history.With(next)
	if len(after) != 2 || after[0].Expired != today || after.Present().ID != "2" || !history[0].Expired.IsZero() {
		t.Errorf("got %+v from %+v", after, history)
	}
	longer := history.Extended(5, today)
	if longer.Present().Binding.End != day(5, 6) || history.Present().Binding.End != day(5, 1) || after.Extended(5, today).Present().Binding != nil {
		t.Errorf("got %+v from %+v", longer, history)
	}
}

// TestDatesStayReadable extends a binding that ends on the last days that dates have.
func TestDatesStayReadable(t *testing.T) {
	last := date.MustNew(9999, time.December, 31)
	of := bound()
	of.Binding.End = last.AddDays(-3)
	if end := (terms.History{*of}).Extended(30, today).Present().Binding.End; end != last {
		t.Errorf("got %s", end)
	}
}

// TestStoredLengthsCanBeWrong computes a cycle and a binding of lengths that are negative.
func TestStoredLengthsCanBeWrong(t *testing.T) {
	for _, length := range []terms.Length{{Days: -1}, {Months: -1}, {Months: 1, Days: -40}} {
		of := bound()
		of.Renewed, of.Every, of.Binding.Length = true, length, length
		if cycle := of.Cycle(today); cycle != (terms.Cycle{Start: today, End: today.AddDays(1)}) {
			t.Errorf("%+v: got %+v", length, cycle)
		}
		if until, isBound := of.BoundUntil(day(6, 1)); isBound {
			t.Errorf("%+v: bound until %s", length, until)
		}
	}
}

// TestBindingsDoNotMoveCycles amends the binding period of quarterly terms: cycles stay, also those of terms that were stored without an anchor. Only
// an amendment of how the subscription is billed moves them.
func TestBindingsDoNotMoveCycles(t *testing.T) {
	begun, on := day(1, 1), day(3, 15)
	change := terms.Change{Scheme: "s", Frequency: terms.Quarterly, CycleDay: 1, Period: terms.Quarter}
	first, err := change.Begin(scheme, begun)
	if err != nil {
		t.Fatal(err)
	}
	stored := first
	stored.Anchor = date.Date{}
	for name, present := range map[string]terms.Terms{"new": first, "stored": stored} {
		next, err := terms.Change{Period: terms.AnnualBinding}.Amend(lifecycle.ExtendedBindingPeriod, &present, scheme, lifecycle.Effective, on)
		if err != nil {
			t.Fatal(err)
		}
		if cycle := next.Cycle(on); next.Effective != on || cycle != (terms.Cycle{Start: begun, End: day(4, 1)}) {
			t.Errorf("%s: got %+v of %+v", name, cycle, next)
		}
		next, err = terms.Change{}.Amend(lifecycle.CanceledBindingPeriod, &next, scheme, lifecycle.Effective, day(3, 20))
		if err != nil || next.Cycle(on) != (terms.Cycle{Start: begun, End: day(4, 1)}) {
			t.Errorf("%s: got %+v, %v", name, next, err)
		}
	}
	change.Period = ""
	next, err := change.Amend(lifecycle.NoBindingPeriodChanges, &first, scheme, lifecycle.Effective, on)
	if err != nil || next.Cycle(on) != (terms.Cycle{Start: day(3, 1), End: day(6, 1)}) {
		t.Errorf("billed anew: got %+v, %v", next, err)
	}
}

// TestCyclesOfDaysKeepTheirAnchor amends the binding period of weekly terms.
func TestCyclesOfDaysKeepTheirAnchor(t *testing.T) {
	of := bound()
	of.Every = terms.Length{Days: 7}
	next, err := terms.Change{}.Amend(lifecycle.CanceledBindingPeriod, of, scheme, lifecycle.Effective, today)
	if err != nil || next.Cycle(today) != of.Cycle(today) {
		t.Errorf("got %+v, %v, want %+v", next.Cycle(today), err, of.Cycle(today))
	}
}

// TestCancelledBindingsAreNotExtended cancels a binding during a rest that began on 1 March, and ends others by themselves.
func TestCancelledBindingsAreNotExtended(t *testing.T) {
	since := day(3, 1)
	amend := func(h terms.History, by lifecycle.Operation, change terms.Change, on date.Date) terms.History {
		next, err := change.Amend(by, h.Present(), scheme, lifecycle.InResting, on)
		if err != nil {
			t.Fatal(err)
		}
		return h.With(next)
	}
	billed := terms.Change{Scheme: "s", Frequency: terms.Monthly, CycleDay: 1}
	cancelled := amend(terms.History{*bound()}, lifecycle.CanceledBindingPeriod, terms.Change{}, today)
	for name, c := range map[string]struct {
		history terms.History
		end     date.Date
	}{
		"in force":                    {terms.History{*bound()}, day(5, 31)},
		"over by itself":              {terms.History{*over()}, day(4, 9)},
		"over, billed otherwise":      {amend(terms.History{*over()}, lifecycle.NoBindingPeriodChanges, billed, today), day(4, 9)},
		"adjusted":                    {amend(terms.History{*bound()}, lifecycle.AdjustedBindingPeriod, terms.Change{Period: terms.BiannualBinding}, today), day(8, 31)},
		"cancelled":                   {cancelled, today},
		"cancelled, billed otherwise": {amend(cancelled, lifecycle.NoBindingPeriodChanges, billed, day(3, 20)), today},
		"cancelled, bound anew":       {amend(cancelled, lifecycle.NewBindingPeriod, terms.Change{Period: terms.Month}, day(3, 20)), day(4, 20)},
		"cancelled, bound as of then": {amend(cancelled, lifecycle.NewBindingPeriod, terms.Change{Period: terms.Quarter, Start: since}, day(3, 20)), day(7, 1)},
	} {
		if end := c.history.Extended(30, since).Present().Binding.End; end != c.end {
			t.Errorf("%s: ends on %s, want %s", name, end, c.end)
		}
	}
}
