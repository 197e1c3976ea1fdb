package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

func iso(f *date.Date) string {
	return fmt.Sprintf("%04d-%02d-%02d", f.GetYear(), f.GetMonth(), f.GetDay())
}

func inCents(m *money.Money) string {
	return fmt.Sprintf("%d.%02d", m.GetUnits(), m.GetNanos()/10_000_000)
}

// charges formats what invoices charge a line, as `first day, day after the last, amount`.
func charges(line string, invoices ...*native.Invoice) (all []string) {
	for _, invoice := range invoices {
		for _, item := range invoice.GetItems() {
			for _, part := range item.GetParts() {
				if part.GetRecurringLine() == line {
					all = append(all, iso(part.GetStartDate())+" "+iso(part.GetEndDate())+" "+inCents(part.GetAmount()))
				}
			}
		}
	}
	return all
}

// previewOf returns the charges of a line in a preview.
func (f *fixture) previewOf(t testing.TB, line string, asOf *date.Date) []string {
	t.Helper()
	stream, err := f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: asOf})
	var invoices []*native.Invoice
	for _, message := range all(t, stream, err) {
		invoices = append(invoices, message.GetInvoice())
	}
	return charges(line, invoices...)
}

// An imported line of 10.00 a month is billed in whole cycles from its next cycle date, wherever it
// started.
func TestImportedLineIsBilledFromNextCycleDate(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for _, test := range []struct {
			name, cycle       string
			start, next, last string
			anchor            *date.Date
			billDay           int32
			want              []string
		}{
			{"annual, from another month and day", "A", "01/15/2024", "01/01/2027", "01/01/2026", day(2027, 1, 1), 1,
				[]string{"2027-01-01 2028-01-01 120.00"}},
			{"quarterly, from another month", "Q", "02/10/2024", "01/10/2027", "", day(2027, 1, 10), 10,
				[]string{"2027-01-10 2027-04-10 30.00"}},
			{"semi-annual, on the last day of a shorter month", "S", "01/31/2024", "02/28/2027", "", day(2027, 2, 28), 31,
				[]string{"2027-02-28 2027-08-31 60.00"}},
			{"annual, on a period of its start", "A", "02/10/2024", "02/10/2027", "02/10/2026", day(2024, 2, 10), 10,
				[]string{"2027-02-10 2028-02-10 120.00"}},
			{"quarterly, on a period of the first bill day", "Q", "01/15/2026", "02/01/2027", "", day(2026, 2, 1), 1,
				[]string{"2027-02-01 2027-05-01 30.00"}},
			{"monthly, new", "M", "01/20/2027", "01/20/2027", "", day(2027, 1, 20), 20,
				[]string{"2027-01-20 2027-02-20 10.00", "2027-02-20 2027-03-20 10.00"}},
			{"monthly, later", "M", "01/15/2024", "01/01/2027", "12/01/2026", day(2024, 2, 1), 1,
				[]string{"2027-01-01 2027-02-01 10.00", "2027-02-01 2027-03-01 10.00"}},
			{"annual, new", "A", "01/31/2027", "01/31/2027", "", day(2027, 1, 31), 31,
				[]string{"2027-01-31 2028-01-31 120.00"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				body := creation()
				body.BillCycle, body.MonthlyAmount = &test.cycle, number("10")
				body.CycleStartDate, body.NextCycleDate, body.LastCycleDate = &test.start, &test.next, &test.last
				created, err := f.post(t, body)
				if err != nil {
					t.Fatal(err)
				}
				line := f.line(t, fmt.Sprintf("recurringLines/%d", created.GetCustomerRecurringId()))
				if !protoEqual(line.GetAnchorDate(), test.anchor) || line.GetBillDay() != test.billDay {
					t.Errorf("anchor %s, bill day %d, want %s and %d", iso(line.GetAnchorDate()), line.GetBillDay(), iso(test.anchor), test.billDay)
				}
				if diff := gocmp.Diff(test.want, f.previewOf(t, line.GetName(), day(2027, 2, 28))); diff != "" {
					t.Errorf("charges (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// anchored returns a quarterly line of 10.00 a month from 2024-01-15, billed up to 2026-04-30. Its
// quarters begin on the last day of January, April, July and October.
func anchored() *native.RecurringLine {
	return &native.RecurringLine{
		CustomerId: 4, BillTo: "billTos/4", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_QUARTERLY, MonthlyAmount: usd(10, 0),
		StartDate: day(2024, 1, 15), BillDay: 31, AnchorDate: day(2026, 10, 31), NextCycleDate: day(2026, 4, 30),
	}
}

func TestReleasedPeriodsFollowAnchor(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		only := &native.CycleRunFilter{BillTos: []string{"billTos/4"}}
		before := must(f.create(t, anchored(), ""))(t)
		lastCycle := func() string { return iso(f.line(t, before.GetName()).GetLastCycleDate()) }
		want := []string{"2026-04-30 2026-07-31 30.00", "2026-07-31 2026-10-31 30.00"}
		preview := f.previewOf(t, before.GetName(), day(2026, 8, 1))

		drafts := f.run(t, &native.CycleRun{AsOfDate: day(2026, 8, 1), LeaveDrafts: true, LineFilter: only})
		drafted := charges(before.GetName(), f.allInvoices(t, &native.ListInvoicesRequest{Filter: onlyDrafts})...)
		must(f.runs.DiscardCycleRun(t.Context(), &native.DiscardCycleRunRequest{Name: drafts.GetName()}))(t)
		f.watched(t, drafts.GetName())
		if got := lastCycle(); got != "2026-01-31" {
			t.Errorf("with its drafts discarded the line was last billed from %s", got)
		}

		f.run(t, &native.CycleRun{AsOfDate: day(2026, 8, 1), LineFilter: only})
		invoices := f.allInvoices(t, &native.ListInvoicesRequest{})
		for name, got := range map[string][]string{"previewed": preview, "drafted": drafted, "billed": charges(before.GetName(), invoices...)} {
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		must(f.void(t, &native.VoidInvoiceRequest{Name: invoices[len(invoices)-1].GetName(), Reason: "Wrong", ReleasePeriods: true}))(t)
		if got := lastCycle(); got != "2026-01-31" {
			t.Errorf("with its periods released the line was last billed from %s", got)
		}

		f.run(t, &native.CycleRun{AsOfDate: day(2026, 8, 1), LineFilter: only})
		cancelled := must(f.lines.CancelRecurringLine(t.Context(), &native.CancelRecurringLineRequest{
			Name: before.GetName(), EffectiveDate: day(2026, 7, 31), ReasonCode: "MOVED", Credit: true}))(t)
		if got := inCents(cancelled.GetCancellation().GetCredit()); got != "30.00" {
			t.Errorf("the last quarter is credited with %s", got)
		}
	})
}

// The rest of the present quarter is billed as a part of the year that contains it. Whole years of
// the anchor follow.
func TestChangeBillCycleKeepsAnchor(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := must(f.create(t, anchored(), ""))(t)
		changed := must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
			RecurringLine: &native.RecurringLine{Name: line.GetName(), BillCycle: native.BillCycle_BILL_CYCLE_ANNUAL},
			UpdateMask:    &fieldmaskpb.FieldMask{Paths: []string{"bill_cycle"}}}))(t)
		if !protoEqual(line.GetAnchorDate(), changed.GetAnchorDate()) {
			t.Errorf("the anchor moves from %s to %s", iso(line.GetAnchorDate()), iso(changed.GetAnchorDate()))
		}
		// Six months of ten.
		want := []string{"2026-04-30 2026-10-31 60.00", "2026-10-31 2027-10-31 120.00"}
		if diff := gocmp.Diff(want, f.previewOf(t, line.GetName(), day(2026, 11, 1))); diff != "" {
			t.Errorf("charges (-want +got):\n%s", diff)
		}
	})
}

func TestCreateRejectsAnchorOffBillDay(t *testing.T) {
	f := open(t, true)
	for _, test := range []struct {
		name   string
		set    func(*native.RecurringLine)
		reason string
	}{
		{"another day", func(l *native.RecurringLine) { l.AnchorDate = day(2026, 10, 30) }, "NOT_ON_BILL_DAY"},
		{"the start's own day, which is the bill day by default", func(l *native.RecurringLine) { l.BillDay = 0 }, "NOT_ON_BILL_DAY"},
		{"no date", func(l *native.RecurringLine) { l.AnchorDate = day(2026, 2, 31) }, "INVALID_DATE"},
		{"out of range", func(l *native.RecurringLine) { l.AnchorDate = day(2026, 13, 1) }, "INVALID_DATE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			line := anchored()
			test.set(line)
			f.unchanged(t, func() {
				_, err := f.create(t, line, "")
				wantFaults(t, err, "recurring_line.anchor_date "+test.reason)
			})
		})
	}
	line := must(f.create(t, anchored(), ""))(t)
	line.AnchorDate = day(2026, 12, 31)
	_, err := f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
		RecurringLine: line, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"anchor_date"}}})
	wantFaults(t, err, "recurring_line.anchor_date IMMUTABLE_FIELD")
}

// An anchor that equals the default is not stored, so recreating a line from what was read gives
// the same line.
func TestExportAndImportKeepAnchors(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		from, to := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true), openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		own := must(from.create(t, anchored(), ""))(t)
		body := creation()
		body.NextCycleDate = new("03/01/2026")
		posted, err := from.post(t, body)
		if err != nil {
			t.Fatal(err)
		}
		resources := from.export(t, "default")
		for range 2 {
			if rejected := rejections(to.importAll(t, "default", 1000, resources...)); len(rejected) > 0 {
				t.Fatalf("rejected: %v", rejected)
			}
		}
		if diff := gocmp.Diff(resources, to.export(t, "default"), protocmp.Transform()); diff != "" {
			t.Errorf("imported (-from +to):\n%s", diff)
		}
		for _, line := range []string{own.GetName(), fmt.Sprintf("recurringLines/%d", posted.GetCustomerRecurringId()), "recurringLines/2"} {
			want, got := from.previewOf(t, line, day(2026, 12, 31)), to.previewOf(t, line, day(2026, 12, 31))
			if !slices.Equal(want, got) || len(want) == 0 {
				t.Errorf("%s costs %v here, %v there", line, want, got)
			}
			// Exports from before lines had anchors contain none.
			plain := from.line(t, line)
			plain.AnchorDate = nil
			taken := to.importAll(t, "default", 10, plain)
			if unchanged := line == "recurringLines/2"; (taken.GetUnchanged() == 1) != unchanged {
				t.Errorf("%s without its anchor: %v", line, taken)
			}
		}
	})
}
