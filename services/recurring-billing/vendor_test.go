package recurringbilling_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// minimal returns an update with only the members that the vendor's page requires.
func minimal() *vendor.CustomerRecurringUpdate {
	return &vendor.CustomerRecurringUpdate{ItemCode: new("RMR-MON"), BillCycle: new("M")}
}

func full() *vendor.CustomerRecurringUpdate {
	return &vendor.CustomerRecurringUpdate{
		CustomerRecurringId: new(int32(1)), ItemCode: new("RMR-FIRE"), MasterItemCode: new("RMR-BASE"),
		MasterAccountCode: new("MASTER-1"), BillCycle: new("Q"), UserDescription: new("Fire panel"),
		InvoiceItemMemo: new("Panel in the hall\r\nKeys at reception"), CustomerBillId: new(int32(8)),
	}
}

func TestPutChangesOnlyListedFields(t *testing.T) {
	f := open(t, true)
	want := f.line(t, "recurringLines/1")
	f.clock.Advance(time.Hour)
	if err := f.put(t, 1, full()); err != nil {
		t.Fatal(err)
	}
	want.Item, want.MasterItem, want.MasterAccount = "items/RMR-FIRE", "items/RMR-BASE", "masterAccounts/MASTER-1"
	want.BillCycle, want.BillTo = native.BillCycle_BILL_CYCLE_QUARTERLY, "billTos/8"
	want.Description, want.Memo = "Fire panel", "Panel in the hall\r\nKeys at reception"
	want.CycleAmount = &money.Money{CurrencyCode: "USD", Units: 89, Nanos: 850_000_000}
	got := f.line(t, "recurringLines/1")
	if got.GetEtag() == want.GetEtag() || !got.GetUpdateTime().AsTime().Equal(started.Add(time.Hour)) {
		t.Errorf("etag %s and update time %s do not tell of the change", got.GetEtag(), got.GetUpdateTime().AsTime())
	}
	if diff := gocmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(want, "etag", "update_time")); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if other := f.line(t, "recurringLines/8"); other.GetItem() != "items/RMR-SVC" {
		t.Errorf("another line of the customer was changed: %v", other)
	}
}

func TestGetReturnsPutValues(t *testing.T) {
	f := open(t, true)
	if err := f.put(t, 1, full()); err != nil {
		t.Fatal(err)
	}
	got := must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: 1}))(t).GetCustomerRecurring()
	want := &vendor.CustomerRecurring{
		CustomerRecurringId: new(int32(1)), CustomerId: new(int32(1)), CustomerSiteId: new(int32(1)),
		CustomerSystemId: new(int32(1)), CustomerBillId: new(int32(8)), ItemCode: new("RMR-FIRE"),
		MasterItemCode: new("RMR-BASE"), MasterAccountCode: new("MASTER-1"), BillCycle: new("Q"),
		UserDescription: new("Fire panel"), InvoiceItemMemo: new("Panel in the hall\r\nKeys at reception"),
		MonthlyAmount: &decimal.Decimal{Value: "29.95"}, CycleAmount: &decimal.Decimal{Value: "89.85"},
		CycleStartDate: new("01/01/2026"), NextCycleDate: new("01/01/2026"),
		CycleEndDate: new("12/30/1899"), LastCycleDate: new("12/30/1899"),
		PendingAmt: number("0.00"), JobCode: new("000"), IsCancelled: new(false), CancelledRmrTrackingId: new(int32(0)), LastRateIncrease: new("12/30/1899"),
		BillOnDay: new(int32(1)), BranchCode: new("N/A"),
	}
	if diff := gocmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

func TestPutAppliesDefaults(t *testing.T) {
	f := open(t, true)
	if err := f.put(t, 1, full()); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]*vendor.CustomerRecurringUpdate{
		"absent": minimal(),
		"empty": {
			CustomerRecurringId: new(int32(0)), ItemCode: new("RMR-MON"), MasterItemCode: new(""), MasterAccountCode: new(""),
			BillCycle: new("M"), UserDescription: new(""), InvoiceItemMemo: new(""), CustomerBillId: new(int32(0)),
		},
		"named": {
			ItemCode: new("RMR-MON"), MasterItemCode: new("N/A"), BillCycle: new("M"), UserDescription: new("Alarm monitoring"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := f.put(t, 1, body); err != nil {
				t.Fatal(err)
			}
			got := must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: 1}))(t).GetCustomerRecurring()
			if got.GetMasterItemCode() != "N/A" || got.GetUserDescription() != "Alarm monitoring" ||
				got.MasterAccountCode != nil || got.InvoiceItemMemo != nil {
				t.Errorf("defaults are not applied: %v", got)
			}
			// It had the bill-to of the master account, to which it is no longer receivable.
			if got.GetCustomerBillId() != 1 {
				t.Errorf("bill-to is %d, want the customer's own", got.GetCustomerBillId())
			}
		})
	}
}

func TestCycleAmountFollowsTheBillCycle(t *testing.T) {
	f := open(t, true)
	for cycle, want := range map[string]string{"M": "29.95", "Q": "89.85", "S": "179.70", "A": "359.40"} {
		body := minimal()
		body.BillCycle = &cycle
		if err := f.put(t, 1, body); err != nil {
			t.Fatalf("%s: %v", cycle, err)
		}
		got := must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: 1}))(t).GetCustomerRecurring()
		if got.GetCycleAmount().GetValue() != want || got.GetMonthlyAmount().GetValue() != "29.95" {
			t.Errorf("%s: cycle amount %s of %s, want %s", cycle, got.GetCycleAmount().GetValue(), got.GetMonthlyAmount().GetValue(), want)
		}
	}
}

func TestReceivableToMaster(t *testing.T) {
	tests := []struct {
		name   string
		master string
		billTo int32
		want   string
	}{
		{"a master without a bill-to moves the line to the master's", "MASTER-1", 0, "billTos/8"},
		{"a master with its bill-to", "MASTER-1", 8, "billTos/8"},
		{"a master with a bill-to of the customer, who is not billed", "MASTER-1", 9, "billTos/8"},
		{"no master with another bill-to of the customer", "", 9, "billTos/9"},
		{"no master and no bill-to", "", 0, "billTos/1"},
	}
	f := open(t, true)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reset := minimal()
			reset.CustomerBillId = new(int32(1))
			if err := f.put(t, 1, reset); err != nil {
				t.Fatal(err)
			}
			body := minimal()
			body.MasterAccountCode, body.CustomerBillId = &test.master, &test.billTo
			if err := f.put(t, 1, body); err != nil {
				t.Fatal(err)
			}
			if got := f.line(t, "recurringLines/1").GetBillTo(); got != test.want {
				t.Errorf("bill-to is %s, want %s", got, test.want)
			}
		})
	}
}

func TestRejectedPutChangesNothing(t *testing.T) {
	const at = "customer_recurring_update."
	tests := []struct {
		name string
		set  func(*vendor.CustomerRecurringUpdate)
		want []string
	}{
		{"a body id other than the path's", func(b *vendor.CustomerRecurringUpdate) { b.CustomerRecurringId = new(int32(2)) }, []string{"customer_recurring_id ID_MISMATCH"}},
		{"a negative body id", func(b *vendor.CustomerRecurringUpdate) { b.CustomerRecurringId = new(int32(-1)) }, []string{"customer_recurring_id ID_MISMATCH"}},
		{"an empty item code", func(b *vendor.CustomerRecurringUpdate) { b.ItemCode = new("") }, []string{"item_code REQUIRED"}},
		{"an unknown item code", func(b *vendor.CustomerRecurringUpdate) { b.ItemCode = new("RMR-NONE") }, []string{"item_code NOT_FOUND"}},
		{"N/A as item code", func(b *vendor.CustomerRecurringUpdate) { b.ItemCode = new("N/A") }, []string{"item_code NOT_FOUND"}},
		{"an inactive item", func(b *vendor.CustomerRecurringUpdate) { b.ItemCode = new("RMR-OLD") }, []string{"item_code INACTIVE"}},
		{"an unknown master item code", func(b *vendor.CustomerRecurringUpdate) { b.MasterItemCode = new("RMR-NONE") }, []string{"master_item_code NOT_FOUND"}},
		{"an inactive master item", func(b *vendor.CustomerRecurringUpdate) { b.MasterItemCode = new("RMR-OLD") }, []string{"master_item_code INACTIVE"}},
		{"an unknown master account", func(b *vendor.CustomerRecurringUpdate) { b.MasterAccountCode = new("MASTER-9") }, []string{"master_account_code NOT_FOUND"}},
		{"an unknown master account with its bill-to", func(b *vendor.CustomerRecurringUpdate) {
			b.MasterAccountCode, b.CustomerBillId = new("MASTER-9"), new(int32(8))
		}, []string{"master_account_code NOT_FOUND"}},
		{"an inactive master account", func(b *vendor.CustomerRecurringUpdate) { b.MasterAccountCode = new("MASTER-OLD") }, []string{"master_account_code INACTIVE"}},
		{"an unknown bill-to", func(b *vendor.CustomerRecurringUpdate) { b.CustomerBillId = new(int32(4711)) }, []string{"customer_bill_id NOT_FOUND"}},
		{"a negative bill-to", func(b *vendor.CustomerRecurringUpdate) { b.CustomerBillId = new(int32(-8)) }, []string{"customer_bill_id NOT_FOUND"}},
		{"a bill-to of another customer", func(b *vendor.CustomerRecurringUpdate) { b.CustomerBillId = new(int32(2)) }, []string{"customer_bill_id FOREIGN_BILL_TO"}},
		{"a master's bill-to without the master", func(b *vendor.CustomerRecurringUpdate) { b.CustomerBillId = new(int32(8)) }, []string{"customer_bill_id FOREIGN_BILL_TO"}},
		{"a bill-to of neither customer nor master", func(b *vendor.CustomerRecurringUpdate) {
			b.MasterAccountCode, b.CustomerBillId = new("MASTER-1"), new(int32(2))
		}, []string{"customer_bill_id FOREIGN_BILL_TO"}},
		{"another bill cycle", func(b *vendor.CustomerRecurringUpdate) { b.BillCycle = new("W") }, []string{"bill_cycle UNKNOWN_BILL_CYCLE"}},
		{"a bill cycle in lower case", func(b *vendor.CustomerRecurringUpdate) { b.BillCycle = new("s") }, []string{"bill_cycle UNKNOWN_BILL_CYCLE"}},
		{"an empty bill cycle", func(b *vendor.CustomerRecurringUpdate) { b.BillCycle = new("") }, []string{"bill_cycle UNKNOWN_BILL_CYCLE"}},
		{"a description of 26 characters in 52 UTF-16 units", func(b *vendor.CustomerRecurringUpdate) { b.UserDescription = new(strings.Repeat("🔔", 26)) }, []string{"user_description TOO_LONG"}},
		{"a memo of 2001 UTF-16 units", func(b *vendor.CustomerRecurringUpdate) {
			b.InvoiceItemMemo = new(strings.Repeat("🔔", 1000) + "x")
		}, []string{"invoice_item_memo TOO_LONG"}},
		{"an item code of 13 characters in 26 UTF-16 units", func(b *vendor.CustomerRecurringUpdate) { b.ItemCode = new(strings.Repeat("🔔", 13)) }, []string{"item_code TOO_LONG"}},
		{"a text with U+0000", func(b *vendor.CustomerRecurringUpdate) { b.InvoiceItemMemo = new("a\x00b") }, []string{"invoice_item_memo INVALID_TEXT"}},
		{"everything at once", func(b *vendor.CustomerRecurringUpdate) {
			*b = vendor.CustomerRecurringUpdate{
				CustomerRecurringId: new(int32(7)), ItemCode: new("A"), MasterItemCode: new("B"), MasterAccountCode: new("C"),
				BillCycle: new("D"), UserDescription: new(strings.Repeat("🔔", 26)),
				InvoiceItemMemo: new(strings.Repeat("🔔", 1001)), CustomerBillId: new(int32(4711)),
			}
		}, []string{
			"customer_recurring_id ID_MISMATCH", "item_code NOT_FOUND", "master_item_code NOT_FOUND",
			"master_account_code NOT_FOUND", "bill_cycle UNKNOWN_BILL_CYCLE", "user_description TOO_LONG",
			"invoice_item_memo TOO_LONG", "customer_bill_id NOT_FOUND",
		}},
	}
	f := open(t, true)
	retired(t, f)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := full()
			body.MasterItemCode, body.MasterAccountCode, body.CustomerBillId = nil, nil, nil
			test.set(body)
			want := slices.Clone(test.want)
			for i := range want {
				want[i] = at + want[i]
			}
			f.unchanged(t, func() { wantFaults(t, f.put(t, 1, body), want...) })
		})
	}
}

// retired creates an item RMR-OLD and a master account MASTER-OLD that are inactive.
func retired(t *testing.T, f *fixture) {
	t.Helper()
	must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{
		ItemId: "RMR-OLD", Item: &native.Item{Description: "Telephone dialler", Inactive: true},
	}))(t)
	must(f.masters.CreateMasterAccount(t.Context(), &native.CreateMasterAccountRequest{
		MasterAccountId: "MASTER-OLD", MasterAccount: &native.MasterAccount{CustomerId: 8, BillTo: "billTos/8", Inactive: true},
	}))(t)
}

func TestPutAcceptsTextsOfMaximumLength(t *testing.T) {
	f := open(t, true)
	body := minimal()
	body.UserDescription, body.InvoiceItemMemo = new(strings.Repeat("🔔", 25)), new(strings.Repeat("é", 2000))
	if err := f.put(t, 1, body); err != nil {
		t.Fatal(err)
	}
	if got := f.line(t, "recurringLines/1"); got.GetDescription() != body.GetUserDescription() || got.GetMemo() != body.GetInvoiceItemMemo() {
		t.Errorf("texts came back changed: %q, %q", got.GetDescription(), got.GetMemo())
	}
}

func TestGetUnknownLineIsNotFound(t *testing.T) {
	f := open(t, true)
	for _, id := range []int32{0, -1, 21, 1<<31 - 1} {
		f.unchanged(t, func() {
			if err := f.put(t, id, minimal()); status.Code(err) != codes.NotFound {
				t.Errorf("updating line %d: %v, want NOT_FOUND", id, err)
			}
		})
		if _, err := f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: id}); status.Code(err) != codes.NotFound {
			t.Errorf("reading line %d: %v, want NOT_FOUND", id, err)
		}
	}
}

func TestPutRejectsMissingBody(t *testing.T) {
	f := open(t, true)
	f.unchanged(t, func() {
		if err := f.put(t, 1, nil); status.Code(err) != codes.InvalidArgument {
			t.Errorf("got %v, want INVALID_ARGUMENT", err)
		}
	})
}

func TestPutAddsOneEntryToChangeFeed(t *testing.T) {
	f := open(t, true)
	before := f.feed(t, auth.DefaultTenant)
	f.clock.Advance(time.Minute)
	if err := f.put(t, 1, full()); err != nil {
		t.Fatal(err)
	}
	entries := f.feed(t, auth.DefaultTenant)[len(before):]
	if len(entries) != 1 {
		t.Fatalf("%d entries, want 1", len(entries))
	}
	got := entries[0]
	if got.Resource != "recurringLines/1" || got.Kind != feed.Updated || got.Actor != "tester" || !got.Time.Equal(started.Add(time.Minute)) {
		t.Errorf("entry %+v does not tell what happened", got)
	}
	state, err := got.State.Message()
	if after, ok := state.(*native.RecurringLine); err != nil || !ok || after.GetMasterAccount() != "masterAccounts/MASTER-1" {
		t.Errorf("the entry does not hold the new state: %v (%v)", state, err)
	}
}

func TestListItemsSortsByCode(t *testing.T) {
	f := open(t, true)
	response := must(f.vendorItems.ListItems(t.Context(), &vendor.ListItemsRequest{}))(t)
	var codes []string
	for _, item := range response.GetItems() {
		codes = append(codes, item.GetItemCode())
	}
	if diff := gocmp.Diff([]string{"RMR-BASE", "RMR-CELL", "RMR-FIRE", "RMR-INSP", "RMR-MON", "RMR-SVC"}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	want := &vendor.Item{
		ItemId: new(int32(5)), ItemCode: new("RMR-BASE"), Description: new("Security package"), Taxable: new(true),
		DefaultRate: &decimal.Decimal{Value: "49.95"}, CategoryCode: new("RMR"), NonDeferredIncome: new(false),
		SalesItem: new(false), DefaultCost: &decimal.Decimal{Value: "12.00"}, ServiceItem: new(true), Inactive: new(false),
	}
	if diff := gocmp.Diff(want, response.GetItems()[0], protocmp.Transform()); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
}
