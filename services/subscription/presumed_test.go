package subscription_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/sealing"
	"github.com/continuo-billing/continuo/services/subscription"
)

// presuming are the people of a service whose updates presume what they have read of their callers, and a replica of it.
type presuming struct {
	people
	url     string
	replica *fixture
	written int
}

// onReplicas runs a test with two replicas on PostgreSQL, and with SQLite's only one.
func onReplicas(t *testing.T, run func(*testing.T, *presuming)) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			p := &presuming{url: databasetest.Migrated(t, engine, subscription.Migrations())}
			p.people = peopleOf(t, startConfigured(t, p.url, func(*subscription.Config) {}))
			p.replica = p.fixture
			if engine == database.PostgreSQL {
				p.replica = startConfigured(t, p.url, func(*subscription.Config) {})
			}
			run(t, p)
		})
	}
}

// change changes the notes of a subscription.
func (p *presuming) change(t *testing.T, token, number string) error {
	t.Helper()
	p.written++
	_, err := p.update(t, fmt.Sprintf(`{"token":"%s","subscription_identifier":{"number":"%s"},"notes":"change %d"}`, token, number, p.written))
	return err
}

// changeable changes a subscription as Ann twice, the second time as what the first has read presumes. It expects that she sees it, or that she does not.
func (p *presuming) changeable(t *testing.T, number string, want bool) {
	t.Helper()
	for range 2 {
		if err := p.change(t, p.token, number); want && err != nil {
			t.Errorf("%s: %v", number, err)
		} else if !want {
			expectRejection(t, err, unseenVendor)
		}
	}
}

// notes returns the notes of a subscription.
func (p *presuming) notes(t *testing.T, number string) string {
	t.Helper()
	found, err := p.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: "subscriptions/" + number})
	if err != nil {
		t.Fatal(err)
	}
	return found.GetNotes()
}

// expectRefused expects that a token changes nothing, and that it learns nothing of what it names.
func (p *presuming) expectRefused(t *testing.T, token string) {
	t.Helper()
	before := p.notes(t, "main")
	for _, number := range []string{"main", "missing", "secret", "main"} {
		expectRejection(t, p.change(t, token, number), badToken)
	}
	_, err := p.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"main"},"fields_set":"nonsense"}`)
	expectRejection(t, err, badToken)
	if after := p.notes(t, "main"); after != before {
		t.Errorf("after it was refused: got notes %q, want %q", after, before)
	}
}

// usedHere returns a token of a new session that updates here presume.
func (p *presuming) usedHere(t *testing.T) string {
	t.Helper()
	token := p.fixture.signIn(t)
	for range 2 {
		if err := p.change(t, token, "main"); err != nil {
			t.Fatal(err)
		}
	}
	return token
}

func TestUpdatesNoticeWhatTheirCallerStillSees(t *testing.T) {
	onReplicas(t, func(t *testing.T, p *presuming) {
		p.changeable(t, "managed", true)
		p.changeable(t, "others", false)
		p.changeable(t, "missing", false)
		for _, visible := range [][]string{{"groups/others"}, nil} {
			p.replica.updateUser(t, &pb.User{Name: "users/ann", VisibleGroups: visible}, "visibleGroups")
			p.changeable(t, "managed", false)
			p.changeable(t, "others", visible != nil)
			p.changeable(t, "main", true)
		}
		p.replica.must(t, "CatalogueService", "UpdateGroup", `{"group":{"name":"groups/main","display_name":"No Unit's"},"update_mask":"displayName"}`)
		p.changeable(t, "main", false)
		p.changeable(t, "level", true)
		p.replica.must(t, "CatalogueService", "UpdatePrivacyLevel", `{"privacy_level":{"name":"`+demoLevel+`","number":"top"}}`)
		p.changeable(t, "level", false)
	})
}

func TestUpdatesNoticeThatTheirSessionHasEnded(t *testing.T) {
	for how, end := range map[string]func(t *testing.T, on *fixture, token string){
		"released": func(t *testing.T, on *fixture, token string) {
			if _, err := on.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token}); err != nil {
				t.Fatal(err)
			}
		},
		"disabled": func(t *testing.T, on *fixture, _ string) {
			on.updateUser(t, &pb.User{Name: "users/demo", Disabled: true}, "disabled")
		},
		"ended": func(t *testing.T, on *fixture, _ string) {
			on.must(t, "OrganisationService", "EndUserSessions", `{"name":"users/demo"}`)
		},
	} {
		t.Run(how, func(t *testing.T) {
			onReplicas(t, func(t *testing.T, p *presuming) {
				for _, on := range []*fixture{p.replica, p.fixture} {
					token := p.usedHere(t)
					end(t, on, token)
					p.expectRefused(t, token)
					on.updateUser(t, &pb.User{Name: "users/demo"}, "disabled")
					p.expectRefused(t, token)
				}
			})
		})
	}
}

func TestUpdatesNoticeThatTheirSessionIsIdle(t *testing.T) {
	onReplicas(t, func(t *testing.T, p *presuming) {
		token := p.usedHere(t)
		for range 3 { // each use is recorded
			p.clock.Advance(59 * time.Minute)
			if err := p.change(t, token, "main"); err != nil {
				t.Fatal(err)
			}
		}
		p.clock.Advance(time.Hour)
		p.expectRefused(t, token)
	})
}

// TestUpdatesNoticeThatTheirJWTHasEnded uses a token that ends two hours after it was issued, however often it is used. The last use is recorded less than a
// minute before, so that only the end tells that it cannot be presumed.
func TestUpdatesNoticeThatTheirJWTHasEnded(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		f := startConfigured(t, databasetest.Migrated(t, engine, subscription.Migrations()), func(config *subscription.Config) { config.Logins.CRMCOMTokens = "jwt" })
		p := &presuming{people: peopleOf(t, f)}
		use := func(after time.Duration) {
			t.Helper()
			p.clock.Advance(after)
			for range 2 { // the second is presumed
				if err := p.change(t, p.token, "main"); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 130 {
			use(55 * time.Second)
		}
		use(10 * time.Second)
		use(30 * time.Second)
		p.clock.Advance(10 * time.Second)
		p.expectRefused(t, p.token)
	}
}

// TestUpdatesNoticeThatTheKeyOfTheirJWTIsWithdrawn replaces the file of the key that signed a token. It is read again once a token names a key that it does not have.
func TestUpdatesNoticeThatTheKeyOfTheirJWTIsWithdrawn(t *testing.T) {
	path := filepath.Join(t.TempDir(), sealing.FileName)
	renew := func() {
		if err := errors.Join(os.RemoveAll(path), sealing.New(path)); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	f := startConfigured(t, databasetest.Migrated(t, database.PostgreSQL, subscription.Migrations()), func(config *subscription.Config) {
		config.Logins.CRMCOMTokens, config.SealingKeyFile = "jwt", path
	})
	p := &presuming{people: peopleOf(t, f)}
	p.changeable(t, "main", true)
	renew()
	unknown := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256","kid":"00000000"}`))
	for _, token := range []string{unknown + ".e30.", p.token} {
		p.expectRefused(t, token)
	}
}

// TestNoUpdateSucceedsAfterItsTokenWasReleased has many callers update with a token that is released on the other replica meanwhile.
func TestNoUpdateSucceedsAfterItsTokenWasReleased(t *testing.T) {
	onReplicas(t, func(t *testing.T, p *presuming) {
		for range 3 {
			token := p.usedHere(t)
			var released atomic.Bool
			var before atomic.Int64
			var group sync.WaitGroup
			for n := range 16 {
				group.Go(func() {
					for m := 0; ; m++ {
						ended := released.Load()
						_, err := p.update(t, fmt.Sprintf(`{"token":"%s","subscription_identifier":{"number":"%s"},"notes":"%d of %d"}`, token, []string{"main", "free"}[n%2], m, n))
						if got := rejectionOf(err); err != nil && got != badToken || err == nil && ended {
							t.Errorf("released %t: got %v", ended, err)
						}
						if err != nil || ended {
							return
						}
						before.Add(1)
					}
				})
			}
			for before.Load() < 50 {
				time.Sleep(time.Millisecond)
			}
			_, err := p.replica.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token})
			released.Store(true)
			group.Wait()
			if err != nil {
				t.Fatal(err)
			}
			p.expectRefused(t, token)
		}
	})
}

// TestKeyedUpdatesAreAnsweredThoughTheirSessionChanges has each update change its session after it was looked up: what it has done is its answer.
func TestKeyedUpdatesAreAnsweredThoughTheirSessionChanges(t *testing.T) {
	onReplicas(t, func(t *testing.T, p *presuming) {
		db := databasetest.Open(t, p.url, subscription.Migrations())
		changing := []string{`CREATE TRIGGER changing AFTER UPDATE ON subscriptions BEGIN UPDATE sessions SET document = document || ' '; END`}
		if db.Engine() == database.PostgreSQL {
			changing = []string{
				`CREATE FUNCTION change() RETURNS trigger AS $$ BEGIN UPDATE sessions SET document = document || ' '; RETURN NULL; END $$ LANGUAGE plpgsql`,
				`CREATE TRIGGER changing AFTER UPDATE ON subscriptions FOR EACH STATEMENT EXECUTE FUNCTION change()`,
			}
		}
		p.changeable(t, "main", true)
		databasetest.Execute(t, db, changing...)
		for n := range 3 {
			for range 2 { // the second is answered as the first was
				request, notes := &crmcomv2.UpdateSubscriptionRequest{}, fmt.Sprint("keyed ", n)
				if err := protojson.Unmarshal([]byte(`{"token":"`+p.token+`","subscription_identifier":{"number":"main"},"notes":"`+notes+`"}`), request); err != nil {
					t.Fatal(err)
				}
				answer, err := p.vendor.UpdateSubscription(metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", notes), request)
				if got := p.notes(t, "main"); err != nil || answer.GetData().GetNumber() != "main" || got != notes {
					t.Errorf("%s: got %v, notes %q, error %v", notes, answer, got, err)
				}
			}
		}
	})
}

// TestRefusedTokensDoNotWait counts the round trips of what is refused, and holds the lane of a subscription while released tokens are used on it.
func TestRefusedTokensDoNotWait(t *testing.T) {
	url, trips := databasetest.Counted(t, databasetest.Migrated(t, database.PostgreSQL, subscription.Migrations()))
	p := &presuming{people: peopleOf(t, startConfigured(t, url, func(*subscription.Config) {}))}
	p.changeable(t, "missing", false)
	if least := trips.Least(func() { expectRejection(t, p.change(t, p.token, "missing"), unseenVendor) }); least > 2 {
		t.Errorf("a missing subscription takes %d round trips, want 2", least)
	}
	if least := trips.Least(func() { expectRejection(t, p.change(t, p.token, "secret"), unseenVendor) }); least > 3 {
		t.Errorf("a subscription that is not seen takes %d round trips, want 3", least)
	}
	replica := startConfigured(t, url, func(*subscription.Config) {})
	released := p.usedHere(t)
	if _, err := replica.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &released}); err != nil {
		t.Fatal(err)
	}
	tokens := []string{released, "0123456789ABCDEF0123456789ABCDEF"}
	for _, token := range tokens {
		p.expectRefused(t, token)
		if least := trips.Least(func() { expectRejection(t, p.change(t, token, "main"), badToken) }); least > 1 {
			t.Errorf("a token that is refused takes %d round trips", least)
		}
	}
	held := p.holdLane(t, url)
	for _, token := range tokens {
		expectRejection(t, p.change(t, token, "main"), badToken)
	}
	select {
	case err := <-held:
		t.Errorf("tokens were refused only after another had the lane (%v)", err)
	default:
		if err := <-held; err != nil {
			t.Error(err)
		}
	}
}

// TestReleasedTokensDoNotWaitAgain has callers give up while a token that was released waits for the lane of a subscription.
func TestReleasedTokensDoNotWaitAgain(t *testing.T) {
	url := databasetest.Migrated(t, database.PostgreSQL, subscription.Migrations())
	p := &presuming{people: peopleOf(t, startConfigured(t, url, func(*subscription.Config) {}))}
	replica := startConfigured(t, url, func(*subscription.Config) {})
	released := p.usedHere(t)
	p.changeable(t, "main", true)
	if _, err := replica.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &released}); err != nil {
		t.Fatal(err)
	}
	held := p.holdLane(t, url)
	for n := range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		err := p.updateIn(ctx, t, released, "mine")
		cancel()
		if n > 0 && rejectionOf(err) != badToken {
			t.Errorf("call %d: got %v, want it refused before its turn", n, err)
		}
	}
	if err := <-held; err != nil {
		t.Error(err)
	}
}

// updateIn changes the notes of subscription main.
func (p *presuming) updateIn(ctx context.Context, t *testing.T, token, notes string) error {
	t.Helper()
	request := &crmcomv2.UpdateSubscriptionRequest{}
	if err := protojson.Unmarshal([]byte(`{"token":"`+token+`","subscription_identifier":{"number":"main"},"notes":"`+notes+`"}`), request); err != nil {
		t.Fatal(err)
	}
	_, err := p.vendor.UpdateSubscription(ctx, request)
	return err
}

// holdLane makes each update take 1.5 seconds on PostgreSQL, has one hold the lane of subscription main, and returns what becomes of that.
func (p *presuming) holdLane(t *testing.T, url string) <-chan error {
	t.Helper()
	databasetest.Execute(t, databasetest.Open(t, url, subscription.Migrations()),
		`CREATE FUNCTION wait() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $$ LANGUAGE plpgsql`,
		`CREATE TRIGGER waiting AFTER UPDATE ON subscriptions FOR EACH STATEMENT EXECUTE FUNCTION wait()`)
	held := make(chan error, 1)
	go func() { held <- p.updateIn(t.Context(), t, p.token, "held") }()
	time.Sleep(200 * time.Millisecond)
	return held
}

// TestInvalidUpdatesAreRefusedForTheirToken expects that what is wrong with a request is said only to whom has a session.
func TestInvalidUpdatesAreRefusedForTheirToken(t *testing.T) {
	onReplicas(t, func(t *testing.T, p *presuming) {
		token := p.usedHere(t)
		for range 2 {
			_, err := p.update(t, `{"token":"`+token+`","subscription_identifier":{"number":"main"},"fields_set":"nonsense"}`)
			expectRejection(t, err, rejection{codes.InvalidArgument, rejectionOf(err).reason, "fields_set"})
		}
		if _, err := p.replica.sessions.ReleaseToken(t.Context(), &crmcomv2.ReleaseTokenRequest{Token: &token}); err != nil {
			t.Fatal(err)
		}
		p.expectRefused(t, token)
	})
}
