package organisation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/time/rate"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// LongestPassword is the most bytes that bcrypt takes.
const LongestPassword = 72

// nobodys is a hash that is compared with where there is no user, so that the answer takes as long: of a random password
// that was thrown away, at the cost of all others.
const nobodys = "$2a$10$jXelKjZaPnu8TtawST3lh.vv8bnDsSbHx0ekzgaOk2VFIjZD8wILC"

// passwords hashes and compares passwords with bcrypt, no more at a time than there are processors.
type passwords struct{ turns chan struct{} }

func newPasswords() *passwords { return &passwords{turns: make(chan struct{}, runtime.GOMAXPROCS(0))} }

// turn waits until another hash may be computed.
func (p *passwords) turn(ctx context.Context) (done func(), err error) {
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
}

// match reports whether hash was made of the password; an empty hash is nobody's and matches none.
func (p *passwords) match(ctx context.Context, hash, password string) (bool, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	err = bcrypt.CompareHashAndPassword([]byte(cmp.Or(hash, nobodys)), []byte(password))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) || errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return hash != "", nil
}

// HashPassword is what a store keeps of a password.
func (s *Service) HashPassword(ctx context.Context, password string) (string, error) {
	if password == "" || len(password) > LongestPassword {
		return "", fault.InvalidField("user.password", reason.InvalidValue, "must have 1 to %d bytes", LongestPassword)
	}
	done, err := s.passwords.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return string(hash), nil
}

// The bounds of failed attempts to sign in as one user.
const (
	failuresAtOnce  = 10
	failureEvery    = 6 * time.Second
	attemptCounters = 4096
)

// attempts bounds how often signing in as one user may fail: ten times at once, then ten times a minute. Users share a
// fixed number of counters, by a hash that nobody outside can predict, so that made-up names take no memory and cannot
// be aimed at somebody else's counter.
type attempts struct {
	seed     maphash.Seed
	mu       sync.Mutex
	counters [attemptCounters]*rate.Limiter
}

func newAttempts() *attempts { return &attempts{seed: maphash.MakeSeed()} }

// begin counts an attempt as failed and reports whether it may be made; forgive takes it back when it succeeds.
func (a *attempts) begin(login string, now time.Time) (forgive func(), allowed bool) {
	counter := a.counter(login)
	attempt := counter.ReserveN(now, 1)
	if attempt.DelayFrom(now) > 0 {
		attempt.CancelAt(now)
		return nil, false
	}
	return func() { attempt.CancelAt(now) }, true
}

func (a *attempts) counter(login string) *rate.Limiter {
	place := maphash.String(a.seed, login) % attemptCounters
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.counters[place] == nil {
		a.counters[place] = rate.NewLimiter(rate.Every(failureEvery), failuresAtOnce)
	}
	return a.counters[place]
}
