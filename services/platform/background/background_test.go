package background_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/background"
)

// call is a call of work: when it came, and whether news woke it.
type call struct {
	after time.Duration
	woken bool
}

// repeated returns the calls of work in the first ten minutes of a loop.
func repeated(t *testing.T, news <-chan struct{}, work background.Work) (calls []call, log string) {
	t.Helper()
	var text bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	began := time.Now()
	background.Repeat(ctx, slog.New(slog.NewTextHandler(&text, nil)), "the work failed", news, func(ctx context.Context, woken bool) (time.Duration, error) {
		calls = append(calls, call{time.Since(began), woken})
		return work(ctx, woken)
	})
	return calls, text.String()
}

func TestWorkSleepsAsLongAsItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleeps := []time.Duration{0, -time.Second, time.Minute, 2 * time.Minute, time.Hour}
		calls, _ := repeated(t, nil, func(context.Context, bool) (time.Duration, error) {
			next := sleeps[0]
			sleeps = sleeps[1:]
			return next, nil
		})
		want := []call{{0, false}, {0, false}, {0, false}, {time.Minute, false}, {3 * time.Minute, false}}
		if !slices.Equal(calls, want) {
			t.Errorf("work was called %v, want %v", calls, want)
		}
	})
}

func TestNewsWakeWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		news := make(chan struct{})
		go func() {
			time.Sleep(time.Second)
			news <- struct{}{}
		}()
		calls, _ := repeated(t, news, func(context.Context, bool) (time.Duration, error) { return 6 * time.Minute, nil })
		want := []call{{0, false}, {time.Second, true}, {time.Second + 6*time.Minute, false}}
		if !slices.Equal(calls, want) {
			t.Errorf("work was called %v, want %v", calls, want)
		}
	})
}

// The rest doubles up to 15 seconds, is not cut short by news, and starts anew after a success.
func TestFailedWorkRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		news := make(chan struct{}, 1)
		failures := 0
		calls, log := repeated(t, news, func(context.Context, bool) (time.Duration, error) {
			if failures++; failures == 11 {
				return time.Second, nil
			}
			select {
			case news <- struct{}{}:
			default:
			}
			return 0, errors.New("no store")
		})
		rest := func(n int) time.Duration { return calls[n+1].after - calls[n].after }
		for n, want := range []time.Duration{
			100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond,
			3200 * time.Millisecond, 6400 * time.Millisecond, 12800 * time.Millisecond, 15 * time.Second, 15 * time.Second, 0, 100 * time.Millisecond,
		} {
			if rest(n) != want {
				t.Errorf("after call %d the rest was %v, want %v", n, rest(n), want)
			}
		}
		if !strings.Contains(log, `level=WARN msg="the work failed" error="no store"`) {
			t.Errorf("the log says %s", log)
		}
	})
}

// What ends while the service stops is no failure.
func TestEndOfServiceIsNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, log := repeated(t, nil, func(ctx context.Context, _ bool) (time.Duration, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if len(calls) != 1 || log != "" {
			t.Errorf("work was called %v, and the log says %q", calls, log)
		}
	})
}
