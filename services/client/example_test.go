package client_test

import (
	"context"
	"fmt"
	"log"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	subscriptionv1 "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/client"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func Example() {
	connection, err := client.Dial(subscriptionAddress, client.Key("key-of-the-caller"))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // nothing is left to do with it
	subscriptions := subscriptionv1.NewSubscriptionServiceClient(connection)
	request := &subscriptionv1.ListSubscriptionsRequest{Filter: `number = "S60117"`}
	for found, err := range client.All(context.Background(), subscriptions.ListSubscriptions, request, (*subscriptionv1.ListSubscriptionsResponse).GetSubscriptions) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(found.GetNumber(), found.GetState())
	}
	// Output: S60117 LIFE_CYCLE_STATE_EFFECTIVE
}

func ExampleWithIdempotencyKey() {
	connection, err := client.Dial(billingAddress)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // nothing is left to do with it
	items := recurringbillingv1.NewItemServiceClient(connection)
	request := &recurringbillingv1.CreateItemRequest{ItemId: "RMR-VIDEO", Item: &recurringbillingv1.Item{Description: "Video monitoring"}}
	ctx := client.WithIdempotencyKey(context.Background(), "order-4711")
	for range 2 { // the second call answers the same and creates nothing
		created, err := items.CreateItem(ctx, request)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(created.GetName())
	}
	_, err = items.CreateItem(context.Background(), request)
	fmt.Println(client.Reason(err))
	// Output:
	// items/RMR-VIDEO
	// items/RMR-VIDEO
	// ALREADY_EXISTS
}

func ExampleWatch() {
	connection, err := client.Dial(billingAddress)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // nothing is left to do with it
	items := recurringbillingv1.NewItemServiceClient(connection)
	if _, err := items.UpdateItem(context.Background(), &recurringbillingv1.UpdateItemRequest{
		Item:       &recurringbillingv1.Item{Name: "items/RMR-FIRE", Description: "Fire alarm, monitored"},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}},
	}); err != nil {
		log.Fatal(err)
	}
	request := &changesv1.WatchChangesRequest{Resource: "items/RMR-FIRE", After: "" /* the token that you kept */}
	for change, err := range client.Watch(context.Background(), changesv1.NewChangeServiceClient(connection), request) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(change.GetResource(), change.GetKind())
		if change.GetKind() == changesv1.Kind_KIND_UPDATED {
			break
		}
	}
	// Output:
	// items/RMR-FIRE KIND_CREATED
	// items/RMR-FIRE KIND_UPDATED
}
