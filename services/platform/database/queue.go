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

// waiter waits for its turn, or until who has the turn has run it as a member of its group.
type waiter struct {
	// member is what joins a group, nil if the caller joins none.
	member *member
	// came is when the caller came.
	came time.Time
	// called gets true when the caller has the turn. It is closed when its group has ended.
	called chan bool
}

// wait waits for the turn of a caller, who then passes it on. It returns false if the group of its member, nil if it has none, has
// ended instead.
func (q *queue) wait(ctx context.Context, joins *member) (turn bool, err error) {
	q.mu.Lock()
	if !q.taken {
		q.taken = true
		q.mu.Unlock()
		return true, nil
	}
	own := &waiter{joins, time.Now(), make(chan bool, 1)}
	q.waiting = append(q.waiting, own)
	q.mu.Unlock()
	select {
	case turn = <-own.called:
		return turn, nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	at := slices.Index(q.waiting, own)
	if at >= 0 {
		q.waiting = slices.Delete(q.waiting, at, at+1)
	}
	q.mu.Unlock()
	switch {
	case at >= 0:
		return false, ctx.Err()
	case joins == nil:
		return <-own.called, nil // the turn came at the same time
	}
	joins.running.Lock() // until it has run
	defer joins.running.Unlock()
	select {
	case turn = <-own.called:
		return turn, nil
	default:
		return false, ctx.Err()
	}
}

// pass passes the turn to the next who waits.
func (q *queue) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if next := q.next(); next != nil {
		next.called <- true
	} else {
		q.taken = false
	}
}

// joining returns the next who waits if there is one, it joins a group, and it came before a time, unless that is zero. The caller
// keeps the turn, runs the member, and closes called when the group has ended.
func (q *queue) joining(before time.Time) *waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || q.waiting[0].member == nil || !before.IsZero() && !q.waiting[0].came.Before(before) {
		return nil
	}
	joins := q.next()
	joins.member.running.Lock()
	return joins
}

func (q *queue) next() *waiter {
	if len(q.waiting) == 0 {
		return nil
	}
	next := q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	return next
}
