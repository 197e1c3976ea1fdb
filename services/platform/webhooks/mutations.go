package webhooks

import (
	"context"
	"errors"
	"reflect"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// endpoints says how endpoints are found and stored.
var endpoints = mutation.Resource[string, stored, writer]{What: "webhook endpoint", Find: writer.endpoint, Keep: writer.update}

// CreateWebhookEndpoint creates an endpoint and returns it with its secret.
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
	if err := s.tokens.Load(ctx); err != nil {
		return nil, err
	}
	return mutation.RunAs(ctx, s.endpoints, func(ctx context.Context, w writer) (result, error) {
		made := stored{endpoint: asked, secret: fresh, number: 1}
		if err := checkCreatable(ctx, w, made.ID); err != nil {
			return result{}, err
		}
		if !request.GetFromBeginning() {
			var err error
			if made.cursor, err = feed.End(ctx, w.Tx); err != nil {
				return result{}, err
			}
		}
		if err := w.insert(ctx, &made); err != nil {
			return result{}, err
		}
		return shown(ctx, w, &made), nil
	}, s.present)
}

// shown returns the outcome of a mutation that reveals the endpoint's secret, unless it only
// validates.
func shown(ctx context.Context, w writer, of *stored) result {
	if mutation.OnlyValidates(ctx) {
		return result{Endpoint: of.endpoint}
	}
	return result{of.endpoint, of.number, w.Caller().Actor}
}

// checkCreatable rejects an endpoint whose id is taken or whose tenant has too many.
func checkCreatable(ctx context.Context, w writer, endpointID string) error {
	if _, err := w.endpoint(ctx, endpointID); !errors.Is(err, mutation.ErrNotFound) {
		if err != nil {
			return err
		}
		return mutation.Explain(mutation.ErrTaken, endpoints.What, endpointID)
	}
	there, err := w.count(ctx)
	if err == nil && there >= maxEndpoints {
		return fault.New(fault.ResourceExhausted, reason.TooMany, "there are %d webhook endpoints already; remove one first", there)
	}
	return err
}

// change runs a mutation of an existing endpoint. revise reports whether the response reveals the
// secret.
func (s *Server) change(ctx context.Context, name, etag string, revise func(context.Context, writer, *stored) (show bool, err error)) (*pb.WebhookEndpoint, error) {
	if err := s.tokens.Load(ctx); err != nil {
		return nil, err
	}
	return mutation.RunAs(ctx, s.endpoints, func(ctx context.Context, w writer) (result, error) {
		show := false
		revised, _, err := mutation.Revise(ctx, w, endpoints, idIn(name), etag, func(ctx context.Context, w writer, found *stored) (err error) {
			show, err = revise(ctx, w, found)
			return err
		})
		if err != nil || !show {
			return result{Endpoint: revised.endpoint}, err
		}
		return shown(ctx, w, &revised), nil
	}, s.present)
}

// UpdateWebhookEndpoint changes an endpoint.
func (s *Server) UpdateWebhookEndpoint(ctx context.Context, request *pb.UpdateWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	asked := request.GetWebhookEndpoint()
	return s.change(ctx, asked.GetName(), asked.GetEtag(), func(_ context.Context, w writer, found *stored) (bool, error) {
		before := found.endpoint
		if err := found.apply(asked, request.GetUpdateMask().GetPaths()); err != nil || reflect.DeepEqual(found.endpoint, before) {
			return false, err
		}
		if !found.deliversLike(before) {
			found.resetRetries(w.Now())
		}
		if found.URL == before.URL {
			return false, nil
		}
		return false, checkURL(found.URL, s.config.AllowPrivateTargets)
	})
}

// DeleteWebhookEndpoint removes an endpoint.
func (s *Server) DeleteWebhookEndpoint(ctx context.Context, request *pb.DeleteWebhookEndpointRequest) (*emptypb.Empty, error) {
	err := mutation.Delete(ctx, s.endpoints, endpoints, idIn(request.GetName()), request.GetEtag(), func(ctx context.Context, w writer, found stored) error {
		return w.remove(ctx, &found)
	})
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// RotateWebhookSecret replaces the secret of an endpoint and returns the new one. The previous
// secret stays valid for secretOverlap.
func (s *Server) RotateWebhookSecret(ctx context.Context, request *pb.RotateWebhookSecretRequest) (*pb.WebhookEndpoint, error) {
	fresh := newSecret()
	return s.change(ctx, request.GetName(), request.GetEtag(), func(_ context.Context, w writer, found *stored) (bool, error) {
		found.previous, found.previousUntil = found.secret, w.Now().Add(secretOverlap)
		found.secret, found.number = fresh, found.number+1
		return true, nil
	})
}

// ReplayWebhookEndpoint moves the cursor of an endpoint.
func (s *Server) ReplayWebhookEndpoint(ctx context.Context, request *pb.ReplayWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	var to feed.Position
	if err := s.tokens.OpenAfter(ctx, caller.Tenant, request.GetAfter(), &to); err != nil {
		return nil, err
	}
	return s.change(ctx, request.GetName(), "", func(ctx context.Context, w writer, found *stored) (bool, error) {
		if request.GetAfter() != "" {
			if err := checkPosition(ctx, w.Tx, to); err != nil {
				return false, err
			}
		}
		found.cursor = to
		found.resetRetries(w.Now())
		return false, w.endTurn(ctx, found)
	})
}

// checkPosition rejects a position before the oldest or after the newest entry of the feed.
func checkPosition(ctx context.Context, tx *database.Tx, to feed.Position) error {
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
			"changes after this token have been removed; replay without a token to start at the oldest change")
	case to.Compare(end) > 0:
		return changes.InvalidToken()
	}
	return nil
}
