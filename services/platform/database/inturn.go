package database

import (
	"context"
	"hash/maphash"
)

// waitingLines is how many lines there are for the transactions of InTurn. Two keys may share one.
const waitingLines = 1024

// lines let the transactions of one key wait for one another if they run alone.
type lines struct {
	seed  maphash.Seed
	first [waitingLines]chan struct{}
}

func newLines() *lines {
	l := &lines{seed: maphash.MakeSeed()}
	for i := range l.first {
		l.first[i] = make(chan struct{}, 1)
	}
	return l
}

type inTurnKey struct{}

// InTurn returns a context for write transactions that are about to change what others with the same key change.
// On PostgreSQL, those of this process wait for one another in order of arrival and are committed together with
// others: they would collide and be retried, which excludes all other writers. On SQLite all transactions do.
// They read as those of ByIndex.
func InTurn(ctx context.Context, key string) context.Context {
	return ByIndex(context.WithValue(ctx, inTurnKey{}, key))
}

type byIndexKey struct{}

// ByIndex returns a context for write transactions that find each row by an index. On PostgreSQL they read no whole table: it
// would where a table has a few pages, and then refuse the transaction beside any change of that table, as it may have read
// what changes.
func ByIndex(ctx context.Context) context.Context { return context.WithValue(ctx, byIndexKey{}, true) }

// wait waits for the turn of a transaction, which passes it on by leave.
func (l *lines) wait(ctx context.Context) (leave func(), err error) {
	key, ok := ctx.Value(inTurnKey{}).(string)
	if !ok || l == nil {
		return func() {}, nil
	}
	line := l.first[maphash.String(l.seed, key)%waitingLines]
	select {
	case line <- struct{}{}:
		return func() { <-line }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
