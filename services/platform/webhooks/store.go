package webhooks

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/store"
)

// reader and writer read and write the endpoints of one tenant.
type (
	reader struct{ store.Reader }
	writer struct {
		reader
		store.Writer
	}
)

func newStore(db *database.DB) *store.Store[reader, writer] {
	return store.New(db, message,
		func(r store.Reader) reader { return reader{r} },
		func(w store.Writer) writer { return writer{reader{w.Reader}, w} })
}

func message(resource any) (proto.Message, error) {
	shown, ok := resource.(endpoint)
	if !ok {
		return nil, fmt.Errorf("a %T is no webhook endpoint", resource)
	}
	return shown.message(), nil
}

const endpointColumns = `tenant, state, secret, secret_number, previous_secret, previous_secret_until, cursor_txid, cursor_seq,
	patient_since, attempts, next_attempt_at, last_error, last_delivery_at, lease_owner, lease_until`

func scanEndpoint(row database.Row) (s stored, err error) {
	var previousUntil, patientSince, nextAttempt, lastDelivery, leaseUntil int64
	if err := row.Scan(&s.tenant, store.JSON{Of: &s.endpoint}, &s.secret, &s.number, &s.previous, &previousUntil, &s.cursor.Transaction, &s.cursor.Sequence,
		&patientSince, &s.attempts, &nextAttempt, &s.lastError, &lastDelivery, &s.leaseOwner, &leaseUntil); err != nil {
		return stored{}, err
	}
	s.previousUntil, s.patientSince, s.nextAttempt = store.Instant(previousUntil), store.Instant(patientSince), store.Instant(nextAttempt)
	s.lastDelivery, s.leaseUntil = store.Instant(lastDelivery), store.Instant(leaseUntil)
	return s, nil
}

// endpoint is an endpoint of the tenant, or mutation.ErrNotFound.
func (r reader) endpoint(ctx context.Context, id string) (stored, error) {
	return store.One(ctx, r.Tx, "webhook endpoint", scanEndpoint,
		`SELECT `+endpointColumns+` FROM webhook_endpoints WHERE tenant = $1 AND id = $2`, string(r.Tenant), id)
}

// count counts the tenant's endpoints.
func (r reader) count(ctx context.Context) (int, error) {
	return store.One(ctx, r.Tx, "number of webhook endpoints", func(row database.Row) (n int, err error) { return n, row.Scan(&n) },
		`SELECT count(*) FROM webhook_endpoints WHERE tenant = $1`, string(r.Tenant))
}

// list is up to limit endpoints after an id, in the order of ids.
func (r reader) list(ctx context.Context, after string, limit int) ([]stored, error) {
	return database.Select(ctx, r.Tx, "webhook endpoint", scanEndpoint,
		`SELECT `+endpointColumns+` FROM webhook_endpoints WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3`, string(r.Tenant), after, limit)
}

// insert adds an endpoint, which nobody leases yet.
func (w writer) insert(ctx context.Context, s *stored) error {
	s.tenant, s.patientSince, s.CreateTime, s.UpdateTime = w.Tenant, w.At, w.At, w.At
	err := w.exec(ctx, s, "writing", `INSERT INTO webhook_endpoints (tenant, id, state, version, disabled, secret, secret_number, previous_secret,
		previous_secret_until, cursor_txid, cursor_seq, patient_since, attempts, next_attempt_at, last_error, last_delivery_at, lease_owner, lease_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, $8, $9, $10, 0, 0, '', 0, '', 0)`,
		store.JSON{Of: s.endpoint}, s.Version, s.DisabledReason != "", string(s.secret), s.number,
		s.cursor.Transaction, s.cursor.Sequence, store.Micros(s.patientSince))
	if err != nil {
		return err
	}
	return w.Record(ctx, feed.Created, s.endpoint)
}

// update writes what a mutation may have changed of an endpoint, as its next version. It leaves the lease: who holds it
// notices the new version or the moved cursor.
func (w writer) update(ctx context.Context, s *stored) error {
	s.Version, s.UpdateTime = s.Version+1, w.At
	err := w.exec(ctx, s, "writing", `UPDATE webhook_endpoints SET state = $3, version = $4, disabled = $5, secret = $6, secret_number = $7,
		previous_secret = $8, previous_secret_until = $9, cursor_txid = $10, cursor_seq = $11, patient_since = $12, attempts = $13,
		next_attempt_at = $14, last_error = $15 WHERE tenant = $1 AND id = $2`,
		store.JSON{Of: s.endpoint}, s.Version, s.DisabledReason != "", string(s.secret), s.number, string(s.previous), store.Micros(s.previousUntil),
		s.cursor.Transaction, s.cursor.Sequence, store.Micros(s.patientSince), s.attempts, store.Micros(s.nextAttempt), s.lastError)
	if err != nil {
		return err
	}
	return w.Record(ctx, feed.Updated, s.endpoint)
}

// remove takes an endpoint away with its dead letters.
func (w writer) remove(ctx context.Context, s *stored) error {
	for _, statement := range []string{
		`DELETE FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2`,
		`DELETE FROM webhook_endpoints WHERE tenant = $1 AND id = $2`,
	} {
		if err := w.exec(ctx, s, "removing", statement); err != nil {
			return err
		}
	}
	return w.Record(ctx, feed.Deleted, s.endpoint)
}

// endTurn takes the lease from whoever is sending to an endpoint, so that what is on its way does not move the cursor,
// wherever it was put.
func (w writer) endTurn(ctx context.Context, s *stored) error {
	return w.exec(ctx, s, "ending the turn of", `UPDATE webhook_endpoints SET lease_owner = '', lease_until = 0 WHERE tenant = $1 AND id = $2`)
}

// exec runs a statement on an endpoint, whose tenant and id are its first parameters.
func (w writer) exec(ctx context.Context, s *stored, doing, statement string, values ...any) error {
	if _, err := w.Tx.ExecContext(ctx, statement, append([]any{string(w.Tenant), s.ID}, values...)...); err != nil {
		return fmt.Errorf("%s %s: %w", doing, s.name(), err)
	}
	return nil
}
