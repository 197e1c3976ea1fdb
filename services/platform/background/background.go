// Package background repeats the work that a service does without being called: what is due on a day, what is left to
// bill, what is to be counted.
package background

import (
	"context"
	"log/slog"
	"time"
)

// Work that fails is repeated after a rest, which doubles with each failure in a row.
const (
	firstRest = 100 * time.Millisecond
	mostRest  = 15 * time.Second
)

// Work does what there is to do and returns for how long there is nothing more; zero or less if there may be more at
// once. woken says that news woke it.
type Work func(ctx context.Context, woken bool) (sleep time.Duration, err error)

// Repeat calls work until ctx ends. Between calls it sleeps as long as work says, or until there is news, which may be nil.
// Errors are logged as a warning with the message failed, unless ctx has ended.
func Repeat(ctx context.Context, logger *slog.Logger, failed string, news <-chan struct{}, work Work) {
	rest, woken := firstRest, false
	for ctx.Err() == nil {
		sleep, err := work(ctx, woken)
		woken = false
		switch {
		case ctx.Err() != nil:
		case err != nil:
			logger.WarnContext(ctx, failed, "error", err)
			Sleep(ctx, nil, rest)
			rest = min(2*rest, mostRest)
		default:
			rest = firstRest
			woken = sleep > 0 && Sleep(ctx, news, sleep)
		}
	}
}

// Sleep waits for a time, but no longer than until ctx ends or there is news, which may be nil. It reports whether there was.
func Sleep(ctx context.Context, news <-chan struct{}, most time.Duration) (woken bool) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-news:
		return true
	case <-timer.C:
	}
	return false
}
