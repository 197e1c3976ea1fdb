// Package rpc assembles a service's gRPC server: interceptors, health, reflection and draining. It
// is the one place where faults become statuses.
//
// One function, calls.around, handles recovery, authentication, logging and statuses for unary
// calls and streams. With go-grpc-middleware that would be two chains of four interceptors, and the
// log line needs the error that the status hides. Health checks ask the store on each request and
// return the reason in a trailer. grpc's own health server only repeats the last state it was
// given, which would be outdated if the store fails.
package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/authlog"
	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/protos"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// Limits of every server. A message may be compressed with gzip, and is answered in kind.
const (
	maxMessage           = 4 << 20
	sparePlaces          = 100 // on a connection beyond the budgets, for health checks
	connectionIdle       = 5 * time.Minute
	minClientPing        = 10 * time.Second
	handshakeTimeout     = 10 * time.Second
	keepaliveTime        = time.Minute
	keepaliveAckDeadline = 20 * time.Second
)

// How many bytes a caller may send before they are read, for one call and for all on a connection. Fixed
// windows bound what no budget counts, and save the pings by which gRPC would measure a connection.
const (
	streamWindow     = 256 << 10
	connectionWindow = 4 << 20
)

// workersPerProcessor is how many goroutines wait for calls, whose stacks have grown already. While all
// are busy, a call gets one of its own.
const workersPerProcessor = 8

// Config holds the parts of a server.
type Config struct {
	// Service is the name of the service, to which scopes can be restricted. Required.
	Service string
	// Logger gets one line per call. Required.
	Logger *slog.Logger
	// Authenticator identifies callers. Required.
	Authenticator auth.Authenticator
	// Exempt reports whether a method (`/package.Service/Method`) needs no credential because its
	// message authenticates the caller. Optional.
	Exempt func(method string) bool
	// PrivateDocs closes reflection to callers without a valid credential.
	PrivateDocs bool
	// Ready returns nil if the service and its store can serve now. Required.
	Ready func(context.Context) error
	// Admission holds the budgets of the server and the proxies that it trusts.
	Admission admission.Settings
	// Certificates make the server use TLS on connections from the network. Optional.
	Certificates *certificates.Set
	// Register registers the service's handlers. Required.
	Register func(grpc.ServiceRegistrar)
}

// Server is a gRPC server with the features that all services share.
type Server struct {
	server *grpc.Server
	inside *inProcess
	health *health
	// draining is cancelled when the server stops accepting calls; it ends open streams.
	draining context.Context
	drainNow context.CancelFunc
	// control has the budgets, and drainTimeout bounds the time for running calls.
	control      *admission.Controller
	drainTimeout time.Duration
}

// New returns a server. grpc.health.v1 needs no authentication, and reflection none unless docs are private.
func New(config Config) *Server {
	settings := config.Admission.WithDefaults()
	control := admission.New(settings)
	draining, drainNow := context.WithCancel(context.Background())
	calls := &calls{
		service: config.Service, draining: draining, logger: config.Logger, authenticator: config.Authenticator,
		control: control, proxies: settings.Proxies,
		refusals: telemetry.NewTally(config.Logger, "calls refused beyond limits"),
		attempts: authlog.New(config.Logger, authlog.Unauthenticated, clock.System{}),
	}
	calls.exempt = func(method string) bool {
		return open(method, config.PrivateDocs) || config.Exempt != nil && config.Exempt(method)
	}
	server := grpc.NewServer(append(telemetry.ServerOptions(),
		grpc.Creds(config.Certificates.Server()),
		grpc.InTapHandle(calls.received),
		grpc.UnaryInterceptor(calls.unary),
		grpc.StreamInterceptor(calls.stream),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(maxMessage), // also after decompression
		grpc.MaxConcurrentStreams(uint32(min(settings.Limits.Calls+settings.Limits.Streams+sparePlaces, math.MaxUint32))), //nolint:gosec // bounded
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.NumStreamWorkers(uint32(workersPerProcessor*runtime.GOMAXPROCS(0))), //nolint:gosec // a small number
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connectionWindow),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minClientPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: connectionIdle, Time: keepaliveTime, Timeout: keepaliveAckDeadline,
		}),
	)...)
	inside := newInProcess(draining, calls)
	both := registrars{reading{server, calls}, inside}
	config.Register(both)
	calls.scopes = scopesOf(server.GetServiceInfo())
	state := &health{services: server.GetServiceInfo, ready: config.Ready, logger: config.Logger}
	healthpb.RegisterHealthServer(both, state)
	described := reflection.ServerOptions{Services: server, DescriptorResolver: protos.Resolver}
	reflectionv1.RegisterServerReflectionServer(both, reflection.NewServerV1(described))
	reflectionv1alpha.RegisterServerReflectionServer(both, reflection.NewServer(described))
	return &Server{server: server, inside: inside, health: state, draining: draining, drainNow: drainNow, control: control, drainTimeout: settings.DrainTimeout}
}

// InProcess returns a connection for callers in the same process, which needs no listener. It can be
// used before Serve, until the context of Serve ends.
func (s *Server) InProcess() grpc.ClientConnInterface { return s.inside }

// Serve serves the listeners until ctx ends, then lets running calls finish for a limited time. It
// closes the listeners. A service that is not ready serves too; health checks and the log say so.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		s.health.state(groupCtx)
		return nil
	})
	for _, listener := range listeners {
		group.Go(func() error {
			if err := s.server.Serve(s.control.Listener(listener)); err != nil && !errors.Is(err, grpc.ErrServerStopped) { // it is, if ctx has ended by now
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

// drain ends open streams, whose callers resume on another server, and waits for running calls.
func (s *Server) drain() {
	s.drainNow()
	deadline := time.Now().Add(s.drainTimeout)
	timer := time.AfterFunc(s.drainTimeout, s.server.Stop)
	defer timer.Stop()
	s.server.GracefulStop()
	s.inside.drain(deadline)
}
