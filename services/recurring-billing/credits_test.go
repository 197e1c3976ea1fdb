package recurringbilling_test

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// left bills a customer's line for a month from its start, and cancels it with a credit for ten
// days of that month.
func (f *fixture) left(t testing.TB, billTo string, customer int32) *native.RecurringLine {
	t.Helper()
	must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: strings.TrimPrefix(billTo, "billTos/"),
		BillTo: &native.BillTo{CustomerId: customer, DisplayName: "Left Ltd"}}))(t)
	line := newLine()
	line.CustomerId, line.BillTo, line.MasterAccount, line.MasterItem = customer, billTo, "", ""
	line.BillCycle, line.MonthlyAmount, line.StartDate, line.BillDay = native.BillCycle_BILL_CYCLE_MONTHLY, usd(30, 0), day(2026, 4, 1), 1
	created := must(f.create(t, line, ""))(t)
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: &native.CycleRunFilter{BillTos: []string{billTo}}})
	cancel := cancelOf(created.GetName(), day(2026, 4, 21))
	cancel.Credit = true
	return must(f.lines.CancelRecurringLine(t.Context(), cancel))(t)
}

func TestRunInvoicesCreditWithoutCharges(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.left(t, "billTos/77", 77)
		filter := &native.CycleRunFilter{BillTos: []string{"billTos/77"}}
		stream, err := f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: day(2026, 4, 1), LineFilter: filter})
		previewed := all(t, stream, err)
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: filter})
		if run.GetInvoiceCount() != 1 || run.GetPeriodCount() != 0 || len(run.GetTotals()) != 1 || cents(run.GetTotals()[0]) != -1000 {
			t.Errorf("%v", run)
		}
		made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
		want := &native.Invoice{
			State: native.Invoice_STATE_FINALIZED, BillTo: "billTos/77", CustomerId: 77, CycleRun: run.GetName(), IssueDate: day(2026, 4, 1), Total: usd(-10, 0),
			Items: []*native.InvoiceItem{{
				Kind: native.InvoiceItem_KIND_CREDIT, Item: line.GetItem(), Description: line.GetDescription(), Amount: usd(-10, 0),
				PeriodStart: day(2026, 4, 21), PeriodEnd: day(2026, 5, 1),
				Parts: []*native.InvoiceItemPart{{
					RecurringLine: line.GetName(), StartDate: day(2026, 4, 21), EndDate: day(2026, 5, 1), Amount: usd(-10, 0),
					Item: line.GetItem(), Description: line.GetDescription(),
				}},
			}},
		}
		ignored := protocmp.IgnoreFields(want, "name", "number", "create_time", "update_time", "etag")
		if diff := gocmp.Diff([]*native.Invoice{want}, made, protocmp.Transform(), ignored); diff != "" {
			t.Fatalf("made (-want +got):\n%s", diff)
		}
		if len(previewed) != 1 {
			t.Fatalf("previewed %v", previewed)
		}
		want.State, want.CycleRun = native.Invoice_STATE_DRAFT, ""
		if diff := gocmp.Diff(want, previewed[0].GetInvoice(), protocmp.Transform(), ignored); diff != "" {
			t.Errorf("previewed (-want +got):\n%s", diff)
		}
		if again := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: filter}); again.GetInvoiceCount() != 0 {
			t.Errorf("a second run: %v", again)
		}
		f.checkOwed(t, made[0])
	})
}

// checkOwed checks an invoice that owes ten dollars to the customer.
func (f *fixture) checkOwed(t *testing.T, invoice *native.Invoice) {
	t.Helper()
	_, err := f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "More"})
	if status.Code(err) != codes.FailedPrecondition || reasonOf(err) != "NOTHING_LEFT" || !strings.Contains(err.Error(), "-10.00 USD") {
		t.Errorf("got %v, want NOTHING_LEFT", err)
	}
	sums := must(f.invoices.SumInvoices(t.Context(), &native.SumInvoicesRequest{Filter: ofBillTo("billTos/77")}))(t).GetSums()
	if len(sums) != 1 || sums[0].GetInvoiceCount() != 2 || cents(sums[0].GetInvoiced()) != 2000 || cents(sums[0].GetNet()) != 2000 {
		t.Errorf("sums %v", sums)
	}
	rows := table(t, must(f.invoices.ExportInvoice(t.Context(), &native.ExportInvoiceRequest{Name: invoice.GetName()}))(t).GetData())
	if len(rows) != 1 || rows[0]["kind"] != "CREDIT" || rows[0]["amount"] != "-10.00" || rows[0]["months"] != "" {
		t.Errorf("rows %v", rows)
	}
	must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: invoice.GetName()}))(t)
	void := must(f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "Paid out", ReleasePeriods: true}))(t)
	if void.GetState() != native.Invoice_STATE_VOID {
		t.Errorf("void: %v", void)
	}
}

func TestFilteredRunBillsCreditsOfSelectedLines(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.left(t, "billTos/77", 77)
		for name, filter := range map[string]*native.CycleRunFilter{
			"another bill-to": {BillTos: []string{"billTos/1"}}, "another item": {Items: []string{"items/RMR-BASE"}},
			"another cycle": {BillCycles: []native.BillCycle{native.BillCycle_BILL_CYCLE_ANNUAL}}, "a master": {MasterAccounts: []string{"masterAccounts/MASTER-1"}},
			"its item of another bill-to": {Items: []string{line.GetItem()}, BillTos: []string{"billTos/1"}},
		} {
			if made := f.previewed(t, filter); made != nil {
				t.Errorf("%s chooses %v", name, made)
			}
		}
		for name, filter := range map[string]*native.CycleRunFilter{
			"nothing": nil, "its bill-to": {BillTos: []string{"billTos/77"}}, "its item": {Items: []string{line.GetItem()}},
			"its cycle": {BillCycles: []native.BillCycle{line.GetBillCycle()}},
			"all of it": {BillTos: []string{"billTos/1", "billTos/77"}, Items: []string{line.GetItem()}, BillCycles: []native.BillCycle{line.GetBillCycle()}},
		} {
			if made := f.previewed(t, filter); made == nil || cents(made.GetTotal()) != -1000 {
				t.Errorf("%s chooses %v", name, made)
			}
		}
	})
}

// previewed returns the invoice of bill-to 77 in the preview of a filtered run.
func (f *fixture) previewed(t testing.TB, filter *native.CycleRunFilter) *native.Invoice {
	t.Helper()
	stream, err := f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: day(2026, 4, 1), LineFilter: filter})
	for _, message := range all(t, stream, err) {
		if message.GetInvoice().GetBillTo() == "billTos/77" {
			return message.GetInvoice()
		}
	}
	return nil
}

func TestMasterAccountCreditGoesToPresentBillTo(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := newLine()
		line.MasterAccount, line.BillTo = "masterAccounts/MASTER-1", ""
		line.BillCycle, line.MonthlyAmount, line.StartDate, line.BillDay = native.BillCycle_BILL_CYCLE_MONTHLY, usd(30, 0), day(2026, 4, 1), 1
		created := must(f.create(t, line, ""))(t)
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1)})
		cancel := cancelOf(created.GetName(), day(2026, 4, 21))
		cancel.Credit = true
		must(f.lines.CancelRecurringLine(t.Context(), cancel))(t)
		must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "88", BillTo: &native.BillTo{CustomerId: 88, DisplayName: "New owner"}}))(t)
		must(f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
			MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1", CustomerId: 88, BillTo: "billTos/88"}}))(t)
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: &native.CycleRunFilter{MasterAccounts: []string{"masterAccounts/MASTER-1"}}})
		made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
		if len(made) != 1 || made[0].GetBillTo() != "billTos/88" || made[0].GetCustomerId() != 88 || cents(made[0].GetTotal()) != -1000 {
			t.Errorf("%v made %v", run, made)
		}
	})
}
