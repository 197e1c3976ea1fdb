package subscription_test

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/sealing"
	"github.com/continuo-billing/continuo/services/subscription"
)

var (
	tokenPattern = regexp.MustCompile(`^[0-9A-F]{32}$`)
	badToken     = rejection{codes.Unauthenticated, "CREDENTIAL_INVALID", "token"}
	badLogin     = rejection{codes.Unauthenticated, "CREDENTIAL_INVALID", ""}
)

func credentials(username, password, organisation string) *crmcomv2.CreateTokenRequest {
	return &crmcomv2.CreateTokenRequest{Username: proto.String(username), Password: proto.String(password), Organisation: proto.String(organisation)}
}

// signIn opens a session as user demo.
func (f *fixture) signIn(t testing.TB) string {
	t.Helper()
	response, err := f.sessions.CreateToken(t.Context(), credentials("demo", "demo", "demo"))
	if err != nil {
		t.Fatal(err)
	}
	token := response.GetData().GetToken()
	if status := response.GetStatus(); !tokenPattern.MatchString(token) || status.GetCode() != "OK" || status.Message != nil || status.Description != nil {
		t.Fatalf("got %v", response)
	}
	return token
}

// use makes a call with a token.
func (f *fixture) use(t testing.TB, token string) error {
	t.Helper()
	_, err := f.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"S60117"},"fields_set":"id"}`)
	return err
}

func TestSessionCanBeUsedUntilReleased(t *testing.T) {
	f := startFixture(t)
	token := f.signIn(t)
	if other := f.signIn(t); other == token {
		t.Error("two sessions have the same token")
	}
	if err := f.use(t, token); err != nil {
		t.Fatal(err)
	}
	released, err := f.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token})
	if err != nil || released.GetStatus().GetCode() != "OK" || released.Data != nil {
		t.Fatalf("releasing the token: got %v, error %v", released, err)
	}
	expectRejection(t, f.use(t, token), badToken)
	_, err = f.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token})
	expectRejection(t, err, badToken)
	_, err = f.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{})
	expectRejection(t, err, badToken)
}

func TestUnknownTokenIsRejected(t *testing.T) {
	f := startFixture(t)
	for _, token := range []string{"", "4AD9C84F00000000000000000000000F", strings.ToLower(demoToken), demoToken + " "} {
		expectRejection(t, f.use(t, token), badToken)
	}
}

func TestSessionExpiresAfterAnHourWithoutUse(t *testing.T) {
	f := startFixture(t)
	token := f.signIn(t)
	for range 5 {
		f.clock.Advance(59 * time.Minute)
		if err := f.use(t, token); err != nil {
			t.Fatalf("using a session within an hour: %v", err)
		}
	}
	f.clock.Advance(time.Hour)
	expectRejection(t, f.use(t, token), badToken)
	_, err := f.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token})
	expectRejection(t, err, badToken)

	f.clock.Advance(1000 * time.Hour)
	f.signIn(t)
	if err := f.use(t, demoToken); err != nil {
		t.Errorf("using the demo session, which never expires: %v", err)
	}
}

func TestRejectedCallKeepsSessionAlive(t *testing.T) {
	f := startFixture(t)
	token := f.signIn(t)
	f.clock.Advance(40 * time.Minute)
	if _, err := f.update(t, `{"token":"`+token+`"}`); err == nil {
		t.Fatal("an update without a subscription was accepted")
	}
	f.clock.Advance(40 * time.Minute)
	if err := f.use(t, token); err != nil {
		t.Error(err)
	}
}

func TestSignInRejectsInvalidCredentials(t *testing.T) {
	f := startFixture(t)
	for _, test := range []struct {
		name    string
		request *crmcomv2.CreateTokenRequest
		want    rejection
	}{
		{"wrong password", credentials("demo", "Demo", "demo"), badLogin},
		{"unknown user", credentials("nobody", "demo", "demo"), badLogin},
		{"unknown organisation", credentials("demo", "demo", "nowhere"), badLogin},
		{"no user name", &crmcomv2.CreateTokenRequest{Password: proto.String("demo"), Organisation: proto.String("demo")},
			rejection{codes.InvalidArgument, "REQUIRED", "username"}},
		{"no password", credentials("demo", "", "demo"), rejection{codes.InvalidArgument, "REQUIRED", "password"}},
		{"no organisation", credentials("demo", "demo", ""), rejection{codes.InvalidArgument, "REQUIRED", "organisation"}},
		{"a unit of another user", &crmcomv2.CreateTokenRequest{Username: proto.String("demo"), Password: proto.String("demo"),
			Organisation: proto.String("demo"), Unit: proto.String("Other Unit")}, rejection{codes.PermissionDenied, "PERMISSION_DENIED", "unit"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := f.sessions.CreateToken(t.Context(), test.request)
			expectRejection(t, err, test.want)
		})
	}
	for _, unit := range []string{"48305F8849E3C18B227C5BE3A27BA6DF", "Admin Unit", "MG"} {
		request := credentials("demo", "demo", "demo")
		request.Unit = &unit
		if _, err := f.sessions.CreateToken(t.Context(), request); err != nil {
			t.Errorf("unit %q: %v", unit, err)
		}
	}
}

// signInWithKey opens a session with a Web API key.
func (f *fixture) signInWithKey(t testing.TB, key string) (token string, err error) {
	t.Helper()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
	opened, err := f.sessions.CreateWebApiKeyToken(metadata.AppendToOutgoingContext(t.Context(), "authorization", basic), &crmcomv2.CreateWebApiKeyTokenRequest{})
	return opened.GetData().GetToken(), err
}

// issueKey issues a Web API key to user demo.
func (f *fixture) issueKey(t testing.TB, requestID string) *pb.IssueApiKeyResponse {
	t.Helper()
	issued, err := f.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/demo", DisplayName: "Importer", RequestId: requestID})
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func TestWebAPIKeyOpensSessions(t *testing.T) {
	f := startFixture(t)
	for _, key := range []string{"", "4AD9C84F00000000000000000000000F"} {
		_, err := f.signInWithKey(t, key)
		expectRejection(t, err, badLogin)
	}
	_, err := f.sessions.CreateWebApiKeyToken(t.Context(), &crmcomv2.CreateWebApiKeyTokenRequest{})
	expectRejection(t, err, badLogin)
	first, second := f.issueKey(t, ""), f.issueKey(t, "")
	if first.GetApiKey() == second.GetApiKey() || first.GetName() == second.GetName() {
		t.Error("two keys are the same")
	}
	validated, err := f.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/demo", ValidateOnly: true})
	if err != nil || validated.GetApiKey() != "" {
		t.Errorf("issuing with validate_only: got %v (%v), want no key", validated, err)
	}
	for _, key := range []string{first.GetApiKey(), second.GetApiKey()} {
		token, err := f.signInWithKey(t, key)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.use(t, token); err != nil {
			t.Error(err)
		}
	}
	_, err = f.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/nobody"})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", ""})
}

func TestTokenActsForTenantOfItsOrganisation(t *testing.T) {
	f := startFixture(t)
	other := metadata.AppendToOutgoingContext(t.Context(), "authorization", "other")
	mustCreate(t)(f.organisations.CreateOrganisation(other, &pb.CreateOrganisationRequest{OrganisationId: "acme", Organisation: &pb.Organisation{}}))
	mustCreate(t)(f.organisations.CreateUser(other, &pb.CreateUserRequest{User: &pb.User{
		Organisation: "organisations/acme", UserName: "demo", Password: "correct horse"}}))
	_, err := f.organisations.CreateOrganisation(other, &pb.CreateOrganisationRequest{OrganisationId: "demo", Organisation: &pb.Organisation{}})
	expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", ""})

	response, err := f.sessions.CreateToken(t.Context(), credentials("demo", "correct horse", "acme"))
	if err != nil {
		t.Fatal(err)
	}
	expectRejection(t, f.use(t, response.GetData().GetToken()), rejection{codes.NotFound, "NOT_FOUND", "subscription_identifier.number"})
}

func TestSecretsAreNotLoggedReturnedOrStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "subscription.db")
	f := startFixtureAt(t, path)
	const password = "a-password-like-no-other"
	user, err := f.organisations.CreateUser(t.Context(), &pb.CreateUserRequest{UserId: "u1", User: &pb.User{
		Organisation: "organisations/demo", UserName: "u1", Password: password}})
	if err != nil || user.GetPassword() != "" {
		t.Fatalf("creating a user: got %v, error %v", user, err)
	}
	found, err := f.organisations.GetUser(t.Context(), &pb.GetUserRequest{Name: "users/u1"})
	if err != nil || found.GetPassword() != "" {
		t.Fatalf("getting the user: got %v, error %v", found, err)
	}
	signedIn, err := f.sessions.CreateToken(t.Context(), credentials("u1", password, "demo"))
	if err != nil {
		t.Fatal(err)
	}
	issued, err := f.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/u1", RequestId: "sealed in its record"})
	if err != nil {
		t.Fatal(err)
	}
	token := signedIn.GetData().GetToken()
	if err := f.use(t, token); err != nil {
		t.Fatal(err)
	}
	if _, err := f.sessions.CreateToken(t.Context(), credentials("u1", password+"x", "demo")); err == nil {
		t.Fatal("a wrong password was accepted")
	}
	if err := f.use(t, token+"0"); err == nil {
		t.Fatal("a wrong token was accepted")
	}
	where := map[string]string{"the log": f.log.String()}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		where["the file "+filepath.Base(path)+suffix] = string(content)
	}
	if !strings.Contains(where["the log"], "CreateToken") {
		t.Errorf("the log has no line for CreateToken: %s", where["the log"])
	}
	for place, text := range where {
		for _, secret := range []string{password, token, issued.GetApiKey(), demoToken} {
			if strings.Contains(text, secret) {
				t.Errorf("%s contains %q", place, secret)
			}
		}
	}
}

func TestRecordOfAnIssuedKeyIsSealed(t *testing.T) {
	path := strings.TrimPrefix(databasetest.Migrated(t, database.SQLite, subscription.Migrations()), "sqlite:")
	f := startFixtureAt(t, path)
	issued := f.issueKey(t, "once")
	if again := f.issueKey(t, "once"); again.GetApiKey() != issued.GetApiKey() || issued.GetApiKey() == "" {
		t.Errorf("repeated, got key %q, want %q", again.GetApiKey(), issued.GetApiKey())
	}
	db := databasetest.Open(t, "sqlite:"+path, subscription.Migrations())
	err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		var record string
		err := tx.QueryRowContext(ctx, `SELECT outcome FROM idempotency_keys WHERE key = 'once'`).Scan(&record)
		if err == nil && !strings.HasPrefix(record, sealing.Prefix) {
			t.Errorf("the record is %q, want a sealed text", record)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
