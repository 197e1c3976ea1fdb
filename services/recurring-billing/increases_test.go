package recurringbilling_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// received returns all messages of a stream.
func received[M any](t testing.TB, stream grpc.ServerStreamingClient[M], err error) (all []*M) {
	t.Helper()
	for err == nil {
		var message *M
		if message, err = stream.Recv(); err == nil {
			all = append(all, message)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return all
}

// increased waits until nobody works on a rate increase.
func (f *fixture) increased(t testing.TB, name string) *native.RateIncrease {
	t.Helper()
	stream, err := f.increases.WatchRateIncrease(t.Context(), &native.WatchRateIncreaseRequest{Name: name})
	all := received(t, stream, err)
	return all[len(all)-1].GetRateIncrease()
}

func raiseText(l *native.RateIncreaseLine) string {
	return fmt.Sprintf("%s %s %d to %d from %v %s", l.GetRecurringLine(), l.GetOutcome(), cents(l.GetOldMonthlyAmount()), cents(l.GetNewMonthlyAmount()), onDay(l.GetEffectiveDate()), l.GetMessage())
}

func onDay(d *date.Date) string {
	return fmt.Sprintf("%d-%02d-%02d", d.GetYear(), d.GetMonth(), d.GetDay())
}

func (f *fixture) raises(t testing.TB, name string) (texts []string) {
	t.Helper()
	for _, l := range must(f.increases.ListRateIncreaseLines(t.Context(), &native.ListRateIncreaseLinesRequest{Parent: name}))(t).GetRateIncreaseLines() {
		texts = append(texts, raiseText(l))
	}
	return texts
}

// A company rate change is planned, tried, applied and undone.
func TestARateIncreaseIsTriedAppliedAndUndone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		first := f.leaver(t, nil)
		discount := f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = usd(-5, 0) })
		excluded := f.leaver(t, nil)
		planned := must(f.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: &native.RateIncrease{
			Percent: "3.5", RoundTo: usd(0, 5), EffectiveDate: day(2026, 3, 1), ReasonCode: "YEARLY", ExcludedLines: []string{excluded.GetName()},
			LineFilter: &native.RateIncreaseFilter{CustomerIds: []int32{77}, LastIncreaseBefore: day(2026, 1, 1)},
		}}))(t)
		changed := must(f.increases.UpdateRateIncrease(t.Context(), &native.UpdateRateIncreaseRequest{
			RateIncrease: &native.RateIncrease{Name: planned.GetName(), Percent: "10", Note: "Year 2026"}, UpdateMask: mask("percent", "note"),
		}))(t)
		if changed.GetPercent() != "10" || changed.GetReasonCode() != "YEARLY" || changed.GetState() != native.RateIncrease_STATE_PLANNED {
			t.Errorf("%v", changed)
		}
		want := []string{
			first.GetName() + " OUTCOME_APPLIED 2800 to 3080 from 2026-03-01 ", discount.GetName() + " OUTCOME_SKIPPED -500 to 0 from 0-00-00 it is a discount",
			excluded.GetName() + " OUTCOME_SKIPPED 2800 to 0 from 0-00-00 it is excluded",
		}
		stream, err := f.increases.PreviewRateIncrease(t.Context(), &native.PreviewRateIncreaseRequest{Name: planned.GetName()})
		preview := received(t, stream, err)
		var tried []string
		for _, part := range preview[:len(preview)-1] {
			tried = append(tried, raiseText(part.GetLine()))
		}
		if diff := gocmp.Diff(want, tried); diff != "" {
			t.Errorf("preview (-want +got):\n%s", diff)
		}
		effect := preview[len(preview)-1].GetEffect()
		if effect.GetSkippedCount() != 2 || len(effect.GetRevenue()) != 1 || cents(effect.GetRevenue()[0].GetChange()) != 280 || effect.GetRevenue()[0].GetLineCount() != 1 {
			t.Errorf("effect: %v", effect)
		}
		must(f.increases.ApplyRateIncrease(t.Context(), &native.ApplyRateIncreaseRequest{Name: planned.GetName()}))(t)
		applied := f.increased(t, planned.GetName())
		if applied.GetState() != native.RateIncrease_STATE_APPLIED || applied.GetAppliedCount() != 1 || applied.GetSkippedCount() != 2 || cents(applied.GetRevenueChange()[0]) != 280 {
			t.Errorf("%v", applied)
		}
		if diff := gocmp.Diff(want, f.raises(t, planned.GetName())); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
		f.invoiced(t, day(2026, 2, 1))
		raised := must(f.lines.GetRecurringLine(t.Context(), &native.GetRecurringLineRequest{Name: first.GetName()}))(t)
		if cents(raised.GetMonthlyAmount()) != 3080 || onDay(raised.GetLastIncreaseDate()) != "2026-03-01" {
			t.Errorf("%v", raised)
		}
		must(f.increases.UndoRateIncrease(t.Context(), &native.UndoRateIncreaseRequest{Name: planned.GetName()}))(t)
		if undone := f.increased(t, planned.GetName()); undone.GetState() != native.RateIncrease_STATE_UNDONE || undone.GetUndoneCount() != 1 {
			t.Errorf("%v", undone)
		}
		back := must(f.lines.GetRecurringLine(t.Context(), &native.GetRecurringLineRequest{Name: first.GetName()}))(t)
		wantRates(t, back, rateOf(day(2026, 2, 1), usd(28, 0), ""))
		_, err = f.increases.ApplyRateIncrease(t.Context(), &native.ApplyRateIncreaseRequest{Name: planned.GetName()})
		wantReason(t, err, "INCREASE_UNDONE")
	})
}

func TestRefusedRateIncreases(t *testing.T) {
	f := open(t, true)
	for name, c := range map[string]struct {
		plan *native.RateIncrease
		want []string
	}{
		"nothing": {&native.RateIncrease{}, []string{
			"rate_increase.percent REQUIRED", "rate_increase.effective_date REQUIRED", "rate_increase.reason_code REQUIRED",
		}},
		"two ways": {&native.RateIncrease{Percent: "3", Amount: usd(1, 0), EffectiveDate: day(2026, 3, 1), ReasonCode: "X"}, []string{"rate_increase.percent AMBIGUOUS"}},
		"two dates": {&native.RateIncrease{Percent: "3", EffectiveDate: day(2026, 3, 1), AtNextCycleDate: true, ReasonCode: "X"}, []string{
			"rate_increase.effective_date INCONSISTENT",
		}},
		"no percent": {&native.RateIncrease{Percent: "a lot", AtNextCycleDate: true, ReasonCode: "X"}, []string{"rate_increase.percent INVALID_DECIMAL"}},
		"too much":   {&native.RateIncrease{Percent: "-100", AtNextCycleDate: true, ReasonCode: "X"}, []string{"rate_increase.percent OUT_OF_RANGE"}},
		"bounds": {&native.RateIncrease{Override: usd(1, 0), MinimumIncrease: usd(3, 0), MaximumIncrease: usd(2, 0), AtNextCycleDate: true, ReasonCode: "X"}, []string{
			"rate_increase.minimum_increase INCONSISTENT", "rate_increase.maximum_increase INCONSISTENT", "rate_increase.maximum_increase OUT_OF_RANGE",
		}},
		"unknown lines": {&native.RateIncrease{Percent: "3", AtNextCycleDate: true, ReasonCode: "X", ExcludedLines: []string{"recurringLines/1", "recurringLines/99999"}}, []string{
			"rate_increase.excluded_lines[1] NOT_FOUND",
		}},
		"unknown": {&native.RateIncrease{Percent: "3", AtNextCycleDate: true, ReasonCode: "X", LineFilter: &native.RateIncreaseFilter{
			Items: []string{"items/NONE"}, BillTos: []string{"billTos/999"}, MasterAccounts: []string{"masterAccounts/NONE"},
		}}, []string{
			"rate_increase.line_filter.items[0] NOT_FOUND", "rate_increase.line_filter.bill_tos[0] NOT_FOUND", "rate_increase.line_filter.master_accounts[0] NOT_FOUND",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: c.plan})
			wantFaults(t, err, c.want...)
		})
	}
	if all := must(f.increases.ListRateIncreases(t.Context(), &native.ListRateIncreasesRequest{}))(t).GetRateIncreases(); len(all) != 0 {
		t.Errorf("%v", all)
	}
	_, err := f.increases.ListRateIncreaseLines(t.Context(), &native.ListRateIncreaseLinesRequest{Parent: "rateIncreases/9"})
	wantReason(t, err, "NOT_FOUND")
}

// Rate increases are exported with what they did to lines, and imported: applying goes on, and undoing
// works, where they are imported.
func TestRateIncreasesMove(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		from := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		planned := must(from.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: &native.RateIncrease{
			Percent: "3.5", MinimumIncrease: usd(1, 0), AtNextCycleDate: true, ReasonCode: "YEARLY",
			LineFilter: &native.RateIncreaseFilter{Items: []string{"items/RMR-MON"}},
		}}))(t)
		must(from.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: &native.RateIncrease{
			Override: usd(9, 0), EffectiveDate: day(2027, 1, 1), ReasonCode: "LATER",
		}}))(t)
		must(from.increases.ApplyRateIncrease(t.Context(), &native.ApplyRateIncreaseRequest{Name: planned.GetName()}))(t)
		applied := from.increased(t, planned.GetName())
		ofNobody := must(from.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: &native.RateIncrease{
			Percent: "5", AtNextCycleDate: true, ReasonCode: "YEARLY", LineFilter: &native.RateIncreaseFilter{CustomerIds: []int32{123456}},
		}}))(t)
		must(from.increases.ApplyRateIncrease(t.Context(), &native.ApplyRateIncreaseRequest{Name: ofNobody.GetName()}))(t)
		from.increased(t, ofNobody.GetName())
		all := from.export(t, "default")
		if diff := gocmp.Diff(&transferv1.ImportResourcesResponse{LastLine: int64(len(all)), Unchanged: int64(len(all))},
			from.importAll(t, "default", 5, all...), protocmp.Transform()); diff != "" {
			t.Errorf("import where it was exported: %s", diff)
		}
		to := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		for attempt, want := range []*transferv1.ImportResourcesResponse{
			{LastLine: int64(len(all)), Created: int64(len(all))}, {LastLine: int64(len(all)), Unchanged: int64(len(all))},
		} {
			if diff := gocmp.Diff(want, to.importAll(t, "default", 5, all...), protocmp.Transform()); diff != "" {
				t.Errorf("import %d: %s", attempt+1, diff)
			}
		}
		if diff := gocmp.Diff(all, to.export(t, "default"), protocmp.Transform(), protocmp.IgnoreFields(&native.RateIncrease{}, "etag", "create_time", "update_time"),
			protocmp.IgnoreFields(&native.RecurringLine{}, "etag", "update_time")); diff != "" {
			t.Errorf("exported again: %s", diff)
		}
		must(to.increases.UndoRateIncrease(t.Context(), &native.UndoRateIncreaseRequest{Name: planned.GetName()}))(t)
		if undone := to.increased(t, planned.GetName()); undone.GetUndoneCount() != applied.GetAppliedCount() || undone.GetUndoneCount() == 0 {
			t.Errorf("%v of %v", undone, applied)
		}
	})
}

// What was done to lines elsewhere is not imported into another increase that was never applied here, or
// that is being applied here.
func TestLinesOfAnotherRateIncreaseAreRejected(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		from := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		plan := &native.RateIncrease{Percent: "3.5", AtNextCycleDate: true, ReasonCode: "YEARLY"}
		planned := must(from.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: plan}))(t)
		must(from.increases.ApplyRateIncrease(t.Context(), &native.ApplyRateIncreaseRequest{Name: planned.GetName()}))(t)
		from.increased(t, planned.GetName())
		var lines []proto.Message
		for _, resource := range from.export(t, "default") {
			if l, ok := resource.(*native.RateIncreaseLine); ok {
				lines = append(lines, l)
			}
		}
		to := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		another := must(to.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: plan}))(t)
		got := to.importAll(t, "default", 5, lines...)
		if len(lines) == 0 || len(got.GetRejections()) != len(lines) {
			t.Errorf("%d of %d lines are rejected", len(got.GetRejections()), len(lines))
		}
		must(to.increases.ApplyRateIncrease(t.Context(), &native.ApplyRateIncreaseRequest{Name: another.GetName()}))(t)
		if applied := to.increased(t, another.GetName()); int(applied.GetAppliedCount()+applied.GetSkippedCount()) != len(lines) {
			t.Errorf("applied to %v, want %d lines", applied, len(lines))
		}
	})
}
