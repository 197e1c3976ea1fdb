package subscription_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
)

func (f *fixture) updateUser(t testing.TB, user *pb.User, paths string) *pb.User {
	t.Helper()
	f.must(t, "OrganisationService", "UpdateUser", `{"user":`+jsonOf(t, user)+`,"update_mask":"`+paths+`"}`)
	found, err := f.organisations.GetUser(t.Context(), &pb.GetUserRequest{Name: user.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDisabledUserIsRefusedAtOnce(t *testing.T) {
	f := startFixture(t)
	token, key := f.signIn(t), f.issueKey(t, "")
	disabled := f.updateUser(t, &pb.User{Name: "users/demo", Disabled: true}, "disabled")
	if !disabled.GetDisabled() {
		t.Errorf("got %v", disabled)
	}
	// The demo session never expires by itself.
	for _, used := range []string{token, demoToken} {
		expectRejection(t, f.use(t, used), badToken)
	}
	_, err := f.sessions.CreateToken(t.Context(), credentials("demo", "demo", "demo"))
	expectRejection(t, err, badLogin)
	_, err = f.signInWithKey(t, key.GetApiKey())
	expectRejection(t, err, badLogin)
	if listed, err := f.organisations.ListSessions(t.Context(), &pb.ListSessionsRequest{}); err != nil || len(listed.GetSessions()) != 0 {
		t.Errorf("sessions of a disabled user: got %v, %v", listed, err)
	}
	ended := 0
	listed, err := f.changes.ListChanges(t.Context(), &changesv1.ListChangesRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range listed.GetChanges() {
		if change.GetKind() == changesv1.Kind_KIND_DELETED && change.GetResourceType() == "Session" && change.GetActor() == "tester" {
			ended++
		}
	}
	if ended != 2 {
		t.Errorf("the feed has %d ended sessions, want 2", ended)
	}

	f.updateUser(t, &pb.User{Name: "users/demo"}, "disabled")
	expectRejection(t, f.use(t, token), badToken)
	if err := f.use(t, f.signIn(t)); err != nil {
		t.Error(err)
	}
	if _, err := f.signInWithKey(t, key.GetApiKey()); err != nil {
		t.Error(err)
	}
}

func TestSetUserPasswordEndsSessions(t *testing.T) {
	f := startFixture(t)
	token := f.signIn(t)
	set := &pb.SetUserPasswordRequest{Name: "users/demo", Password: "another password", RequestId: "set once"}
	validated := &pb.SetUserPasswordRequest{Name: "users/demo", Password: "another password", ValidateOnly: true}
	if _, err := f.organisations.SetUserPassword(t.Context(), validated); err != nil {
		t.Error(err)
	}
	if err := f.use(t, token); err != nil {
		t.Errorf("after validating: %v", err)
	}
	user, err := f.organisations.SetUserPassword(t.Context(), set)
	if err != nil || user.GetPassword() != "" || user.GetUserName() != "demo" {
		t.Fatalf("got %v, %v", user, err)
	}
	expectRejection(t, f.use(t, token), badToken)
	_, err = f.sessions.CreateToken(t.Context(), credentials("demo", "demo", "demo"))
	expectRejection(t, err, badLogin)
	signedIn, err := f.sessions.CreateToken(t.Context(), credentials("demo", "another password", "demo"))
	if err != nil {
		t.Fatal(err)
	}
	// A repeated call ends nothing.
	set.Password = "a third password"
	if _, err := f.organisations.SetUserPassword(t.Context(), set); err != nil {
		t.Error(err)
	}
	if err := f.use(t, signedIn.GetData().GetToken()); err != nil {
		t.Errorf("after the repeated call: %v", err)
	}
	for _, test := range []struct {
		request *pb.SetUserPasswordRequest
		want    rejection
	}{
		{&pb.SetUserPasswordRequest{Name: "users/demo", Password: "short"}, rejection{codes.InvalidArgument, "INVALID_VALUE", "password"}},
		{&pb.SetUserPasswordRequest{Name: "users/demo"}, rejection{codes.InvalidArgument, "REQUIRED", "password"}},
		{&pb.SetUserPasswordRequest{Name: "users/nobody", Password: "12345678"}, rejection{codes.NotFound, "NOT_FOUND", ""}},
		{&pb.SetUserPasswordRequest{Name: "users/demo", Password: "12345678", Etag: "old"}, rejection{codes.Aborted, "ETAG_MISMATCH", ""}},
	} {
		_, err := f.organisations.SetUserPassword(t.Context(), test.request)
		expectRejection(t, err, test.want)
	}
	_, err = f.call(t.Context(), t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo","password":"12345678"},"update_mask":"password"}`)
	expectRejection(t, err, rejection{codes.InvalidArgument, "IMMUTABLE_FIELD", "user.password"})
	_, err = f.call(t.Context(), t, "OrganisationService", "UpdateUser", `{"user":{"name":"users/demo","password":"12345678"}}`)
	expectRejection(t, err, rejection{codes.InvalidArgument, "IMMUTABLE_FIELD", "user.password"})
}

func TestCorrectedUserSignsInByItsNewName(t *testing.T) {
	f := startFixture(t)
	token := f.signIn(t)
	corrected := f.updateUser(t, &pb.User{Name: "users/demo", UserName: "josé", DisplayName: "José", Email: "josé@ejemplo.mx"}, "userName,displayName,email")
	if corrected.GetEmail() != "josé@ejemplo.mx" || corrected.GetDisplayName() != "José" || corrected.GetUnit().GetDisplayName() != "Admin Unit" {
		t.Errorf("got %v", corrected)
	}
	if err := f.use(t, token); err != nil {
		t.Errorf("using the session after the correction: %v", err)
	}
	// The decomposed spelling is the same name.
	if _, err := f.sessions.CreateToken(t.Context(), credentials("jose\u0301", "demo", "demo")); err != nil {
		t.Error(err)
	}
	_, err := f.sessions.CreateToken(t.Context(), credentials("demo", "demo", "demo"))
	expectRejection(t, err, badLogin)
	for _, email := range []string{"josé", "a@b@c.com", "josé@ejemplo..mx"} {
		_, err := f.organisations.UpdateUser(t.Context(), &pb.UpdateUserRequest{User: &pb.User{Name: "users/demo", Email: email}})
		expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_VALUE", "user.email"})
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	f := startFixture(t)
	f.signIn(t)
	f.clock.Advance(2 * time.Hour)
	first, second := f.signIn(t), f.signIn(t)
	listed, err := f.organisations.ListSessions(t.Context(), &pb.ListSessionsRequest{Filter: `user = "users/demo" AND expire_time:*`, OrderBy: "create_time desc"})
	if err != nil || len(listed.GetSessions()) != 2 {
		t.Fatalf("got %v, %v, want the two sessions that have not expired", listed, err)
	}
	session := listed.GetSessions()[0]
	if session.GetUser() != "users/demo" || session.GetOrganisation() != "organisations/demo" || session.GetExpireTime().AsTime().Sub(session.GetLastUseTime().AsTime()) != time.Hour {
		t.Errorf("got %v", session)
	}
	lasting, err := f.organisations.GetSession(t.Context(), &pb.GetSessionRequest{Name: "sessions/demo"})
	if err != nil || lasting.GetExpireTime() != nil {
		t.Errorf("a session that never expires: got %v, %v", lasting, err)
	}
	batch, err := f.organisations.BatchGetSessions(t.Context(), &pb.BatchGetSessionsRequest{Names: []string{"sessions/demo", session.GetName()}})
	if err != nil || len(batch.GetSessions()) != 2 || batch.GetSessions()[1].GetName() != session.GetName() {
		t.Errorf("got %v, %v", batch, err)
	}
	if _, err := f.organisations.DeleteSession(t.Context(), &pb.DeleteSessionRequest{Name: session.GetName()}); err != nil {
		t.Fatal(err)
	}
	_, err = f.organisations.DeleteSession(t.Context(), &pb.DeleteSessionRequest{Name: session.GetName()})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", ""})
	refused := 0
	for _, token := range []string{first, second} {
		if err := f.use(t, token); err != nil {
			expectRejection(t, err, badToken)
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d sessions were ended, want 1", refused)
	}
	ended, err := f.organisations.EndUserSessions(t.Context(), &pb.EndUserSessionsRequest{Name: "users/demo"})
	if err != nil || ended.GetEndedCount() != 2 {
		t.Errorf("ending all: got %v, %v, want the session that was left and the lasting one", ended, err)
	}
	expectRejection(t, f.use(t, demoToken), badToken)
	_, err = f.organisations.EndUserSessions(t.Context(), &pb.EndUserSessionsRequest{Name: "users/nobody"})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", ""})
}

func TestRepeatedIssueReturnsSameKey(t *testing.T) {
	f := startFixture(t)
	other := f.issueKey(t, "")
	first := f.issueKey(t, "issue once")
	f.clock.Advance(23 * time.Hour)
	second := f.issueKey(t, "issue once")
	if first.GetApiKey() != second.GetApiKey() || first.GetName() != second.GetName() || !tokenPattern.MatchString(first.GetApiKey()) {
		t.Errorf("got %v, then %v", first, second)
	}
	for _, key := range []string{other.GetApiKey(), first.GetApiKey()} {
		if _, err := f.signInWithKey(t, key); err != nil {
			t.Error(err)
		}
	}
	_, err := f.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/demo", RequestId: "issue once"})
	expectRejection(t, err, rejection{codes.InvalidArgument, "IDEMPOTENCY_KEY_REUSED", ""})
	f.clock.Advance(2 * time.Hour)
	if later := f.issueKey(t, "issue once"); later.GetApiKey() == first.GetApiKey() {
		t.Error("after 24 hours the request is a new one, and got the same key")
	}
}

func TestAPIKeysAreListedAndRevoked(t *testing.T) {
	f := startFixture(t)
	first, second := f.issueKey(t, ""), f.issueKey(t, "")
	listed, err := f.organisations.ListApiKeys(t.Context(), &pb.ListApiKeysRequest{Filter: `user = "users/demo" AND display_name = "Importer"`})
	if err != nil || len(listed.GetApiKeys()) != 2 {
		t.Fatalf("got %v, %v, want two keys", listed, err)
	}
	renamed, err := f.organisations.UpdateApiKey(t.Context(), &pb.UpdateApiKeyRequest{ApiKey: &pb.ApiKey{Name: first.GetName(), DisplayName: "Exporter"}})
	if err != nil || renamed.GetDisplayName() != "Exporter" || renamed.GetUser() != "users/demo" {
		t.Errorf("got %v, %v", renamed, err)
	}
	if _, err := f.signInWithKey(t, first.GetApiKey()); err != nil {
		t.Errorf("signing in after the correction: %v", err)
	}
	got, err := f.organisations.GetApiKey(t.Context(), &pb.GetApiKeyRequest{Name: first.GetName()})
	if err != nil || got.GetDisplayName() != "Exporter" || got.GetCreateTime() == nil {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := f.organisations.DeleteApiKey(t.Context(), &pb.DeleteApiKeyRequest{Name: first.GetName(), Etag: got.GetEtag()}); err != nil {
		t.Fatal(err)
	}
	_, err = f.signInWithKey(t, first.GetApiKey())
	expectRejection(t, err, badLogin)
	if _, err := f.signInWithKey(t, second.GetApiKey()); err != nil {
		t.Errorf("signing in with the other key: %v", err)
	}
	_, err = f.organisations.BatchGetApiKeys(t.Context(), &pb.BatchGetApiKeysRequest{Names: []string{second.GetName(), first.GetName()}})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "names[1]"})
	for range 19 {
		f.issueKey(t, "")
	}
	_, err = f.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/demo"})
	expectRejection(t, err, rejection{codes.ResourceExhausted, "TOO_MANY", ""})
}
