package webhooks

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

const endpointColumns = `tenant, state, secret, secret_number, previous_secret, previous_secret_until, cursor_txid, cursor_seq,
	patient_since, attempts, next_attempt_at, last_error, last_delivery_at, lease_owner, lease_until`

func scanEndpoint(row database.Row) (*stored, error) {
	var s stored
	var state string
	var previousUntil, patientSince, nextAttempt, lastDelivery, leaseUntil int64
	if err := row.Scan(&s.tenant, &state, &s.secret, &s.number, &s.previous, &previousUntil, &s.cursor.Transaction, &s.cursor.Sequence,
		&patientSince, &s.attempts, &nextAttempt, &s.lastError, &lastDelivery, &s.leaseOwner, &leaseUntil); err != nil {
		return nil, err
	}
	s.previousUntil, s.patientSince, s.nextAttempt = instant(previousUntil), instant(patientSince), instant(nextAttempt)
	s.lastDelivery, s.leaseUntil = instant(lastDelivery), instant(leaseUntil)
	if err := json.Unmarshal([]byte(state), &s.endpoint); err != nil {
		return nil, fmt.Errorf("reading a webhook endpoint: %w", err)
	}
	return &s, nil
}

// instant reads a column of microseconds; 0 is no instant.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// load is an endpoint of a tenant, or a NotFound fault.
func load(ctx context.Context, tx *database.Tx, tenant auth.Tenant, endpointID string) (*stored, error) {
	found, err := scanEndpoint(tx.QueryRowContext(ctx, `SELECT `+endpointColumns+` FROM webhook_endpoints WHERE tenant = $1 AND id = $2`,
		string(tenant), endpointID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, reason.NotFound, "there is no %s%s", collection, endpointID)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s%s: %w", collection, endpointID, err)
	}
	return found, nil
}

// insert adds an endpoint, which nobody leases yet.
func insert(ctx context.Context, tx *database.Tx, s *stored) error {
	state, err := json.Marshal(s.endpoint)
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.name(), err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO webhook_endpoints (tenant, id, state, version, disabled, secret, secret_number, previous_secret,
		previous_secret_until, cursor_txid, cursor_seq, patient_since, attempts, next_attempt_at, last_error, last_delivery_at, lease_owner, lease_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, $8, $9, $10, 0, 0, '', 0, '', 0)`,
		string(s.tenant), s.ID, string(state), s.Version, s.DisabledReason != "", string(s.secret), s.number,
		s.cursor.Transaction, s.cursor.Sequence, micros(s.patientSince))
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.name(), err)
	}
	return nil
}

// save writes what a mutation may have changed of an endpoint. It leaves the lease: who holds it notices the new version
// or the moved cursor.
func save(ctx context.Context, tx *database.Tx, s *stored) error {
	state, err := json.Marshal(s.endpoint)
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.name(), err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE webhook_endpoints SET state = $1, version = $2, disabled = $3, secret = $4, secret_number = $5,
		previous_secret = $6, previous_secret_until = $7, cursor_txid = $8, cursor_seq = $9, patient_since = $10, attempts = $11,
		next_attempt_at = $12, last_error = $13 WHERE tenant = $14 AND id = $15`,
		string(state), s.Version, s.DisabledReason != "", string(s.secret), s.number, string(s.previous), micros(s.previousUntil),
		s.cursor.Transaction, s.cursor.Sequence, micros(s.patientSince), s.attempts, micros(s.nextAttempt), s.lastError, string(s.tenant), s.ID)
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.name(), err)
	}
	return nil
}

// tell writes the change feed's entry of an endpoint.
func tell(ctx context.Context, tx *database.Tx, s *stored, kind feed.Kind, actor string, at time.Time) error {
	state, err := json.Marshal(s.endpoint)
	if err != nil {
		return fmt.Errorf("writing the change feed entry of %s: %w", s.name(), err)
	}
	return feed.Append(ctx, tx, feed.Entry{
		Tenant: s.tenant, Actor: actor, Time: at, Resource: s.name(), Type: resourceType, Kind: kind, State: state,
	})
}

func count(ctx context.Context, tx *database.Tx, tenant auth.Tenant) (endpoints int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM webhook_endpoints WHERE tenant = $1`, string(tenant)).Scan(&endpoints)
	if err != nil {
		return 0, fmt.Errorf("counting webhook endpoints: %w", err)
	}
	return endpoints, nil
}

// list is up to limit endpoints of a tenant after an id, in the order of ids.
func list(ctx context.Context, tx *database.Tx, tenant auth.Tenant, after string, limit int) ([]*stored, error) {
	return database.Select(ctx, tx, "webhook endpoint", scanEndpoint,
		`SELECT `+endpointColumns+` FROM webhook_endpoints WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3`, string(tenant), after, limit)
}

// remove takes an endpoint away with its dead letters.
func remove(ctx context.Context, tx *database.Tx, s *stored) error {
	for _, statement := range []string{
		`DELETE FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2`,
		`DELETE FROM webhook_endpoints WHERE tenant = $1 AND id = $2`,
	} {
		if _, err := tx.ExecContext(ctx, statement, string(s.tenant), s.ID); err != nil {
			return fmt.Errorf("removing %s: %w", s.name(), err)
		}
	}
	return nil
}
