package organisation

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// TestUnknownUserHashTakesAsLong checks that signing in as an unknown user takes as long as with a
// wrong password.
func TestUnknownUserHashTakesAsLong(t *testing.T) {
	passwords := newPasswords()
	service := &Service{passwords: passwords}
	userHash, err := service.HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	for who, hash := range map[string]string{"unknown user": unknownUserHash, "user": userHash} {
		if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != bcrypt.DefaultCost {
			t.Errorf("hash of %s: got cost %d, error %v", who, cost, err)
		}
	}
	for _, test := range []struct {
		hash, password string
		want           bool
	}{{userHash, "right", true}, {userHash, "wrong", false}, {"", "right", false}, {"", "", false}} {
		if got, err := passwords.match(t.Context(), test.hash, test.password); err != nil || got != test.want {
			t.Errorf("password %q, hash %q: got %t, error %v", test.password, test.hash, got, err)
		}
	}
}

func TestNewTokenReturnsUniqueTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := newToken()
		if len(token) != 32 || seen[token] || seen[HashToken(token)] {
			t.Fatalf("got token %q, want 32 digits, unlike any other token or hash", token)
		}
		seen[token], seen[HashToken(token)] = true, true
	}
}

func TestPoolShedsCallersBeyondItsQueue(t *testing.T) {
	var mu sync.Mutex
	refused := map[string]int{}
	before := admission.Refused
	admission.Refused = func(_, why string) {
		mu.Lock()
		defer mu.Unlock()
		refused[why]++
	}
	t.Cleanup(func() { admission.Refused = before })
	pool := newPool()
	flood := source.With(t.Context(), netip.MustParseAddr("192.0.2.1"))
	waiting, stop := context.WithCancel(flood)
	ended := make(chan error, pool.places)
	for range pool.places {
		go func() {
			done, err := pool.acquire(waiting)
			if err == nil {
				<-waiting.Done()
				done()
			}
			ended <- err
		}()
	}
	// One source takes half of the places. The others of its calls are refused, not queued.
	for range pool.places - pool.places/2 {
		expectLimited(t, <-ended)
	}
	for range pool.places - pool.places/2 {
		if pool.enter("192.0.2.2") != "" && pool.enter("192.0.2.3") != "" {
			t.Fatal("another source found no place")
		}
	}
	if refused["source"] != pool.places-pool.places/2 {
		t.Errorf("counted the refusals %v", refused)
	}
	_, err := pool.acquire(t.Context())
	expectLimited(t, err)
	if refused["total"] != 1 {
		t.Errorf("counted the refusals %v", refused)
	}
	if _, err := (&passwords{pool: pool}).hash(t.Context(), "password", "12345678"); err == nil {
		t.Error("setting a password did not share the pool")
	}
	stop()
	for range pool.places / 2 {
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if pool.inside != pool.places-pool.places/2 || pool.sources["192.0.2.1"] != 0 {
		t.Errorf("got %d callers inside, of them %d of the source that left", pool.inside, pool.sources["192.0.2.1"])
	}
}

func expectLimited(t *testing.T, err error) {
	t.Helper()
	var failed *fault.Error
	if !errors.As(err, &failed) || failed.Reason != reason.RateLimited {
		t.Errorf("got %v, want RATE_LIMITED", err)
	}
}
