package recurringbilling_test

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
)

func newCharge(amount *money.Money) *native.Charge {
	return &native.Charge{BillTo: "billTos/1", Item: "items/rmr-svc", Memo: "Door 3", Amount: amount, ChargeDate: day(2026, 3, 10)}
}

func (f *fixture) charge(t *testing.T, charge *native.Charge) *native.Charge {
	t.Helper()
	return must(f.charges.CreateCharge(t.Context(), &native.CreateChargeRequest{Charge: charge}))(t)
}

// billedCharges returns the charges on an invoice, and checks that its items sum to its total.
func billedCharges(t *testing.T, invoice *native.Invoice) (names []string) {
	t.Helper()
	total := int64(0)
	for _, item := range invoice.GetItems() {
		total += cents(item.GetAmount())
		if item.GetKind() == native.InvoiceItem_KIND_CHARGE {
			names = append(names, item.GetCharge())
		}
	}
	if total != cents(invoice.GetTotal()) {
		t.Errorf("%s has items of %d and a total of %d", invoice.GetName(), total, cents(invoice.GetTotal()))
	}
	return names
}

func TestChargeIsBilledByNextRunAndReleased(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		visit := f.charge(t, newCharge(usd(85, 0)))
		f.charge(t, newCharge(usd(-5, -25)))
		later := newCharge(usd(1, 0))
		later.ChargeDate = day(2026, 3, 11)
		f.charge(t, later)
		if visit.GetName() != "charges/1" || visit.GetItem() != "items/RMR-SVC" || visit.GetDescription() == "" || visit.GetInvoice() != "" {
			t.Errorf("created %v", visit)
		}
		only := &native.CycleRunFilter{BillTos: []string{"billTos/1"}}
		due := []string{"charges/1", "charges/2"}
		previewed := all(t, must(f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: day(2026, 3, 10), LineFilter: only}))(t), nil)
		run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 10), LineFilter: only})
		invoice := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})[0]
		if diff := gocmp.Diff(due, billedCharges(t, invoice)); diff != "" {
			t.Errorf("billed (-want +got):\n%s", diff)
		}
		if diff := gocmp.Diff(previewed[0].GetInvoice().GetItems(), invoice.GetItems(), protocmp.Transform()); diff != "" {
			t.Errorf("items (-preview +run):\n%s", diff)
		}
		read := must(f.charges.GetCharge(t.Context(), &native.GetChargeRequest{Name: visit.GetName()}))(t)
		if read.GetInvoice() != invoice.GetName() || read.GetEtag() == visit.GetEtag() {
			t.Errorf("billed: %v", read)
		}
		for name, err := range map[string]error{
			"change": func() error {
				_, err := f.charges.UpdateCharge(t.Context(), &native.UpdateChargeRequest{Charge: &native.Charge{Name: "charges/1", Memo: "x"}})
				return err
			}(),
			"removal": func() error {
				_, err := f.charges.DeleteCharge(t.Context(), &native.DeleteChargeRequest{Name: "charges/1"})
				return err
			}(),
		} {
			if status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), "bills charge 1") {
				t.Errorf("%s of a billed charge: %v", name, err)
			}
		}
		if again := f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 10), LineFilter: only}); again.GetInvoiceCount() != 0 {
			t.Errorf("billed again: %v", again)
		}
		f.checkDocuments(t, invoice)
		must(f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "x"}))(t)
		if kept := must(f.charges.GetCharge(t.Context(), &native.GetChargeRequest{Name: "charges/1"}))(t); kept.GetInvoice() != invoice.GetName() {
			t.Errorf("a void invoice that keeps its periods lost its charge: %v", kept)
		}
		must(f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "x", ReleasePeriods: true}))(t)
		drafts := f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 10), LineFilter: only, LeaveDrafts: true})
		draft := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(drafts.GetName()) + " AND state = STATE_DRAFT"})[0]
		if diff := gocmp.Diff(due, billedCharges(t, draft)); diff != "" {
			t.Errorf("after the release (-want +got):\n%s", diff)
		}
		must(f.invoices.DeleteInvoice(t.Context(), &native.DeleteInvoiceRequest{Name: draft.GetName()}))(t)
		open := must(f.charges.ListCharges(t.Context(), &native.ListChargesRequest{Filter: `bill_to = "billTos/1" AND NOT invoice:*`, OrderBy: "charge_date desc"}))(t).GetCharges()
		if len(open) != 3 || open[0].GetName() != "charges/3" {
			t.Errorf("open after all: %v", open)
		}
		f.checkTransfer(t)
	})
}

// checkDocuments checks that an invoice with charges prints, and that its table sums to its total.
func (f *fixture) checkDocuments(t *testing.T, invoice *native.Invoice) {
	t.Helper()
	must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: invoice.GetName()}))(t)
	exported := must(f.invoices.ExportInvoice(t.Context(), &native.ExportInvoiceRequest{Name: invoice.GetName()}))(t)
	kinds := map[string]int{}
	for _, row := range table(t, exported.GetData()) {
		kinds[row["kind"]]++
		if row["kind"] == "CHARGE" && (row["recurring_line"] != "" || row["start_date"] != "2026-03-10" || row["memo"] != "Door 3" || row["bill_to_name"] == "") {
			t.Errorf("row %v", row)
		}
	}
	if kinds["CHARGE"] != 2 {
		t.Errorf("rows by kind: %v", kinds)
	}
}

// checkTransfer bills the charges once more and checks that an import gives an equal state.
func (f *fixture) checkTransfer(t *testing.T) {
	t.Helper()
	f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 10)})
	resources := f.export(t, "default")
	if result := f.importAll(t, "copy", 100, resources...); len(result.GetRejections()) > 0 || int(result.GetCreated()) != len(resources) {
		t.Fatalf("imported %v", result)
	}
	charges := func(of []proto.Message) (found []proto.Message) {
		for _, resource := range of {
			switch r := resource.(type) {
			case *native.Charge:
				r.CreateTime, r.UpdateTime, r.Etag = nil, nil, ""
				found = append(found, r)
			case *native.Invoice:
				r.CreateTime, r.UpdateTime, r.Etag = nil, nil, ""
				found = append(found, r)
			}
		}
		return found
	}
	if diff := gocmp.Diff(charges(resources), charges(f.export(t, "copy")), protocmp.Transform()); diff != "" {
		t.Errorf("charges and invoices (-exported +imported):\n%s", diff)
	}
	if result := f.importAll(t, "copy", 100, resources...); int(result.GetUnchanged()) != len(resources) {
		t.Errorf("imported again: %v", result)
	}
	for _, resource := range resources {
		if invoice, ok := resource.(*native.Invoice); ok {
			wrong := proto.CloneOf(invoice)
			wrong.Name, wrong.CycleRun, wrong.Number = strings.Replace(wrong.GetName(), "/", "/9", 1), strings.Replace(wrong.GetCycleRun(), "/", "/9", 1), 999
			if len(billedCharges(t, wrong)) > 0 && wrong.GetState() == native.Invoice_STATE_FINALIZED {
				if result := f.importAll(t, "copy", 1, wrong); len(result.GetRejections()) != 1 {
					t.Errorf("an invoice that bills a charge of another: %v", result)
				}
			}
		}
	}
}

func TestChargeFields(t *testing.T) {
	f := open(t, true)
	f.unchanged(t, func() {
		for name, test := range map[string]struct {
			change func(*native.Charge)
			faults []string
		}{
			"nothing":  {func(c *native.Charge) { proto.Reset(c) }, []string{"charge.amount REQUIRED", "charge.bill_to NOT_FOUND", "charge.charge_date REQUIRED", "charge.item REQUIRED"}},
			"no money": {func(c *native.Charge) { c.Amount = usd(0, 0) }, []string{"charge.amount OUT_OF_RANGE"}},
			"fraction": {func(c *native.Charge) { c.Amount = &money.Money{CurrencyCode: "USD", Nanos: -1_000_000} }, []string{"charge.amount TOO_PRECISE"}},
			"unknown":  {func(c *native.Charge) { c.Item, c.BillTo = "items/NONE", "billTos/4711" }, []string{"charge.bill_to NOT_FOUND", "charge.item NOT_FOUND"}},
			"bad text": {func(c *native.Charge) { c.Memo = "\x00" }, []string{"charge.memo INVALID_TEXT"}},
		} {
			charge := newCharge(usd(1, 0))
			test.change(charge)
			_, err := f.charges.CreateCharge(t.Context(), &native.CreateChargeRequest{Charge: charge})
			t.Log(name)
			wantFaults(t, err, test.faults...)
		}
		must(f.charges.CreateCharge(t.Context(), &native.CreateChargeRequest{Charge: newCharge(usd(1, 0)), ValidateOnly: true}))(t)
	})
	created := must(f.charges.CreateCharge(t.Context(), &native.CreateChargeRequest{Charge: newCharge(usd(1, 0)), ChargeId: "77"}))(t)
	changed := must(f.charges.UpdateCharge(t.Context(), &native.UpdateChargeRequest{
		Charge:     &native.Charge{Name: "charges/77", Amount: usd(-2, 0), BillTo: "billTos/2", Etag: created.GetEtag()},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"amount", "bill_to", "memo"}},
	}))(t)
	want := proto.CloneOf(created)
	want.Amount, want.BillTo, want.Memo = usd(-2, 0), "billTos/2", ""
	if diff := gocmp.Diff(want, changed, protocmp.Transform(), protocmp.IgnoreFields(want, "etag", "update_time")); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if found := must(f.charges.BatchGetCharges(t.Context(), &native.BatchGetChargesRequest{Names: []string{"charges/77"}}))(t).GetCharges(); len(found) != 1 || !proto.Equal(found[0], changed) {
		t.Errorf("read %v", found)
	}
	if err := f.remove(t, "items/RMR-SVC", "", false); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("its item is removed: %v", err)
	}
	if _, err := f.charges.DeleteCharge(t.Context(), &native.DeleteChargeRequest{Name: "charges/77", Etag: created.GetEtag()}); status.Code(err) != codes.Aborted {
		t.Errorf("an old etag: %v", err)
	}
	must(f.charges.DeleteCharge(t.Context(), &native.DeleteChargeRequest{Name: "charges/77", Etag: changed.GetEtag()}))(t)
	var kinds []string
	for _, entry := range f.feed(t, auth.DefaultTenant) {
		if entry.Resource == "charges/77" {
			kinds = append(kinds, string(entry.Kind))
		}
	}
	if diff := gocmp.Diff([]string{"CREATED", "UPDATED", "DELETED"}, kinds); diff != "" {
		t.Errorf("feed (-want +got):\n%s", diff)
	}
}
