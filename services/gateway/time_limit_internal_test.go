package gateway

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// madeTimeLimit makes a context with a time limit.
type madeTimeLimit func(context.Context, time.Duration) (context.Context, context.CancelFunc)

var (
	errParent = errors.New("the parent ended")
	keyOf     = new(int)
)

// timeLimitCases are what may become of a context with a limit of a second. Each leaves it in a state that
// TestTimeLimit compares with that of a context of the standard library.
var timeLimitCases = map[string]func(ctx context.Context, cancel context.CancelFunc, endParent func()){
	"runs":                        func(context.Context, context.CancelFunc, func()) {},
	"runs and was asked":          func(ctx context.Context, _ context.CancelFunc, _ func()) { _, _ = ctx.Done(), ctx.Err() },
	"cancelled after being asked": func(ctx context.Context, cancel context.CancelFunc, _ func()) { _ = ctx.Done(); cancel(); cancel() },
	"cancelled":                   func(_ context.Context, cancel context.CancelFunc, _ func()) { cancel(); cancel() },
	"over":                        func(context.Context, context.CancelFunc, func()) { time.Sleep(2 * time.Second) },
	"over after being asked":      func(ctx context.Context, _ context.CancelFunc, _ func()) { _ = ctx.Done(); time.Sleep(2 * time.Second) },
	"over, asked, cancelled": func(ctx context.Context, cancel context.CancelFunc, _ func()) {
		time.Sleep(2 * time.Second)
		_ = ctx.Err()
		cancel()
	},
	"over after being asked, cancelled": func(ctx context.Context, cancel context.CancelFunc, _ func()) {
		_ = ctx.Done()
		time.Sleep(2 * time.Second)
		cancel()
	},
	"cancelled, then over": func(_ context.Context, cancel context.CancelFunc, _ func()) { cancel(); time.Sleep(2 * time.Second) },
	"the parent ended":     func(_ context.Context, _ context.CancelFunc, endParent func()) { endParent() },
	"the parent ended, after being asked": func(ctx context.Context, _ context.CancelFunc, endParent func()) {
		_ = ctx.Done()
		endParent()
	},
	"the parent ended, asked, cancelled": func(ctx context.Context, cancel context.CancelFunc, endParent func()) {
		endParent()
		_ = ctx.Err()
		cancel()
	},
	"the parent ended, asked, over": func(ctx context.Context, _ context.CancelFunc, endParent func()) {
		endParent()
		_ = ctx.Err()
		time.Sleep(2 * time.Second)
	},
}

// timeLimitState is what can be seen of a context.
type timeLimitState struct {
	isDone                  bool
	err, cause              error
	remains                 time.Duration
	hasDeadline             bool
	value                   any
	childErr, childCause    error
	grandchildErr           error
	afterFunc, stoppedAfter bool
}

func TestTimeLimit(t *testing.T) {
	for name, happens := range timeLimitCases {
		for parentLimit, within := range map[string]time.Duration{"": 0, " within a longer limit": time.Hour, " within a shorter limit": time.Second / 2} {
			for order, errFirst := range map[string]bool{"": false, ", by Err first": true} {
				t.Run(name+parentLimit+order, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						want := observedTimeLimit(context.WithTimeout, within, errFirst, happens)
						synctest.Wait()
						got := observedTimeLimit(withTimeLimit, within, errFirst, happens)
						if got != want {
							t.Errorf("got\n%+v, want\n%+v", got, want)
						}
					})
				})
			}
		}
	}
}

// observedTimeLimit makes a context below another one, lets something happen to it, and returns what it has become.
func observedTimeLimit(made madeTimeLimit, within time.Duration, errFirst bool, happens func(context.Context, context.CancelFunc, func())) (state timeLimitState) {
	parent, endParent := context.WithCancelCause(context.WithValue(context.Background(), keyOf, "held"))
	defer endParent(nil)
	if within > 0 {
		var cancel context.CancelFunc
		parent, cancel = context.WithTimeout(parent, within)
		defer cancel()
	}
	ctx, cancel := made(parent, time.Second)
	defer cancel()
	deadline, limited := ctx.Deadline()
	state.remains, state.hasDeadline = time.Until(deadline), limited
	happens(ctx, cancel, func() { endParent(errParent) })
	synctest.Wait()
	if errFirst {
		state.err = ctx.Err()
	}
	select {
	case <-ctx.Done():
		state.isDone = true
	default:
	}
	state.err, state.cause, state.value = ctx.Err(), context.Cause(ctx), ctx.Value(keyOf)
	child, cancelChild := context.WithCancel(context.WithValue(ctx, new(int), 1))
	defer cancelChild()
	grandchild, cancelGrandchild := context.WithTimeout(child, time.Hour)
	defer cancelGrandchild()
	stop := context.AfterFunc(ctx, func() { state.afterFunc = true })
	synctest.Wait()
	state.stoppedAfter = stop()
	state.childErr, state.childCause, state.grandchildErr = child.Err(), context.Cause(child), grandchild.Err()
	return state
}

// Children and functions that wait see the end while nobody else asks.
func TestTimeLimitEndsThoseWhoWait(t *testing.T) {
	for name, end := range map[string]func(cancel context.CancelFunc, endParent context.CancelCauseFunc){
		"cancelled":        func(cancel context.CancelFunc, _ context.CancelCauseFunc) { cancel() },
		"over":             func(context.CancelFunc, context.CancelCauseFunc) {},
		"the parent ended": func(_ context.CancelFunc, endParent context.CancelCauseFunc) { endParent(errParent) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent, endParent := context.WithCancelCause(t.Context())
				ctx, cancel := withTimeLimit(parent, time.Second)
				child, cancelChild := context.WithCancel(ctx)
				defer cancelChild()
				called := make(chan struct{})
				context.AfterFunc(ctx, func() { close(called) })
				end(cancel, endParent)
				<-child.Done() // a deadlock fails the test
				<-called
				if child.Err() == nil || ctx.Err() == nil {
					t.Errorf("ended with %v, and its child with %v", ctx.Err(), child.Err())
				}
				cancel()
				endParent(nil)
			})
		})
	}
}

// Any number may ask, and end it, at once.
func TestTimeLimitIsSafeForConcurrentUse(t *testing.T) {
	for range 200 {
		parent, endParent := context.WithCancel(t.Context())
		ctx, cancel := withTimeLimit(parent, time.Hour)
		var group sync.WaitGroup
		for _, do := range []func(){
			cancel, endParent, func() { <-ctx.Done() }, func() { <-ctx.Done() }, func() { _ = ctx.Err() }, func() { _ = ctx.Value(keyOf) },
			func() {
				child, cancelChild := context.WithCancel(ctx)
				defer cancelChild()
				<-child.Done()
			},
		} {
			group.Go(do)
		}
		group.Wait()
		first := ctx.Err()
		if cancel(); !errors.Is(first, context.Canceled) || !errors.Is(ctx.Err(), first) {
			t.Fatalf("ended with %v, later %v", first, ctx.Err())
		}
	}
}

// Who does not wait starts no timer.
func TestTimeLimitStartsNoTimerForAnAnswer(t *testing.T) {
	parent, endParent := context.WithCancel(t.Context())
	defer endParent()
	allocated := testing.AllocsPerRun(100, func() {
		ctx, cancel := withTimeLimit(parent, time.Hour)
		if _, ok := ctx.Deadline(); !ok || ctx.Err() != nil || ctx.Value(keyOf) != nil {
			t.Error("it has no deadline, is over, or has a value")
		}
		cancel()
	})
	if allocated > 2 { // itself and its function
		t.Errorf("allocates %v times", allocated)
	}
}
