package subscription_test

import (
	"encoding/base64"
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
	"github.com/continuo-billing/continuo/services/subscription"
)

// tokenOf opens a session as user demo, whatever its token looks like.
func (f *fixture) tokenOf(t testing.TB) string {
	t.Helper()
	response, err := f.sessions.CreateToken(t.Context(), credentials("demo", "demo", "demo"))
	if err != nil {
		t.Fatal(err)
	}
	return response.GetData().GetToken()
}

func TestTokensOfTwoHours(t *testing.T) {
	path := strings.TrimPrefix(databasetest.Migrated(t, database.SQLite, subscription.Migrations()), "sqlite:")
	f := startConfigured(t, "sqlite:"+path, func(config *subscription.Config) { config.Logins.CRMCOMTokens = "jwt" })
	token, other := f.tokenOf(t), f.tokenOf(t)
	parts := strings.Split(token, ".")
	if len(token) <= 32 || len(parts) != 3 || other == token {
		t.Fatalf("got %s", token)
	}
	if said, err := base64.RawURLEncoding.DecodeString(parts[1]); err != nil || !strings.Contains(string(said), `"exp":1768478400`) {
		t.Errorf("got claims %s, %v, want the end two hours after %s", said, err, start)
	}
	if _, err := f.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &other}); err != nil {
		t.Fatal(err)
	}
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"continuo","sub":"demo","jti":"1","iat":1768471200,"exp":1968471200}`))
	for _, wrong := range []string{other, parts[0] + "." + forged + "." + parts[2], parts[0] + "." + parts[1] + ".", parts[0], token + "x", parts[0][:44]} {
		expectRejection(t, f.use(t, wrong), badToken)
	}
	f.clock.Advance(2*time.Hour - time.Second)
	if err := f.use(t, token); err != nil {
		t.Errorf("using a token just before its end: %v", err)
	}
	native := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
	if _, err := f.subscriptions.GetSubscription(native, &pb.GetSubscriptionRequest{Name: demoSubscription}); err != nil {
		t.Errorf("using a token in the native API: %v", err)
	}
	listed, err := f.organisations.ListSessions(t.Context(), &pb.ListSessionsRequest{Filter: `expire_time = "2026-01-15T12:00:00Z"`})
	if err != nil || len(listed.GetSessions()) != 1 || !listed.GetSessions()[0].GetExpireTime().AsTime().Equal(start.Add(2*time.Hour)) {
		t.Errorf("sessions that end: got %v, %v", listed, err)
	}
	f.clock.Advance(time.Second)
	expectRejection(t, f.use(t, token), badToken)
	f.tokenOf(t) // removes sessions that have ended
	if err := f.use(t, demoToken); err != nil {
		t.Errorf("using a token of the other kind: %v", err)
	}
}

func TestTokensOfKeysEndAfterTwoHours(t *testing.T) {
	f := startFixture(t)
	with := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(f.issueKey(t, "").GetApiKey()+":")))
	signedIn, err := f.sessions.CreateWebApiKeyToken(with, &crmcomv2.CreateWebApiKeyTokenRequest{Unit: proto.String("48305F8849E3C18B227C5BE3A27BA6DF")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.sessions.CreateWebApiKeyToken(with, &crmcomv2.CreateWebApiKeyTokenRequest{Unit: proto.String("other")})
	expectRejection(t, err, rejection{codes.PermissionDenied, "PERMISSION_DENIED", "unit"})
	for range 2 {
		f.clock.Advance(time.Hour - time.Second)
		if err := f.use(t, signedIn.GetData().GetToken()); err != nil {
			t.Fatal(err)
		}
	}
	f.clock.Advance(2 * time.Second)
	expectRejection(t, f.use(t, signedIn.GetData().GetToken()), badToken)
}

func TestOrganisationIsTakenUnderBothNames(t *testing.T) {
	f := startFixture(t)
	request := credentials("demo", "demo", "")
	request.Organization = proto.String("demo")
	if _, err := f.sessions.CreateToken(t.Context(), request); err != nil {
		t.Error(err)
	}
	request.Organisation = proto.String("demo")
	if _, err := f.sessions.CreateToken(t.Context(), request); err != nil {
		t.Error(err)
	}
	request.Organisation = proto.String("other")
	_, err := f.sessions.CreateToken(t.Context(), request)
	expectRejection(t, err, rejection{codes.InvalidArgument, "AMBIGUOUS", "organization"})
}
