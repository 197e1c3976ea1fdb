package rpc

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

const (
	readyTimeout  = 2 * time.Second
	watchInterval = time.Second
)

// health implements grpc.health.v1. It asks the service on each request, so the result is never
// outdated.
type health struct {
	healthpb.UnimplementedHealthServer
	services func() map[string]grpc.ServiceInfo
	ready    func(context.Context) error
	logger   *slog.Logger

	mu sync.Mutex
	// logged is the last reason logged for not serving; "" while serving.
	logged string
}

// state reports whether the service can serve now, and the reason if not.
func (h *health) state(ctx context.Context) (state healthpb.HealthCheckResponse_ServingStatus, reason string) {
	asking, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	err := h.ready(asking)
	if err == nil {
		h.log(ctx, "", nil)
		return healthpb.HealthCheckResponse_SERVING, ""
	}
	reason = "the store does not answer"
	if known, ok := fault.As(err); ok {
		reason = known.Message
	}
	if ctx.Err() == nil {
		h.log(ctx, reason, err)
	}
	return healthpb.HealthCheckResponse_NOT_SERVING, reason
}

// log writes a line when the state changes.
func (h *health) log(ctx context.Context, reason string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch reason {
	case h.logged:
	case "":
		h.logger.InfoContext(ctx, "ready")
	default:
		h.logger.WarnContext(ctx, "not ready", "reason", reason, "error", err)
	}
	h.logged = reason
}

func (h *health) known(service string) bool {
	_, registered := h.services()[service]
	return service == "" || registered
}

// Check reports whether the service and its store can serve now. If not, the trailer
// NotServingTrailer says why.
func (h *health) Check(ctx context.Context, request *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	if !h.known(request.GetService()) {
		return nil, status.Errorf(codes.NotFound, "unknown service %q", request.GetService())
	}
	state, reason := h.state(ctx)
	if reason != "" {
		if err := grpc.SetTrailer(ctx, metadata.Pairs(telemetry.NotServingTrailer, reason)); err != nil {
			return nil, err
		}
	}
	return &healthpb.HealthCheckResponse{Status: state}, nil
}

// List reports the state of all services. They share one store and therefore one state.
func (h *health) List(ctx context.Context, _ *healthpb.HealthListRequest) (*healthpb.HealthListResponse, error) {
	state, _ := h.state(ctx)
	statuses := map[string]*healthpb.HealthCheckResponse{"": {Status: state}}
	for name := range h.services() {
		statuses[name] = &healthpb.HealthCheckResponse{Status: state}
	}
	return &healthpb.HealthListResponse{Statuses: statuses}, nil
}

// Watch sends the state immediately and within a second of each change.
func (h *health) Watch(request *healthpb.HealthCheckRequest, stream grpc.ServerStreamingServer[healthpb.HealthCheckResponse]) error {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	last := healthpb.HealthCheckResponse_UNKNOWN
	for {
		now := healthpb.HealthCheckResponse_SERVICE_UNKNOWN
		if h.known(request.GetService()) {
			now, _ = h.state(stream.Context())
		}
		if now != last {
			if err := stream.Send(&healthpb.HealthCheckResponse{Status: now}); err != nil {
				return err
			}
			last = now
		}
		select {
		case <-stream.Context().Done():
			return stream.Context().Err()
		case <-ticker.C:
		}
	}
}
