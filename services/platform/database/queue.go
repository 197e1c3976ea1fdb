package database

import (
	"context"
	"slices"
	"sync"
	"time"
)

// queue grants turns in order of arrival.
type queue struct {
	mu sync.Mutex
	// taken says that somebody has the turn.
	taken   bool
	waiting []*waiter
}

// waiter waits for its turn.
type waiter struct {
	alone bool
	// came is when the caller came.
	came time.Time
	turn chan struct{}
}

// wait waits for the turn of a caller, who then passes it on. alone says that the caller joins no group.
func (q *queue) wait(ctx context.Context, alone bool) error {
	q.mu.Lock()
	if !q.taken {
		q.taken = true
		q.mu.Unlock()
		return nil
	}
	own := &waiter{alone, time.Now(), make(chan struct{})}
	q.waiting = append(q.waiting, own)
	q.mu.Unlock()
	select {
	case <-own.turn:
		return nil
	case <-ctx.Done():
		q.mu.Lock()
		defer q.mu.Unlock()
		if at := slices.Index(q.waiting, own); at >= 0 {
			q.waiting = slices.Delete(q.waiting, at, at+1)
			return ctx.Err()
		}
		return nil // the turn came at the same time
	}
}

// pass passes the turn to the next who waits.
func (q *queue) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next()
}

// passInGroup passes the turn to the next who waits if there is one, it joins a group, and it came before a time, unless that is zero.
// Otherwise the caller keeps the turn.
func (q *queue) passInGroup(before time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || q.waiting[0].alone || !before.IsZero() && !q.waiting[0].came.Before(before) {
		return false
	}
	q.next()
	return true
}

func (q *queue) next() {
	if q.taken = len(q.waiting) > 0; q.taken {
		close(q.waiting[0].turn)
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
	}
}
