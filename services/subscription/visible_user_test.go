package subscription_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
)

func TestWhatAUserSeesMustExist(t *testing.T) {
	p := startPeople(t)
	p.must(t, "CatalogueService", "CreateGroup", `{"group":{"display_name":"Old","inactive":true},"group_id":"old"}`)
	p.must(t, "CatalogueService", "CreatePrivacyLevel", `{"privacy_level":{"number":"top"},"privacy_level_id":"top"}`)
	invalid := func(reason, field string) rejection { return rejection{codes.InvalidArgument, reason, field} }
	for fields, want := range map[string]rejection{
		`"visible_groups":["groups/main","groups/nowhere"]`: {codes.NotFound, "NOT_FOUND", "user.visible_groups[1]"},
		`"visible_groups":["groups/main","groups/main"]`:    invalid("REPEATED", "user.visible_groups[1]"),
		`"visible_groups":["groups/old"]`:                   invalid("INACTIVE", "user.visible_groups[0]"),
		`"visible_groups":["main"]`:                         invalid("INVALID_NAME", "user.visible_groups[0]"),
		`"max_privacy_level":"privacyLevels/nowhere"`:       {codes.NotFound, "NOT_FOUND", "user.max_privacy_level"},
		`"max_privacy_level":"privacyLevels/top"`:           invalid("INVALID_VALUE", "user.max_privacy_level"),
	} {
		_, err := p.call(t.Context(), t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo",`+fields+`}}`)
		expectRejection(t, err, want)
		_, err = p.call(t.Context(), t, "OrganisationService", "CreateUser",
			`{"user":{"organisation":"organisations/demo","user_name":"new","password":"password",`+fields+`}}`)
		expectRejection(t, err, want)
	}
	p.must(t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo","visible_groups":["groups/others"],"max_privacy_level":"privacyLevels/secret"}}`)
	p.must(t, "CatalogueService", "UpdateGroup", `{"group":{"name":"groups/others","inactive":true}}`)
	p.must(t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo","visible_groups":["groups/main","groups/others"]}}`)
	p.must(t, "SubscriptionService", "DeleteSubscription", `{"name":"subscriptions/secret"}`)
	p.must(t, "AccountService", "UpdateAccount", `{"account":{"name":"accounts/hidden"},"update_mask":"privacyLevel"}`)
	_, err := p.call(t.Context(), t, "CatalogueService", "DeletePrivacyLevel", `{"name":"privacyLevels/secret"}`)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
	p.must(t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo"},"update_mask":"visibleGroups,maxPrivacyLevel"}`)
	p.must(t, "CatalogueService", "DeletePrivacyLevel", `{"name":"privacyLevels/secret"}`)
}

func TestUsersAreListedByWhatTheySee(t *testing.T) {
	p := startPeople(t)
	for filter, want := range map[string]string{
		`visible_groups:*`: "users/ann users/demo", `NOT visible_groups:*`: "",
		`max_privacy_level = "` + demoLevel + `"`: "users/ann", `max_privacy_level:*`: "users/ann",
	} {
		if got := p.names(t, "OrganisationService", "ListUsers", filter, ""); got != want {
			t.Errorf("%s: got %s, want %s", filter, got, want)
		}
	}
	_, err := p.call(t.Context(), t, "OrganisationService", "ListUsers", `{"filter":"visible_groups = \"groups/main\""}`)
	if !strings.Contains(err.Error(), "visible_groups:*") {
		t.Errorf("got %v, want what can be asked", err)
	}
}

// TestExportedUsersFollowWhatTheySee exports, deletes the users and imports what was exported.
func TestExportedUsersFollowWhatTheySee(t *testing.T) {
	p := startPeople(t)
	books := transferv1.NewTransferServiceClient(p.connection)
	export, err := books.ExportResources(t.Context(), &transferv1.ExportResourcesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []*transferv1.Row
	for {
		part, err := export.Recv()
		if err != nil {
			break
		}
		for _, exported := range part.GetResources() {
			rows = append(rows, &transferv1.Row{Line: int64(len(rows) + 1), Resource: exported})
		}
	}
	p.must(t, "OrganisationService", "EndUserSessions", `{"name":"users/ann"}`)
	p.must(t, "OrganisationService", "DeleteUser", `{"name":"users/ann"}`)
	p.must(t, "SubscriptionService", "DeleteSubscription", `{"name":"subscriptions/main"}`)
	p.must(t, "CatalogueService", "DeleteGroup", `{"name":"groups/main"}`)
	imported, err := books.ImportResources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := imported.Send(&transferv1.ImportResourcesRequest{Rows: rows}); err != nil {
		t.Fatal(err)
	}
	answer, err := imported.Recv()
	if err != nil || answer.GetCreated() != 4 || len(answer.GetRejections()) != 0 {
		t.Fatalf("got %v, %v", answer, err)
	}
	if got := p.names(t, "OrganisationService", "ListUsers", `max_privacy_level:* AND visible_groups:*`, ""); got != "users/ann" {
		t.Errorf("got %s", got)
	}
}
