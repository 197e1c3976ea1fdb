package recurringbilling_test

import (
	"context"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// totals bills bill-to 77 as of a date, and returns the totals of its invoices in cents.
func (f *fixture) totals(t testing.TB, asOf *date.Date) (all []int64) {
	t.Helper()
	for _, made := range f.invoiced(t, asOf) {
		all = append(all, cents(made.GetTotal()))
	}
	return all
}

// cycled returns a line of 100.00 a month from January 2026 that is billed for some months, and then
// gets another cycle.
func (f *fixture) cycled(t testing.TB, months int32, cycle native.BillCycle, restart bool) *native.RecurringLine {
	t.Helper()
	line := f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount, l.StartDate = usd(100, 0), day(2026, 1, 1) })
	f.totals(t, day(2026, months, 1))
	return must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
		RecurringLine: &native.RecurringLine{Name: line.GetName(), BillCycle: cycle}, UpdateMask: mask("bill_cycle"), RestartPeriods: restart,
	}))(t)
}

func wantTotals(t *testing.T, got []int64, want int64) {
	t.Helper()
	if len(got) != 1 || got[0] != want {
		t.Errorf("billed %v cents, want %d", got, want)
	}
}

// A month costs a month after a change of the cycle and at a start inside a quarter, and is credited
// as one.
func TestMonthCostsAMonth(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		quarterly := f.cycled(t, 2, native.BillCycle_BILL_CYCLE_QUARTERLY, false)
		wantTotals(t, f.totals(t, day(2026, 3, 1)), 10000)
		must(f.lines.CancelRecurringLine(t.Context(), cancelOf(quarterly.GetName(), day(2026, 4, 1))))(t)
		annual := f.cycled(t, 1, native.BillCycle_BILL_CYCLE_ANNUAL, false)
		made := f.invoiced(t, day(2026, 2, 1))[0]
		wantTotals(t, []int64{cents(made.GetTotal())}, 110000)
		part := made.GetItems()[0].GetParts()[0]
		if cents(part.GetMonthlyAmount()) != 10000 || part.GetProration() != native.Proration_PRORATION_BY_MONTH || part.GetBillDay() != 1 || part.GetFirstDate().GetMonth() != 1 {
			t.Errorf("priced as %v", part)
		}
		if got := f.credited(t, annual.GetName(), day(2026, 12, 1)); got != 10000 {
			t.Errorf("December is credited %d cents", got)
		}
		f.totals(t, day(2026, 2, 1))
		f.leaver(t, func(l *native.RecurringLine) {
			l.MonthlyAmount, l.StartDate, l.AnchorDate, l.BillDay = usd(3950, 0), day(2026, 4, 8), day(2026, 4, 1), 1
			l.BillCycle = native.BillCycle_BILL_CYCLE_QUARTERLY
		})
		wantTotals(t, f.totals(t, day(2026, 4, 8)), 1092833)
	})
}

// A tenant that billed before proration could be chosen goes on by period. Its choice counts for
// full periods that begin on or after its day, 20 November 2026.
func TestFormerTenantKeepsProrationByPeriod(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		db := databasetest.Open(t, f.url, recurringbilling.Migrations())
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO billed_by_period (tenant) VALUES ('default')`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		profile := func() *native.BillingProfile {
			return must(f.profiles.GetBillingProfile(t.Context(), &native.GetBillingProfileRequest{Name: "billingProfile"}))(t)
		}
		if got := profile(); got.GetProration() != native.Proration_PRORATION_BY_PERIOD || got.GetProrationFrom() != nil {
			t.Errorf("a former tenant has %v", got)
		}
		line := f.cycled(t, 2, native.BillCycle_BILL_CYCLE_QUARTERLY, false)
		wantTotals(t, f.totals(t, day(2026, 3, 1)), 10333)
		must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 4, 1))))(t)
		chosen := must(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{
			BillingProfile: &native.BillingProfile{Proration: native.Proration_PRORATION_BY_MONTH}, UpdateMask: mask("proration"),
		}))(t)
		if chosen.GetProration() != native.Proration_PRORATION_BY_MONTH || chosen.GetProrationFrom().GetDay() != 20 || profile().GetProrationFrom().GetMonth() != 11 {
			t.Errorf("chosen is %v", chosen)
		}
		for _, test := range []struct {
			start, anchor *date.Date
			want          int64
		}{{day(2026, 12, 1), day(2026, 11, 1), 20217}, {day(2026, 12, 15), day(2026, 12, 1), 25484}} {
			l := f.leaver(t, func(l *native.RecurringLine) {
				l.MonthlyAmount, l.StartDate, l.AnchorDate, l.BillDay = usd(100, 0), test.start, test.anchor, 1
				l.BillCycle = native.BillCycle_BILL_CYCLE_QUARTERLY
			})
			wantTotals(t, f.totals(t, test.start), test.want)
			must(f.lines.CancelRecurringLine(t.Context(), cancelOf(l.GetName(), test.start)))(t)
		}
	})
}

// A choice that is changed again leaves earlier periods as they were: those that began before it are
// priced as before, on the day of the choice and later. Changed back on its day, it never counted. The
// choices move to another server with the profile.
func TestChoicesOfProrationKeepEarlierPeriods(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		choose := func(method native.Proration) *native.BillingProfile {
			t.Helper()
			return must(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{
				BillingProfile: &native.BillingProfile{Proration: method}, UpdateMask: mask("proration"),
			}))(t)
		}
		byMonth, byPeriod := native.Proration_PRORATION_BY_MONTH, native.Proration_PRORATION_BY_PERIOD
		f.cycled(t, 2, native.BillCycle_BILL_CYCLE_QUARTERLY, false)
		if chosen := choose(byPeriod); chosen.GetProrationFrom().GetDay() != 20 || len(chosen.GetFormerProrations()) != 0 {
			t.Errorf("chosen is %v", chosen)
		}
		if undone := choose(byMonth); undone.GetProrationFrom() != nil || len(undone.GetFormerProrations()) != 0 {
			t.Errorf("undone on its day it is %v", undone)
		}
		choose(byPeriod)
		f.clock.Advance(24 * time.Hour)
		want := []*native.ProrationChoice{{Proration: byPeriod, FromDate: day(2026, 11, 20)}}
		later := choose(byMonth)
		if diff := gocmp.Diff(want, later.GetFormerProrations(), protocmp.Transform()); diff != "" || later.GetProrationFrom().GetDay() != 21 {
			t.Errorf("changed a day later (-want +got):\n%s%v", diff, later)
		}
		wantTotals(t, f.totals(t, day(2026, 3, 1)), 10000)
		exported := f.export(t, "default")
		f.importAll(t, "another", 50, exported...)
		moved := must(f.profiles.GetBillingProfile(as(t, "another"), &native.GetBillingProfileRequest{Name: "billingProfile"}))(t)
		if diff := gocmp.Diff(want, moved.GetFormerProrations(), protocmp.Transform()); diff != "" {
			t.Errorf("moved (-want +got):\n%s", diff)
		}
		for _, former := range [][]*native.ProrationChoice{
			{{Proration: byMonth, FromDate: day(2026, 11, 21)}},
			{{Proration: byMonth, FromDate: day(2026, 11, 20)}, {Proration: byPeriod, FromDate: day(2026, 11, 20)}},
		} {
			refused := proto.CloneOf(moved)
			refused.FormerProrations = former
			got := f.importAll(t, "refused", 50, refused)
			if len(got.GetRejections()) != 1 || got.GetCreated() != 0 {
				t.Errorf("imported %v: %v", former, got)
			}
		}
	})
}

// The proration changes on 101 days, so that 100 former choices are kept, and on no more: a change on another day is refused and changes nothing. An import
// brings 100 of them, and not 101.
func TestChoicesOfProrationAreBounded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		methods := []native.Proration{native.Proration_PRORATION_BY_PERIOD, native.Proration_PRORATION_BY_MONTH}
		choose := func(method native.Proration) (*native.BillingProfile, error) {
			return f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{
				BillingProfile: &native.BillingProfile{Proration: method}, UpdateMask: mask("proration"),
			})
		}
		f.cycled(t, 2, native.BillCycle_BILL_CYCLE_QUARTERLY, false)
		var full *native.BillingProfile
		for changes := range 101 {
			if full = must(choose(methods[changes%2]))(t); len(full.GetFormerProrations()) != changes {
				t.Fatalf("after %d changes: got %d former choices", changes+1, len(full.GetFormerProrations()))
			}
			f.clock.Advance(24 * time.Hour)
		}
		f.unchanged(t, func() { _, err := choose(methods[1]); wantFaults(t, err, "billing_profile.proration TOO_MANY") })
		if got := must(choose(methods[0]))(t); got.GetEtag() != full.GetEtag() {
			t.Errorf("the present choice again: got %v", got)
		}
		brought := proto.CloneOf(full)
		if got := f.importAll(t, "another", 50, brought); len(got.GetRejections()) != 0 || got.GetCreated() != 1 {
			t.Errorf("100 former choices imported: %v", got)
		}
		earlier := []*native.ProrationChoice{{Proration: methods[1], FromDate: day(2026, 1, 1)}}
		brought.FormerProrations = append(earlier, brought.GetFormerProrations()...)
		if got := f.importAll(t, "refused", 50, brought); len(got.GetRejections()) != 1 || got.GetCreated() != 0 {
			t.Errorf("101 former choices imported: %v", got)
		}
	})
}

// A change of the cycle can begin full periods on the next cycle date.
func TestCycleChangeRestartsPeriods(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.cycled(t, 2, native.BillCycle_BILL_CYCLE_QUARTERLY, true)
		if line.GetAnchorDate().GetMonth() != 3 || line.GetBillDay() != 1 {
			t.Errorf("changed to %v", line)
		}
		wantTotals(t, f.totals(t, day(2026, 3, 1)), 30000)
		if next := f.line(t, line.GetName()).GetNextCycleDate(); next.GetMonth() != 6 {
			t.Errorf("the next cycle begins on %v", next)
		}
	})
}

func TestMoveNextCycleDate(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		move := func(name string, to *date.Date) (*native.RecurringLine, error) {
			return f.lines.MoveNextCycleDate(t.Context(), &native.MoveNextCycleDateRequest{Name: name, NextCycleDate: to})
		}
		line := f.leaver(t, func(l *native.RecurringLine) {
			l.StartDate, l.NextCycleDate, l.LastCycleDate = day(2026, 1, 1), day(2026, 3, 1), day(2026, 2, 1)
		})
		name := line.GetName()
		for _, test := range []struct {
			to   *date.Date
			want string
		}{{day(2025, 12, 31), "BEFORE_START"}, {day(2026, 4, 1), "DAYS_SKIPPED"}} {
			f.unchanged(t, func() { _, err := move(name, test.to); wantFaults(t, err, "next_cycle_date "+test.want) })
		}
		moved := must(move(name, day(2026, 2, 1)))(t)
		if moved.GetNextCycleDate().GetMonth() != 2 || moved.GetLastCycleDate().GetMonth() != 1 {
			t.Errorf("moved to %v, last %v", moved.GetNextCycleDate(), moved.GetLastCycleDate())
		}
		wantTotals(t, f.totals(t, day(2026, 2, 1)), 2800)
		f.unchanged(t, func() {
			_, err := move(name, day(2026, 2, 15))
			wantFaults(t, err, "next_cycle_date PERIOD_BILLED")
			must(move(name, day(2026, 3, 1)))(t)
		})
	})
}

// The example of Sedona's pages: a quarterly line from 15 June.
func TestPeriodsBeginOnFirstOfMonth(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		must(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{
			BillingProfile: &native.BillingProfile{CycleBeginning: native.CycleBeginning_CYCLE_BEGINNING_FIRST_OF_MONTH}, UpdateMask: mask("cycle_beginning"),
		}))(t)
		quarterly := func(l *native.RecurringLine) {
			l.MonthlyAmount, l.StartDate, l.BillCycle = usd(100, 0), day(2026, 6, 15), native.BillCycle_BILL_CYCLE_QUARTERLY
		}
		line := f.leaver(t, quarterly)
		made := f.invoiced(t, day(2026, 6, 15))[0]
		if part := made.GetItems()[0].GetParts()[0]; part.GetEndDate().GetMonth() != 9 || part.GetEndDate().GetDay() != 1 || cents(made.GetTotal()) != 25333 {
			t.Errorf("%v was billed first, at %d cents", part, cents(made.GetTotal()))
		}
		wantTotals(t, f.totals(t, day(2026, 9, 1)), 30000)
		must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 12, 1))))(t)
		own := f.leaver(t, func(l *native.RecurringLine) { quarterly(l); l.BillDay = 15 })
		if own.GetAnchorDate().GetDay() != 15 {
			t.Errorf("a line with a bill day of its own: %v", own)
		}
	})
}
