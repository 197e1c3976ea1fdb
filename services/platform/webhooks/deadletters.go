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
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
)

// mostListed is how many bytes of payloads a page of dead letters has before it is cut.
const mostListed = 1 << 20

// deadLetter is a change that an endpoint did not take in time, with the body it was sent.
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
		Name: collection + d.endpointID + "/deadLetters/" + placeID(d.position), MessageId: messageID(d.endpointID, d.position),
		Payload: d.payload, Attempts: int32(d.attempts), LastError: d.lastError, LastAttemptTime: timestamp(d.failed),
	}
}

// bury writes a dead letter; one that was buried before, and failed in a replay of the feed, is replaced.
func bury(ctx context.Context, tx *database.Tx, tenant auth.Tenant, d *deadLetter) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO webhook_dead_letters (tenant, endpoint, txid, seq, payload, attempts, last_error, failed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, endpoint, txid, seq) DO UPDATE SET payload = excluded.payload,
		attempts = excluded.attempts, last_error = excluded.last_error, failed_at = excluded.failed_at`,
		string(tenant), d.endpointID, d.position.Transaction, d.position.Sequence, d.payload, d.attempts, d.lastError, store.Micros(d.failed))
	if err != nil {
		return fmt.Errorf("writing a dead letter of %s%s: %w", collection, d.endpointID, err)
	}
	return nil
}

const deadLetterColumns = `endpoint, txid, seq, payload, attempts, last_error, failed_at`

func scanDeadLetter(row database.Row, more ...any) (*deadLetter, error) {
	var d deadLetter
	var failed int64
	err := row.Scan(append([]any{&d.endpointID, &d.position.Transaction, &d.position.Sequence, &d.payload, &d.attempts, &d.lastError, &failed}, more...)...)
	d.failed = store.Instant(failed)
	return &d, err
}

// deadLetters are those of an endpoint after a place in the feed: up to limit, and no more than mostListed bytes of
// payloads but for the first one. more reports whether there are others.
func (r reader) deadLetters(ctx context.Context, endpointID string, after feed.Position, limit int) (found []*deadLetter, more bool, err error) {
	total := 0
	found, err = database.Select(ctx, r.Tx, "dead letter", func(row database.Row) (*deadLetter, error) { return scanDeadLetter(row, &total) },
		`SELECT `+deadLetterColumns+`, total FROM (
			SELECT d.*, count(*) OVER () AS total, sum(length(payload)) OVER (ORDER BY txid, seq) - length(payload) AS before FROM (
				SELECT * FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2 AND (txid, seq) > ($3, $4)
				ORDER BY txid, seq LIMIT $5) AS d) AS sized
		WHERE before < $6 ORDER BY txid, seq`,
		string(r.Tenant), endpointID, after.Transaction, after.Sequence, limit+1, mostListed)
	if err != nil {
		return nil, false, err
	}
	found = found[:min(len(found), limit)]
	return found, len(found) < total, nil
}

// ListDeadLetters lists the changes that an endpoint did not take in time.
func (s *Server) ListDeadLetters(ctx context.Context, request *pb.ListDeadLettersRequest) (*pb.ListDeadLettersResponse, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	bound := fmt.Sprintf("dead letters of %q of %q", request.GetParent(), caller.Tenant)
	var after feed.Position
	if err := s.pages.Open(ctx, bound, request.GetPageToken(), &after); err != nil {
		return nil, err
	}
	if err := s.pages.Load(ctx); err != nil {
		return nil, err
	}
	return mutation.Read(ctx, s.endpoints, func(ctx context.Context, r reader) (*pb.ListDeadLettersResponse, error) {
		of, err := r.endpoint(ctx, idIn(request.GetParent()))
		if err != nil {
			return nil, mutation.Explain(err, endpoints.What, idIn(request.GetParent()))
		}
		found, more, err := r.deadLetters(ctx, of.ID, after, aip.Size(request.GetPageSize()))
		if err != nil {
			return nil, err
		}
		response := &pb.ListDeadLettersResponse{}
		for _, one := range found {
			response.DeadLetters = append(response.DeadLetters, one.message())
		}
		if more {
			response.NextPageToken, err = s.pages.Seal(ctx, bound, found[len(found)-1].position)
		}
		return response, err
	})
}

// ReplayDeadLetter sends a dead letter once more; taken, it is gone.
func (s *Server) ReplayDeadLetter(ctx context.Context, request *pb.ReplayDeadLetterRequest) (*pb.ReplayDeadLetterResponse, error) {
	to, err := s.find(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	_, place, _ := strings.Cut(request.GetName(), "/deadLetters/")
	letter, err := mutation.Get(ctx, s.endpoints, "dead letter of "+to.name(), reader.deadLetter, deadLetterKey{to.ID, place})
	if err != nil {
		return nil, err
	}
	attempt, err := s.attempt(ctx, &to, messageID(to.ID, letter.position), []byte(letter.payload))
	if err != nil {
		return nil, err
	}
	statement, args := `DELETE FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2 AND txid = $3 AND seq = $4`,
		[]any{string(to.tenant), to.ID, letter.position.Transaction, letter.position.Sequence}
	if !attempt.GetDelivered() {
		statement = `UPDATE webhook_dead_letters SET attempts = attempts + 1, last_error = $1, failed_at = $2
			WHERE tenant = $3 AND endpoint = $4 AND txid = $5 AND seq = $6`
		args = append([]any{attempt.GetError(), store.Micros(s.config.Clock.Now())}, args...)
	}
	// It was sent, whether or not the caller still waits for the answer.
	if err := s.config.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}); err != nil {
		return nil, fmt.Errorf("noting the replay of %s: %w", request.GetName(), err)
	}
	return &pb.ReplayDeadLetterResponse{Attempt: attempt}, nil
}

// deadLetterKey names a dead letter by its endpoint and its place in the feed.
type deadLetterKey struct{ endpoint, place string }

// String is the part of the name that tells it from others of the endpoint.
func (k deadLetterKey) String() string { return k.place }

// deadLetter is a dead letter, or mutation.ErrNotFound.
func (r reader) deadLetter(ctx context.Context, key deadLetterKey) (*deadLetter, error) {
	var position feed.Position
	if _, err := fmt.Sscanf(key.place, "%d-%d", &position.Transaction, &position.Sequence); err != nil {
		return nil, mutation.ErrNotFound
	}
	return store.One(ctx, r.Tx, "dead letter", func(row database.Row) (*deadLetter, error) { return scanDeadLetter(row) },
		`SELECT `+deadLetterColumns+` FROM webhook_dead_letters WHERE tenant = $1 AND endpoint = $2 AND txid = $3 AND seq = $4`,
		string(r.Tenant), key.endpoint, position.Transaction, position.Sequence)
}
