package recurringbilling_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

// remove deletes a resource of the catalogue by its name.
func (f *fixture) remove(t *testing.T, name, etag string, validateOnly bool) error {
	t.Helper()
	var err error
	switch {
	case strings.HasPrefix(name, "items/"):
		_, err = f.items.DeleteItem(t.Context(), &native.DeleteItemRequest{Name: name, Etag: etag, ValidateOnly: validateOnly})
	case strings.HasPrefix(name, "billTos/"):
		_, err = f.billTos.DeleteBillTo(t.Context(), &native.DeleteBillToRequest{Name: name, Etag: etag, ValidateOnly: validateOnly})
	default:
		_, err = f.masters.DeleteMasterAccount(t.Context(), &native.DeleteMasterAccountRequest{Name: name, Etag: etag, ValidateOnly: validateOnly})
	}
	return err
}

func TestDeleteRemovesWhatNothingRefersTo(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for _, name := range []string{"items/RMR-MON", "items/RMR-BASE", "billTos/1", "billTos/8", "masterAccounts/MASTER-1"} {
			f.unchanged(t, func() {
				if err := f.remove(t, name, "", false); status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), "in use") {
					t.Errorf("%s: got %v, want IN_USE", name, err)
				}
			})
		}
		must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "WRONG", Item: &native.Item{Description: "x"}}))(t)
		billTo := must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 1, DisplayName: "x"}}))(t).GetName()
		must(f.masters.CreateMasterAccount(t.Context(), &native.CreateMasterAccountRequest{
			MasterAccountId: "WRONG", MasterAccount: &native.MasterAccount{CustomerId: 1, BillTo: billTo}}))(t)
		for _, name := range []string{"items/WRONG", "masterAccounts/WRONG", billTo} {
			f.unchanged(t, func() {
				if err := f.remove(t, name, "stale", false); status.Code(err) != codes.Aborted {
					t.Errorf("%s with a stale etag: got %v", name, err)
				}
				if err := f.remove(t, name, "", true); err != nil {
					t.Errorf("%s, validate only: got %v", name, err)
				}
			})
			if err := f.remove(t, name, "", false); err != nil {
				t.Errorf("%s: got %v", name, err)
			}
			if err := f.remove(t, name, "", false); status.Code(err) != codes.NotFound {
				t.Errorf("%s once more: got %v", name, err)
			}
		}
	})
}

func TestInactiveBillToIsRefusedToNewReferences(t *testing.T) {
	f := open(t, true)
	must(f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: &native.BillTo{Name: "billTos/1", Inactive: true}}))(t)
	_, err := f.lines.CreateRecurringLine(t.Context(), &native.CreateRecurringLineRequest{RecurringLine: &native.RecurringLine{
		CustomerId: 1, BillTo: "billTos/1", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY, StartDate: day(2026, 1, 1), MonthlyAmount: usd(1, 0),
	}})
	wantFaults(t, err, "recurring_line.bill_to INACTIVE")
	_, err = f.masters.CreateMasterAccount(t.Context(), &native.CreateMasterAccountRequest{
		MasterAccountId: "NEW", MasterAccount: &native.MasterAccount{CustomerId: 1, BillTo: "billTos/1"}})
	wantFaults(t, err, "master_account.bill_to INACTIVE")
	keep := minimal()
	keep.UserDescription, keep.CustomerBillId = new("kept"), new(int32(1))
	if err := f.put(t, 1, keep); err != nil {
		t.Errorf("a line that has the bill-to: got %v", err)
	}
	active := must(f.billTos.ListBillTos(t.Context(), &native.ListBillTosRequest{Filter: "NOT inactive AND customer_id = 1"}))(t)
	for _, billTo := range active.GetBillTos() {
		if billTo.GetInactive() || billTo.GetName() == "billTos/1" {
			t.Errorf("listed %v", billTo)
		}
	}
}

func TestBatchGetReturnsResourcesInTheOrderOfTheNames(t *testing.T) {
	f := open(t, true)
	f.run(t, &native.CycleRun{AsOfDate: day(2027, 1, 1)})
	invoices := f.allInvoices(t, &native.ListInvoicesRequest{})[:2]
	slices.Reverse(invoices)
	note := must(f.credit(t, &native.CreditNote{Invoice: invoices[0].GetName(), Reason: "x", Items: []*native.CreditNoteItem{{InvoiceItem: 1, Amount: usd(0, 1)}}}))(t)
	for name, get := range map[string]func(names ...string) ([]string, error){
		"items/RMR-SVC items/RMR-MON": func(names ...string) ([]string, error) {
			found, err := f.items.BatchGetItems(t.Context(), &native.BatchGetItemsRequest{Names: names})
			return namesOf(found.GetItems()), err
		},
		"billTos/2 billTos/1": func(names ...string) ([]string, error) {
			found, err := f.billTos.BatchGetBillTos(t.Context(), &native.BatchGetBillTosRequest{Names: names})
			return namesOf(found.GetBillTos()), err
		},
		"masterAccounts/MASTER-1": func(names ...string) ([]string, error) {
			found, err := f.masters.BatchGetMasterAccounts(t.Context(), &native.BatchGetMasterAccountsRequest{Names: names})
			return namesOf(found.GetMasterAccounts()), err
		},
		"recurringLines/9 recurringLines/2 recurringLines/9": func(names ...string) ([]string, error) {
			found, err := f.lines.BatchGetRecurringLines(t.Context(), &native.BatchGetRecurringLinesRequest{Names: names})
			return namesOf(found.GetRecurringLines()), err
		},
		strings.Join(namesOf(invoices), " "): func(names ...string) ([]string, error) {
			found, err := f.invoices.BatchGetInvoices(t.Context(), &native.BatchGetInvoicesRequest{Names: names})
			for _, invoice := range found.GetInvoices() {
				if len(invoice.GetItems()) == 0 {
					t.Errorf("%s has no items", invoice.GetName())
				}
			}
			return namesOf(found.GetInvoices()), err
		},
		note.GetName(): func(names ...string) ([]string, error) {
			found, err := f.creditNotes.BatchGetCreditNotes(t.Context(), &native.BatchGetCreditNotesRequest{Names: names})
			return namesOf(found.GetCreditNotes()), err
		},
		"cycleRuns/1": func(names ...string) ([]string, error) {
			found, err := f.runs.BatchGetCycleRuns(t.Context(), &native.BatchGetCycleRunsRequest{Names: names})
			return namesOf(found.GetCycleRuns()), err
		},
	} {
		want := strings.Fields(name)
		got, err := get(want...)
		collection, _, _ := strings.Cut(want[0], "/")
		_, missing := get(want[0], collection+"/4711")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, error %v, want %v", got, err, want)
		}
		if status.Code(missing) != codes.NotFound {
			t.Errorf("%s: a missing one: got %v, want NOT_FOUND", collection, missing)
		}
	}
}

func namesOf[T interface{ GetName() string }](resources []T) (names []string) {
	for _, resource := range resources {
		names = append(names, resource.GetName())
	}
	return names
}

// Sedona's database compares codes without regard to case and trailing blanks.
func TestCodesAreFoundInAnySpelling(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		body := minimal()
		body.ItemCode, body.MasterItemCode, body.MasterAccountCode = new("rmr-fire  "), new("Rmr-Base"), new("master-1 ")
		if err := f.put(t, 1, body); err != nil {
			t.Fatal(err)
		}
		line := must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: 1}))(t).GetCustomerRecurring()
		if line.GetItemCode() != "RMR-FIRE" || line.GetMasterItemCode() != "RMR-BASE" || line.GetMasterAccountCode() != "MASTER-1" {
			t.Errorf("put: got %v", line)
		}
		body.MasterItemCode, body.MasterAccountCode = new("n/a "), new("  ")
		if err := f.put(t, 1, body); err != nil {
			t.Fatal(err)
		}
		if got := f.line(t, "recurringLines/1"); got.GetMasterItem() != "" || got.GetMasterAccount() != "" || got.GetItem() != "items/RMR-FIRE" {
			t.Errorf("put without masters: got %v", got)
		}
		f.unchanged(t, func() {
			if err := f.put(t, 1, body); err != nil {
				t.Error(err)
			}
		})
		creation := creation()
		creation.ItemCode = new("rmr-mon ")
		if created, err := f.post(t, creation); err != nil || created.GetItemCode() != "RMR-MON" || created.GetUserDescription() != "Alarm monitoring" {
			t.Errorf("post: got %v, error %v", created, err)
		}
		must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "CAFE\u0301", Item: &native.Item{Description: "x"}}))(t)
		for _, spelling := range []string{"CAF\u00c9", "cafe\u0301 "} {
			body.ItemCode = new(spelling)
			if err := f.put(t, 1, body); err != nil || f.line(t, "recurringLines/1").GetItem() != "items/CAF\u00c9" {
				t.Errorf("%q: got %v", spelling, err)
			}
		}
		account := &vendor.MasterAccount{MasterAccountId: new(int32(1)), MasterAccountCode: new("Master-1 "), Description: new("Ours")}
		must(f.vendorMasters.UpdateMasterAccount(t.Context(), &vendor.UpdateMasterAccountRequest{Id: 1, MasterAccount: account}))(t)
		_, err := f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "rmr-mon", Item: &native.Item{Description: "x"}})
		if status.Code(err) != codes.AlreadyExists {
			t.Errorf("an item in another spelling: got %v, want ALREADY_EXISTS", err)
		}
		_, err = f.masters.CreateMasterAccount(t.Context(), &native.CreateMasterAccountRequest{
			MasterAccountId: "Master-1", MasterAccount: &native.MasterAccount{CustomerId: 1, BillTo: "billTos/1"}})
		if status.Code(err) != codes.AlreadyExists {
			t.Errorf("a master account in another spelling: got %v, want ALREADY_EXISTS", err)
		}
	})
}
