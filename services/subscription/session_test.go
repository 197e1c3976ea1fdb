package subscription_test

import (
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
)

var (
	tokenPattern = regexp.MustCompile(`^[0-9A-F]{32}$`)
	badToken     = refusal{codes.Unauthenticated, "CREDENTIAL_INVALID", "token"}
	badLogin     = refusal{codes.Unauthenticated, "CREDENTIAL_INVALID", ""}
)

func credentials(username, password, organisation string) *crmcomv2.CreateTokenRequest {
	return &crmcomv2.CreateTokenRequest{Username: proto.String(username), Password: proto.String(password), Organisation: proto.String(organisation)}
}

// signIn opens a session as demo.
func (d *door) signIn(t testing.TB) string {
	t.Helper()
	response, err := d.sessions.CreateToken(t.Context(), credentials("demo", "demo", "demo"))
	if err != nil {
		t.Fatal(err)
	}
	token := response.GetData().GetToken()
	if status := response.GetStatus(); !tokenPattern.MatchString(token) || status.GetCode() != "OK" || status.Message != nil || status.Description != nil {
		t.Fatalf("answered %v", response)
	}
	return token
}

// use makes a call with a token.
func (d *door) use(t testing.TB, token string) error {
	t.Helper()
	_, err := d.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"S60117"},"fields_set":"id"}`)
	return err
}

func TestASessionOpensWorksAndEnds(t *testing.T) {
	d := open(t)
	token := d.signIn(t)
	if other := d.signIn(t); other == token {
		t.Error("two sessions have the same token")
	}
	if err := d.use(t, token); err != nil {
		t.Fatal(err)
	}
	released, err := d.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token})
	if err != nil || released.GetStatus().GetCode() != "OK" || released.Data != nil {
		t.Fatalf("release answered %v, %v", released, err)
	}
	expectRefusal(t, d.use(t, token), badToken)
	_, err = d.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token})
	expectRefusal(t, err, badToken)
	_, err = d.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{})
	expectRefusal(t, err, badToken)
}

func TestAnUnknownOrMissingTokenIsRefused(t *testing.T) {
	d := open(t)
	for _, token := range []string{"", "4AD9C84F00000000000000000000000F", strings.ToLower(demoToken), demoToken + " "} {
		expectRefusal(t, d.use(t, token), badToken)
	}
}

func TestASessionExpiresAfterAnHourWithoutUse(t *testing.T) {
	d := open(t)
	token := d.signIn(t)
	for range 5 {
		d.clock.Advance(59 * time.Minute)
		if err := d.use(t, token); err != nil {
			t.Fatalf("a session in use expired: %v", err)
		}
	}
	d.clock.Advance(time.Hour)
	expectRefusal(t, d.use(t, token), badToken)
	_, err := d.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token})
	expectRefusal(t, err, badToken)

	d.clock.Advance(1000 * time.Hour)
	d.signIn(t)
	if err := d.use(t, demoToken); err != nil {
		t.Errorf("the demo session expired: %v", err)
	}
}

func TestARefusedCallKeepsTheSessionAliveToo(t *testing.T) {
	d := open(t)
	token := d.signIn(t)
	d.clock.Advance(40 * time.Minute)
	if _, err := d.update(t, `{"token":"`+token+`"}`); err == nil {
		t.Fatal("an update of no subscription was accepted")
	}
	d.clock.Advance(40 * time.Minute)
	if err := d.use(t, token); err != nil {
		t.Error(err)
	}
}

func TestSigningInIsRefused(t *testing.T) {
	d := open(t)
	for _, test := range []struct {
		name    string
		request *crmcomv2.CreateTokenRequest
		want    refusal
	}{
		{"wrong password", credentials("demo", "Demo", "demo"), badLogin},
		{"unknown user", credentials("nobody", "demo", "demo"), badLogin},
		{"unknown organisation", credentials("demo", "demo", "nowhere"), badLogin},
		{"no user name", &crmcomv2.CreateTokenRequest{Password: proto.String("demo"), Organisation: proto.String("demo")},
			refusal{codes.InvalidArgument, "REQUIRED", "username"}},
		{"no password", credentials("demo", "", "demo"), refusal{codes.InvalidArgument, "REQUIRED", "password"}},
		{"no organisation", credentials("demo", "demo", ""), refusal{codes.InvalidArgument, "REQUIRED", "organisation"}},
		{"a unit of others", &crmcomv2.CreateTokenRequest{Username: proto.String("demo"), Password: proto.String("demo"),
			Organisation: proto.String("demo"), Unit: proto.String("Other Unit")}, refusal{codes.PermissionDenied, "PERMISSION_DENIED", "unit"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := d.sessions.CreateToken(t.Context(), test.request)
			expectRefusal(t, err, test.want)
		})
	}
	for _, unit := range []string{"48305F8849E3C18B227C5BE3A27BA6DF", "Admin Unit", "MG"} {
		request := credentials("demo", "demo", "demo")
		request.Unit = &unit
		if _, err := d.sessions.CreateToken(t.Context(), request); err != nil {
			t.Errorf("unit %q: %v", unit, err)
		}
	}
}

func TestFailedAttemptsAreBoundedPerUserAndSuccessesAreNot(t *testing.T) {
	d := open(t)
	for range 12 {
		d.signIn(t)
	}
	limited := refusal{codes.ResourceExhausted, "RATE_LIMITED", ""}
	for _, user := range []string{"demo", "nobody"} {
		for range 10 {
			_, err := d.sessions.CreateToken(t.Context(), credentials(user, "wrong", "demo"))
			expectRefusal(t, err, badLogin)
		}
		_, err := d.sessions.CreateToken(t.Context(), credentials(user, "demo", "demo"))
		expectRefusal(t, err, limited)
	}
	if _, err := d.sessions.CreateToken(t.Context(), credentials("somebody", "else", "demo")); refusalOf(err) != badLogin {
		t.Errorf("another user is refused with %v", err)
	}
	d.clock.Advance(6 * time.Second)
	d.signIn(t)
}

func TestAWebAPIKeyOpensASession(t *testing.T) {
	d := open(t)
	open := func(key string) (*crmcomv2.CreateWebApiKeyTokenResponse, error) {
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
		return d.sessions.CreateWebApiKeyToken(metadata.AppendToOutgoingContext(t.Context(), "authorization", basic), &crmcomv2.CreateWebApiKeyTokenRequest{})
	}
	issue := func() string {
		issued, err := d.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/demo"})
		if err != nil {
			t.Fatal(err)
		}
		return issued.GetApiKey()
	}
	for _, key := range []string{"", "4AD9C84F00000000000000000000000F"} {
		_, err := open(key)
		expectRefusal(t, err, badLogin)
	}
	_, err := d.sessions.CreateWebApiKeyToken(t.Context(), &crmcomv2.CreateWebApiKeyTokenRequest{})
	expectRefusal(t, err, badLogin)
	first, second := issue(), ""
	opened, err := open(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.use(t, opened.GetData().GetToken()); err != nil {
		t.Fatal(err)
	}
	if second = issue(); second == first {
		t.Error("two keys are the same")
	}
	validated, err := d.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/demo", ValidateOnly: true})
	if err != nil || validated.GetApiKey() != "" {
		t.Errorf("a validation answers %v (%v)", validated, err)
	}
	_, err = open(first)
	expectRefusal(t, err, badLogin)
	if _, err := open(second); err != nil {
		t.Error(err)
	}
	_, err = d.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/nobody"})
	expectRefusal(t, err, refusal{codes.NotFound, "NOT_FOUND", ""})
}

func TestATokenActsForItsOrganisationsTenant(t *testing.T) {
	d := open(t)
	other := metadata.AppendToOutgoingContext(t.Context(), "authorization", "other")
	mustCreate(t)(d.organisations.CreateOrganisation(other, &pb.CreateOrganisationRequest{OrganisationId: "acme", Organisation: &pb.Organisation{}}))
	mustCreate(t)(d.organisations.CreateUser(other, &pb.CreateUserRequest{User: &pb.User{
		Organisation: "organisations/acme", UserName: "demo", Password: "correct horse"}}))
	_, err := d.organisations.CreateOrganisation(other, &pb.CreateOrganisationRequest{OrganisationId: "demo", Organisation: &pb.Organisation{}})
	expectRefusal(t, err, refusal{codes.AlreadyExists, "ALREADY_EXISTS", ""})

	response, err := d.sessions.CreateToken(t.Context(), credentials("demo", "correct horse", "acme"))
	if err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, d.use(t, response.GetData().GetToken()), refusal{codes.NotFound, "NOT_FOUND", "subscription_identifier.number"})
}

func TestNoSecretIsLoggedAnsweredOrStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "subscription.db")
	d := openAt(t, path)
	const password = "a-password-like-no-other"
	user, err := d.organisations.CreateUser(t.Context(), &pb.CreateUserRequest{UserId: "u1", User: &pb.User{
		Organisation: "organisations/demo", UserName: "u1", Password: password}})
	if err != nil || user.GetPassword() != "" {
		t.Fatalf("created %v, %v", user, err)
	}
	found, err := d.organisations.GetUser(t.Context(), &pb.GetUserRequest{Name: "users/u1"})
	if err != nil || found.GetPassword() != "" {
		t.Fatalf("found %v, %v", found, err)
	}
	signedIn, err := d.sessions.CreateToken(t.Context(), credentials("u1", password, "demo"))
	if err != nil {
		t.Fatal(err)
	}
	issued, err := d.organisations.IssueApiKey(t.Context(), &pb.IssueApiKeyRequest{Name: "users/u1"})
	if err != nil {
		t.Fatal(err)
	}
	token := signedIn.GetData().GetToken()
	if err := d.use(t, token); err != nil {
		t.Fatal(err)
	}
	if _, err := d.sessions.CreateToken(t.Context(), credentials("u1", password+"x", "demo")); err == nil {
		t.Fatal("a wrong password was accepted")
	}
	if err := d.use(t, token+"0"); err == nil {
		t.Fatal("a wrong token was accepted")
	}
	where := map[string]string{"the log": d.log.String()}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		where["the file "+filepath.Base(path)+suffix] = string(content)
	}
	if !strings.Contains(where["the log"], "CreateToken") {
		t.Errorf("the log has no line for a call: %s", where["the log"])
	}
	for place, text := range where {
		for _, secret := range []string{password, token, issued.GetApiKey(), demoToken} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", place, secret)
			}
		}
	}
}
