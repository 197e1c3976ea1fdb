package recurringbilling_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	changes "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
)

func TestUpdateChangesFieldsInMask(t *testing.T) {
	f := open(t, true)
	asked := &native.RecurringLine{
		Name: "recurringLines/1", Item: "items/RMR-FIRE", Memo: "new memo", BillCycle: native.BillCycle_BILL_CYCLE_ANNUAL,
		MasterAccount: "masterAccounts/MASTER-1",
	}
	tests := []struct {
		name  string
		paths []string
		want  func(*native.RecurringLine)
	}{
		{"one field", []string{"memo"}, func(l *native.RecurringLine) { l.Memo = "new memo" }},
		{"a cleared description is the item's", []string{"item", "description"}, func(l *native.RecurringLine) {
			l.Item, l.Description = "items/RMR-FIRE", "Fire alarm monitoring"
		}},
		{"an item without its description", []string{"item"}, func(l *native.RecurringLine) { l.Item = "items/RMR-FIRE" }},
		{"the cycle amount follows", []string{"bill_cycle"}, func(l *native.RecurringLine) {
			l.BillCycle, l.CycleAmount = native.BillCycle_BILL_CYCLE_ANNUAL, usd(359, 40)
		}},
		{"receivable to master", []string{"master_account"}, func(l *native.RecurringLine) {
			l.MasterAccount, l.BillTo = "masterAccounts/MASTER-1", "billTos/8"
		}},
		{"no mask: what is given", nil, func(l *native.RecurringLine) {
			l.Item, l.Memo, l.BillCycle, l.CycleAmount = "items/RMR-FIRE", "new memo", native.BillCycle_BILL_CYCLE_ANNUAL, usd(359, 40)
			l.MasterAccount, l.BillTo = "masterAccounts/MASTER-1", "billTos/8"
		}},
		{"everything", []string{"*"}, func(l *native.RecurringLine) {
			l.Item, l.Memo, l.BillCycle, l.CycleAmount = "items/RMR-FIRE", "new memo", native.BillCycle_BILL_CYCLE_ANNUAL, usd(359, 40)
			l.MasterAccount, l.BillTo, l.Description = "masterAccounts/MASTER-1", "billTos/8", "Fire alarm monitoring"
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reset := minimal()
			reset.CustomerBillId = new(int32(1))
			if err := f.put(t, 1, reset); err != nil {
				t.Fatal(err)
			}
			want := f.line(t, "recurringLines/1")
			test.want(want)
			got := must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
				RecurringLine: asked, UpdateMask: &fieldmaskpb.FieldMask{Paths: test.paths}}))(t)
			if diff := gocmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(want, "etag", "update_time")); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRejectedUpdateChangesNothing(t *testing.T) {
	f := open(t, true)
	update := func(line *native.RecurringLine, paths ...string) error {
		_, err := f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
			RecurringLine: line, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	etag := f.line(t, "recurringLines/1").GetEtag()
	if err := update(&native.RecurringLine{Name: "recurringLines/1", Memo: "a", Etag: etag}, "memo"); err != nil {
		t.Fatalf("with the present etag: %v", err)
	}
	f.unchanged(t, func() {
		if err := update(&native.RecurringLine{Name: "recurringLines/1", Memo: "b", Etag: etag}, "memo"); status.Code(err) != codes.Aborted {
			t.Errorf("with a stale etag: %v, want ABORTED", err)
		}
		if err := update(&native.RecurringLine{Name: "recurringLines/4711", Memo: "b"}, "memo"); status.Code(err) != codes.NotFound {
			t.Errorf("an unknown line: %v, want NOT_FOUND", err)
		}
		wantFaults(t, update(&native.RecurringLine{Name: "recurringLines/1"}, "monthly_amount", "bill_day"),
			"recurring_line.bill_day IMMUTABLE_FIELD", "recurring_line.monthly_amount IMMUTABLE_FIELD")
		wantFaults(t, update(&native.RecurringLine{Name: "recurringLines/1", Item: "items/NONE"}, "item", "bill_cycle"),
			"recurring_line.bill_cycle UNKNOWN_BILL_CYCLE", "recurring_line.item NOT_FOUND")
		wantFaults(t, update(&native.RecurringLine{Name: "recurringLines/1", BillTo: "billTos/2"}),
			"recurring_line.bill_to FOREIGN_BILL_TO")
	})
}

func TestLineKeepsRetiredResources(t *testing.T) {
	f := open(t, true)
	f.retire(t, "RMR-MON", "MASTER-1")
	if err := f.put(t, 1, minimal()); err != nil {
		t.Errorf("line 1 bills the retired item already: %v", err)
	}
	wantFaults(t, f.put(t, 2, minimal()), "customer_recurring_update.item_code INACTIVE")
	keep := &vendor.CustomerRecurringUpdate{ItemCode: new("RMR-MON"), BillCycle: new("M"), MasterAccountCode: new("MASTER-1")}
	if err := f.put(t, 13, keep); err != nil {
		t.Errorf("line 13 is receivable to the retired master already: %v", err)
	}
	wantFaults(t, f.put(t, 1, keep), "customer_recurring_update.master_account_code INACTIVE")
}

func TestTenantsAreIsolated(t *testing.T) {
	f := open(t, true)
	other := as(t, "other")
	if _, err := f.lines.GetRecurringLine(other, &native.GetRecurringLineRequest{Name: "recurringLines/1"}); status.Code(err) != codes.NotFound {
		t.Errorf("reading another tenant's line: %v, want NOT_FOUND", err)
	}
	if got := must(f.vendorItems.ListItems(other, &vendor.ListItemsRequest{}))(t); len(got.GetItems()) != 0 {
		t.Errorf("another tenant's items are listed: %v", got)
	}
	f.unchanged(t, func() {
		_, err := f.UpdateCustomerRecurring(other, &vendor.UpdateCustomerRecurringRequest{Id: 1, CustomerRecurringUpdate: minimal()})
		if status.Code(err) != codes.NotFound {
			t.Errorf("updating another tenant's line: %v, want NOT_FOUND", err)
		}
		item := must(f.items.CreateItem(other, &native.CreateItemRequest{ItemId: "RMR-MON", Item: &native.Item{Description: "theirs"}}))(t)
		if item.GetNumber() != 1 {
			t.Errorf("another tenant's first item has number %d, want its own 1", item.GetNumber())
		}
	})
}

func TestRestartKeepsDataAndLoadsDemoDataOnce(t *testing.T) {
	f := open(t, true)
	if err := f.put(t, 1, full()); err != nil {
		t.Fatal(err)
	}
	want, entries := f.everything(t), len(f.feed(t, auth.DefaultTenant))
	f.stop()
	again := openOn(t, f.url, true)
	if diff := gocmp.Diff(want, again.everything(t), protocmp.Transform()); diff != "" {
		t.Errorf("after the restart (-want +got):\n%s", diff)
	}
	if got := len(again.feed(t, auth.DefaultTenant)); got != entries {
		t.Errorf("the change feed has %d entries, had %d", got, entries)
	}
}

func TestDemoDataIsNotLoadedIntoStoreInUse(t *testing.T) {
	f := open(t, false)
	must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 1, DisplayName: "Ann"}}))(t)
	f.stop()
	again := openOn(t, f.url, true)
	if got := must(again.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{}))(t); len(got.GetRecurringLines()) != 0 {
		t.Errorf("%d demo lines in a store that was in use", len(got.GetRecurringLines()))
	}
}

func TestConcurrentUpdatesAreAllApplied(t *testing.T) {
	f := open(t, true)
	const callers, each = 8, 5
	before := len(f.feed(t, auth.DefaultTenant))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for n := range each {
				body := minimal()
				body.InvoiceItemMemo = new(fmt.Sprintf("%d/%d", caller, n))
				_, err := f.UpdateCustomerRecurring(ctx, &vendor.UpdateCustomerRecurringRequest{Id: 1, CustomerRecurringUpdate: body})
				if err != nil {
					t.Errorf("caller %d: %v", caller, err)
				}
			}
		})
	}
	group.Wait()
	if got := len(f.feed(t, auth.DefaultTenant)) - before; got != callers*each {
		t.Errorf("%d entries in the change feed, want %d", got, callers*each)
	}
}

func TestRepeatedRequestIsAppliedOnce(t *testing.T) {
	f := open(t, true)
	create := &native.CreateRecurringLineRequest{RecurringLine: newLine(), RequestId: "once"}
	first := must(f.lines.CreateRecurringLine(t.Context(), create))(t)
	f.unchanged(t, func() {
		if diff := gocmp.Diff(first, must(f.lines.CreateRecurringLine(t.Context(), create))(t), protocmp.Transform()); diff != "" {
			t.Errorf("the repeated call has another response (-first +second):\n%s", diff)
		}
		other := proto.CloneOf(create)
		other.RecurringLine.Memo = "another"
		if _, err := f.lines.CreateRecurringLine(t.Context(), other); status.Code(err) != codes.InvalidArgument {
			t.Errorf("the key of another request: %v, want INVALID_ARGUMENT", err)
		}
	})

	ctx := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "put once")
	put := &vendor.UpdateCustomerRecurringRequest{Id: 1, CustomerRecurringUpdate: full()}
	must(f.UpdateCustomerRecurring(ctx, put))(t)
	if err := f.put(t, 1, minimal()); err != nil {
		t.Fatal(err)
	}
	f.unchanged(t, func() { must(f.UpdateCustomerRecurring(ctx, put))(t) })
}

func TestChangeFeedHoldsLineHistory(t *testing.T) {
	f := open(t, true)
	before := f.line(t, "recurringLines/1")
	if err := f.put(t, 1, full()); err != nil {
		t.Fatal(err)
	}
	history := f.settled(t, &changes.ListChangesRequest{Resource: "recurringLines/1"}).GetChanges()
	if len(history) != 2 || history[1].GetKind() != changes.Kind_KIND_UPDATED || history[1].GetResourceType() != "RecurringLine" {
		t.Fatalf("the history is %v", history)
	}
	for _, state := range []struct {
		want *native.RecurringLine
		got  *anypb.Any
	}{{before, history[1].GetPreviousState()}, {f.line(t, "recurringLines/1"), history[1].GetState()}} {
		got, err := state.got.UnmarshalNew()
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(proto.Message(state.want), got, protocmp.Transform()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	}
	for _, change := range f.settled(t, &changes.ListChangesRequest{PageSize: 1000}).GetChanges() {
		if change.GetState() == nil {
			t.Errorf("%s has no state", change.GetResource())
		}
	}
}
