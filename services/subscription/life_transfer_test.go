package subscription_test

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
)

// exported returns all resources of a service as rows of an import.
func (f *fixture) exported(t testing.TB) (rows []*transferv1.Row) {
	t.Helper()
	export, err := transferv1.NewTransferServiceClient(f.connection).ExportResources(t.Context(), &transferv1.ExportResourcesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		part, err := export.Recv()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, resource := range part.GetResources() {
			rows = append(rows, &transferv1.Row{Line: int64(len(rows) + 1), Resource: resource})
		}
	}
}

// TestLivesAreExportedAndImported moves a subscription that rests, with its actions and the settings, to another installation,
// where the rest can be ended.
func TestLivesAreExportedAndImported(t *testing.T) {
	from, to := startFixture(t), startFixture(t)
	must := mustCreate(t)
	life := pb.NewSubscriptionActionServiceClient(from.connection)
	name := from.draft(t, "D")
	must(pb.NewSettingsServiceClient(from.connection).UpdateSettings(t.Context(), &pb.UpdateSettingsRequest{Settings: &pb.Settings{TimeZone: "Europe/London"}}))
	must(life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name, Details: &pb.ActionDetails{
		TransactionReference: "R1", Performer: "users/demo", PerformTime: timestamppb.New(start), UserDefinedFields: &pb.UserDefinedFields{Strings: map[int32]string{1: "x"}},
	}}))
	must(life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 3, Day: 1}}))
	from.devices(t, "a", "b")
	from.agree(t, life, name)
	must(from.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "part", Product: &pb.Product{Code: "PART"}}))
	must(from.catalogue.CreateProduct(t.Context(), &pb.CreateProductRequest{ProductId: "a-bundle", Product: &pb.Product{Code: "BUNDLE", Components: []*pb.ProductComponent{{Product: "products/part"}}}}))
	must(life.AddSubscriptionInstalledItems(t.Context(), &pb.AddSubscriptionInstalledItemsRequest{Name: name, InstalledItems: []string{"installedItems/a"}}))
	must(life.SwapSubscriptionInstalledItems(t.Context(), &pb.SwapSubscriptionInstalledItemsRequest{
		Name: name, Swaps: []*pb.InstalledItemSwap{{ItemId: from.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_IN_RESTING).GetInstalledItems()[0].GetId(), InstalledItem: "installedItems/b"}},
	}))
	rows := from.exported(t)
	imported, err := transferv1.NewTransferServiceClient(to.connection).ImportResources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := imported.Send(&transferv1.ImportResourcesRequest{Rows: rows}); err != nil {
		t.Fatal(err)
	}
	// The settings, two products, two devices, the subscription, its eight actions: the demo data is there already.
	if answer, err := imported.Recv(); err != nil || answer.GetCreated() != 14 || len(answer.GetRejections()) != 0 {
		t.Fatalf("got %v, %v", answer, err)
	}
	ignored := protocmp.IgnoreFields(&pb.SubscriptionAction{}, "etag", "create_time", "update_time")
	there := pb.NewSubscriptionActionServiceClient(to.connection)
	before, err := life.ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{})
	must(before, err)
	after, err := there.ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{})
	must(after, err)
	if diff := cmp.Diff(before, after, protocmp.Transform(), ignored); diff != "" {
		t.Errorf("actions (-exported +imported):\n%s", diff)
	}
	unversioned := protocmp.IgnoreFields(&pb.Subscription{}, "etag", "create_time", "update_time")
	resting := pb.LifeCycleState_LIFE_CYCLE_STATE_IN_RESTING
	if diff := cmp.Diff(from.expectState(t, name, resting), to.expectState(t, name, resting), protocmp.Transform(), unversioned); diff != "" {
		t.Errorf("subscription (-exported +imported):\n%s", diff)
	}
	ended, err := there.ResumeSubscription(t.Context(), &pb.ResumeSubscriptionRequest{Name: name})
	if err != nil || ended.GetEffect().GetStateAfter() != pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE || ended.GetEffect().GetWithdrawnActionCount() != 1 {
		t.Errorf("got %v, %v", ended, err)
	}
}
