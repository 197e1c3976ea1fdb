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
	"github.com/continuo-billing/continuo/services/platform/store/internal/rows"
)

// Recall returns the record of an idempotency key unless it has expired.
func (w Writer) Recall(ctx context.Context, key string) (record mutation.Record, ok bool, err error) {
	row, err := rows.New(w.Reader.Tx).GetIdempotencyKey(ctx, rows.GetIdempotencyKeyParams{
		Tenant: string(w.Reader.Tenant), Key: key, ExpiresAt: w.At.UnixMicro(),
	})
	if errors.Is(err, sql.ErrNoRows) {
		return record, false, nil
	}
	if err != nil {
		return record, false, fmt.Errorf("recalling an idempotency key: %w", err)
	}
	if len(row.RequestHash) != sha256.Size {
		return record, false, fmt.Errorf("recalling an idempotency key: its hash has %d bytes", len(row.RequestHash))
	}
	outcome, err := w.Reader.Tx.Secrets.Open(row.Outcome, w.place(key)...)
	if err != nil {
		return record, false, fmt.Errorf("recalling an idempotency key: %w", err)
	}
	return mutation.Record{Hash: [sha256.Size]byte(row.RequestHash), Outcome: json.RawMessage(outcome)}, true, nil
}

// Remember stores the record of an idempotency key and replaces an expired one.
func (w Writer) Remember(ctx context.Context, key string, record mutation.Record) (err error) {
	outcome := string(record.Outcome)
	if record.Secret {
		if outcome, err = w.Reader.Tx.Secrets.Seal(outcome, w.place(key)...); err != nil {
			return fmt.Errorf("recording an idempotency key: %w", err)
		}
	}
	later := w.Reader.Tx.Later(func(err error) error { return fmt.Errorf("recording an idempotency key: %w", err) })
	return rows.New(later).PutIdempotencyKey(ctx, rows.PutIdempotencyKeyParams{
		Tenant: string(w.Reader.Tenant), Key: key, RequestHash: bytes.Clone(record.Hash[:]), Outcome: outcome,
		ExpiresAt: w.At.Add(mutation.Retention).UnixMicro(),
	})
}

// place is where the outcome of a key is sealed.
func (w Writer) place(key string) []string {
	return []string{"idempotency_keys", string(w.Reader.Tenant), key}
}

// ExpireKeys removes the expired idempotency keys of all tenants.
func ExpireKeys(ctx context.Context, tx *database.Tx, at time.Time) error {
	if err := rows.New(tx).ExpireIdempotencyKeys(ctx, at.UnixMicro()); err != nil {
		return fmt.Errorf("removing expired idempotency keys: %w", err)
	}
	return nil
}
