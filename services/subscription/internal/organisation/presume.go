package organisation

import (
	"context"
	"errors"
	"sync"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// errNotAsPresumed refuses a mutation whose session is not as it was presumed to be.
var errNotAsPresumed = errors.New("the session is not as presumed")

// As runs do for the user of a token, as after Authenticate, and returns what do returns. It is for operations that begin with a mutation.
//
// Where that saves a round trip, do runs first with the session as it was read last, and the mutation finds out in its transaction whether it is still so, before
// anything else. Unless it is, As forgets what do has returned, asks Authenticate, and runs do again. So do may run twice, and must not have an effect before
// its first mutation. A call whose session has ended, or has changed, may wait for the mutation's turn before it is looked up, and again if do then runs. Whatever
// becomes of it, the next one with this token is looked up first, unless another has found it alive meanwhile.
func As[T any](ctx context.Context, s *Service, token string, do func(context.Context) (T, error)) (done T, err error) {
	key := tokenKey(token)
	if presumed := s.presume(token, key); presumed != nil {
		within, premise := mutation.Presume(auth.With(ctx, presumed.principal()), func(ctx context.Context, writer any) error {
			return checkStill(ctx, writer, presumed.Stored)
		})
		if done, err = do(within); premise.Holds() {
			return done, err
		}
		s.lately.forget(key) // also if the call has ended while it waited for its turn: others with this token would wait as well
	}
	var none T
	found, err := s.session(ctx, token, key)
	if err != nil {
		return none, err
	}
	if found.Stored != (Stored{}) {
		s.lately.keep(key, found)
	}
	by, err := s.use(ctx, found)
	if err != nil {
		return none, err
	}
	return do(auth.With(ctx, by))
}

// presume returns the session of a token as it was read last, or nil if it was not read lately, has ended, or its use is to be recorded.
func (s *Service) presume(token string, key resource.Key) *Located {
	last := s.lately.find(key)
	if now := s.Clock.Now(); last == nil || !last.Session.live(now) || last.Session.touchDue(now) || checkJWT(s.signing, token) != nil {
		return nil
	}
	return last
}

// checkStill returns errNotAsPresumed unless a session and its user are as they were located, in the transaction of a writer.
func checkStill(ctx context.Context, writer any, located Stored) error {
	w, able := writer.(StillLocator)
	if !able {
		return errNotAsPresumed
	}
	still, err := w.StillLocated(ctx, located)
	if err == nil && !still {
		err = errNotAsPresumed
	}
	return err
}

// mostLately is how many sessions a generation of lately holds. There are two.
const mostLately = 2048

// lately holds the sessions that As has read last, by the hashes of their tokens. They may have changed since.
type lately struct {
	mu sync.RWMutex
	// recent is the generation that grows. Once it is full, it becomes earlier, and what was not read since is dropped. Most sessions are read every minute, as
	// their use is recorded.
	recent, earlier map[string]*Located
}

func (l *lately) find(token resource.Key) *Located {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if found := l.recent[token.Value]; found != nil {
		return found
	}
	return l.earlier[token.Value]
}

func (l *lately) keep(token resource.Key, read *Located) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.recent == nil || l.recent[token.Value] == nil && len(l.recent) == mostLately {
		l.recent, l.earlier = map[string]*Located{}, l.recent
	}
	l.recent[token.Value] = read
}

func (l *lately) forget(token resource.Key) {
	if l.find(token) == nil {
		return // of most calls
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.recent, token.Value)
	delete(l.earlier, token.Value)
}
