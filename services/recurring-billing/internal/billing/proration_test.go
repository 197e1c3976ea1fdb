package billing_test

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// The table of rule 7. Quarters begin in January and April, or on the last day of November.
func TestDocumentedProration(t *testing.T) {
	rows := table(t, "monthly  bill day")
	if len(rows) != 11 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		number := func(text string) int {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		start := parse(t, row[3])
		line := billing.Billable{
			ID: 1, BillDay: number(row[1]), Months: number(row[2]), Start: start, Unbilled: parse(t, row[4]), End: parse(t, row[5]),
			Anchor: date.MustNew(2026, 1, 1), Rates: []billing.Price{{From: start, Monthly: cents(t, row[0])}},
		}
		if line.BillDay != 1 {
			line.Anchor = date.MustNew(2025, 11, 1).AddMonthsOnDay(0, line.BillDay)
		}
		for i, method := range []billing.Method{billing.ByMonth, billing.ByPeriod} {
			line.Proration.Method = method
			charges, _, err := line.Due(line.End)
			if err != nil || len(charges) != 1 || money(charges[0].Amount) != row[6+i] {
				t.Errorf("%s, %s: %+v, error %v", strings.Join(row, " "), method, charges, err)
			}
		}
	}
}

// Full periods that begin on or after the day of a choice follow it, earlier ones do not.
func TestProrationChangesWithPeriods(t *testing.T) {
	line := flat(1, 1, "2026-01-01", 10000)
	line.Months, line.Unbilled, line.End = 3, parse(t, "2026-03-01"), parse(t, "2026-05-01")
	for _, test := range []struct {
		chosen billing.Proration
		want   string
	}{
		{billing.Proration{}, "100.00 100.00"},
		{billing.Proration{Method: billing.ByPeriod}, "103.33 98.90"},
		{billing.Proration{Method: billing.ByMonth, From: parse(t, "2026-01-01")}, "100.00 100.00"},
		{billing.Proration{Method: billing.ByMonth, From: parse(t, "2026-01-02")}, "103.33 100.00"},
		{billing.Proration{Method: billing.ByMonth, From: parse(t, "2026-04-02")}, "103.33 98.90"},
		{billing.Proration{}.Choose(billing.ByPeriod, parse(t, "2026-04-01")).Choose(billing.ByMonth, parse(t, "2026-04-01")), "100.00 100.00"},
		{billing.Proration{}.Choose(billing.ByPeriod, parse(t, "2026-04-01")).Choose(billing.ByMonth, parse(t, "2026-04-02")), "100.00 98.90"},
		{billing.Proration{}.Choose(billing.ByPeriod, parse(t, "2026-01-01")).Choose(billing.ByMonth, parse(t, "2026-04-01")), "103.33 100.00"},
		{billing.Proration{}.Choose(billing.ByPeriod, parse(t, "2026-02-01")).Choose(billing.ByMonth, parse(t, "2026-03-20")), "100.00 100.00"},
		{billing.Proration{Method: billing.ByPeriod}.Choose(billing.ByMonth, parse(t, "2026-02-01")).Choose(billing.ByPeriod, parse(t, "2026-05-01")), "103.33 100.00"},
		{billing.Proration{Method: billing.ByPeriod}.Choose(billing.ByMonth, parse(t, "2026-02-01")).Choose(billing.ByPeriod, parse(t, "2026-02-01")), "103.33 98.90"},
		// As a store of the day before has it: another method before the choice.
		{billing.Proration{Method: billing.ByPeriod, From: parse(t, "2026-02-01")}.Choose(billing.ByMonth, parse(t, "2026-02-01")), "100.00 100.00"},
		{billing.Proration{Method: billing.ByPeriod, From: parse(t, "2026-02-01")}.Choose(billing.ByMonth, parse(t, "2026-04-01")), "100.00 100.00"},
		{billing.Proration{Method: billing.ByPeriod, From: parse(t, "2026-04-01")}, "100.00 98.90"},
	} {
		line.Proration = test.chosen
		charges, _, err := line.Due(line.End)
		if err != nil || len(charges) != 2 || money(charges[0].Amount)+" "+money(charges[1].Amount) != test.want {
			t.Errorf("%+v: %+v, error %v", test.chosen, charges, err)
		}
	}
}

// stepOf returns the first day of the month-step that holds a day, and that of the next.
func stepOf(day date.Date, billDay int) (first, next date.Date) {
	on := func(months int) date.Date {
		month := date.MustNew(day.Year(), day.Month(), 1).AddMonthsOnDay(months, 1)
		return month.AddDays(min(billDay, date.DaysIn(month.Year(), month.Month())) - 1)
	}
	if day.Before(on(0)) {
		return on(-1), on(0)
	}
	return on(0), on(1)
}

// periodOf returns the full period that holds a day, counted in steps from the anchor's month.
func periodOf(day date.Date, line billing.Billable, anchor date.Date) billing.Span {
	begins := func(step date.Date) bool {
		return (12*(step.Year()-anchor.Year())+int(step.Month()-anchor.Month()))%line.Months == 0
	}
	first, next := stepOf(day, line.BillDay)
	for !begins(first) {
		first, _ = stepOf(first.AddDays(-1), line.BillDay)
	}
	for !begins(next) {
		_, next = stepOf(next, line.BillDay)
	}
	return billing.Span{Start: first, End: next}
}

// worth returns rule 6 for the days from one to the one before another, added step by step.
func worth(line billing.Billable, period billing.Span, from, to date.Date, monthly int64, byMonth bool) int64 {
	exact := new(big.Rat)
	if !byMonth {
		exact.SetFrac64(int64(from.DaysUntil(to)), int64(period.Days()))
		exact.Mul(exact, big.NewRat(monthly*int64(line.Months), 1))
	}
	for day := from; byMonth && day.Before(to); {
		first, next := stepOf(day, line.BillDay)
		until := next
		if to.Before(next) {
			until = to
		}
		exact.Add(exact, big.NewRat(monthly*int64(day.DaysUntil(until)), int64(first.DaysUntil(next))))
		day = until
	}
	rounded, _ := new(big.Int).SetString(exact.FloatString(0), 10) // half away from zero
	return rounded.Int64()
}

// reference prices a charge of a line without any code of the engine.
func reference(line billing.Billable, charge billing.Charge) (period billing.Span, amount int64) {
	anchor := line.Anchor
	if anchor.IsZero() {
		if first, next := stepOf(line.Start, line.BillDay); first == line.Start {
			anchor = first
		} else {
			anchor = next
		}
	}
	period = periodOf(charge.Span.Start, line, anchor)
	monthly := line.Rates[0].Monthly
	for _, rate := range line.Rates[1:] {
		if !charge.Span.Start.Before(rate.From) {
			monthly = rate.Monthly
		}
	}
	byMonth := chosenOn(line.Proration, period.Start) == billing.ByMonth
	first := line.Start
	if first.Before(period.Start) {
		first = period.Start
	}
	return period, worth(line, period, first, charge.Span.End, monthly, byMonth) - worth(line, period, first, charge.Span.Start, monthly, byMonth)
}

// chosenOn returns the method that was chosen last on or before a day, or before all choices the other
// one than that of the first.
func chosenOn(p billing.Proration, day date.Date) (method billing.Method) {
	choices := append(slices.Clone(p.Former), billing.ProrationChoice{Method: p.Method, From: p.From})
	method = map[billing.Method]billing.Method{billing.ByMonth: billing.ByPeriod, billing.ByPeriod: billing.ByMonth}[choices[0].Method]
	for _, choice := range choices {
		if choice.From.IsZero() || !day.Before(choice.From) {
			method = choice.Method
		}
	}
	return method
}

// drawProration draws choices of proration within the years of the drawn lines.
func drawProration(t *rapid.T) billing.Proration {
	chosen := billing.Proration{Method: rapid.SampledFrom([]billing.Method{billing.ByMonth, billing.ByPeriod}).Draw(t, "proration")}
	if rapid.Bool().Draw(t, "was chosen") {
		chosen.From = date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 1500).Draw(t, "chosen on"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "choices") {
		method := rapid.SampledFrom([]billing.Method{billing.ByMonth, billing.ByPeriod}).Draw(t, "proration")
		chosen = chosen.Choose(method, date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 1500).Draw(t, "chosen on")))
	}
	return chosen
}

// Whatever the rates, the runs and the proration, each charge costs what the reference says, the
// recorded pricing gives it again, and credits of any of its days sum to it.
func TestChargesCostWhatReferenceSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := drawLine(t, 1)
		line.Proration = drawProration(t)
		if rapid.Bool().Draw(t, "was billed before") {
			line.Unbilled = line.Start.AddDays(rapid.IntRange(1, 400).Draw(t, "billed days"))
		}
		charges, _, err := line.Due(line.Unbilled.AddDays(rapid.IntRange(0, 500).Draw(t, "days to bill")))
		if err != nil {
			t.Fatal(err)
		}
		for _, charge := range charges {
			period, want := reference(line, charge)
			again, err := charge.Cost(charge.Period, charge.Span)
			if charge.Period != period || charge.Amount != want || again != want || err != nil {
				t.Fatalf("%+v costs %d in %s, recorded as %d, error %v", charge, want, period, again, err)
			}
			cut := charge.Span.Start.AddDays(rapid.IntRange(0, charge.Span.Days()).Draw(t, "credited from"))
			kept, credit := charge.For(billing.Span{Start: charge.Span.Start, End: cut}), charge.For(billing.Span{Start: cut, End: charge.Span.End})
			if kept+credit != charge.Amount || charge.ByMonth && kept != worthOfKept(line, charge, cut) {
				t.Fatalf("%+v: %d are kept and %d credited from %s", charge, kept, credit, cut)
			}
		}
	})
}

// worthOfKept returns what days of a charge before another day cost by the reference.
func worthOfKept(line billing.Billable, charge billing.Charge, until date.Date) int64 {
	charge.Span.End = until
	if charge.Span.Days() == 0 {
		return 0
	}
	_, amount := reference(line, charge)
	return amount
}

func TestDocumentedCreditsByMonth(t *testing.T) {
	rows := table(t, "monthly  charged by month from")
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		start, end := parse(t, row[1]), parse(t, row[2])
		line := billing.Billable{
			ID: 1, BillDay: 1, Months: 3, Start: start, Unbilled: start, End: end, Anchor: date.MustNew(2026, 1, 1),
			Rates: []billing.Price{{From: start, Monthly: cents(t, row[0])}},
		}
		charges, _, err := line.Due(end)
		if err != nil || len(charges) != 1 || money(charges[0].Amount) != row[3] {
			t.Fatalf("%v: %+v, error %v", row, charges, err)
		}
		if got := money(charges[0].For(billing.Span{Start: parse(t, row[4]), End: end})); got != row[5] {
			t.Errorf("%s: %s", strings.Join(row, " "), got)
		}
	}
}

// Choosing a method counts for full periods that begin on its day or after it, and for no others.
func TestChoiceChangesNoEarlierPeriods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawProration(t)
		method := rapid.SampledFrom([]billing.Method{billing.ByMonth, billing.ByPeriod}).Draw(t, "chosen")
		from := date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 1500).Draw(t, "from"))
		after := before.Choose(method, from)
		for day := date.MustNew(2019, 12, 1); day.Year() < 2025; day = day.AddDays(1) {
			want := method
			if day.Before(from) {
				want = chosenOn(before, day)
			}
			if got := chosenOn(after, day); got != want {
				t.Fatalf("%+v with %s from %s: %s on %s, want %s", before, method, from, got, day, want)
			}
		}
	})
}
