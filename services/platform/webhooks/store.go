package webhooks

import (
	"context"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/platform/webhooks/internal/rows"
)

// reader and writer access the endpoints of one tenant.
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
		return nil, fmt.Errorf("a %T is not a webhook endpoint", resource)
	}
	return shown.message(), nil
}

// endpointRow converts an endpoint to its row.
func endpointRow(tx *database.Tx, s *stored) (rows.WebhookEndpoint, error) {
	state, err := json.Marshal(s.endpoint)
	if err != nil {
		return rows.WebhookEndpoint{}, fmt.Errorf("encoding the state of %s: %w", s.name(), err)
	}
	current, err := s.seal(tx, s.secret)
	if err != nil {
		return rows.WebhookEndpoint{}, err
	}
	previous, err := s.seal(tx, s.previous)
	if err != nil {
		return rows.WebhookEndpoint{}, err
	}
	return rows.WebhookEndpoint{
		Tenant: string(s.tenant), ID: s.ID, State: string(state), Version: s.Version, Disabled: s.DisabledReason != "",
		Secret: current, SecretNumber: s.number, PreviousSecret: previous, PreviousSecretUntil: store.Micros(s.previousUntil),
		CursorTxid: s.cursor.Transaction, CursorSeq: s.cursor.Sequence, PatientSince: store.Micros(s.retryingSince),
		Attempts: int64(s.attempts), NextAttemptAt: store.Micros(s.nextAttempt), LastError: s.lastError,
		LastDeliveryAt: store.Micros(s.lastDelivery), LeaseOwner: s.leaseOwner, LeaseUntil: store.Micros(s.leaseUntil),
	}, nil
}

// endpointOf converts a row to its endpoint.
func endpointOf(tx *database.Tx, row rows.WebhookEndpoint) (s stored, err error) {
	if err := json.Unmarshal([]byte(row.State), &s.endpoint); err != nil {
		return stored{}, fmt.Errorf("decoding the state of %s%s: %w", collection, row.ID, err)
	}
	s.tenant = auth.Tenant(row.Tenant)
	if s.secret, err = s.open(tx, row.Secret); err != nil {
		return stored{}, err
	}
	if s.previous, err = s.open(tx, row.PreviousSecret); err != nil {
		return stored{}, err
	}
	s.number, s.previousUntil = row.SecretNumber, store.Instant(row.PreviousSecretUntil)
	s.cursor = feed.Position{Transaction: row.CursorTxid, Sequence: row.CursorSeq}
	s.retryingSince, s.attempts, s.nextAttempt = store.Instant(row.PatientSince), int(row.Attempts), store.Instant(row.NextAttemptAt)
	s.lastError, s.lastDelivery = row.LastError, store.Instant(row.LastDeliveryAt)
	s.leaseOwner, s.leaseUntil = row.LeaseOwner, store.Instant(row.LeaseUntil)
	return s, nil
}

func endpointsOf(tx *database.Tx, found []rows.WebhookEndpoint, err error) ([]stored, error) {
	if err != nil {
		return nil, fmt.Errorf("reading webhook endpoints: %w", err)
	}
	endpoints := make([]stored, len(found))
	for i, row := range found {
		if endpoints[i], err = endpointOf(tx, row); err != nil {
			return nil, err
		}
	}
	return endpoints, nil
}

// endpoint returns an endpoint of the tenant, or mutation.ErrNotFound.
func (r reader) endpoint(ctx context.Context, id string) (stored, error) {
	row, err := rows.New(r.Tx).GetEndpoint(ctx, rows.GetEndpointParams{Tenant: string(r.Tenant), ID: id})
	if err != nil {
		return stored{}, store.Found(err, "webhook endpoint")
	}
	return endpointOf(r.Tx, row)
}

// count returns the number of the tenant's endpoints.
func (r reader) count(ctx context.Context) (int64, error) {
	count, err := rows.New(r.Tx).CountEndpoints(ctx, string(r.Tenant))
	return count, store.Found(err, "number of webhook endpoints")
}

// insert adds an endpoint without a lease.
func (w writer) insert(ctx context.Context, s *stored) error {
	s.tenant, s.retryingSince, s.CreateTime, s.UpdateTime = w.Tenant, w.At, w.At, w.At
	row, err := endpointRow(w.Tx, s)
	if err != nil {
		return err
	}
	if err := rows.New(w.Tx).CreateEndpoint(ctx, rows.CreateEndpointParams(row)); err != nil {
		return fmt.Errorf("writing %s: %w", s.name(), err)
	}
	return w.Record(ctx, feed.Created, s.endpoint)
}

// update writes the next version of an endpoint. It keeps the lease; the holder notices the new
// version or the moved cursor.
func (w writer) update(ctx context.Context, s *stored) error {
	s.Version, s.UpdateTime = s.Version+1, w.At
	row, err := endpointRow(w.Tx, s)
	if err != nil {
		return err
	}
	if err := rows.New(w.Tx).UpdateEndpoint(ctx, rows.UpdateEndpointParams{
		Tenant: row.Tenant, ID: row.ID, State: row.State, Version: row.Version, Disabled: row.Disabled,
		Secret: row.Secret, SecretNumber: row.SecretNumber, PreviousSecret: row.PreviousSecret, PreviousSecretUntil: row.PreviousSecretUntil,
		CursorTxid: row.CursorTxid, CursorSeq: row.CursorSeq, PatientSince: row.PatientSince,
		Attempts: row.Attempts, NextAttemptAt: row.NextAttemptAt, LastError: row.LastError,
	}); err != nil {
		return fmt.Errorf("writing %s: %w", s.name(), err)
	}
	return w.Record(ctx, feed.Updated, s.endpoint)
}

// remove deletes an endpoint and its dead letters.
func (w writer) remove(ctx context.Context, s *stored) error {
	queries, tenant := rows.New(w.Tx), string(w.Tenant)
	if err := queries.DeleteDeadLetters(ctx, rows.DeleteDeadLettersParams{Tenant: tenant, Endpoint: s.ID}); err != nil {
		return fmt.Errorf("removing the dead letters of %s: %w", s.name(), err)
	}
	if err := queries.DeleteEndpoint(ctx, rows.DeleteEndpointParams{Tenant: tenant, ID: s.ID}); err != nil {
		return fmt.Errorf("removing %s: %w", s.name(), err)
	}
	return w.Record(ctx, feed.Deleted, s.endpoint)
}

// endTurn revokes the lease of an endpoint, so that an attempt in progress does not move the
// cursor.
func (w writer) endTurn(ctx context.Context, s *stored) error {
	if err := rows.New(w.Tx).EndTurn(ctx, rows.EndTurnParams{Tenant: string(w.Tenant), ID: s.ID}); err != nil {
		return fmt.Errorf("ending the turn of %s: %w", s.name(), err)
	}
	return nil
}
