// Package gateway serves the three vendor contracts and the native API over HTTP by calling the
// services over gRPC. It stores nothing and contains no domain rules: it routes, negotiates
// formats, transcodes, and renders errors in the vendor's format.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/certificates"
)

// Limits of the HTTP server.
const (
	defaultMaxBodyBytes = 1 << 20
	defaultBodyTimeout  = 30 * time.Second
	defaultCallTimeout  = 15 * time.Second
	defaultStallTimeout = time.Minute

	headTimeout    = time.Second // for a stream to be refused
	headerTimeout  = 10 * time.Second
	answerTimeout  = time.Minute
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 32 << 10
	maxURIBytes    = 8 << 10
	maxAnswerBytes = 64 << 20
)

// Config holds the settings and dependencies of a gateway.
type Config struct {
	// CustomerRecurrence, Subscription and RecurringBilling are connections to the services.
	// Required. The caller closes them after Serve has returned.
	CustomerRecurrence, Subscription, RecurringBilling grpc.ClientConnInterface
	// Logger gets one line per request. Required.
	Logger *slog.Logger
	// CORSOrigins are the origins of web pages that may call the gateway; `*` means all.
	CORSOrigins []string
	// FailureStatus holds the HTTP status of all failures of a contract, by its name. Other
	// contracts have the fitting ones.
	FailureStatus map[string]int
	// MaxBodyBytes is the maximum size of a request body, also once it is decompressed. 0 means
	// 1 MiB.
	MaxBodyBytes int64
	// BodyTimeout is the time limit for reading a request. 0 means 30 seconds.
	BodyTimeout time.Duration
	// CallTimeout is the time limit for a call to a service. 0 means 15 seconds.
	CallTimeout time.Duration
	// StallTimeout is how long the caller of a stream may leave sent data unread. 0 means one
	// minute.
	StallTimeout time.Duration
	// Authenticator identifies callers before their bodies are read. Nil accepts all, as the services
	// authenticate them too.
	Authenticator auth.Authenticator
	// Admission holds the budgets of the gateway, and the proxies that it trusts.
	Admission admission.Settings
	// Certificates make the gateway serve HTTPS, with HTTP/2, instead of HTTP. Optional.
	Certificates *certificates.Set

	control *admission.Controller
}

// Gateway is an HTTP server in front of the services.
type Gateway struct {
	config  Config
	handler http.Handler
	// endStreams ends streaming responses.
	endStreams context.CancelFunc
}

// New returns a gateway. It does not call the services; requests to an unavailable service result
// in 503.
func New(ctx context.Context, config Config) (*Gateway, error) {
	return assemble(ctx, config, wholeAPI(config))
}

// assemble is like New for a part of the API.
func assemble(ctx context.Context, config Config, offered api) (*Gateway, error) {
	if config.CustomerRecurrence == nil || config.Subscription == nil || config.RecurringBilling == nil || config.Logger == nil {
		return nil, errors.New("a gateway needs a connection to each service and a logger")
	}
	config.MaxBodyBytes = orDefault(config.MaxBodyBytes, defaultMaxBodyBytes)
	config.BodyTimeout = orDefault(config.BodyTimeout, defaultBodyTimeout)
	config.CallTimeout = orDefault(config.CallTimeout, defaultCallTimeout)
	config.StallTimeout = orDefault(config.StallTimeout, defaultStallTimeout)
	if config.Authenticator == nil {
		config.Authenticator = auth.Off{}
	}
	config.Admission = config.Admission.WithDefaults()
	config.control = admission.New(config.Admission)
	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	handler, err := newHandler(ctx, streams, config, offered)
	if err != nil {
		endStreams()
		return nil, err
	}
	return &Gateway{config: config, handler: handler, endStreams: endStreams}, nil
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Serve serves the listener until ctx ends, then ends streams and lets other requests finish for a
// limited time. It closes the listener and can be called only once.
func (g *Gateway) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           g.handler,
		ReadHeaderTimeout: min(headerTimeout, g.config.BodyTimeout),
		ReadTimeout:       g.config.BodyTimeout,
		WriteTimeout:      g.config.BodyTimeout + g.config.CallTimeout + answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(g.config.Logger.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(g.endStreams)
	defer g.endStreams()
	failed := make(chan error, 1)
	go func() { failed <- g.accept(server, listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.config.Admission.DrainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("draining HTTP requests: %w", err), server.Close())
	}
	return nil
}
