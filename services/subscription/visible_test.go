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
	return peopleOf(t, startFixture(t))
}

// peopleOf is like startPeople, of a service that runs.
func peopleOf(t *testing.T, f *fixture) people {
	t.Helper()
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
	f.must(t, "AccountService", "CreateAccount", `{"account_id":"hidden","account":{"number":"hidden","display_name":"Louis Litt 2","privacy_level":"privacyLevels/secret",
		"account_owner":{"type":"CONTACT_TYPE_PERSON","given_name":"Hid","family_name":"Den"}}}`)
	f.must(t, "SubscriptionService", "CreateSubscription", strings.Replace(draft("hidden", `"notes":""`), demoAccount, "accounts/hidden", 1))
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
	for _, hidden := range []string{"subscriptions/others", "subscriptions/secret", "subscriptions/hidden"} {
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
		`"account":"accounts/hidden"`: {codes.NotFound, "NOT_FOUND", "subscription.account"},
	} {
		request := draft("new", fields)
		if strings.Contains(fields, `"account"`) {
			request = strings.Replace(draft("new", `"notes":""`), `"account":"`+demoAccount+`"`, fields, 1)
		}
		if _, err := p.call(p.native, t, "SubscriptionService", "CreateSubscription", request); err != nil || want != (rejection{}) {
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
	if err != nil || len(found.GetSubscriptions()) != 7 {
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

// TestAccountsAboveTheLevelOfAUserDoNotExist names an account that the user does not see wherever the contract takes one, by each of its keys, and
// expects what it says of one that is not there. Its name is that of another account, which the user does see.
func TestAccountsAboveTheLevelOfAUserDoNotExist(t *testing.T) {
	p := startPeople(t)
	for _, by := range []string{"id", "number"} {
		refusal := func(key string) string {
			account := `"accounts_receivable_identifier":{"` + by + `":"` + key + `"}`
			_, updated := p.update(t, `{"token":"`+p.token+`",`+account+`}`)
			_, created := p.subscribeAs(t, p.token, `"business_classification_code":"CREATE_DRAFT_SUBSCRIPTION","type_identifier":{"alternative_code":"UK"},
				"accounts_receivable":{"action":"EXISTING",`+account+`}`)
			_, listed := p.ask(t, p.method(t, "crmcom.v2.SubscriptionReadsService/ListSubscriptions"), p.token, `{"token":"`+p.token+`",`+account+`}`)
			var all []string
			for _, err := range []error{updated, created, listed} {
				all = append(all, status.Code(err).String(), strings.ReplaceAll(status.Convert(err).Message(), key, "KEY"))
			}
			return strings.Join(all, "; ")
		}
		hidden, missing := refusal("hidden"), refusal("missing")
		if hidden != missing || strings.Count(hidden, "NotFound") != 3 {
			t.Errorf("by %s: got %s, and for one that is not there %s", by, hidden, missing)
		}
	}
	named := `{"token":"` + p.token + `","accounts_receivable_identifier":{"name":"Louis Litt 2"},"life_cycle_state":"EFFECTIVE"}`
	if answer, err := p.ask(t, p.method(t, "crmcom.v2.SubscriptionReadsService/ListSubscriptions"), p.token, named); err != nil || !strings.Contains(answer, `"number":"S60117"`) {
		t.Errorf("by a name that a hidden account has too: got %s, %v", answer, err)
	}
	p.must(t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/ann","max_privacy_level":"privacyLevels/secret"}}`)
	if _, err := p.subscriptions.GetSubscription(p.native, &pb.GetSubscriptionRequest{Name: "subscriptions/hidden"}); err != nil {
		t.Errorf("once the user sees the level: %v", err)
	}
}

// TestVendorCreatesAccountsWithLevelAndManager gives a new account a privacy level and a manager, and refuses what the user may not give.
func TestVendorCreatesAccountsWithLevelAndManager(t *testing.T) {
	p := startPeople(t)
	subscribe := func(of string) error {
		_, err := p.subscribeAs(t, p.token, `"business_classification_code":"CREATE_DRAFT_SUBSCRIPTION","type_identifier":{"alternative_code":"UK"},
			"accounts_receivable":{"action":"NEW","name":"Zane","classification_identifier":{"name":"Private"},`+of+`}`)
		return err
	}
	const field = "accounts_receivable."
	expectRejection(t, subscribe(`"privacy_level_identifier":{"number":"10"}`), rejection{codes.PermissionDenied, "PERMISSION_DENIED", field + "privacy_level_identifier"})
	expectRejection(t, subscribe(`"vat_number":"1","account_manager":{"username":"nobody"}`), rejection{codes.NotFound, "NOT_FOUND", field + "account_manager.username"})
	expectRejection(t, subscribe(`"account_manager":{"username":"ann"}`), rejection{codes.InvalidArgument, "INCONSISTENT", field + "account_manager"})
	if err := subscribe(`"vat_number":"1","account_manager":{"username":"ann"},"privacy_level_identifier":{"number":"1"}`); err != nil {
		t.Fatal(err)
	}
	listed := p.must(t, "AccountService", "ListAccounts", `{"filter":"account_manager = \"users/ann\" AND privacy_level = \"`+demoLevel+`\""}`)
	if made, _ := listed["accounts"].([]any); len(made) != 1 {
		t.Errorf("got %v, want the account that was created", listed)
	}
	_, err := p.organisations.DeleteUser(t.Context(), &pb.DeleteUserRequest{Name: "users/ann"})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
	// A contact whose account has a manager stays a company.
	p.must(t, "ContactService", "CreateContact", `{"contact_id":"firm","contact":{"info":{"type":"CONTACT_TYPE_COMPANY","company_name":"Firm"}}}`)
	p.must(t, "AccountService", "CreateAccount", `{"account":{"number":"F","display_name":"Firm","contact":"contacts/firm","account_manager":"users/ann"}}`)
	_, err = p.call(t.Context(), t, "ContactService", "UpdateContact", `{"contact":{"name":"contacts/firm","info":{"type":"CONTACT_TYPE_PERSON","family_name":"Firm"}},"update_mask":"info.type,info.familyName"}`)
	expectRejection(t, err, rejection{codes.InvalidArgument, "INCONSISTENT", "contact.info.type"})
}
