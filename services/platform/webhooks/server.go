package webhooks

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
	"github.com/continuo-billing/continuo/services/platform/page"
)

// Server is the WebhookService of a store's endpoints.
type Server struct {
	pb.UnsafeWebhookServiceServer

	config Config
	sender *sender
}

// NewServer is the server of a store's endpoints.
func NewServer(config Config) *Server { return &Server{config: config, sender: newSender(config)} }

// result is what a mutation came to, as it is recorded under its idempotency key: without the secret, which is looked up
// by its number for as long as it is the present one.
type result struct {
	Endpoint endpoint `json:"endpoint"`
	// ShownSecret is the number of the secret that the caller is shown; 0: none.
	ShownSecret int64 `json:"shown_secret,omitempty"`
}

// mutate runs a mutation in one transaction, once an idempotency key, and answers with what it came to.
func (s *Server) mutate(ctx context.Context, do func(context.Context, *database.Tx, auth.Principal, time.Time) (result, error)) (*pb.WebhookEndpoint, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	now := s.config.Clock.Now().Truncate(time.Microsecond)
	var answer *pb.WebhookEndpoint
	err = s.config.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		outcome, err := idempotency.Do(ctx, idempotency.In(tx, caller.Tenant), now, func() (result, error) {
			return do(ctx, tx, caller, now)
		})
		if err != nil {
			return err
		}
		answer, err = present(ctx, tx, caller.Tenant, outcome)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// present is what a caller is answered. An endpoint that is gone since has no deliveries and no secret.
func present(ctx context.Context, tx *database.Tx, tenant auth.Tenant, outcome result) (*pb.WebhookEndpoint, error) {
	message := outcome.Endpoint.message()
	now, err := load(ctx, tx, tenant, outcome.Endpoint.ID)
	if errors.Is(err, fault.NotFound) {
		return message, nil
	}
	if err != nil {
		return nil, err
	}
	if outcome.ShownSecret == now.number {
		message.Secret = string(now.secret)
	}
	message.Delivery, err = now.delivery()
	return message, err
}

// errUnchanged ends a mutation that changes nothing: the version stays, and the change feed tells of nothing.
var errUnchanged = errors.New("nothing changed")

// change runs a mutation of an existing endpoint.
func (s *Server) change(ctx context.Context, name, etag string, do func(context.Context, *database.Tx, *stored, time.Time) (shownSecret int64, err error)) (*pb.WebhookEndpoint, error) {
	return s.mutate(ctx, func(ctx context.Context, tx *database.Tx, caller auth.Principal, now time.Time) (result, error) {
		found, err := load(ctx, tx, caller.Tenant, idIn(name))
		if err != nil {
			return result{}, err
		}
		if err := found.checkEtag(etag); err != nil {
			return result{}, err
		}
		shown, err := do(ctx, tx, found, now)
		if errors.Is(err, errUnchanged) {
			return result{Endpoint: found.endpoint}, nil
		}
		if err != nil {
			return result{}, err
		}
		found.Version, found.UpdateTime = found.Version+1, now
		if err := save(ctx, tx, found); err != nil {
			return result{}, err
		}
		return result{found.endpoint, shown}, tell(ctx, tx, found, feed.Updated, caller.Actor, now)
	})
}

func (e *endpoint) checkEtag(etag string) error {
	if etag != "" && etag != id.Etag(e.Version) {
		return fault.New(fault.Conflict, reason.EtagMismatch, "%s has changed since it was read; read it again", e.name())
	}
	return nil
}

// CreateWebhookEndpoint makes an endpoint and shows its secret.
func (s *Server) CreateWebhookEndpoint(ctx context.Context, request *pb.CreateWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	asked := endpoint{ID: request.GetWebhookEndpointId(), Version: 1}
	if asked.ID == "" {
		asked.ID = id.New()
	}
	if err := asked.apply(request.GetWebhookEndpoint(), []string{"*"}); err != nil {
		return nil, err
	}
	if err := checkURL(asked.URL, s.config.AllowPrivateTargets); err != nil {
		return nil, err
	}
	fresh := newSecret()
	return s.mutate(ctx, func(ctx context.Context, tx *database.Tx, caller auth.Principal, now time.Time) (result, error) {
		made := &stored{endpoint: asked, tenant: caller.Tenant, secret: fresh, number: 1, patientSince: now}
		made.CreateTime, made.UpdateTime = now, now
		if err := checkRoom(ctx, tx, made); err != nil || request.GetValidateOnly() {
			return result{Endpoint: made.endpoint}, err
		}
		if !request.GetFromBeginning() {
			var err error
			if made.cursor, err = feed.End(ctx, tx); err != nil {
				return result{}, err
			}
		}
		if err := insert(ctx, tx, made); err != nil {
			return result{}, err
		}
		return result{made.endpoint, made.number}, tell(ctx, tx, made, feed.Created, caller.Actor, now)
	})
}

// checkRoom refuses an endpoint whose id is taken or whose tenant has enough of them.
func checkRoom(ctx context.Context, tx *database.Tx, made *stored) error {
	if _, err := load(ctx, tx, made.tenant, made.ID); !errors.Is(err, fault.NotFound) {
		if err != nil {
			return err
		}
		return fault.New(fault.AlreadyExists, reason.AlreadyExists, "%s exists already", made.name())
	}
	endpoints, err := count(ctx, tx, made.tenant)
	if err == nil && endpoints >= mostEndpoints {
		return fault.New(fault.ResourceExhausted, reason.TooMany, "there are %d webhook endpoints already: remove one first", endpoints)
	}
	return err
}

// find is an endpoint of the caller's.
func (s *Server) find(ctx context.Context, name string) (found *stored, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.config.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		found, err = load(ctx, tx, caller.Tenant, idIn(name))
		return err
	})
	return found, err
}

// GetWebhookEndpoint reads an endpoint.
func (s *Server) GetWebhookEndpoint(ctx context.Context, request *pb.GetWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	found, err := s.find(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	return found.reading()
}

// reading is an endpoint as readers see it.
func (s *stored) reading() (message *pb.WebhookEndpoint, err error) {
	message = s.message()
	message.Delivery, err = s.delivery()
	return message, err
}

// ListWebhookEndpoints lists the caller's endpoints.
func (s *Server) ListWebhookEndpoints(ctx context.Context, request *pb.ListWebhookEndpointsRequest) (*pb.ListWebhookEndpointsResponse, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	var after string
	if err := page.Decode(request.GetPageToken(), &after); err != nil {
		return nil, err
	}
	size := page.Size(request.GetPageSize())
	var found []*stored
	if err := s.config.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		found, err = list(ctx, tx, caller.Tenant, after, size+1)
		return err
	}); err != nil {
		return nil, err
	}
	response := &pb.ListWebhookEndpointsResponse{}
	if len(found) > size {
		found = found[:size]
		if response.NextPageToken, err = page.Encode(found[size-1].ID); err != nil {
			return nil, err
		}
	}
	for _, one := range found {
		message, err := one.reading()
		if err != nil {
			return nil, err
		}
		response.WebhookEndpoints = append(response.WebhookEndpoints, message)
	}
	return response, nil
}

// UpdateWebhookEndpoint changes an endpoint.
func (s *Server) UpdateWebhookEndpoint(ctx context.Context, request *pb.UpdateWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	asked := request.GetWebhookEndpoint()
	return s.change(ctx, asked.GetName(), asked.GetEtag(), func(_ context.Context, _ *database.Tx, found *stored, now time.Time) (int64, error) {
		before := found.endpoint
		if err := found.apply(asked, request.GetUpdateMask().GetPaths()); err != nil {
			return 0, err
		}
		if reflect.DeepEqual(found.endpoint, before) {
			return 0, errUnchanged
		}
		if !found.deliversLike(before) {
			found.startAnew(now)
		}
		if found.URL == before.URL {
			return 0, nil
		}
		return 0, checkURL(found.URL, s.config.AllowPrivateTargets)
	})
}

// DeleteWebhookEndpoint removes an endpoint.
func (s *Server) DeleteWebhookEndpoint(ctx context.Context, request *pb.DeleteWebhookEndpointRequest) (*emptypb.Empty, error) {
	_, err := s.mutate(ctx, func(ctx context.Context, tx *database.Tx, caller auth.Principal, now time.Time) (result, error) {
		found, err := load(ctx, tx, caller.Tenant, idIn(request.GetName()))
		if err != nil {
			return result{}, err
		}
		if err := found.checkEtag(request.GetEtag()); err != nil {
			return result{}, err
		}
		if err := remove(ctx, tx, found); err != nil {
			return result{}, err
		}
		return result{Endpoint: found.endpoint}, tell(ctx, tx, found, feed.Deleted, caller.Actor, now)
	})
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// RotateWebhookSecret gives an endpoint a new secret and shows it; the old one signs beside it for a while.
func (s *Server) RotateWebhookSecret(ctx context.Context, request *pb.RotateWebhookSecretRequest) (*pb.WebhookEndpoint, error) {
	fresh := newSecret()
	return s.change(ctx, request.GetName(), request.GetEtag(), func(_ context.Context, _ *database.Tx, found *stored, now time.Time) (int64, error) {
		found.previous, found.previousUntil = found.secret, now.Add(secretOverlap)
		found.secret, found.number = fresh, found.number+1
		return found.number, nil
	})
}

// PingWebhookEndpoint sends a test event.
func (s *Server) PingWebhookEndpoint(ctx context.Context, request *pb.PingWebhookEndpointRequest) (*pb.PingWebhookEndpointResponse, error) {
	found, err := s.find(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	body, err := ping(found, s.config.Clock.Now())
	if err != nil {
		return nil, err
	}
	attempt, err := s.attempt(ctx, found, "msg_"+id.New(), body)
	if err != nil {
		return nil, err
	}
	return &pb.PingWebhookEndpointResponse{Attempt: attempt}, nil
}

// attempt sends once and tells how it went.
func (s *Server) attempt(ctx context.Context, to *stored, message string, body []byte) (*pb.DeliveryAttempt, error) {
	sent, err := s.sender.send(ctx, to, message, body)
	if err != nil {
		return nil, err
	}
	return &pb.DeliveryAttempt{MessageId: message, Delivered: sent.delivered(), HttpStatus: int32(sent.status), Error: sent.reason}, nil
}

// ReplayWebhookEndpoint moves an endpoint to another place in the feed.
func (s *Server) ReplayWebhookEndpoint(ctx context.Context, request *pb.ReplayWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	var to feed.Position
	if page.Decode(request.GetAfter(), &to) != nil {
		return nil, errNoToken()
	}
	return s.change(ctx, request.GetName(), "", func(ctx context.Context, tx *database.Tx, found *stored, now time.Time) (int64, error) {
		if request.GetAfter() != "" {
			if err := checkPlace(ctx, tx, to); err != nil {
				return 0, err
			}
		}
		found.cursor = to
		found.startAnew(now)
		return 0, endTurn(ctx, tx, found)
	})
}

// endTurn takes the lease from whoever is sending to an endpoint, so that what is on its way does not move the cursor,
// wherever it was put.
func endTurn(ctx context.Context, tx *database.Tx, found *stored) error {
	_, err := tx.ExecContext(ctx, `UPDATE webhook_endpoints SET lease_owner = '', lease_until = 0 WHERE tenant = $1 AND id = $2`,
		string(found.tenant), found.ID)
	if err != nil {
		return fmt.Errorf("ending the turn of %s: %w", found.name(), err)
	}
	return nil
}

func errNoToken() error {
	return fault.InvalidField("after", reason.InvalidChangeToken, "is no token of this feed")
}

// checkPlace refuses a place that lies before what the feed still keeps or after what it has.
func checkPlace(ctx context.Context, tx *database.Tx, to feed.Position) error {
	floor, err := feed.Floor(ctx, tx)
	if err != nil {
		return err
	}
	end, err := feed.End(ctx, tx)
	if err != nil {
		return err
	}
	switch {
	case to.Compare(floor) < 0:
		return fault.New(fault.FailedPrecondition, reason.ChangeTokenTooOld,
			"changes after this token are past their retention: replay from the beginning of what is kept, without a token")
	case to.Compare(end) > 0:
		return errNoToken()
	}
	return nil
}
