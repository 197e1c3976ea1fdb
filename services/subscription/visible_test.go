package subscription_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
)

const demoLevel = "privacyLevels/BFF5D07F43CAD23390C2B07678FE3074"

var (
	unseen       = rejection{codes.NotFound, "NOT_FOUND", ""}
	unseenVendor = rejection{codes.NotFound, "NOT_FOUND", "subscription_identifier.number"}
)

// people is a fixture with the user ann, who sees the group of managers, the one of its unit, and privacy
// levels up to 1; and a subscription for each reason to see it, or not to.
type people struct {
	*fixture
	token string
	// native is the context of a native call with ann's token.
	native context.Context
}

func startPeople(t *testing.T) people {
	t.Helper()
	f := startFixture(t)
	f.must(t, "CatalogueService", "CreateGroup", `{"group":{"display_name":"Main Group"},"group_id":"main"}`)
	f.must(t, "CatalogueService", "CreateGroup", `{"group":{"display_name":"Others"},"group_id":"others"}`)
	f.must(t, "CatalogueService", "CreatePrivacyLevel", `{"privacy_level":{"number":"10"},"privacy_level_id":"secret"}`)
	f.must(t, "OrganisationService", "CreateUser", `{"user_id":"ann","user":{"organisation":"organisations/demo","user_name":"ann","password":"password",
		"unit":{"group_name":"Main Group"},"visible_groups":["groups/`+demoGroup+`"],"max_privacy_level":"`+demoLevel+`"}}`)
	for number, of := range map[string]string{
		"free": `"notes":""`, "managed": `"group":"groups/` + demoGroup + `"`, "main": `"group":"groups/main"`, "level": `"privacy_level":"` + demoLevel + `"`,
		"others": `"group":"groups/others"`, "secret": `"privacy_level":"privacyLevels/secret"`,
	} {
		f.create(t, number, of)
	}
	signedIn, err := f.sessions.CreateToken(t.Context(), credentials("ann", "password", "demo"))
	if err != nil {
		t.Fatal(err)
	}
	token := signedIn.GetData().GetToken()
	return people{f, token, bearer(t.Context(), token)}
}

func bearer(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// create adds a draft with more fields, given as JSON.
func (f *fixture) create(t testing.TB, number, fields string) {
	t.Helper()
	f.must(t, "SubscriptionService", "CreateSubscription", draft(number, fields))
}

func draft(number, fields string) string {
	return `{"subscription_id":"` + number + `","business_classification":"BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION",
		"subscription":{` + strings.Join([]string{`"number":"` + number + `"`, `"account":"accounts/1C414B9447E158F4CFE85BFE049704E3"`,
		`"subscription_type":"subscriptionTypes/1C81FBB1E5D90040F440ECE98D6A368D"`, fields}, ",") + `}}`
}

func TestVendorCallsFindWhatTheUserSees(t *testing.T) {
	p := startPeople(t)
	update := func(number, change string) error {
		_, err := p.update(t, `{"token":"`+p.token+`","subscription_identifier":{"number":"`+number+`"}`+change+`}`)
		return err
	}
	for _, number := range []string{"free", "managed", "main", "level", "S60117"} {
		if err := update(number, `,"notes":"seen"`); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	missing := update("missing", "")
	for _, number := range []string{"others", "secret"} {
		err := update(number, `,"notes":"seen"`)
		expectRejection(t, err, unseenVendor)
		if got := strings.ReplaceAll(status.Convert(err).Message(), number, "missing"); got != status.Convert(missing).Message() {
			t.Errorf("%s: got %q, which a missing one does not say: %v", number, got, missing)
		}
	}
	for change, field := range map[string]string{
		`,"owned_by_group_identifier":{"name":"Others"}`:     "owned_by_group_identifier",
		`,"privacy_level_identifier":{"number":"10"}`:        "privacy_level_identifier",
		`,"owned_by_group_identifier":{"name":"Main Group"}`: "",
		`,"owned_by_group_identifier":{"name":"Managers Group"},"privacy_level_identifier":{"id":"BFF5D07F43CAD23390C2B07678FE3074"}`: "",
	} {
		err := update("free", change)
		if field != "" {
			expectRejection(t, err, rejection{codes.PermissionDenied, "PERMISSION_DENIED", field})
		} else if err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
	for _, number := range []string{"others", "secret"} {
		if stored, err := p.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: "subscriptions/" + number}); err != nil || stored.GetNotes() != "" {
			t.Errorf("%s: got %v, %v, want it unchanged and the operator to see it", number, stored, err)
		}
	}
}

func TestNativeCallsOfASessionFindWhatTheUserSees(t *testing.T) {
	p := startPeople(t)
	listed := func(request *pb.ListSubscriptionsRequest) string {
		var numbers []string
		for {
			page, err := p.subscriptions.ListSubscriptions(p.native, request)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range page.GetSubscriptions() {
				numbers = append(numbers, found.GetNumber())
			}
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				return strings.Join(numbers, " ")
			}
		}
	}
	for _, test := range []struct {
		request *pb.ListSubscriptionsRequest
		want    string
	}{
		{&pb.ListSubscriptionsRequest{OrderBy: "number"}, "S60117 free level main managed"},
		{&pb.ListSubscriptionsRequest{OrderBy: "number desc", PageSize: 1}, "managed main level free S60117"},
		{&pb.ListSubscriptionsRequest{Filter: `number = "others" OR number = "main"`}, "main"},
		{&pb.ListSubscriptionsRequest{Filter: `group = "groups/others"`}, ""},
		{&pb.ListSubscriptionsRequest{Filter: `NOT group = "groups/main" AND privacy_level:*`}, "level"},
	} {
		if got := listed(test.request); got != test.want {
			t.Errorf("%v: got %s, want %s", test.request, got, test.want)
		}
	}
	names := []string{"subscriptions/main", "subscriptions/free"}
	if found, err := p.subscriptions.BatchGetSubscriptions(p.native, &pb.BatchGetSubscriptionsRequest{Names: names}); err != nil || len(found.GetSubscriptions()) != 2 {
		t.Errorf("got %v, %v", found, err)
	}
	for _, hidden := range []string{"subscriptions/others", "subscriptions/secret"} {
		_, err := p.subscriptions.GetSubscription(p.native, &pb.GetSubscriptionRequest{Name: hidden})
		expectRejection(t, err, unseen)
		_, err = p.subscriptions.BatchGetSubscriptions(p.native, &pb.BatchGetSubscriptionsRequest{Names: append(names, hidden)})
		expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "names[2]"})
		_, err = p.subscriptions.UpdateSubscription(p.native, &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: hidden, Notes: "x"}})
		expectRejection(t, err, unseen)
		_, err = p.subscriptions.DeleteSubscription(p.native, &pb.DeleteSubscriptionRequest{Name: hidden})
		expectRejection(t, err, unseen)
	}
	if _, err := p.subscriptions.DeleteSubscription(p.native, &pb.DeleteSubscriptionRequest{Name: "subscriptions/main"}); err != nil {
		t.Error(err)
	}
}

func TestNativeCallsOfASessionMoveWithinWhatTheUserSees(t *testing.T) {
	p := startPeople(t)
	update := func(to *pb.Subscription, mask ...string) error {
		to.Name = "subscriptions/free"
		_, err := p.subscriptions.UpdateSubscription(p.native, &pb.UpdateSubscriptionRequest{Subscription: to, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}})
		return err
	}
	deniedGroup := rejection{codes.PermissionDenied, "PERMISSION_DENIED", "subscription.group"}
	deniedLevel := rejection{codes.PermissionDenied, "PERMISSION_DENIED", "subscription.privacy_level"}
	expectRejection(t, update(&pb.Subscription{Group: "groups/others"}), deniedGroup)
	expectRejection(t, update(&pb.Subscription{PrivacyLevel: "privacyLevels/secret"}), deniedLevel)
	for _, err := range []error{
		update(&pb.Subscription{Group: "groups/main", PrivacyLevel: demoLevel}), update(&pb.Subscription{Group: "groups/" + demoGroup}),
		update(&pb.Subscription{}, "group", "privacy_level"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for fields, want := range map[string]rejection{
		`"group":"groups/others"`: deniedGroup, `"privacy_level":"privacyLevels/secret"`: deniedLevel, `"group":"groups/main"`: {},
	} {
		if _, err := p.call(p.native, t, "SubscriptionService", "CreateSubscription", draft("new", fields)); err != nil || want != (rejection{}) {
			expectRejection(t, err, want)
		}
	}
}

func TestRepeatedRequestDoesNotShowWhatTheUserDoesNotSee(t *testing.T) {
	p := startPeople(t)
	request := &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: "subscriptions/others", Notes: "n"}, RequestId: "once"}
	if _, err := p.subscriptions.UpdateSubscription(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	_, err := p.subscriptions.UpdateSubscription(p.native, request)
	expectRejection(t, err, unseen)
}

func TestWhatAUserSeesChangesWithTheNextCall(t *testing.T) {
	p := startPeople(t)
	get := func(name string) error {
		_, err := p.subscriptions.GetSubscription(p.native, &pb.GetSubscriptionRequest{Name: "subscriptions/" + name})
		return err
	}
	changed := p.updateUser(t, &pb.User{Name: "users/ann", VisibleGroups: []string{"groups/others"}}, "visibleGroups,maxPrivacyLevel")
	if len(changed.GetVisibleGroups()) != 1 || changed.GetMaxPrivacyLevel() != "" {
		t.Errorf("got %v", changed)
	}
	expectRejection(t, get("managed"), unseen)
	for _, name := range []string{"others", "secret", "main"} {
		if err := get(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.updateUser(t, &pb.User{Name: "users/ann", MaxPrivacyLevel: "privacyLevels/secret"}, "visibleGroups,maxPrivacyLevel")
	if err := get("secret"); err != nil {
		t.Error(err)
	}
	p.must(t, "CatalogueService", "UpdatePrivacyLevel", `{"privacy_level":{"name":"privacyLevels/secret","number":"top"}}`)
	expectRejection(t, get("secret"), unseen)
	expectRejection(t, get("level"), unseen)
	expectRejection(t, get("managed"), unseen) // its unit is granted no group any more
	if err := get("main"); err != nil {
		t.Error(err)
	}
	p.updateUser(t, &pb.User{Name: "users/ann"}, "unit,maxPrivacyLevel")
	for _, name := range []string{"managed", "others", "secret"} {
		if err := get(name); err != nil {
			t.Errorf("%s, with neither unit nor level: %v", name, err)
		}
	}
}

func TestDemoUserReachesItsUnitsGroups(t *testing.T) {
	p := startPeople(t)
	found, err := p.subscriptions.ListSubscriptions(bearer(t.Context(), demoToken), &pb.ListSubscriptionsRequest{})
	if err != nil || len(found.GetSubscriptions()) != 6 {
		t.Errorf("got %v, %v, want all but that of others", found, err)
	}
	for range 2 { // as the documented request does
		if _, err := p.update(t, `{"subscription_identifier":{"number":"secret"},"owned_by_group_identifier":{"name":"Managers Group"}}`); err != nil {
			t.Error(err)
		}
	}
	_, err = p.update(t, `{"subscription_identifier":{"number":"others"}}`)
	expectRejection(t, err, unseenVendor)
	key, err := p.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/ann"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := p.signInWithKey(t, key.GetApiKey())
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"others"}}`)
	expectRejection(t, err, unseenVendor)
}
