package database

import (
	"context"
	"time"
)

// Queued returns how many write transactions wait for their turn.
func (db *DB) Queued() int {
	db.groups.turns.mu.Lock()
	defer db.groups.turns.mu.Unlock()
	return len(db.groups.turns.waiting)
}

// KeepGroupsOpen makes groups end only when nobody waits, however slow the machine is.
func (db *DB) KeepGroupsOpen() { db.groups.shortest = time.Hour }

// Kept returns the texts of the statements that the writer's connection keeps prepared.
func (db *DB) Kept(ctx context.Context) (texts []string, err error) {
	pooled, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = pooled.Close() }()
	err = onConnection(pooled, func(c *connection) error {
		for text := range c.kept {
			texts = append(texts, text)
		}
		return nil
	})
	return texts, err
}

// OnCommit makes the store call do after each commit, with the number of transactions in it. Call it
// before the first transaction.
func (db *DB) OnCommit(do func(members int)) { db.onCommit = do }
