package recurringbilling_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// kept fills the store with resources of all kinds: three runs, of which one could not bill
// everything; invoices that are finalized, void with their periods released or kept, and partly
// credited; and a credit that an invoice carries and one that waits.
func (f *fixture) kept(t testing.TB) {
	t.Helper()
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30), LineFilter: &native.CycleRunFilter{BillCycles: []native.BillCycle{native.BillCycle_BILL_CYCLE_MONTHLY}}})
	first := f.allInvoices(t, &native.ListInvoicesRequest{})
	must(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{
		BillingProfile: &native.BillingProfile{DisplayName: "Seguridad SA", TaxId: "RFC ABC010101AB1"},
	}))(t)
	line := first[0].GetItems()[0].GetParts()[0].GetRecurringLine()
	must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line, day(2026, 4, 10))))(t)
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 5, 31)})
	renamed := &native.BillTo{Name: first[0].GetBillTo(), DisplayName: "Moved Ltd", Address: address()}
	must(f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: renamed, UpdateMask: mask("display_name", "address")}))(t)
	// Customer 6 appears on invoices of MASTER-1 only by the name of its account at the time.
	child := &native.BillTo{Name: "billTos/6", DisplayName: "Harbour Hotel, formerly another"}
	must(f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: child, UpdateMask: mask("display_name")}))(t)
	must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 6, DisplayName: "Second"}}))(t)
	must(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{
		BillingProfile: &native.BillingProfile{DisplayName: "Seguridad y Más SA", TaxId: "RFC ABC010101AB1", PaymentDays: 10},
	}))(t)
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 6, 30)})
	latest := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun("cycleRuns/3")})
	// In this time zone it is already tomorrow.
	must(f.schedules.UpdateBillingSchedule(t.Context(), &native.UpdateBillingScheduleRequest{
		BillingSchedule: &native.BillingSchedule{DayOfMonth: 1, TimeZone: "Pacific/Kiritimati"},
	}))(t)
	must(f.void(t, &native.VoidInvoiceRequest{Name: latest[0].GetName(), Reason: "sent twice"}))(t)
	must(f.void(t, &native.VoidInvoiceRequest{Name: latest[1].GetName(), Reason: "wrong rate", ReleasePeriods: true}))(t)
	must(f.credit(t, &native.CreditNote{Invoice: latest[2].GetName(), Reason: "outage", Total: usd(1, 5)}))(t)
	must(f.credit(t, &native.CreditNote{Invoice: latest[2].GetName(), Reason: "goodwill", Items: []*native.CreditNoteItem{{InvoiceItem: 1, Amount: usd(2, 0)}}}))(t)
	waiting := latest[len(latest)-1].GetItems()[0].GetParts()[0].GetRecurringLine()
	must(f.lines.CancelRecurringLine(t.Context(), cancelOf(waiting, day(2026, 6, 20))))(t)
	must(f.schedules.UpdateBillingSchedule(t.Context(), &native.UpdateBillingScheduleRequest{
		BillingSchedule: &native.BillingSchedule{Enabled: true, DayOfMonth: 25, TimeZone: "America/Mexico_City"},
	}))(t)
}

// moving adds what else a line, an invoice and a tenant can have: lines billed elsewhere, in arrears,
// paused, resumed and restarted, rates that were adjusted, increases, and charges, billed and not.
func (f *fixture) moving(t testing.TB) {
	t.Helper()
	must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "77", BillTo: &native.BillTo{CustomerId: 77, DisplayName: "Moving Ltd"}}))(t)
	line := func(change func(*native.RecurringLine)) string {
		l := &native.RecurringLine{
			CustomerId: 77, BillTo: "billTos/77", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY, StartDate: day(2026, 1, 1), MonthlyAmount: usd(31, 0),
		}
		change(l)
		return must(f.lines.CreateRecurringLine(t.Context(), &native.CreateRecurringLineRequest{RecurringLine: l}))(t).GetName()
	}
	rate := func(name string, request *native.ChangeRecurringLineRateRequest) {
		request.Name, request.ReasonCode = name, "PRICE"
		must(f.lines.ChangeRecurringLineRate(t.Context(), request))(t)
	}
	charge := func(amount *money.Money, date *date.Date) *native.Charge {
		return must(f.charges.CreateCharge(t.Context(), &native.CreateChargeRequest{Charge: &native.Charge{BillTo: "billTos/77", Item: "items/RMR-SVC", Amount: amount, ChargeDate: date}}))(t)
	}
	elsewhere := line(func(l *native.RecurringLine) { l.NextCycleDate = day(2026, 3, 1) })
	arrears := line(func(l *native.RecurringLine) { l.BillingTiming = native.BillingTiming_BILLING_TIMING_IN_ARREARS })
	paused := line(func(l *native.RecurringLine) { l.MasterItem = "items/RMR-BASE" })
	charge(usd(85, 0), day(2026, 3, 10))
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/77"}}})
	rate(elsewhere, &native.ChangeRecurringLineRateRequest{EffectiveDate: day(2026, 2, 1), MonthlyAmount: usd(62, 0), AdjustBilled: true})
	rate(arrears, &native.ChangeRecurringLineRateRequest{
		EffectiveDate: day(2026, 4, 11), MonthlyAmount: usd(20, 0), BillCycle: native.BillCycle_BILL_CYCLE_QUARTERLY, RestartPeriods: true,
	})
	f.paused(t, paused, day(2026, 3, 11), day(2026, 4, 21))
	f.paused(t, paused, day(2026, 8, 1), nil)
	f.resumed(t, paused, day(2026, 4, 11))
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 2), LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/77"}}})
	f.paused(t, paused, day(2026, 2, 11), day(2026, 2, 21))
	must(f.lines.CancelRecurringLine(t.Context(), cancelOf(elsewhere, day(2026, 1, 21))))(t)
	charge(usd(-5, -25), day(2026, 9, 1))
	for _, plan := range []*native.RateIncrease{
		{Percent: "10", AtNextCycleDate: true, ReasonCode: "YEARLY", LineFilter: &native.RateIncreaseFilter{CustomerIds: []int32{77}}},
		{Override: usd(9, 0), EffectiveDate: day(2027, 1, 1), ReasonCode: "LATER"},
	} {
		plan = must(f.increases.CreateRateIncrease(t.Context(), &native.CreateRateIncreaseRequest{RateIncrease: plan}))(t)
		if plan.GetPercent() != "" {
			must(f.increases.ApplyRateIncrease(t.Context(), &native.ApplyRateIncreaseRequest{Name: plan.GetName()}))(t)
			f.increased(t, plan.GetName())
		}
	}
}

// explained returns how all invoices are explained.
func (f *fixture) explained(t testing.TB) map[string]*native.InvoiceExplanation {
	t.Helper()
	explained := map[string]*native.InvoiceExplanation{}
	for _, invoice := range f.allInvoices(t, &native.ListInvoicesRequest{}) {
		explained[invoice.GetName()] = must(f.invoices.ExplainInvoice(t.Context(), &native.ExplainInvoiceRequest{Name: invoice.GetName(), PageSize: 1000}))(t)
	}
	return explained
}

// printed prints all issued documents.
func (f *fixture) printed(t testing.TB) map[string][]byte {
	t.Helper()
	pages := map[string][]byte{}
	for _, invoice := range f.allInvoices(t, &native.ListInvoicesRequest{}) {
		pages[invoice.GetName()] = must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: invoice.GetName()}))(t).GetData()
	}
	for _, note := range must(f.creditNotes.ListCreditNotes(t.Context(), &native.ListCreditNotesRequest{}))(t).GetCreditNotes() {
		pages[note.GetName()] = must(f.creditNotes.PrintCreditNote(t.Context(), &native.PrintCreditNoteRequest{Name: note.GetName()}))(t).GetData()
	}
	return pages
}

// due returns the invoices that a run as of a date would make.
func (f *fixture) due(t testing.TB, asOf *date.Date) (invoices []*native.Invoice) {
	t.Helper()
	stream, err := f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: asOf})
	for _, message := range all(t, stream, err) {
		invoices = append(invoices, message.GetInvoice())
	}
	return invoices
}

func TestExportAndImportBetweenEngines(t *testing.T) {
	for from, to := range map[database.Engine]database.Engine{database.SQLite: database.PostgreSQL, database.PostgreSQL: database.SQLite} {
		t.Run(string(from)+" to "+string(to), func(t *testing.T) {
			old, imported := openOn(t, databasetest.Migrated(t, from, recurringbilling.Migrations()), true), openOn(t, databasetest.Migrated(t, to, recurringbilling.Migrations()), false)
			old.kept(t)
			old.moving(t)
			all := old.export(t, "default")
			kinds := map[string]int{}
			for _, resource := range all {
				kinds[string(resource.ProtoReflect().Descriptor().Name())]++
			}
			if kinds["CycleRun"] != 5 || kinds["Charge"] != 2 || kinds["RateIncrease"] != 2 || kinds["RateIncreaseLine"] != 2 || kinds["Invoice"] < 10 || kinds["CreditNote"] != 2 || kinds["BillingProfile"] != 1 || kinds["FormerBillTo"] != 4 || kinds["FormerBillingProfile"] != 2 || kinds["BillingSchedule"] != 1 {
				t.Fatalf("exported %v", kinds)
			}
			for attempt, want := range []*transferv1.ImportResourcesResponse{
				{LastLine: int64(len(all)), Created: int64(len(all))}, {LastLine: int64(len(all)), Unchanged: int64(len(all))},
			} {
				if diff := gocmp.Diff(want, imported.importAll(t, "default", 7, all...), protocmp.Transform()); diff != "" {
					t.Errorf("import %d: %s", attempt+1, diff)
				}
			}
			if diff := gocmp.Diff(all, imported.export(t, "default"), protocmp.Transform(), protocmp.IgnoreFields(&native.RateIncrease{}, "etag", "create_time", "update_time"),
				protocmp.IgnoreFields(&native.RecurringLine{}, "etag", "update_time"), protocmp.IgnoreFields(&native.Charge{}, "etag", "update_time")); diff != "" {
				t.Errorf("exported again: %s", diff)
			}
			if diff := gocmp.Diff(old.explained(t), imported.explained(t), protocmp.Transform()); diff != "" {
				t.Errorf("explanations: %s", diff)
			}
			if diff := gocmp.Diff(old.periods(t), imported.periods(t)); diff != "" {
				t.Errorf("billed periods: %s", diff)
			}
			if diff := gocmp.Diff(old.credits(t), imported.credits(t)); diff != "" {
				t.Errorf("credits: %s", diff)
			}
			// The next invoices are equal, the waiting credit and the released periods included.
			if diff := gocmp.Diff(old.due(t, day(2026, 7, 31)), imported.due(t, day(2026, 7, 31)), protocmp.Transform()); diff != "" {
				t.Errorf("what is due next: %s", diff)
			}
			printed := imported.printed(t)
			for name, pages := range old.printed(t) {
				if !bytes.Equal(pages, printed[name]) {
					t.Errorf("%s prints differently", name)
				}
			}
			// The series of numbers continue.
			last := old.allInvoices(t, &native.ListInvoicesRequest{})
			run := imported.run(t, &native.CycleRun{AsOfDate: day(2026, 7, 31)})
			next := imported.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
			if run.GetName() != "cycleRuns/6" || next[0].GetNumber() != int64(len(last)+1) {
				t.Errorf("%s makes invoice %d after %d", run.GetName(), next[0].GetNumber(), len(last))
			}
			note := must(imported.credit(t, &native.CreditNote{Invoice: next[0].GetName(), Reason: "outage", Total: usd(0, 1)}))(t)
			if note.GetName() != "creditNotes/3" {
				t.Errorf("the next credit note is %s", note.GetName())
			}
		})
	}
}

func TestImportedScheduleRunsMissedDay(t *testing.T) {
	imported := open(t, false)
	response := imported.importAll(t, "default", 10, &native.BillingSchedule{
		Name: "billingSchedule", Enabled: true, DayOfMonth: 5, TimeZone: "UTC", NextRunDate: day(2026, 11, 5),
	})
	if len(response.GetRejections()) > 0 {
		t.Fatal(response)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		page, err := imported.runs.ListCycleRuns(t.Context(), &native.ListCycleRunsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if runs := page.GetCycleRuns(); len(runs) == 1 && protoEqual(runs[0].GetScheduledDate(), day(2026, 11, 5)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no run of the missed day: %v", page)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Inconsistent rows are rejected individually, with the fields at fault. Other rows are imported.
func TestImportRejectsInconsistentInvoices(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		old := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		old.kept(t)
		var catalogue, books []proto.Message
		var invoice *native.Invoice
		var note *native.CreditNote
		var run *native.CycleRun
		for _, resource := range old.export(t, "default") {
			switch r := resource.(type) {
			case *native.Invoice:
				if r.GetCredited() != nil {
					invoice = r
				} else {
					books = append(books, r)
				}
			case *native.CreditNote:
				note = r
			case *native.CycleRun:
				run = r
			default:
				catalogue = append(catalogue, r)
			}
		}
		altered := func(change func(*native.Invoice)) *native.Invoice {
			copied := proto.CloneOf(invoice)
			change(copied)
			return copied
		}
		of := func(change func(*native.CreditNote)) *native.CreditNote {
			copied := proto.CloneOf(note)
			change(copied)
			return copied
		}
		ran := func(change func(*native.CycleRun)) *native.CycleRun {
			copied := proto.CloneOf(run)
			change(copied)
			return copied
		}
		notDone := ran(func(r *native.CycleRun) {
			r.Name, r.State, r.ProblemCount = "cycleRuns/8", native.CycleRun_STATE_FAILED, 1
			r.Problems = []*native.CycleRunProblem{{FirstBillTo: "billTos/2", LastBillTo: "billTos/9", Message: "it kept changing"}}
		})
		cases := []struct {
			reason string
			row    proto.Message
		}{
			{"NOT_THE_SUM", altered(func(i *native.Invoice) { i.Total.Units++ })},
			{"NOT_THE_SUM", altered(func(i *native.Invoice) { i.Items[0].Amount.Units++; i.Total.Units++ })},
			{"INVALID_NAME", altered(func(i *native.Invoice) { i.Name = "invoices/9-9-USD" })},
			{"INVALID_NAME", altered(func(i *native.Invoice) { i.Name = "" })},
			{"REQUIRED", altered(func(i *native.Invoice) { i.Number = 0 })},
			{"REQUIRED", altered(func(i *native.Invoice) { i.IssueDate = nil })},
			{"UNKNOWN_VALUE", altered(func(i *native.Invoice) { i.State = native.Invoice_STATE_UNSPECIFIED })},
			{"OUT_OF_RANGE", altered(func(i *native.Invoice) { i.Credited = usd(1_000_000, 0) })},
			{"INCONSISTENT", altered(func(i *native.Invoice) { i.State = native.Invoice_STATE_VOID; i.Credited = nil })},
			{"NOT_FOUND", altered(func(i *native.Invoice) { i.Items[0].Parts[0].RecurringLine = "recurringLines/4711" })},
			{"OUT_OF_RANGE", altered(func(i *native.Invoice) { i.Items[0].Parts[0].EndDate = i.GetItems()[0].GetParts()[0].GetStartDate() })},
			{"ANOTHER_CURRENCY", altered(func(i *native.Invoice) { i.Items[0].Amount.CurrencyCode = "EUR" })},
			{"INVALID_AMOUNT", altered(func(i *native.Invoice) { i.Total = &money.Money{CurrencyCode: "USD", Nanos: 1} })},
			{"INVALID_AMOUNT", altered(func(i *native.Invoice) { i.Total = &money.Money{CurrencyCode: "USD", Units: 1 << 62} })},
			{"INVALID_TEXT", altered(func(i *native.Invoice) { i.Items[0].Memo = "a\x00b" })},
			{"NOT_FOUND", altered(func(i *native.Invoice) { i.BillTo, i.Name = "billTos/4711", "invoices/3-4711-USD" })},
			// Another run's invoice, with a number or days that belong to an existing invoice.
			{"ALREADY_EXISTS", altered(func(i *native.Invoice) {
				i.CycleRun, i.Name, i.Number = "cycleRuns/7", strings.Replace(i.GetName(), "/3-", "/7-", 1), 1
			})},
			{"NOT_FOUND", of(func(*native.CreditNote) {})}, // its invoice comes later
			{"", invoice},
			{"PERIOD_BILLED", altered(func(i *native.Invoice) {
				i.CycleRun, i.Name, i.Number = "cycleRuns/7", strings.Replace(i.GetName(), "/3-", "/7-", 1), 9999
			})},
			// One of its days is billed, which is not the first.
			{"PERIOD_BILLED", altered(func(i *native.Invoice) {
				i.CycleRun, i.Name, i.Number = "cycleRuns/7", strings.Replace(i.GetName(), "/3-", "/7-", 1), 9997
				for _, item := range i.GetItems() {
					for _, part := range item.GetParts() {
						part.StartDate.Day++
						part.MonthlyAmount, part.Proration, part.BillDay, part.FirstDate = nil, 0, 0, nil
					}
				}
			})},
			// A void invoice whose released days another invoice bills.
			{"", altered(func(i *native.Invoice) {
				i.CycleRun, i.Name, i.Number = "cycleRuns/7", strings.Replace(i.GetName(), "/3-", "/7-", 1), 9998
				i.State, i.Credited, i.VoidReason, i.VoidTime, i.PeriodsReleased = native.Invoice_STATE_VOID, nil, "wrong rate", timestamppb.New(started), true
			})},
			{"ALREADY_EXISTS", altered(func(i *native.Invoice) { i.Items[0].Description = "something else" })},
			{"INCONSISTENT", of(func(n *native.CreditNote) { n.InvoiceNumber++ })},
			{"INCONSISTENT", of(func(n *native.CreditNote) { n.Items, n.Total = nil, usd(400, 0) })},
			{"NOT_THE_SUM", of(func(n *native.CreditNote) { n.Total.Units++ })},
			{"", note},
			{"RUN_NOT_ENDED", ran(func(r *native.CycleRun) { r.State = native.CycleRun_STATE_RUNNING })},
			{"REQUIRED", ran(func(r *native.CycleRun) { r.EndTime = nil })},
			{"INVALID_NAME", ran(func(r *native.CycleRun) { r.Name = "cycleRuns/" })},
			{"INCONSISTENT", ran(func(r *native.CycleRun) {
				r.Problems = []*native.CycleRunProblem{{FirstBillTo: "billTos/9", LastBillTo: "billTos/2", Message: "x"}}
			})},
			{"", run},
			{"", notDone},
			{"ALREADY_EXISTS", ran(func(r *native.CycleRun) { r.InvoiceCount++ })},
		}
		imported := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		if response := imported.importAll(t, "default", 100, append(catalogue, books...)...); len(response.GetRejections()) > 0 {
			t.Fatal(response)
		}
		rows, want := make([]proto.Message, len(cases)), map[int64]string{}
		for i, test := range cases {
			rows[i] = test.row
			if test.reason != "" {
				want[int64(i+1)] = test.reason
			}
		}
		response := imported.importAll(t, "default", 100, rows...)
		got := rejections(response)
		for line, reason := range want {
			if got[line] != reason {
				t.Errorf("row %d: %q, want %q", line, got[line], reason)
			}
		}
		if len(got) != len(want) || response.GetCreated() != 5 {
			t.Errorf("%d rows were rejected, want %d: %v", len(got), len(want), response)
		}
		there := must(imported.runs.GetCycleRun(t.Context(), &native.GetCycleRunRequest{Name: notDone.GetName()}))(t)
		if diff := gocmp.Diff(notDone.GetProblems(), there.GetProblems(), protocmp.Transform()); diff != "" {
			t.Errorf("problems (-old +imported):\n%s", diff)
		}
	})
}

// Drafts are not exported, because only the run that made them can settle them.
func TestExportRejectsDrafts(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		old := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		run, drafts := old.drafts(t)
		stream, err := old.transfers.ExportResources(t.Context(), &transferv1.ExportResourcesRequest{})
		for err == nil {
			_, err = stream.Recv()
		}
		if reasonOf(err) != "DRAFTS_LEFT" {
			t.Errorf("an export with drafts: %v", err)
		}
		must(old.invoices.DeleteInvoice(t.Context(), &native.DeleteInvoiceRequest{Name: drafts[0].GetName()}))(t)
		must(old.runs.FinalizeCycleRun(t.Context(), &native.FinalizeCycleRunRequest{Name: run.GetName()}))(t)
		settled := old.watched(t, run.GetName())
		imported := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		if response := imported.importAll(t, "default", 100, old.export(t, "default")...); len(response.GetRejections()) > 0 {
			t.Fatal(response)
		}
		there := must(imported.runs.GetCycleRun(t.Context(), &native.GetCycleRunRequest{Name: run.GetName()}))(t)
		if diff := gocmp.Diff(settled, there, protocmp.Transform()); diff != "" || there.GetDiscardedCount() != 1 {
			t.Errorf("the run (-there +here): %s", diff)
		}
	})
}
