package webhooks

import (
	"context"
	"fmt"
	"strings"
	"time"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/platform/webhooks/internal/rows"
)

// deadLetter is a change that could not be delivered in time, with its payload.
type deadLetter struct {
	endpointID string
	position   feed.Position
	payload    string
	attempts   int
	lastError  string
	failed     time.Time
}

func (d *deadLetter) message() *pb.DeadLetter {
	return &pb.DeadLetter{
		Name: collection + d.endpointID + "/deadLetters/" + positionID(d.position), MessageId: messageID(d.endpointID, d.position),
		Payload: d.payload, Attempts: int32(d.attempts), LastError: d.lastError, LastAttemptTime: timestamp(d.failed),
	}
}

// putDeadLetter writes a dead letter. It replaces an earlier one for the same change.
func putDeadLetter(ctx context.Context, tx *database.Tx, tenant auth.Tenant, d *deadLetter) error {
	if err := rows.New(tx).PutDeadLetter(ctx, rows.PutDeadLetterParams{
		Tenant: string(tenant), Endpoint: d.endpointID, Txid: d.position.Transaction, Seq: d.position.Sequence,
		Payload: d.payload, Attempts: int64(d.attempts), LastError: d.lastError, FailedAt: store.Micros(d.failed),
	}); err != nil {
		return fmt.Errorf("writing a dead letter of %s%s: %w", collection, d.endpointID, err)
	}
	return nil
}

func deadLetterOf(row rows.WebhookDeadLetter) *deadLetter {
	return &deadLetter{
		endpointID: row.Endpoint, position: feed.Position{Transaction: row.Txid, Sequence: row.Seq}, payload: row.Payload,
		attempts: int(row.Attempts), lastError: row.LastError, failed: store.Instant(row.FailedAt),
	}
}

// GetDeadLetter returns a dead letter.
func (s *Server) GetDeadLetter(ctx context.Context, request *pb.GetDeadLetterRequest) (*pb.DeadLetter, error) {
	id, place, _ := strings.Cut(strings.TrimPrefix(request.GetName(), collection), "/deadLetters/")
	found, err := mutation.Get(ctx, s.endpoints, "dead letter", reader.deadLetter, deadLetterKey{id, place})
	if err != nil {
		return nil, err
	}
	return found.message(), nil
}

// ReplayDeadLetter sends a dead letter again and removes it once it is delivered.
func (s *Server) ReplayDeadLetter(ctx context.Context, request *pb.ReplayDeadLetterRequest) (*pb.ReplayDeadLetterResponse, error) {
	to, err := s.find(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	_, place, _ := strings.Cut(request.GetName(), "/deadLetters/")
	letter, err := mutation.Get(ctx, s.endpoints, "dead letter", reader.deadLetter, deadLetterKey{to.ID, place})
	if err != nil {
		return nil, err
	}
	attempt, err := s.attempt(ctx, &to, messageID(to.ID, letter.position), []byte(letter.payload))
	if err != nil {
		return nil, err
	}
	// The attempt was made, so record it even if the caller no longer waits.
	if err := s.config.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *database.Tx) error {
		if attempt.GetDelivered() {
			return rows.New(tx).DeleteDeadLetter(ctx, rows.DeleteDeadLetterParams{
				Tenant: string(to.tenant), Endpoint: to.ID, Txid: letter.position.Transaction, Seq: letter.position.Sequence,
			})
		}
		return rows.New(tx).FailDeadLetter(ctx, rows.FailDeadLetterParams{
			Tenant: string(to.tenant), Endpoint: to.ID, Txid: letter.position.Transaction, Seq: letter.position.Sequence,
			LastError: attempt.GetError(), FailedAt: store.Micros(s.config.Clock.Now()),
		})
	}); err != nil {
		return nil, fmt.Errorf("recording the replay of %s: %w", request.GetName(), err)
	}
	return &pb.ReplayDeadLetterResponse{Attempt: attempt}, nil
}

// deadLetterKey identifies a dead letter by its endpoint and position.
type deadLetterKey struct{ endpoint, place string }

// String returns the name of the dead letter.
func (k deadLetterKey) String() string { return collection + k.endpoint + "/deadLetters/" + k.place }

// deadLetter returns a dead letter, or mutation.ErrNotFound.
func (r reader) deadLetter(ctx context.Context, key deadLetterKey) (*deadLetter, error) {
	var position feed.Position
	if _, err := fmt.Sscanf(key.place, "%d-%d", &position.Transaction, &position.Sequence); err != nil {
		return nil, mutation.ErrNotFound
	}
	row, err := rows.New(r.Tx).GetDeadLetter(ctx, rows.GetDeadLetterParams{
		Tenant: string(r.Tenant), Endpoint: key.endpoint, Txid: position.Transaction, Seq: position.Sequence,
	})
	if err != nil {
		return nil, store.Found(err, "dead letter")
	}
	return deadLetterOf(row), nil
}
