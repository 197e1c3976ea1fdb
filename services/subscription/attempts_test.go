package subscription_test

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
)

var rateLimited = rejection{codes.ResourceExhausted, "RATE_LIMITED", ""}

// logins signs user demo in from different addresses.
type logins struct {
	*organisation.Service
	clock *clock.Fake
	log   *lockedBuffer
}

func newLogins(t *testing.T, limits organisation.Limits) logins {
	t.Helper()
	db := databasetest.Open(t, databasetest.Migrated(t, database.SQLite, subscription.Migrations()), subscription.Migrations())
	log, fake := &lockedBuffer{}, clock.NewFake(start)
	service := organisation.NewService(store.New(db, api.Message).Organisations, fake, pagetoken.New(db.PageTokenKey), limits, organisation.Tokens{},
		slog.New(slog.NewTextHandler(log, nil)))
	ctx := auth.With(t.Context(), auth.Principal{Tenant: auth.DefaultTenant, Actor: "tester"})
	if _, err := service.Organisations.Create(ctx, organisation.Organisation{ID: "demo"}); err != nil {
		t.Fatal(err)
	}
	if _, err := service.Users.Create(ctx, organisation.User{ID: "demo", Organisation: "demo", UserName: "demo"}, "right"); err != nil {
		t.Fatal(err)
	}
	return logins{service, fake, log}
}

func (l logins) from(ctx context.Context, address, password string) error {
	ctx = source.With(ctx, netip.MustParseAddr(address))
	_, err := l.SignIn(ctx, organisation.Credentials{Organisation: "demo", UserName: "demo", Password: password})
	return rpc.Status(err).Err()
}

func TestWrongPasswordsSlowTheirSourceAndNotTheOwner(t *testing.T) {
	l := newLogins(t, organisation.Limits{PerSourcePerMinute: 12})
	for _, attacker := range []string{"2001:db8::1", "2001:db8::2"} {
		expectRejection(t, l.from(t.Context(), attacker, "wrong"), badLogin)
	}
	expectRejection(t, l.from(t.Context(), "2001:db8::3", "right"), rateLimited)
	for range 3 {
		if err := l.from(t.Context(), "192.0.2.2", "right"); err != nil {
			t.Fatalf("the owner, from another address: %v", err)
		}
	}
	l.clock.Advance(5 * time.Second)
	expectRejection(t, l.from(t.Context(), "2001:db8::3", "wrong"), badLogin)
}

func TestKnownSourceSignsInWhileManyOthersFlood(t *testing.T) {
	l := newLogins(t, organisation.Limits{PerMinute: 12})
	if err := l.from(t.Context(), "192.0.2.2", "right"); err != nil {
		t.Fatal(err)
	}
	expectRejection(t, l.from(t.Context(), "198.51.100.1", "wrong"), badLogin)
	for _, attacker := range []string{"198.51.100.2", "198.51.100.3", "198.51.100.4"} {
		expectRejection(t, l.from(t.Context(), attacker, "wrong"), rateLimited)
	}
	if err := l.from(t.Context(), "192.0.2.2", "right"); err != nil {
		t.Errorf("from a known address: %v", err)
	}
	l.clock.Advance(25 * time.Hour)
	expectRejection(t, l.from(t.Context(), "198.51.100.1", "wrong"), badLogin)
	expectRejection(t, l.from(t.Context(), "198.51.100.2", "wrong"), badLogin)
	expectRejection(t, l.from(t.Context(), "192.0.2.2", "right"), rateLimited)
}

func TestFailedSignInsAreLoggedWithinBounds(t *testing.T) {
	l := newLogins(t, organisation.Limits{PerSourcePerMinute: 6})
	expectRejection(t, l.from(t.Context(), "192.0.2.1", "wrong"), badLogin)
	for range 70 {
		expectRejection(t, l.from(t.Context(), "192.0.2.1", "wrong"), rateLimited)
	}
	l.clock.Advance(time.Minute)
	expectRejection(t, l.from(t.Context(), "192.0.2.1", "wrong"), badLogin)
	expectRejection(t, l.from(t.Context(), "192.0.2.1", "wrong"), rateLimited)
	lines := strings.Split(strings.TrimSpace(l.log.String()), "\n")
	if len(lines) != 4 || !strings.Contains(lines[0], "reason=CREDENTIAL_INVALID tenant=default user=users/demo source=192.0.2.1") {
		t.Errorf("got %d lines, the first %s", len(lines), lines[0])
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, "reason=RATE_LIMITED source=192.0.2.1 left_out=69") {
		t.Errorf("the last line is %s", last)
	}
	if strings.Contains(l.log.String(), "wrong") {
		t.Error("the log has a password")
	}
}

func TestUseOfAnAPIKeyIsLogged(t *testing.T) {
	f := startFixture(t)
	issued := f.issueKey(t, "")
	if _, err := f.signInWithKey(t, issued.GetApiKey()); err != nil {
		t.Fatal(err)
	}
	if want := `msg="signed in with an API key" service=subscription tenant=default user=users/demo key=` + issued.GetName(); !strings.Contains(f.log.String(), want) {
		t.Errorf("the log has no %q", want)
	}
}
