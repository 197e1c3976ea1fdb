// Package rpc assembles a service's gRPC server: what every call goes through, health, reflection, draining, and the one
// place where faults become statuses.
//
// A call's recovery, authentication, log line and status are one function, calls.around, for unary calls and streams alike:
// the interceptors of go-grpc-middleware would be two chains of four, and the log line needs the error that the status hides.
// Health is answered by asking the store at the moment of the question, with the reason in a trailer; grpc's own health
// server tells what it was last told, which a store that goes away makes stale.
package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

// Bounds of every server: what one message and one connection may take.
const (
	largestMessage       = 4 << 20
	concurrentStreams    = 1000
	connectionIdle       = 5 * time.Minute
	shortestClientPing   = 10 * time.Second
	drainTimeout         = 20 * time.Second
	handshakeTimeout     = 10 * time.Second
	keepaliveTime        = time.Minute
	keepaliveAckDeadline = 20 * time.Second
)

// Config is what a server is made of.
type Config struct {
	// Logger takes one line a call. Required.
	Logger *slog.Logger
	// Authenticator decides who calls. Required.
	Authenticator auth.Authenticator
	// Exempt names the methods (`/package.Service/Method`) that authenticate by their payload; nil: none.
	Exempt func(method string) bool
	// Ready reports whether the service and its store can serve now. Required.
	Ready func(context.Context) error
	// Register adds the service's own handlers. Required.
	Register func(grpc.ServiceRegistrar)
}

// Server is a gRPC server with all that Continuo's services have in common.
type Server struct {
	server *grpc.Server
	health *health
	// draining ends when the server stops taking calls; open streams end with it.
	draining context.Context
	drainNow context.CancelFunc
}

// New assembles a server. Reflection and grpc.health.v1 are served without authentication.
func New(config Config) (*Server, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("preparing request validation: %w", err)
	}
	draining, drainNow := context.WithCancel(context.Background())
	calls := &calls{draining: draining, logger: config.Logger, authenticator: config.Authenticator, validator: validator, exempt: func(method string) bool {
		return strings.HasPrefix(method, "/grpc.") || config.Exempt != nil && config.Exempt(method)
	}}
	server := grpc.NewServer(
		grpc.UnaryInterceptor(calls.unary),
		grpc.StreamInterceptor(calls.stream),
		grpc.MaxRecvMsgSize(largestMessage),
		grpc.MaxConcurrentStreams(concurrentStreams),
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: shortestClientPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: connectionIdle, Time: keepaliveTime, Timeout: keepaliveAckDeadline,
		}),
	)
	config.Register(server)
	state := &health{services: server.GetServiceInfo, ready: config.Ready, logger: config.Logger}
	healthpb.RegisterHealthServer(server, state)
	reflection.Register(server)
	return &Server{server: server, health: state, draining: draining, drainNow: drainNow}, nil
}

// Serve serves the listeners until ctx ends, then lets running calls finish for a bounded time. It closes the listeners. A
// service that is not ready serves too: it says so to whoever asks, and at once in the log.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		s.health.state(groupCtx)
		return nil
	})
	for _, listener := range listeners {
		group.Go(func() error {
			if err := s.server.Serve(listener); err != nil {
				return fmt.Errorf("serving %s: %w", listener.Addr(), err)
			}
			return nil
		})
	}
	group.Go(func() error {
		<-groupCtx.Done()
		s.drain()
		return nil
	})
	return group.Wait()
}

// drain ends the open streams, whose callers resume elsewhere, and waits for the calls that run.
func (s *Server) drain() {
	s.drainNow()
	timer := time.AfterFunc(drainTimeout, s.server.Stop)
	defer timer.Stop()
	s.server.GracefulStop()
}
