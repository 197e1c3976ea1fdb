package recurringbilling_test

import (
	"fmt"
	"maps"
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
				PeriodStart: day(2026, 4, 21), PeriodEnd: day(2026, 5, 1), CreditKind: native.LineCredit_KIND_CANCELLATION, CreditReasonCode: "MOVED",
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

// The master account has another bill-to by now.
func TestCreditGoesToBillToThatPaidForMaster(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := newLine()
		line.MasterAccount, line.BillTo = "masterAccounts/MASTER-1", ""
		line.BillCycle, line.MonthlyAmount, line.StartDate, line.BillDay = native.BillCycle_BILL_CYCLE_MONTHLY, usd(30, 0), day(2026, 4, 1), 1
		created := must(f.create(t, line, ""))(t)
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1)})
		paid := f.master(t, "MASTER-1")
		cancel := cancelOf(created.GetName(), day(2026, 4, 21))
		cancel.Credit = true
		must(f.lines.CancelRecurringLine(t.Context(), cancel))(t)
		must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "88", BillTo: &native.BillTo{CustomerId: 88, DisplayName: "New owner"}}))(t)
		must(f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
			MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1", CustomerId: 88, BillTo: "billTos/88"}}))(t)
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: &native.CycleRunFilter{MasterAccounts: []string{"masterAccounts/MASTER-1"}}})
		made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
		if len(made) != 1 || made[0].GetBillTo() != paid.GetBillTo() || made[0].GetCustomerId() != paid.GetCustomerId() || cents(made[0].GetTotal()) != -1000 {
			t.Errorf("%v made %v", run, made)
		}
	})
}

func (f *fixture) master(t testing.TB, code string) *native.MasterAccount {
	t.Helper()
	return must(f.masters.GetMasterAccount(t.Context(), &native.GetMasterAccountRequest{Name: "masterAccounts/" + code}))(t)
}

// A line is billed to two bill-tos of its customer and to two master accounts in turn. Its
// cancellation credits each what it paid, and credit notes know it.
func TestCreditsGoToWhoPaid(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for id, customer := range map[string]int32{"42": 42, "142": 42, "501": 51, "502": 52} {
			must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: id, BillTo: &native.BillTo{CustomerId: customer, DisplayName: "Payer " + id}}))(t)
		}
		for code, customer := range map[string]int32{"MA": 51, "MB2": 52} {
			must(f.masters.CreateMasterAccount(t.Context(), &native.CreateMasterAccountRequest{MasterAccountId: code, MasterAccount: &native.MasterAccount{
				Description: code, CustomerId: customer, BillTo: fmt.Sprint("billTos/", 450+customer)}}))(t)
		}
		line := must(f.create(t, &native.RecurringLine{
			CustomerId: 42, BillTo: "billTos/42", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY, MonthlyAmount: usd(31, 0), StartDate: day(2026, 1, 1),
		}, ""))(t)
		only := &native.CycleRunFilter{BillTos: []string{"billTos/42", "billTos/142", "billTos/501", "billTos/502"}}
		change := func(to *native.RecurringLine, fields ...string) {
			t.Helper()
			to.Name = line.GetName()
			must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{RecurringLine: to, UpdateMask: mask(fields...)}))(t)
		}
		for month, next := range []func(){
			func() { change(&native.RecurringLine{BillTo: "billTos/142"}, "bill_to") },
			func() { change(&native.RecurringLine{MasterAccount: "masterAccounts/MA"}, "master_account") },
			func() { change(&native.RecurringLine{MasterAccount: "masterAccounts/MB2"}, "master_account") },
			func() { change(&native.RecurringLine{}, "master_account") },
		} {
			f.run(t, &native.CycleRun{AsOfDate: day(2026, int32(month)+1, 1), LineFilter: only})
			next()
		}
		cancel := cancelOf(line.GetName(), day(2026, 1, 15))
		cancel.Credit = true
		cancelled := must(f.lines.CancelRecurringLine(t.Context(), cancel))(t)
		if got := cents(cancelled.GetCancellation().GetCredit()); got != 11000 || len(cancelled.GetCredits()) != 4 {
			t.Errorf("%d cents in %v", got, cancelled.GetCredits())
		}
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: only})
		got := map[string]int64{}
		for _, made := range f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())}) {
			got[made.GetBillTo()] = cents(made.GetTotal())
		}
		if want := map[string]int64{"billTos/42": -1700, "billTos/142": -3100, "billTos/501": -3100, "billTos/502": -3100}; !maps.Equal(got, want) {
			t.Errorf("credited %v, want %v", got, want)
		}
		for billTo, want := range map[string]int64{"42": 1400, "142": 0, "501": 0, "502": 0} {
			paid := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/" + billTo)})[0]
			if left := f.rest(t, paid); left != want {
				t.Errorf("bill-to %s has %d cents left to credit, want %d", billTo, left, want)
			}
		}
		for _, credit := range f.line(t, line.GetName()).GetCredits() {
			if credit.GetInvoice() == "" {
				t.Errorf("no invoice carries %v", credit)
			}
		}
		_, err := f.uncancel(t, line.GetName())
		wantReason(t, err, "CREDIT_BILLED")
	})
}
