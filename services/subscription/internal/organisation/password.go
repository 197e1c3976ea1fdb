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

// LongestPassword is the maximum length in bytes that bcrypt accepts.
const LongestPassword = 72

// unknownUserHash is compared when the user does not exist, so that the response takes equally long. It is
// the hash of a discarded random password, with the same cost as all others.
const unknownUserHash = "$2a$10$jXelKjZaPnu8TtawST3lh.vv8bnDsSbHx0ekzgaOk2VFIjZD8wILC"

// passwords hashes and compares passwords with bcrypt, at most one per processor at a time.
type passwords struct{ slots chan struct{} }

func newPasswords() *passwords { return &passwords{slots: make(chan struct{}, runtime.GOMAXPROCS(0))} }

// acquire waits for a free processor.
func (p *passwords) acquire(ctx context.Context) (done func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
}

// match reports whether hash is a hash of password. An empty hash matches nothing.
func (p *passwords) match(ctx context.Context, hash, password string) (bool, error) {
	done, err := p.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	err = bcrypt.CompareHashAndPassword([]byte(cmp.Or(hash, unknownUserHash)), []byte(password))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) || errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return hash != "", nil
}

// hash returns the hash of a password to be stored. Errors are faults on field.
func (p *passwords) hash(ctx context.Context, field, password string) (string, error) {
	if password == "" {
		return "", fault.Required(field)
	}
	if len(password) > LongestPassword {
		return "", fault.InvalidField(field, reason.TooLong, "must have at most %d bytes", LongestPassword)
	}
	done, err := p.acquire(ctx)
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

// The limits for failed attempts to sign in as one user.
const (
	failuresAtOnce  = 10
	failureEvery    = 6 * time.Second
	attemptCounters = 4096
)

// attempts limits failed sign-ins per user: ten at once, then ten per minute. Users share a fixed
// number of counters, selected by a hash with a random seed. Made-up names therefore use no memory,
// and nobody can exhaust another user's counter on purpose.
type attempts struct {
	seed     maphash.Seed
	mu       sync.Mutex
	counters [attemptCounters]*rate.Limiter
}

func newAttempts() *attempts { return &attempts{seed: maphash.MakeSeed()} }

// begin counts an attempt as failed and reports whether it is allowed. Call forgive if it succeeds.
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
