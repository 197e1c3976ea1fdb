package subscription_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// Ids in the demo data.
const (
	demoToken        = "68AE293767E642338983F52D879D56E7"
	demoSubscription = "subscriptions/08E04C64110A44FF79F4431E1F4E1765"
	demoGroup        = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A00"
	demoInternet     = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2B01"
	demoRouter       = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2B03"
)

var start = time.Date(2026, time.January, 15, 10, 0, 0, 0, time.UTC)

// fixture is a running service with the demo data, and clients for its APIs.
type fixture struct {
	clock         *clock.Fake
	log           *lockedBuffer
	vendor        crmcomv2.SubscriptionsServiceClient
	reads         crmcomv2.SubscriptionReadsServiceClient
	sessions      crmcomv2.AuthenticationServiceClient
	subscriptions pb.SubscriptionServiceClient
	accounts      pb.AccountServiceClient
	catalogue     pb.CatalogueServiceClient
	organisations pb.OrganisationServiceClient
	changes       changesv1.ChangeServiceClient
	connection    grpc.ClientConnInterface
}

// lockedBuffer collects log lines. It is safe for concurrent use.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// headerAuthenticator uses the authorization header as the tenant's name, and the default tenant
// without one.
type headerAuthenticator struct{}

func (headerAuthenticator) Authenticate(_ context.Context, authorization string) (auth.Principal, error) {
	if authorization == "" {
		return auth.Principal{Tenant: auth.DefaultTenant, Actor: "tester", Scopes: auth.AllScopes}, nil
	}
	return auth.Principal{Tenant: auth.Tenant(authorization), Actor: "tester", Scopes: auth.AllScopes}, nil
}

func startFixture(t testing.TB) *fixture {
	t.Helper()
	return startFixtureAt(t, strings.TrimPrefix(databasetest.Migrated(t, database.SQLite, subscription.Migrations()), "sqlite:"))
}

// startFixtureAt starts a service on a database file. It stops when the test ends.
func startFixtureAt(t testing.TB, path string) *fixture {
	t.Helper()
	return startFixtureWith(t, path, headerAuthenticator{})
}

// startFixtureWith is like startFixtureAt with another authenticator.
func startFixtureWith(t testing.TB, path string, authenticator auth.Authenticator) *fixture {
	t.Helper()
	return startConfigured(t, "sqlite:"+path, func(config *subscription.Config) { config.Auth = authenticator })
}

// startConfigured starts a service on the store at a URL with other settings.
func startConfigured(t testing.TB, url string, change func(*subscription.Config)) *fixture {
	t.Helper()
	f := &fixture{clock: clock.NewFake(start), log: &lockedBuffer{}}
	config := subscription.Config{
		DatabaseURL: url, SealingKeyFile: databasetest.KeyFile(t, url), Migrate: true, Demo: true, Auth: headerAuthenticator{}, Clock: f.clock,
		Logger: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	change(&config)
	service, err := subscription.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	listener := bufconn.Listen(1 << 20)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- service.Serve(ctx, listener) }()
	connection, err := grpc.NewClient("passthrough:///subscription", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	f.reads = crmcomv2.NewSubscriptionReadsServiceClient(connection)
	f.vendor, f.sessions = crmcomv2.NewSubscriptionsServiceClient(connection), crmcomv2.NewAuthenticationServiceClient(connection)
	f.subscriptions, f.accounts = pb.NewSubscriptionServiceClient(connection), pb.NewAccountServiceClient(connection)
	f.catalogue, f.organisations = pb.NewCatalogueServiceClient(connection), pb.NewOrganisationServiceClient(connection)
	f.changes, f.connection = changesv1.NewChangeServiceClient(connection), connection
	return f
}

// subscription returns the demo subscription as it is stored now.
func (f *fixture) subscription(t testing.TB) *pb.Subscription {
	t.Helper()
	found, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: demoSubscription})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// entries returns the names of the last resources that changed, at most a thousand.
func (f *fixture) entries(t testing.TB) []string {
	t.Helper()
	listed, err := f.changes.ListChanges(t.Context(), &changesv1.ListChangesRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(listed.GetChanges()))
	for i, change := range listed.GetChanges() {
		names[i] = change.GetResource()
	}
	return names
}

// rejection holds the parts of an error that callers can rely on.
type rejection struct {
	code          codes.Code
	reason, field string
}

func rejectionOf(err error) rejection {
	got := rejection{code: status.Code(err)}
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			got.reason = detail.GetReason()
		case *errdetails.BadRequest:
			got.field = detail.GetFieldViolations()[0].GetField()
		}
	}
	return got
}

func expectRejection(t testing.TB, err error, want rejection) {
	t.Helper()
	if got := rejectionOf(err); got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}
