package recurringbilling_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

func address() *native.Address {
	return &native.Address{
		Company: "Harbour Bakeries Ltd", Lines: []string{"1 Harbour Street", "2nd floor"}, City: "Whitby", State: "North Yorkshire",
		PostalCode: "YO21 1AA", RegionCode: "GB", Email: "josé@mañana.mx",
	}
}

func TestUpdatesChangeFieldsInMask(t *testing.T) {
	item := func(f *fixture, item *native.Item, paths ...string) (proto.Message, error) {
		item.Name = "items/RMR-MON"
		return f.items.UpdateItem(t.Context(), &native.UpdateItemRequest{Item: item, UpdateMask: mask(paths...)})
	}
	billTo := func(f *fixture, billTo *native.BillTo, paths ...string) (proto.Message, error) {
		billTo.Name = "billTos/1"
		return f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: billTo, UpdateMask: mask(paths...)})
	}
	master := func(f *fixture, account *native.MasterAccount, paths ...string) (proto.Message, error) {
		account.Name = "masterAccounts/MASTER-1"
		return f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{MasterAccount: account, UpdateMask: mask(paths...)})
	}
	tests := []struct {
		name   string
		update func(*fixture) (proto.Message, error)
		want   func(*native.Item, *native.BillTo, *native.MasterAccount)
	}{
		{"an item's named fields", func(f *fixture) (proto.Message, error) {
			return item(f, &native.Item{Description: "Monitoring", CategoryCode: "ignored"}, "description", "default_rate", "taxable")
		}, func(i *native.Item, _ *native.BillTo, _ *native.MasterAccount) {
			i.Description, i.DefaultRate, i.Taxable = "Monitoring", nil, false
		}},
		{"an item's given fields", func(f *fixture) (proto.Message, error) {
			return item(f, &native.Item{Number: 1, CategoryCode: "X", NonDeferredIncome: true, SalesItem: true, Inactive: true, DefaultCost: usd(0, 1)})
		}, func(i *native.Item, _ *native.BillTo, _ *native.MasterAccount) {
			i.CategoryCode, i.NonDeferredIncome, i.SalesItem, i.Inactive, i.DefaultCost = "X", true, true, true, usd(0, 1)
		}},
		{"all of an item", func(f *fixture) (proto.Message, error) {
			return item(f, &native.Item{Description: "Bare"}, "*")
		}, func(i *native.Item, _ *native.BillTo, _ *native.MasterAccount) {
			bare := &native.Item{Name: i.GetName(), Number: i.GetNumber(), Description: "Bare", CreateTime: i.GetCreateTime()}
			proto.Reset(i)
			proto.Merge(i, bare)
		}},
		{"a bill-to's address", func(f *fixture) (proto.Message, error) {
			return billTo(f, &native.BillTo{CustomerId: 1, Address: address()})
		}, func(_ *native.Item, b *native.BillTo, _ *native.MasterAccount) { b.Address = address() }},
		{"a bill-to's name, and no address any more", func(f *fixture) (proto.Message, error) {
			return billTo(f, &native.BillTo{DisplayName: "Bakery"}, "display_name", "address")
		}, func(_ *native.Item, b *native.BillTo, _ *native.MasterAccount) { b.DisplayName = "Bakery" }},
		{"a master account's description", func(f *fixture) (proto.Message, error) {
			return master(f, &native.MasterAccount{}, "description")
		}, func(_ *native.Item, _ *native.BillTo, m *native.MasterAccount) { m.Description = "" }},
		{"a master account's customer", func(f *fixture) (proto.Message, error) {
			return master(f, &native.MasterAccount{CustomerId: 1, SubAccountsBilled: true})
		}, func(_ *native.Item, _ *native.BillTo, m *native.MasterAccount) {
			m.CustomerId, m.BillTo, m.SubAccountsBilled = 1, "billTos/1", true
		}},
		{"a master account's customer and bill-to", func(f *fixture) (proto.Message, error) {
			return master(f, &native.MasterAccount{CustomerId: 1, BillTo: "billTos/9"})
		}, func(_ *native.Item, _ *native.BillTo, m *native.MasterAccount) {
			m.CustomerId, m.BillTo = 1, "billTos/9"
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := open(t, true)
			read := func() []proto.Message {
				return []proto.Message{
					must(f.items.GetItem(t.Context(), &native.GetItemRequest{Name: "items/RMR-MON"}))(t),
					must(f.billTos.GetBillTo(t.Context(), &native.GetBillToRequest{Name: "billTos/1"}))(t),
					must(f.masters.GetMasterAccount(t.Context(), &native.GetMasterAccountRequest{Name: "masterAccounts/MASTER-1"}))(t),
				}
			}
			want := read()
			test.want(want[0].(*native.Item), want[1].(*native.BillTo), want[2].(*native.MasterAccount))
			f.clock.Advance(time.Hour)
			answered := must(test.update(f))(t)
			ignored := protocmp.IgnoreFields(&native.Item{}, "etag", "update_time")
			got := read()
			if diff := gocmp.Diff(want, got, protocmp.Transform(), ignored, protocmp.IgnoreFields(&native.BillTo{}, "etag", "update_time"),
				protocmp.IgnoreFields(&native.MasterAccount{}, "etag", "update_time")); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
			found := false
			for _, resource := range got {
				found = found || proto.Equal(resource, answered)
			}
			updated := answered.(interface{ GetUpdateTime() *timestamppb.Timestamp }).GetUpdateTime().AsTime()
			if !found || !updated.Equal(started.Add(time.Hour)) {
				t.Errorf("the response differs from the stored resource: %v", answered)
			}
		})
	}
}

func TestRejectedUpdatesChangeNothing(t *testing.T) {
	f := open(t, true)
	item := func(item *native.Item, paths ...string) error {
		_, err := f.items.UpdateItem(t.Context(), &native.UpdateItemRequest{Item: item, UpdateMask: mask(paths...)})
		return err
	}
	billTo := func(billTo *native.BillTo, paths ...string) error {
		_, err := f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: billTo, UpdateMask: mask(paths...)})
		return err
	}
	master := func(account *native.MasterAccount, paths ...string) error {
		_, err := f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{MasterAccount: account, UpdateMask: mask(paths...)})
		return err
	}
	f.unchanged(t, func() {
		wantFaults(t, item(&native.Item{Name: "items/RMR-MON"}, "description"), "item.description REQUIRED")
		wantFaults(t, item(&native.Item{Name: "items/RMR-MON", DefaultRate: usd(1, 0), DefaultCost: usd(-1, 0)}), "item.default_cost OUT_OF_RANGE")
		wantFaults(t, item(&native.Item{Name: "items/RMR-MON"}, "number", "name"), "item.number IMMUTABLE_FIELD", "update_mask UNKNOWN_FIELD")
		wantFaults(t, billTo(&native.BillTo{Name: "billTos/1"}, "*"), "bill_to.display_name REQUIRED")
		wantFaults(t, billTo(&native.BillTo{Name: "billTos/1", DisplayName: strings.Repeat("🔔", 31), Address: &native.Address{
			Company: strings.Repeat("🔔", 31), Lines: []string{"1", strings.Repeat("🔔", 31)}, City: strings.Repeat("🔔", 31),
		}}), "bill_to.display_name TOO_LONG", "bill_to.address.company TOO_LONG", "bill_to.address.lines[1] TOO_LONG", "bill_to.address.city TOO_LONG")
		wantFaults(t, master(&native.MasterAccount{Name: "masterAccounts/MASTER-1", BillTo: "billTos/1"}), "master_account.bill_to FOREIGN_BILL_TO")
		wantFaults(t, master(&native.MasterAccount{Name: "masterAccounts/MASTER-1"}, "bill_to"), "master_account.bill_to NOT_FOUND")
		wantFaults(t, master(&native.MasterAccount{Name: "masterAccounts/MASTER-1", CustomerId: 4711}), "master_account.customer_id NO_BILL_TO")
		for name, test := range map[string]struct {
			err  error
			want codes.Code
		}{
			"a stale item":            {item(&native.Item{Name: "items/RMR-MON", Etag: "stale", Inactive: true}), codes.Aborted},
			"a stale bill-to":         {billTo(&native.BillTo{Name: "billTos/1", Etag: "stale", DisplayName: "x"}), codes.Aborted},
			"a stale master account":  {master(&native.MasterAccount{Name: "masterAccounts/MASTER-1", Etag: "stale", Inactive: true}), codes.Aborted},
			"an unknown item":         {item(&native.Item{Name: "items/NONE", Inactive: true}), codes.NotFound},
			"an unknown bill-to":      {billTo(&native.BillTo{Name: "billTos/4711", DisplayName: "x"}), codes.NotFound},
			"a bill-to out of range":  {billTo(&native.BillTo{Name: "billTos/9999999999", DisplayName: "x"}), codes.InvalidArgument},
			"an unknown master":       {master(&native.MasterAccount{Name: "masterAccounts/NONE", Inactive: true}), codes.NotFound},
			"an item without a name":  {item(&native.Item{Inactive: true}), codes.InvalidArgument},
			"four lines of address":   {billTo(&native.BillTo{Name: "billTos/1", Address: &native.Address{Lines: []string{"1", "2", "3", "4"}}}), codes.InvalidArgument},
			"an empty line":           {billTo(&native.BillTo{Name: "billTos/1", Address: &native.Address{Lines: []string{""}}}), codes.InvalidArgument},
			"no mail address":         {billTo(&native.BillTo{Name: "billTos/1", Address: &native.Address{Email: "nobody"}}), codes.InvalidArgument},
			"a country in lower case": {billTo(&native.BillTo{Name: "billTos/1", Address: &native.Address{RegionCode: "gb"}}), codes.InvalidArgument},
		} {
			if status.Code(test.err) != test.want {
				t.Errorf("%s: %v, want %v", name, test.err, test.want)
			}
		}
	})
}

func TestRetiredResourceCanBeReactivated(t *testing.T) {
	f := open(t, true)
	f.retire(t, "RMR-FIRE", "MASTER-1")
	wantFaults(t, f.put(t, 1, full()), "customer_recurring_update.item_code INACTIVE", "customer_recurring_update.master_account_code INACTIVE")
	must(f.items.UpdateItem(t.Context(), &native.UpdateItemRequest{Item: &native.Item{Name: "items/RMR-FIRE"}, UpdateMask: mask("inactive")}))(t)
	must(f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
		MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1"}, UpdateMask: mask("inactive")}))(t)
	if err := f.put(t, 1, full()); err != nil {
		t.Error(err)
	}
}

func TestLinesMoveWithMasterBillTo(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		another := must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{
			BillTo: &native.BillTo{CustomerId: 8, DisplayName: "Crown, accounts", Address: address()}}))(t)
		request := &native.UpdateMasterAccountRequest{RequestId: "once",
			MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1", BillTo: another.GetName()}}
		must(f.masters.UpdateMasterAccount(t.Context(), request))(t)
		for name, want := range map[string]string{"recurringLines/13": another.GetName(), "recurringLines/2": "billTos/2"} {
			if got := f.line(t, name).GetBillTo(); got != want {
				t.Errorf("%s is billed to %s, want %s", name, got, want)
			}
		}
		var published []string
		for _, entry := range f.feed(t, "default") {
			if entry.Kind == feed.Updated {
				published = append(published, entry.Resource)
			}
		}
		if want := []string{"masterAccounts/MASTER-1", "recurringLines/13", "recurringLines/14", "recurringLines/20"}; !slices.Equal(published, want) {
			t.Errorf("got changes of %v, want %v", published, want)
		}
		f.unchanged(t, func() { must(f.masters.UpdateMasterAccount(t.Context(), request))(t) })
	})
}
