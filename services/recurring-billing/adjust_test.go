package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// adjusted changes the rate of a line for billed days too.
func (f *fixture) adjusted(t testing.TB, name string, rate *native.Rate) *native.RecurringLine {
	t.Helper()
	change := changeOf(name, rate)
	change.AdjustBilled = true
	return must(f.lines.ChangeRecurringLineRate(t.Context(), change))(t)
}

// moved bills a line to another bill-to of its customer.
func (f *fixture) moved(t testing.TB, name, billTo string) {
	t.Helper()
	must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
		RecurringLine: &native.RecurringLine{Name: name, BillTo: billTo}, UpdateMask: mask("bill_to"),
	}))(t)
}

// parts returns the parts of the run's invoices as `bill-to first-day cents`.
func (f *fixture) parts(t testing.TB, run *native.CycleRun) (parts []string) {
	t.Helper()
	for _, made := range f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())}) {
		whole := must(f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: made.GetName()}))(t)
		for _, item := range whole.GetItems() {
			for _, part := range item.GetParts() {
				parts = append(parts, partText(made.GetBillTo(), part))
			}
		}
	}
	return parts
}

func partText(billTo string, part *native.InvoiceItemPart) string {
	from := part.GetStartDate()
	return fmt.Sprintf("%s %02d-%02d %d", billTo, from.GetMonth(), from.GetDay(), cents(part.GetAmount()))
}

func lineName(id int32) string { return fmt.Sprint("recurringLines/", id) }

func (f *fixture) runOf(t testing.TB, asOf *date.Date, billTos ...string) *native.CycleRun {
	t.Helper()
	return f.run(t, &native.CycleRun{AsOfDate: asOf, LineFilter: &native.CycleRunFilter{BillTos: billTos}})
}

// adjustedLine returns a line of 28.00 a month that was billed for February and March to bill-to 77,
// then moved to bill-to 78 and adjusted to 56.00 from 15 February on.
func (f *fixture) adjustedLine(t testing.TB) *native.RecurringLine {
	t.Helper()
	line := f.leaver(t, nil)
	must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "78", BillTo: &native.BillTo{CustomerId: 77, DisplayName: "Also Ltd"}}))(t)
	f.invoiced(t, day(2026, 2, 1))
	f.invoiced(t, day(2026, 3, 1))
	f.moved(t, line.GetName(), "billTos/78")
	return f.adjusted(t, line.GetName(), rateOf(day(2026, 2, 15), usd(56, 0), "PRICE"))
}

func TestAdjustedDaysAreCreditedToWhoPaidAndBilledAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.adjustedLine(t)
		wantRates(t, line, rateOf(day(2026, 2, 1), usd(28, 0), ""), rateOf(day(2026, 2, 15), usd(56, 0), "PRICE"))
		if days := line.GetUnbilledDays(); len(days) != 1 || !protoEqual(days[0], &native.DaySpan{StartDate: day(2026, 2, 15), EndDate: day(2026, 4, 1)}) {
			t.Errorf("days to bill again: %v", days)
		}
		if credits := line.GetCredits(); len(credits) != 2 || credits[0].GetKind() != native.LineCredit_KIND_RATE || credits[0].GetCreditedInvoice() == "" || line.GetCancellation() != nil {
			t.Errorf("credits: %v", credits)
		}
		first := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/77")})[0]
		wantReason(t, f.voided(t, first), "LINE_CREDITED")
		if left := f.rest(t, first); left != 1400 {
			t.Errorf("%d cents of February are left, want 1400", left)
		}
		// The charges are due at once, although March 1 is the last day before the run.
		run := f.runOf(t, day(2026, 2, 1), "billTos/77", "billTos/78")
		want := []string{"billTos/77 02-15 -1400", "billTos/77 03-01 -2800", "billTos/78 02-15 2800", "billTos/78 03-01 5600"}
		if diff := gocmp.Diff(want, f.parts(t, run)); diff != "" {
			t.Errorf("billed (-want +got):\n%s", diff)
		}
		if after := f.line(t, line.GetName()); len(after.GetUnbilledDays()) != 0 || !protoEqual(after.GetNextCycleDate(), day(2026, 4, 1)) || !protoEqual(after.GetLastCycleDate(), day(2026, 3, 1)) {
			t.Errorf("after the run: %v", after)
		}
		if got := f.credited(t, line.GetName(), day(2026, 3, 17)); got != 2710 {
			t.Errorf("the cancellation credits %d cents, want 2710: 15 of 31 days at 56.00", got)
		}
		cancelled := f.line(t, line.GetName()).GetCredits()
		if last := cancelled[len(cancelled)-1]; len(cancelled) != 3 || last.GetBillTo() != "billTos/78" || last.GetKind() != native.LineCredit_KIND_CANCELLATION {
			t.Errorf("credits: %v", cancelled)
		}
		must(f.uncancel(t, line.GetName()))(t)
		again := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/78")})[0]
		must(f.void(t, &native.VoidInvoiceRequest{Name: again.GetName(), Reason: "Wrong", ReleasePeriods: true}))(t)
		if released := f.line(t, line.GetName()); !protoEqual(released.GetNextCycleDate(), day(2026, 4, 1)) || len(released.GetUnbilledDays()) != 1 {
			t.Errorf("after the charges were voided: %v", released)
		}
		run = f.runOf(t, day(2026, 4, 1), "billTos/77", "billTos/78")
		want = []string{"billTos/78 02-15 2800", "billTos/78 03-01 5600", "billTos/78 04-01 5600"}
		if diff := gocmp.Diff(want, f.parts(t, run)); diff != "" {
			t.Errorf("billed after the void (-want +got):\n%s", diff)
		}
		april := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/78")})[1]
		must(f.void(t, &native.VoidInvoiceRequest{Name: april.GetName(), Reason: "Wrong", ReleasePeriods: true}))(t)
		if released := f.line(t, line.GetName()); !protoEqual(released.GetNextCycleDate(), day(2026, 4, 1)) || len(released.GetUnbilledDays()) != 1 {
			t.Errorf("after both were voided: %v", released)
		}
	})
}

func TestDiscardedDraftReturnsDaysToBillAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.adjustedLine(t)
		filter := &native.CycleRunFilter{BillTos: []string{"billTos/77", "billTos/78"}}
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: filter, LeaveDrafts: true})
		must(f.runs.DiscardCycleRun(t.Context(), &native.DiscardCycleRunRequest{Name: run.GetName()}))(t)
		stream, err := f.runs.WatchCycleRun(t.Context(), &native.WatchCycleRunRequest{Name: run.GetName()})
		all(t, stream, err)
		returned := f.line(t, line.GetName())
		if !protoEqual(returned.GetNextCycleDate(), day(2026, 4, 1)) || !slices.EqualFunc(returned.GetUnbilledDays(), line.GetUnbilledDays(), func(a, b *native.DaySpan) bool { return protoEqual(a, b) }) {
			t.Errorf("after the drafts were discarded: %v", returned)
		}
		want := []string{"billTos/77 02-15 -1400", "billTos/77 03-01 -2800", "billTos/78 02-15 2800", "billTos/78 03-01 5600", "billTos/78 04-01 5600"}
		if diff := gocmp.Diff(want, f.parts(t, f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: filter}))); diff != "" {
			t.Errorf("billed (-want +got):\n%s", diff)
		}
	})
}

func TestAdjustedDaysAreExportedAndImported(t *testing.T) {
	for from, to := range map[database.Engine]database.Engine{database.SQLite: database.PostgreSQL, database.PostgreSQL: database.SQLite} {
		t.Run(string(from)+" to "+string(to), func(t *testing.T) {
			old, imported := openOn(t, databasetest.Migrated(t, from, recurringbilling.Migrations()), true), openOn(t, databasetest.Migrated(t, to, recurringbilling.Migrations()), false)
			line := old.adjustedLine(t)
			old.runOf(t, day(2026, 3, 1), "billTos/77", "billTos/78")
			old.adjusted(t, line.GetName(), rateOf(day(2026, 3, 11), usd(31, 0), "AGAIN"))
			exported := old.export(t, "default")
			if rejected := rejections(imported.importAll(t, "default", 50, exported...)); len(rejected) > 0 {
				t.Fatalf("rejected: %v", rejected)
			}
			if diff := gocmp.Diff(exported, imported.export(t, "default"), protocmp.Transform()); diff != "" {
				t.Errorf("exported again: %s", diff)
			}
			if diff := gocmp.Diff(old.periods(t), imported.periods(t)); diff != "" {
				t.Errorf("billed periods: %s", diff)
			}
			if diff := gocmp.Diff(old.due(t, day(2026, 4, 1)), imported.due(t, day(2026, 4, 1)), protocmp.Transform()); diff != "" {
				t.Errorf("what is due next: %s", diff)
			}
		})
	}
}

// Days to bill again that lie after a cancellation are billed once it is undone.
func TestDaysToBillAgainOutliveACancellation(t *testing.T) {
	f := open(t, true)
	line := f.adjustedLine(t)
	must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 3, 1))))(t)
	run := f.runOf(t, day(2026, 3, 1), "billTos/77", "billTos/78")
	want := []string{"billTos/77 02-15 -1400", "billTos/77 03-01 -2800", "billTos/78 02-15 2800"}
	if diff := gocmp.Diff(want, f.parts(t, run)); diff != "" {
		t.Errorf("billed up to the end (-want +got):\n%s", diff)
	}
	must(f.uncancel(t, line.GetName()))(t)
	run = f.runOf(t, day(2026, 3, 1), "billTos/77", "billTos/78")
	if diff := gocmp.Diff([]string{"billTos/78 03-01 5600"}, f.parts(t, run)); diff != "" {
		t.Errorf("billed after all (-want +got):\n%s", diff)
	}
}

func TestAdjustmentOfDraftOrCorrectedInvoiceIsRefused(t *testing.T) {
	f := open(t, true)
	line := f.leaver(t, nil)
	invoice := f.invoiced(t, day(2026, 2, 1))[0]
	must(f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "x", Total: usd(1, 0)}))(t)
	f.unchanged(t, func() {
		change := changeOf(line.GetName(), rateOf(day(2026, 2, 15), usd(56, 0), "PRICE"))
		change.AdjustBilled = true
		_, err := f.lines.ChangeRecurringLineRate(t.Context(), change)
		wantReason(t, err, "INVOICE_CORRECTED")
	})
	same := f.adjusted(t, line.GetName(), rateOf(day(2026, 2, 15), usd(28, 0), "SAME"))
	if len(same.GetCredits())+len(same.GetUnbilledDays()) != 0 {
		t.Errorf("the same amount: %v", same)
	}
}

// TestDaysToBillAgainNeedTheirCredit creates a line with such days that no credit names. After a discard, the days between them
// and the next cycle date would be billed too.
func TestDaysToBillAgainNeedTheirCredit(t *testing.T) {
	f := open(t, false)
	item := must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "RMR", Item: &native.Item{Description: "Monitoring", DefaultRate: usd(31, 0)}}))(t)
	billTo := must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 3, DisplayName: "Ann"}}))(t)
	line := &native.RecurringLine{
		CustomerId: 3, BillTo: billTo.GetName(), Item: item.GetName(), BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY, MonthlyAmount: usd(31, 0),
		StartDate: day(2026, 1, 1), NextCycleDate: day(2026, 4, 1),
		UnbilledDays: []*native.DaySpan{{StartDate: day(2026, 2, 10), EndDate: day(2026, 2, 20)}},
	}
	_, err := f.create(t, line, "")
	wantFaults(t, err, "recurring_line.unbilled_days[0] INCONSISTENT")

	line.UnbilledDays = nil // days that another system billed are credited without an invoice
	billed := must(f.create(t, line, ""))(t)
	adjusted := f.adjusted(t, billed.GetName(), &native.Rate{EffectiveDate: day(2026, 2, 15), MonthlyAmount: usd(62, 0), ReasonCode: "A"})
	line.Rates, line.MonthlyAmount, line.Credits, line.UnbilledDays = adjusted.GetRates(), nil, adjusted.GetCredits(), adjusted.GetUnbilledDays()
	moved := must(f.create(t, line, ""))(t)
	if diff := gocmp.Diff(adjusted.GetUnbilledDays(), moved.GetUnbilledDays(), protocmp.Transform()); diff != "" || len(moved.GetUnbilledDays()) != 1 {
		t.Errorf("a line moved with its days to bill again (-want +got):\n%s", diff)
	}
}
