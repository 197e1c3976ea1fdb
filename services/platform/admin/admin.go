// Package admin serves what operators see of a process, on an address of its own: metrics, health
// and profiles. It also starts the traces of the process.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

const (
	headerTimeout = 5 * time.Second
	stopTimeout   = 5 * time.Second
)

// Config holds the settings of a process.
type Config struct {
	// Program is the name of the program in traces.
	Program string
	// Address is where to listen, or `off`. "" is Default, and without Default `off`.
	Address string
	// Default is the address if none is set. If it is taken, the process goes on without, so that
	// several can run side by side.
	Default string
	// Logger logs where it listens.
	Logger *slog.Logger
}

// Server serves the admin address of a process.
type Server struct {
	server     *http.Server
	listener   net.Listener
	stopTraces func(context.Context) error
	logger     *slog.Logger
	ready      atomic.Pointer[http.Handler]
}

// Start begins to measure the process, to trace it if OpenTelemetry's variables say where to, and to
// listen. Call it before servers are assembled, which are otherwise not observed, and call Stop at
// the end.
func Start(ctx context.Context, settings Config) (*Server, error) {
	s := &Server{logger: settings.Logger}
	if err := s.listen(ctx, settings); err != nil {
		return nil, err
	}
	var err error
	if s.stopTraces, err = telemetry.StartTraces(ctx, settings.Program, settings.Logger); err != nil {
		if s.listener != nil {
			_ = s.listener.Close() // the program ends
		}
		return nil, config.Wrong(err)
	}
	if s.listener == nil {
		return s, nil
	}
	return s, s.serve()
}

// serve begins to measure the process and to serve the pages.
func (s *Server) serve() error {
	metrics, err := telemetry.Metrics()
	if err != nil {
		return err
	}
	admission.Refused = telemetry.Refused
	s.server = &http.Server{Handler: s.pages(metrics), ReadHeaderTimeout: headerTimeout}
	go func() {
		if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.logger.Error("serving the admin address failed", "error", err)
		}
	}()
	s.logger.Info("serving metrics", "address", s.listener.Addr().String())
	return nil
}

// listen leaves the listener nil if there is none.
func (s *Server) listen(ctx context.Context, settings Config) (err error) {
	switch settings.Address {
	case "off":
		return nil
	case "":
		if settings.Default == "" {
			return nil
		}
		if s.listener, err = process.Listen(ctx, settings.Default); err != nil {
			s.logger.Warn("the default admin address is not free: no metrics; set CONTINUO_ADMIN_ADDR", "error", err)
		}
		return nil
	}
	if _, _, err := net.SplitHostPort(settings.Address); err != nil {
		return config.Wrong(fmt.Errorf("CONTINUO_ADMIN_ADDR=%s: must be an address like 127.0.0.1:9190, or off", settings.Address))
	}
	if s.listener, err = process.Listen(ctx, settings.Address); err != nil {
		return fmt.Errorf("CONTINUO_ADMIN_ADDR: %w", err)
	}
	return nil
}

// Address returns the address that is served, or "".
func (s *Server) Address() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Ready sets the handler of /readyz and of the paths below it. Before, it answers 503. It does
// nothing on a nil server.
func (s *Server) Ready(handler http.Handler) {
	if s != nil {
		s.ready.Store(&handler)
	}
}

// Stop stops serving and sends the traces that are left.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var err error
	if s.server != nil {
		err = s.server.Close()
	}
	if err := errors.Join(err, s.stopTraces(ctx)); err != nil {
		s.logger.Warn("the last traces were not sent", "error", err)
	}
}

func (s *Server) pages(metrics http.Handler) http.Handler {
	pages := http.NewServeMux()
	pages.Handle("GET /metrics", metrics)
	pages.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	pages.HandleFunc("GET /readyz", s.readiness)
	pages.HandleFunc("GET /readyz/", s.readiness)
	for path, page := range map[string]http.HandlerFunc{
		"/debug/pprof/": pprof.Index, "/debug/pprof/cmdline": pprof.Cmdline, "/debug/pprof/profile": pprof.Profile,
		"/debug/pprof/symbol": pprof.Symbol, "/debug/pprof/trace": pprof.Trace,
	} {
		pages.HandleFunc("GET "+path, local(page))
	}
	return pages
}

func (s *Server) readiness(w http.ResponseWriter, r *http.Request) {
	if ready := s.ready.Load(); ready != nil {
		(*ready).ServeHTTP(w, r)
		return
	}
	answer(w, errors.New("the program is starting"))
}

// local refuses callers on other machines: profiles may hold what callers sent.
func local(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !peer.Addr().Unmap().IsLoopback() {
			http.Error(w, "Profiles are for callers on the same machine.", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}
