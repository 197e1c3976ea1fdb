package subscription_test

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// itemsOf returns the installed items of a subscription, in their order.
func (f *fixture) itemsOf(t testing.TB, name string) (items string) {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range found.GetInstalledItems() {
		items += item.GetId() + "=" + item.GetInstalledItem()[len("installedItems/"):] + " "
	}
	return items
}

// devices creates installed items.
func (f *fixture) devices(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		mustCreate(t)(f.catalogue.CreateInstalledItem(t.Context(), &pb.CreateInstalledItemRequest{
			InstalledItemId: id, InstalledItem: &pb.InstalledItem{SerialNumber: "SN-" + id},
		}))
	}
}

// TestNativeInstalledItems adds, swaps, moves and removes installed items by the native API, also of a subscription that has ended.
func TestNativeInstalledItems(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	must := mustCreate(t)
	name, other := f.draft(t, "D"), f.draft(t, "E")
	f.devices(t, "a", "b")
	add := &pb.AddSubscriptionInstalledItemsRequest{Name: name, InstalledItems: []string{"installedItems/a"}, ValidateOnly: true}
	must(life.AddSubscriptionInstalledItems(t.Context(), add))
	if got := f.itemsOf(t, name); got != "" {
		t.Errorf("after a preview: got %s", got)
	}
	add.ValidateOnly = false
	added, err := life.AddSubscriptionInstalledItems(t.Context(), add)
	if err != nil {
		t.Fatal(err)
	}
	place := added.GetInstalledItems()[0].GetId()
	_, err = life.AddSubscriptionInstalledItems(t.Context(), add)
	expectRejection(t, err, rejection{codes.InvalidArgument, "REPEATED", "installed_items[0]"})
	must(life.SwapSubscriptionInstalledItems(t.Context(), &pb.SwapSubscriptionInstalledItemsRequest{
		Name: name, Swaps: []*pb.InstalledItemSwap{{ItemId: place, InstalledItem: "installedItems/b"}},
	}))
	if got := f.itemsOf(t, name); got != place+"=b " {
		t.Errorf("after a swap: got %s", got)
	}
	move := &pb.MoveSubscriptionInstalledItemsRequest{Name: name, ItemIds: []string{place}, Destination: demoSubscription, Details: &pb.ActionDetails{TransactionReference: "M1"}}
	must(life.MoveSubscriptionInstalledItems(t.Context(), move))
	if again, err := life.MoveSubscriptionInstalledItems(t.Context(), move); err != nil || again.GetDestination() != demoSubscription {
		t.Errorf("moved again with the reference: got %v, %v", again, err)
	}
	f.expectMoved(t, name, place)
	must(life.MoveSubscriptionInstalledItems(t.Context(), &pb.MoveSubscriptionInstalledItemsRequest{Name: demoSubscription, ItemIds: []string{place}, Destination: other}))
	must(life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: other}))
	swap := &pb.SwapSubscriptionInstalledItemsRequest{Name: other, Swaps: []*pb.InstalledItemSwap{{ItemId: place, InstalledItem: "installedItems/a"}}}
	_, err = life.SwapSubscriptionInstalledItems(t.Context(), swap)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""})
	move = &pb.MoveSubscriptionInstalledItemsRequest{Name: demoSubscription, ItemIds: []string{demoRouter}, Destination: other}
	_, err = life.MoveSubscriptionInstalledItems(t.Context(), move)
	expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_VALUE", "destination"})
	remove := &pb.RemoveSubscriptionInstalledItemsRequest{Name: other, ItemIds: []string{place}, Details: &pb.ActionDetails{ScheduleTime: timestamppb.New(start.AddDate(1, 0, 0))}}
	_, err = life.RemoveSubscriptionInstalledItems(t.Context(), remove)
	expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_VALUE", "details.schedule_time"})
	remove.Details = nil
	must(life.RemoveSubscriptionInstalledItems(t.Context(), remove))
	_, err = life.RemoveSubscriptionInstalledItems(t.Context(), remove)
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "item_ids[0]"})
	_, err = f.catalogue.DeleteInstalledItem(t.Context(), &pb.DeleteInstalledItemRequest{Name: "installedItems/b"})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
}

// expectMoved checks where an item is after it was swapped and moved, and what is remembered of it.
func (f *fixture) expectMoved(t *testing.T, from, place string) {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: from})
	if err != nil {
		t.Fatal(err)
	}
	past := found.GetPastInstalledItems()
	if len(found.GetInstalledItems()) != 0 || len(past) != 2 || past[0].GetEnd() != "SWAP_INSTALLED_ITEM" || past[0].GetInstalledItem() != "installedItems/a" ||
		past[1].GetEnd() != "MOVE_INSTALLED_ITEM" || past[1].GetDestination() != demoSubscription || past[1].GetRemoveDate().GetDay() != 15 {
		t.Errorf("got %v", found)
	}
	items := f.subscription(t).GetInstalledItems()
	if last := items[len(items)-1]; last.GetId() != place || last.GetInstalledItem() != "installedItems/b" || last.GetInstallDate().GetDay() != 15 {
		t.Errorf("got %v", items)
	}
}

// TestItemInOneOpenSubscription expects that an item in a subscription that has not ended goes nowhere else, until it is removed or that one has ended.
func TestItemInOneOpenSubscription(t *testing.T) {
	f := startFixture(t)
	life, vendor := pb.NewSubscriptionActionServiceClient(f.connection), crmcomv2.NewSubscriptionInstalledItemsServiceClient(f.connection)
	must := mustCreate(t)
	first, second := f.draft(t, "D"), f.draft(t, "E")
	f.devices(t, "a", "b")
	add := func(name, item string) error {
		_, err := life.AddSubscriptionInstalledItems(t.Context(), &pb.AddSubscriptionInstalledItemsRequest{Name: name, InstalledItems: []string{"installedItems/" + item}})
		return err
	}
	must(nil, errors.Join(add(first, "a"), add(second, "b")))
	place := f.subscribed(t, second)[0].GetId()
	update := &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: second, InstalledItems: []*pb.SubscribedItem{{InstalledItem: "installedItems/a"}}}}
	for how, try := range map[string]struct {
		field string
		call  func() error
	}{
		"added": {"installed_items[0]", func() error { return add(second, "a") }},
		"swapped": {"swaps[0].installed_item", func() error {
			_, err := life.SwapSubscriptionInstalledItems(t.Context(), &pb.SwapSubscriptionInstalledItemsRequest{
				Name: second, Swaps: []*pb.InstalledItemSwap{{ItemId: place, InstalledItem: "installedItems/a"}},
			})
			return err
		}},
		"corrected": {"subscription.installed_items[0].installed_item", func() error {
			_, err := f.subscriptions.UpdateSubscription(t.Context(), update)
			return err
		}},
		"created": {"subscription.installed_items[0].installed_item", func() error {
			_, err := f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: &pb.Subscription{
				Number: "F", Account: demoAccount, SubscriptionType: demoType, InstalledItems: update.GetSubscription().GetInstalledItems(),
			}})
			return err
		}},
		"added by the contract": {"installed_items_set[0].installed_item_identifier", func() error {
			request := &crmcomv2.SubscriptionInstalledItemsRequest{Token: proto.String(demoToken)}
			if err := protojson.Unmarshal([]byte(`{"token":"`+demoToken+`","subscription_identifier":{"number":"E"},"installed_items_set":[{"installed_item_identifier":{"id":"a"}}]}`), request); err != nil {
				return err
			}
			_, err := vendor.AddInstalledItems(t.Context(), request)
			return err
		}},
	} {
		t.Run(how, func(t *testing.T) {
			expectRejection(t, try.call(), rejection{codes.FailedPrecondition, "INSTALLED_ELSEWHERE", try.field})
		})
	}
	must(life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: first}))
	must(nil, add(second, "a"))
	third := f.draft(t, "G")
	_, err := life.MoveSubscriptionInstalledItems(t.Context(), &pb.MoveSubscriptionInstalledItemsRequest{
		Name: first, ItemIds: []string{f.subscribed(t, first)[0].GetId()}, Destination: third,
	})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "INSTALLED_ELSEWHERE", "item_ids[0]"})
}

// subscribed returns the installed items of a subscription.
func (f *fixture) subscribed(t testing.TB, name string) []*pb.SubscribedItem {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return found.GetInstalledItems()
}

// TestVendorInstalledItems adds, swaps, moves and removes installed items by CRM.COM's contract.
func TestVendorInstalledItems(t *testing.T) {
	f := startFixture(t)
	name := f.draft(t, "D")
	f.devices(t, "a", "b")
	must := mustCreate(t)
	must(f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: name, InstalledItems: []*pb.SubscribedItem{{Id: "1", InstalledItem: "installedItems/a"}}},
	}))
	items := crmcomv2.NewSubscriptionInstalledItemsServiceClient(f.connection)
	for _, step := range []struct {
		name    string
		call    func(context.Context, *crmcomv2.SubscriptionInstalledItemsRequest, ...grpc.CallOption) (*crmcomv2.SubscriptionActionResponse, error)
		body    string
		want    string
		refused rejection
	}{
		{"swapped", items.SwapInstalledItems, `"from_installed_item":{"installed_item_identifier":{"serial_number":"SN-a"}},"to_installed_item":{"installed_item_identifier":{"id":"b"}}`, "1=b ", rejection{}},
		{"swapped for itself", items.SwapInstalledItems, `"from_installed_item":{"subscription_installed_item_id":"1"},"to_installed_item":{"installed_item_identifier":{"id":"b"}}`, "",
			rejection{codes.InvalidArgument, "REPEATED", "to_installed_item.installed_item_identifier"}},
		{"swapped for nothing", items.SwapInstalledItems, `"from_installed_item":{"subscription_installed_item_id":"1"}`, "", rejection{codes.InvalidArgument, "REQUIRED", "to_installed_item"}},
		{"swapped for an empty one", items.SwapInstalledItems, `"from_installed_item":{"subscription_installed_item_id":"1"},"to_installed_item":{}`, "",
			rejection{codes.InvalidArgument, "REQUIRED", "to_installed_item.installed_item_identifier"}},
		{"swapped as a set", items.SwapInstalledItems, `"installed_items_set":[{"subscription_installed_item_id":"1"}]`, "", rejection{codes.InvalidArgument, "INCONSISTENT", "installed_items_set"}},
		{"none added", items.AddInstalledItems, `"installed_items_set":[]`, "", rejection{codes.InvalidArgument, "REQUIRED", "installed_items_set"}},
		{"one of two is there", items.AddInstalledItems, `"installed_items_set":[{"installed_item_identifier":{"id":"a"}},{"installed_item_identifier":{"id":"b"}}]`, "",
			rejection{codes.InvalidArgument, "REPEATED", "installed_items_set[1].installed_item_identifier"}},
		{"added later", items.AddInstalledItems, `"scheduled_date":"2026-03-01T08:00:00","installed_items_set":[{"installed_item_identifier":{"id":"a"}}]`, "", rejection{codes.InvalidArgument, "INVALID_VALUE", "scheduled_date"}},
		{"moved nowhere", items.MoveInstalledItems, `"installed_items_set":[{"subscription_installed_item_id":"1"}]`, "", rejection{codes.InvalidArgument, "REQUIRED", "to_subscription_identifier"}},
		{"moved to itself", items.MoveInstalledItems, `"to_subscription_identifier":{"number":"D"},"installed_items_set":[{"subscription_installed_item_id":"1"}]`, "",
			rejection{codes.InvalidArgument, "INVALID_VALUE", "to_subscription_identifier"}},
		{"removed twice", items.RemoveInstalledItems, `"installed_items_set":[{"subscription_installed_item_id":"1"},{"installed_item_identifier":{"id":"b"}}]`, "",
			rejection{codes.InvalidArgument, "REPEATED", "installed_items_set[1]"}},
		{"moved", items.MoveInstalledItems, `"to_subscription_identifier":{"number":"S60117"},"installed_items_set":[{"installed_item_identifier":{"serial_number":"SN-b"}}]`, "", rejection{}},
		{"removed though it has gone", items.RemoveInstalledItems, `"installed_items_set":[{"installed_item_identifier":{"id":"b"}}]`, "", rejection{codes.NotFound, "NOT_FOUND", "installed_items_set[0].installed_item_identifier"}},
	} {
		t.Run(step.name, func(t *testing.T) {
			request := &crmcomv2.SubscriptionInstalledItemsRequest{}
			if err := protojson.Unmarshal([]byte(`{"subscription_identifier":{"number":"D"},`+step.body+`}`), request); err != nil {
				t.Fatal(err)
			}
			request.Token = proto.String(demoToken)
			before := f.itemsOf(t, name)
			done, err := step.call(t.Context(), request)
			if step.refused != (rejection{}) {
				expectRejection(t, err, step.refused)
				step.want = before
			} else if err != nil || done.GetData().GetLifeCycleState() != "EXECUTED" {
				t.Errorf("got %v, %v", done, err)
			}
			if got := f.itemsOf(t, name); got != step.want {
				t.Errorf("got %s, want %s", got, step.want)
			}
		})
	}
}
