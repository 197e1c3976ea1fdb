package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Recall reads the record of an idempotency key that has not expired.
func (w Writer) Recall(ctx context.Context, key string) (record mutation.Record, ok bool, err error) {
	var hash []byte
	var outcome string
	err = w.Reader.Tx.QueryRowContext(ctx, `SELECT request_hash, outcome FROM idempotency_keys WHERE tenant = $1 AND key = $2 AND expires_at > $3`,
		string(w.Reader.Tenant), key, w.At.UnixMicro()).Scan(&hash, &outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return record, false, nil
	}
	if err != nil {
		return record, false, fmt.Errorf("recalling an idempotency key: %w", err)
	}
	if len(hash) != sha256.Size {
		return record, false, fmt.Errorf("recalling an idempotency key: its hash has %d bytes", len(hash))
	}
	return mutation.Record{Hash: [sha256.Size]byte(hash), Outcome: json.RawMessage(outcome)}, true, nil
}

// Remember writes the record of an idempotency key; an expired one is replaced.
func (w Writer) Remember(ctx context.Context, key string, record mutation.Record) error {
	_, err := w.Reader.Tx.ExecContext(ctx, `INSERT INTO idempotency_keys (tenant, key, request_hash, outcome, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, key) DO UPDATE SET request_hash = excluded.request_hash, outcome = excluded.outcome, expires_at = excluded.expires_at`,
		string(w.Reader.Tenant), key, bytes.Clone(record.Hash[:]), string(record.Outcome), w.At.Add(mutation.Retention).UnixMicro())
	if err != nil {
		return fmt.Errorf("recording an idempotency key: %w", err)
	}
	return nil
}

// ExpireKeys removes the idempotency keys, of all tenants, that have expired at an instant.
func ExpireKeys(ctx context.Context, tx *database.Tx, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM idempotency_keys WHERE expires_at <= $1`, at.UnixMicro()); err != nil {
		return fmt.Errorf("removing expired idempotency keys: %w", err)
	}
	return nil
}
