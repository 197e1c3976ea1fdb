package rpc

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

const (
	readyTimeout  = 2 * time.Second
	watchInterval = time.Second
)

// health answers grpc.health.v1 by asking the service at the moment of the question, so that it cannot be stale.
type health struct {
	healthpb.UnimplementedHealthServer
	services func() map[string]grpc.ServiceInfo
	ready    func(context.Context) error
}

func (h *health) state(ctx context.Context) healthpb.HealthCheckResponse_ServingStatus {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := h.ready(ctx); err != nil {
		return healthpb.HealthCheckResponse_NOT_SERVING
	}
	return healthpb.HealthCheckResponse_SERVING
}

func (h *health) known(service string) bool {
	_, registered := h.services()[service]
	return service == "" || registered
}

// Check reports whether the service and its store can serve now.
func (h *health) Check(ctx context.Context, request *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	if !h.known(request.GetService()) {
		return nil, status.Errorf(codes.NotFound, "no service %q here", request.GetService())
	}
	return &healthpb.HealthCheckResponse{Status: h.state(ctx)}, nil
}

// List reports every service; they share one store and so one state.
func (h *health) List(ctx context.Context, _ *healthpb.HealthListRequest) (*healthpb.HealthListResponse, error) {
	state := h.state(ctx)
	statuses := map[string]*healthpb.HealthCheckResponse{"": {Status: state}}
	for name := range h.services() {
		statuses[name] = &healthpb.HealthCheckResponse{Status: state}
	}
	return &healthpb.HealthListResponse{Statuses: statuses}, nil
}

// Watch sends the state at once and again whenever it changes, to the second.
func (h *health) Watch(request *healthpb.HealthCheckRequest, stream grpc.ServerStreamingServer[healthpb.HealthCheckResponse]) error {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	last := healthpb.HealthCheckResponse_UNKNOWN
	for {
		now := healthpb.HealthCheckResponse_SERVICE_UNKNOWN
		if h.known(request.GetService()) {
			now = h.state(stream.Context())
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
