package recurringbilling_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// patch updates the fields of a line that a mask names.
func (f *fixture) patch(t testing.TB, line *native.RecurringLine, paths ...string) (*native.RecurringLine, error) {
	t.Helper()
	return f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
		RecurringLine: line, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
}

// payerOf returns the bill-to of the invoices on which a run would charge a line.
func (f *fixture) payerOf(t testing.TB, line string) (payer string) {
	t.Helper()
	stream, err := f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: day(2026, 12, 31)})
	for _, message := range all(t, stream, err) {
		if len(charges(line, message.GetInvoice())) > 0 {
			payer = message.GetInvoice().GetBillTo()
		}
	}
	return payer
}

// wantPayer checks that both APIs show the bill-to that the line's invoices go to.
func (f *fixture) wantPayer(t testing.TB, id int32, want string) {
	t.Helper()
	name := fmt.Sprint("recurringLines/", id)
	shown := must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: id}))(t).GetCustomerRecurring()
	for face, got := range map[string]string{
		"the native face shows": f.line(t, name).GetBillTo(), "the vendor's shows": fmt.Sprint("billTos/", shown.GetCustomerBillId()), "invoices go to": f.payerOf(t, name),
	} {
		if got != want {
			t.Errorf("%s %s, want %s", face, got, want)
		}
	}
}

// Demo line 13 belongs to customer 6 and is receivable to a master account with bill-to 8.
func TestLineRemovedFromMasterIsBilledToCustomer(t *testing.T) {
	off := func(f *fixture) map[string]func(billTo int32) error {
		return map[string]func(int32) error{
			"vendor": func(billTo int32) error {
				return f.put(t, 13, &vendor.CustomerRecurringUpdate{ItemCode: new("RMR-MON"), BillCycle: new("M"), CustomerBillId: &billTo})
			},
			"native": func(billTo int32) error {
				line, paths := &native.RecurringLine{Name: "recurringLines/13"}, []string{"master_account"}
				if billTo != 0 {
					line.BillTo, paths = fmt.Sprint("billTos/", billTo), append(paths, "bill_to")
				}
				_, err := f.patch(t, line, paths...)
				return err
			},
		}
	}
	onEachEngine(t, func(t *testing.T, f *fixture) {
		second := must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 6, DisplayName: "Second"}}))(t)
		for face, take := range off(f) {
			t.Run(face, func(t *testing.T) {
				for _, test := range []struct {
					billTo int32
					want   string
				}{{0, "billTos/6"}, {6, "billTos/6"}, {11, second.GetName()}} {
					must(f.patch(t, &native.RecurringLine{Name: "recurringLines/13", MasterAccount: "masterAccounts/MASTER-1"}, "master_account"))(t)
					f.wantPayer(t, 13, "billTos/8")
					if err := take(test.billTo); err != nil {
						t.Fatal(err)
					}
					f.wantPayer(t, 13, test.want)
				}
				// A line keeps the bill-to it has, even if it is not the lowest.
				if err := take(0); err != nil {
					t.Fatal(err)
				}
				f.wantPayer(t, 13, second.GetName())
			})
		}
	})
}

func TestLineStaysWithMasterIfCustomerHasNoBillTo(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := must(f.create(t, &native.RecurringLine{
			CustomerId: 77, Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY, MonthlyAmount: usd(10, 0),
			StartDate: day(2026, 1, 1), MasterAccount: "masterAccounts/MASTER-1",
		}, "77"))(t)
		f.unchanged(t, func() {
			wantFaults(t, f.put(t, 77, minimal()), "customer_recurring_update.customer_bill_id NO_BILL_TO")
			_, err := f.patch(t, &native.RecurringLine{Name: line.GetName()}, "master_account")
			wantFaults(t, err, "recurring_line.bill_to NO_BILL_TO")
		})
	})
}

func TestReceivableLineIsBilledToMasterOnly(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		body := minimal()
		body.MasterAccountCode, body.CustomerBillId = new("MASTER-1"), new(int32(6))
		if err := f.put(t, 13, body); err != nil {
			t.Fatal(err)
		}
		f.wantPayer(t, 13, "billTos/8")
		f.unchanged(t, func() {
			_, err := f.patch(t, &native.RecurringLine{Name: "recurringLines/13", BillTo: "billTos/6"}, "bill_to")
			wantFaults(t, err, "recurring_line.bill_to RECEIVABLE_TO_MASTER")
			_, err = f.patch(t, &native.RecurringLine{Name: "recurringLines/13", BillTo: "billTos/7"}, "bill_to")
			wantFaults(t, err, "recurring_line.bill_to FOREIGN_BILL_TO")
		})
		created := creation()
		created.MasterAccountCode = new("MASTER-1")
		line, err := f.post(t, created)
		if err != nil {
			t.Fatal(err)
		}
		f.wantPayer(t, line.GetCustomerRecurringId(), "billTos/8")
		must(f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
			MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1", CustomerId: 7, BillTo: "billTos/7"}}))(t)
		f.wantPayer(t, 13, "billTos/7")
		f.wantPayer(t, line.GetCustomerRecurringId(), "billTos/7")
	})
}

// A line imported with the bill-to of a former master account keeps it until its master account is
// changed.
func TestImportKeepsBillToOfFormerMaster(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		from, f := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true), openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		resources := from.export(t, "default")
		for _, resource := range resources {
			line, _ := resource.(*native.RecurringLine)
			switch line.GetName() {
			case "recurringLines/13":
				line.MasterAccount = ""
			case "recurringLines/14": // customer 7's, as in an older export
				line.BillTo = "billTos/7"
			}
		}
		for range 2 {
			if rejected := rejections(f.importAll(t, "default", 1000, resources...)); len(rejected) > 0 {
				t.Fatalf("rejected: %v", rejected)
			}
		}
		f.wantPayer(t, 14, "billTos/8")
		must(f.patch(t, &native.RecurringLine{Name: "recurringLines/13", Memo: "Kept"}, "memo"))(t)
		f.wantPayer(t, 13, "billTos/8")
		if err := f.put(t, 13, minimal()); err != nil {
			t.Fatal(err)
		}
		f.wantPayer(t, 13, "billTos/6")
	})
}
