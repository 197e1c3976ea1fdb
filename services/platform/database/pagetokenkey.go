package database

import (
	"context"
	"fmt"
)

// PageTokenKey returns the store's key for package pagetoken: random bytes that a migration
// generated, shared by all replicas.
func (db *DB) PageTokenKey(ctx context.Context) (key []byte, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.QueryRowContext(ctx, `SELECT key FROM page_token_key`).Scan(&key)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the key of page tokens: %w", err)
	}
	return key, nil
}
