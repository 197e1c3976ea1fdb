package subscription_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// draft creates a draft with a service.
func (f *fixture) draft(t testing.TB, id string) string {
	t.Helper()
	demo := f.subscription(t)
	created, err := f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{
		SubscriptionId: id, BusinessClassification: pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION,
		Subscription: &pb.Subscription{Number: id, Account: demo.GetAccount(), SubscriptionType: demo.GetSubscriptionType(),
			Services: []*pb.SubscribedService{{Id: "1", Product: demo.GetServices()[0].GetProduct()}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return created.GetName()
}

func (f *fixture) expectState(t testing.TB, name string, want pb.LifeCycleState) *pb.Subscription {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
	if err != nil || found.GetState() != want {
		t.Fatalf("%s: got %s, %v, want %s", name, found.GetState(), err, want)
	}
	return found
}

// TestNativeLife leads a subscription through its life by the native API: previews, a rest that is ended early, a
// cancellation that is withdrawn, and one that the service does at its time.
func TestNativeLife(t *testing.T) {
	f := startFixture(t)
	_, err := pb.NewSubscriptionActionServiceClient(f.connection).CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{
		Name: demoSubscription, Details: &pb.ActionDetails{ScheduleTime: timestamppb.New(time.Time{})}, // not the same as none
	})
	expectRejection(t, err, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "details.schedule_time"})
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	name := f.draft(t, "D")
	activate := &pb.ActivateSubscriptionRequest{Name: name, ValidateOnly: true}
	preview, err := life.ActivateSubscription(t.Context(), activate)
	if err != nil {
		t.Fatal(err)
	}
	f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_DRAFT)
	activate.ValidateOnly = false
	done, err := life.ActivateSubscription(t.Context(), activate)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(preview.GetEffect(), done.GetEffect(), protocmp.Transform()); diff != "" {
		t.Errorf("the effect (-previewed +done):\n%s", diff)
	}
	if done.GetEffect().GetServices()[0].GetStateAfter() != pb.ServiceState_SERVICE_STATE_EFFECTIVE || done.GetSubmitter() != "tester" || done.GetNumber() == "" {
		t.Errorf("got %v", done)
	}
	_, err = life.ActivateSubscription(t.Context(), activate)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""})
	if !strings.Contains(status.Convert(err).Message(), "EFFECTIVE") {
		t.Errorf("the message must name the state: %v", err)
	}
	_, err = life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 1, Day: 15}})
	expectRejection(t, err, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "end_date"})
	if _, err := life.RestSubscription(t.Context(), &pb.RestSubscriptionRequest{Name: name, EndDate: &date.Date{Year: 2026, Month: 2, Day: 1}}); err != nil {
		t.Fatal(err)
	}
	resting := f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_IN_RESTING)
	if resting.GetStateEndDate().GetMonth() != 2 || resting.GetServices()[0].GetStateBeforeRest() != pb.ServiceState_SERVICE_STATE_EFFECTIVE {
		t.Errorf("got %v", resting)
	}
	if _, err := life.ResumeSubscription(t.Context(), &pb.ResumeSubscriptionRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	f.expectState(t, name, pb.LifeCycleState_LIFE_CYCLE_STATE_EFFECTIVE)
	cancel := &pb.CancelSubscriptionRequest{Name: name, Details: &pb.ActionDetails{ScheduleTime: timestamppb.New(start.Add(time.Hour)), TransactionReference: "R1"}}
	scheduled, err := life.CancelSubscription(t.Context(), cancel)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := life.ListSubscriptionActions(t.Context(), &pb.ListSubscriptionActionsRequest{Filter: `subscription = "` + name + `" AND state = ACTION_STATE_SCHEDULED`})
	if err != nil || len(listed.GetSubscriptionActions()) != 1 || listed.GetSubscriptionActions()[0].GetName() != scheduled.GetName() {
		t.Errorf("got %v, %v", listed, err)
	}
	withdraw := &pb.CancelSubscriptionActionRequest{Name: scheduled.GetName()}
	if withdrawn, err := life.CancelSubscriptionAction(t.Context(), withdraw); err != nil || withdrawn.GetState() != pb.ActionState_ACTION_STATE_CANCELLED {
		t.Errorf("got %v, %v", withdrawn, err)
	}
	_, err = life.CancelSubscriptionAction(t.Context(), withdraw)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "NOT_SCHEDULED", ""})
	cancel.Details.ScheduleTime = timestamppb.New(start.Add(-time.Hour))
	cancel.Details.TransactionReference = ""
	_, err = life.CancelSubscription(t.Context(), cancel)
	expectRejection(t, err, rejection{codes.InvalidArgument, "OUT_OF_RANGE", "details.schedule_time"})
	f.expectScheduledWork(t, life, name)
}

// expectScheduledWork schedules a cancellation, and waits for the worker of the service to do it.
func (f *fixture) expectScheduledWork(t *testing.T, life pb.SubscriptionActionServiceClient, name string) {
	t.Helper()
	at := timestamppb.New(start.Add(2 * time.Hour))
	if _, err := life.CancelSubscription(t.Context(), &pb.CancelSubscriptionRequest{Name: name, Details: &pb.ActionDetails{ScheduleTime: at}}); err != nil {
		t.Fatal(err)
	}
	f.clock.Set(start.Add(3 * time.Hour))
	// The real clock stood still for the worker; news of another action wake it.
	if _, err := life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: f.draft(t, "E")}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: name})
		if err == nil && found.GetState() == pb.LifeCycleState_LIFE_CYCLE_STATE_CANCELLED {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the cancellation was not done: %v, %v", found.GetState(), err)
		}
	}
}

// TestUsersSeeActionsOfTheirSubscriptions lets a user with the token of a session act, and hides what its group does not
// own.
func TestUsersSeeActionsOfTheirSubscriptions(t *testing.T) {
	f := startFixture(t)
	life := pb.NewSubscriptionActionServiceClient(f.connection)
	name := f.draft(t, "D")
	action, err := life.ActivateSubscription(t.Context(), &pb.ActivateSubscriptionRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	user := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+demoToken)
	if seen, err := life.GetSubscriptionAction(user, &pb.GetSubscriptionActionRequest{Name: action.GetName()}); err != nil || seen.GetSubscription() != name {
		t.Errorf("got %v, %v", seen, err)
	}
	create := mustCreate(t)
	create(f.catalogue.CreateGroup(t.Context(), &pb.CreateGroupRequest{GroupId: "hidden", Group: &pb.Group{DisplayName: "Hidden"}}))
	create(f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: name, Group: "groups/hidden"}}))
	create(f.organisations.UpdateUser(t.Context(), &pb.UpdateUserRequest{
		User: &pb.User{Name: "users/demo", VisibleGroups: []string{"groups/" + demoGroup}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"visible_groups"}},
	}))
	_, err = life.GetSubscriptionAction(user, &pb.GetSubscriptionActionRequest{Name: action.GetName()})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", ""})
	listed, err := life.ListSubscriptionActions(user, &pb.ListSubscriptionActionsRequest{})
	if err != nil || len(listed.GetSubscriptionActions()) != 0 {
		t.Errorf("got %v, %v, want no action", listed, err)
	}
	_, err = life.CancelSubscription(user, &pb.CancelSubscriptionRequest{Name: name})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "name"})
}

// TestSettingsOfTheTenant sets the time zone and reads it back.
func TestSettingsOfTheTenant(t *testing.T) {
	f := startFixture(t)
	settings := pb.NewSettingsServiceClient(f.connection)
	found, err := settings.GetSettings(t.Context(), &pb.GetSettingsRequest{Name: "settings"})
	if err != nil || found.GetTimeZone() != "" || found.GetUpdateTime() != nil {
		t.Errorf("got %v, %v", found, err)
	}
	_, err = settings.UpdateSettings(t.Context(), &pb.UpdateSettingsRequest{Settings: &pb.Settings{TimeZone: "Local"}})
	expectRejection(t, err, rejection{codes.InvalidArgument, "UNKNOWN_TIME_ZONE", "settings.time_zone"})
	for range 2 {
		found, err = settings.UpdateSettings(t.Context(), &pb.UpdateSettingsRequest{Settings: &pb.Settings{TimeZone: "Asia/Nicosia"}})
		if err != nil || found.GetTimeZone() != "Asia/Nicosia" || found.GetEtag() != `"1"` {
			t.Errorf("got %v, %v", found, err)
		}
	}
}

// vendorAction sends a request of an action given as the vendor's JSON.
func vendorAction(t testing.TB, call func(*crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error), body string) (*crmcomv2.SubscriptionAction, error) {
	t.Helper()
	request := &crmcomv2.SubscriptionActionRequest{Token: proto.String(demoToken)}
	if err := protojson.Unmarshal([]byte(body), request); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	request.Token = proto.String(demoToken)
	answered, err := call(request)
	return answered.GetData(), err
}

// TestVendorLife leads a subscription through its life by CRM.COM's contract.
func TestVendorLife(t *testing.T) {
	f := startFixture(t)
	f.draft(t, "D")
	life := crmcomv2.NewSubscriptionActionsServiceClient(f.connection)
	with := func(method func(ctx context.Context, in *crmcomv2.SubscriptionActionRequest, options ...grpc.CallOption) (*crmcomv2.SubscriptionActionResponse, error)) func(*crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
		return func(request *crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
			return method(t.Context(), request)
		}
	}
	for _, step := range []struct {
		name string
		call func(*crmcomv2.SubscriptionActionRequest) (*crmcomv2.SubscriptionActionResponse, error)
		body string
		// want is the action, the state of the subscription after it, or the refusal.
		want    string
		refused rejection
	}{
		{"activated", with(life.ActivateSubscription), `"transaction_reference_number":"T1","performed_by_user_identifier":{"username":"demo"},"udf_string_1":"by phone"`, "ACTIVATE_SUBSCRIPTION EXECUTED EFFECTIVE", rejection{}},
		{"activated again with the reference", with(life.ActivateSubscription), `"transaction_reference_number":"T1","performed_by_user_identifier":{"username":"demo"},"udf_string_1":"by phone"`, "ACTIVATE_SUBSCRIPTION EXECUTED EFFECTIVE", rejection{}},
		{"another action with the reference", with(life.DeactivateSubscription), `"transaction_reference_number":"T1"`, "", rejection{codes.AlreadyExists, "ALREADY_EXISTS", "transaction_reference_number"}},
		{"activated twice", with(life.ActivateSubscription), `"udf_string_1":"x"`, "", rejection{codes.FailedPrecondition, "LIFE_CYCLE_STATE", ""}},
		{"a short term without an end", with(life.ShortTermDeactivateSubscription), `"udf_string_1":"x"`, "", rejection{codes.InvalidArgument, "REQUIRED", "end_date"}},
		{"a short term with a wrong end", with(life.ShortTermDeactivateSubscription), `"end_date":"soon"`, "", rejection{codes.InvalidArgument, "INVALID_VALUE", "end_date"}},
		{"deactivated for short", with(life.ShortTermDeactivateSubscription), `"end_date":"2026-01-20T00:00:00"`, "SHORT_TERM_SUBSCRIPTION_DEACTIVATION EXECUTED SHORT_TERM_NOT_EFFECTIVE", rejection{}},
		{"ended earlier", with(life.EndShortTermDeactivation), ``, "END_SUBSCRIPTION_SHORT_TERM_DEACTIVATION EXECUTED EFFECTIVE", rejection{}},
		{"rested", with(life.RestSubscription), `"end_date":"2026-02-20"`, "REST_SUBSCRIPTION EXECUTED IN_RESTING", rejection{}},
		{"resumed", with(life.EndResting), ``, "END_SUBSCRIPTION_RESTING EXECUTED EFFECTIVE", rejection{}},
		{"deactivated", with(life.DeactivateSubscription), ``, "DEACTIVATE_SUBSCRIPTION EXECUTED NOT_EFFECTIVE", rejection{}},
		{"activated for short", with(life.ShortTermActivateSubscription), `"end_date":"2026-01-20T00:00:00"`, "SHORT_TERM_SUBSCRIPTION_ACTIVATION EXECUTED SHORT_TERM_EFFECTIVE", rejection{}},
		{"ended earlier too", with(life.EndShortTermActivation), ``, "END_SUBSCRIPTION_SHORT_TERM_ACTIVATION EXECUTED NOT_EFFECTIVE", rejection{}},
		{"cancelled later", with(life.CancelSubscription), `"scheduled_date":"2026-03-01T08:00:00","transaction_reference_number":"T2"`, "CANCEL_SUBSCRIPTION SCHEDULED NOT_EFFECTIVE", rejection{}},
		{"cancelled on an empty date", with(life.CancelSubscription), `"scheduled_date":"0001-01-01T00:00:00"`, "", rejection{codes.InvalidArgument, "OUT_OF_RANGE", "scheduled_date"}},
		{"performed on an empty date", with(life.CancelSubscription), `"performed_on":"0001-01-01T00:00:00"`, "", rejection{codes.InvalidArgument, "OUT_OF_RANGE", "performed_on"}},
		{"cancelled in the past", with(life.CancelSubscription), `"scheduled_date":"2026-01-01T08:00:00"`, "", rejection{codes.InvalidArgument, "OUT_OF_RANGE", "scheduled_date"}},
		{"performed by nobody", with(life.CancelSubscription), `"performed_by_user_identifier":{"id":"nobody"}`, "", rejection{codes.NotFound, "NOT_FOUND", "performed_by_user_identifier.id"}},
	} {
		t.Run(step.name, func(t *testing.T) {
			body := `{"subscription_identifier":{"number":"D"}`
			if step.body != "" {
				body += "," + step.body
			}
			done, err := vendorAction(t, step.call, body+"}")
			if step.want == "" {
				expectRejection(t, err, step.refused)
				return
			}
			got := done.GetBusinessClassificationCode() + " " + done.GetLifeCycleState() + " " + done.GetSubscription().GetLifeCycleState()
			if err != nil || got != step.want || done.GetSubmittedBy().GetId() != "demo" || done.GetSubmittedOn() != "2026-01-15T10:00:00" {
				t.Errorf("got %v, %v, want %s", done, err, step.want)
			}
		})
	}
	f.expectWithdrawal(t, life)
}

// expectWithdrawal lists the cancellation that is scheduled and withdraws it.
func (f *fixture) expectWithdrawal(t *testing.T, life crmcomv2.SubscriptionActionsServiceClient) {
	t.Helper()
	list := func(code string) *crmcomv2.GetScheduledActionsResponse {
		found, err := life.GetScheduledActions(t.Context(), &crmcomv2.GetScheduledActionsRequest{
			Token: proto.String(demoToken), SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String("D")}, BehaviorCode: proto.String(code),
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := list("TERMINATESUBSCRIPTION").GetData(); len(found) != 1 || found[0].GetScheduledDate() != "2026-03-01T08:00:00" || found[0].GetBehaviorCode() != "TERMINATE_SUBSCRIPTION" {
		t.Errorf("got %v", found)
	}
	for _, code := range []string{"REST_SUBSCRIPTION", "START_SERVICE", "CHANGESUBSCRIPTIONLOCATION", "BECOME_SUBSCRIBER", "ADD_INSTALLED_ITEM", "EXTEND_GRACE_PERIOD"} {
		if found := list(code).GetData(); len(found) != 0 {
			t.Errorf("%s: got %v, want none", code, found)
		}
	}
	if after, err := life.GetScheduledActions(t.Context(), &crmcomv2.GetScheduledActionsRequest{Token: proto.String(demoToken), NumberOfResults: proto.Int32(1),
		Offset: proto.Int32(1), SubscriptionIdentifier: &crmcomv2.SubscriptionIdentifier{Number: proto.String("D")}}); err != nil || len(after.GetData()) != 0 {
		t.Errorf("after the only one: got %v, %v", after, err)
	}
	cancelled, err := life.CancelAction(t.Context(), &crmcomv2.CancelActionRequest{
		Token: proto.String(demoToken), FieldsSet: proto.String("life_cycle_state"),
		SubscriptionActionIdentifier: &crmcomv2.SubscriptionActionIdentifier{TransactionReferenceNumber: proto.String("T2")},
	})
	if err != nil || cancelled.GetData().GetLifeCycleState() != "CANCELLED" || cancelled.GetData().Id != nil {
		t.Errorf("got %v, %v", cancelled, err)
	}
	if found := list("").GetData(); len(found) != 0 {
		t.Errorf("got %v, want none", found)
	}
}
