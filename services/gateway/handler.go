package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	"github.com/continuo-billing/continuo/services/gateway/internal/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/native"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// handler takes every request: it gives it an id, answers the gateway's own pages, and routes the rest to the mux.
type handler struct {
	config Config
	table  *route.Table
	// muxes are the transcoders by the prefix of their paths.
	muxes map[string]*runtime.ServeMux
	pages *http.ServeMux
	// streams ends when streaming answers have to.
	streams context.Context
}

func newHandler(ctx, streams context.Context, config Config, offered func(*route.Route) bool) (*handler, error) {
	backends := backendsOf(config)
	table, err := backends.routes(offered)
	if err != nil {
		return nil, err
	}
	h := &handler{config: config, table: table, streams: streams}
	if h.muxes, err = backends.muxes(ctx, h.newMux); err != nil {
		return nil, err
	}
	if h.pages, err = newPages(backends, table); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	x := &exchange{contract: route.Framework, answer: aspnet.Negotiate(r.Header)}
	ctx := withExchange(telemetry.WithRequestID(r.Context(), r.Header.Get(telemetry.RequestIDHeader)), x)
	answer := &recorder{ResponseWriter: w, status: http.StatusOK}
	answer.Header().Set(telemetry.RequestIDHeader, telemetry.RequestID(ctx))
	answer.Header().Set("X-Content-Type-Options", "nosniff")
	h.protect(answer, r.WithContext(ctx), x)
	h.config.Logger.InfoContext(ctx, "request",
		slog.String("method", r.Method), slog.String("route", x.pattern), slog.Int("status", answer.status),
		slog.Int64("bytes", answer.bytes), slog.Duration("took", time.Since(started)))
}

// protect turns a panic into a failure of the request alone.
func (h *handler) protect(w *recorder, r *http.Request, x *exchange) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		if err, ok := thrown.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(thrown)
		}
		h.config.Logger.ErrorContext(r.Context(), "a request panicked", slog.String("route", x.pattern),
			slog.String("panic", fmt.Sprint(thrown)), slog.String("stack", string(debug.Stack())))
		if !w.started {
			h.fail(w, r, failure.Internal())
		}
	}()
	if page, pattern := h.pages.Handler(r); pattern != "" {
		x.pattern, x.contract = pattern, route.Native
		page.ServeHTTP(w, r)
		return
	}
	h.route(w, r, x)
}

// route finds the request's operation and hands the request to the mux.
func (h *handler) route(w *recorder, r *http.Request, x *exchange) {
	match := h.table.Match(r.Method, r.URL)
	x.contract, x.route = match.Contract, match.Route
	if x.contract == route.CRMCOM || x.contract == route.Native {
		x.answer = aspnet.Body{Format: wire.JSON, MediaType: "application/json", Charset: aspnet.UTF8}
	}
	if refused := h.admit(w, r, x, match); refused != nil {
		h.fail(w, r, refused)
		return
	}
	ctx, cancel := h.bounded(w, r, x)
	defer cancel()
	h.muxes[match.Route.Prefix].ServeHTTP(w, inner(ctx, r, x, match.Path))
}

// admit checks, in the framework's order, what can be checked without the operation, and reads the body. It is nil where
// nothing is wrong.
func (h *handler) admit(w http.ResponseWriter, r *http.Request, x *exchange, match route.Match) *failure.Failure {
	if len(r.RequestURI) > maxURIBytes {
		return failure.URITooLong(maxURIBytes)
	}
	if errors.Is(match.Err, route.ErrMethod) {
		w.Header().Set("Allow", strings.Join(match.Allowed, ", "))
		return failure.Method(r.Method)
	}
	if match.Route == nil {
		return failure.NoRoute(requestURI(r))
	}
	x.pattern = match.Route.Pattern
	if refused := x.checkMediaType(r); refused != nil {
		return refused
	}
	if errors.Is(match.Err, route.ErrValue) {
		return failure.PathValue()
	}
	if refused := h.readBody(w, r, x); refused != nil {
		return refused
	}
	return x.readQuery(r)
}

// readQuery decides what the mux sees of the query. The vendors' contracts ignore what they do not know, the native API
// refuses it.
func (x *exchange) readQuery(r *http.Request) (refused *failure.Failure) {
	switch {
	case x.contract == route.Native:
		x.query, refused = native.Query(x.route, r.URL.RawQuery)
	case x.route.TakesQuery():
		x.query = r.URL.RawQuery
	}
	return refused
}

// bounded is the context of a call: a service has its time for one answer, and for a stream as long as the caller stays,
// takes what it is sent, and the gateway serves.
func (h *handler) bounded(w *recorder, r *http.Request, x *exchange) (context.Context, context.CancelFunc) {
	if !x.route.RPC.IsStreamingServer() {
		return context.WithTimeout(r.Context(), h.config.CallTimeout)
	}
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(h.streams, cancel)
	w.stallTimeout = h.config.StallTimeout
	return ctx, func() {
		stop()
		cancel()
	}
}

// checkMediaType decides how the body is read. A .NET contract wants a known type to be named, the native API JSON, unless
// the body is empty; CRM.COM reads JSON and does without the name.
func (x *exchange) checkMediaType(r *http.Request) *failure.Failure {
	if x.route.Body == "" {
		return nil
	}
	sent, declared, readable := aspnet.Incoming(r.Header)
	if x.contract == route.CRMCOM || x.contract == route.Native {
		readable = readable && sent.Format == wire.JSON
	}
	if readable {
		x.sent = sent
		return nil
	}
	x.sent = aspnet.Body{Format: wire.JSON, Charset: aspnet.UTF8} // in which an empty body is none, as in any format
	if x.contract == route.CRMCOM && r.Header.Get("Content-Type") == "" || x.contract != route.CRMCOM && r.ContentLength == 0 {
		return nil
	}
	return failure.MediaType(sent.MediaType, declared)
}

// readBody takes the whole body into memory, within the bound and the server's time.
func (h *handler) readBody(w http.ResponseWriter, r *http.Request, x *exchange) *failure.Failure {
	if x.route.Body == "" {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.config.MaxBodyBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return failure.TooLarge(h.config.MaxBodyBytes)
	}
	if err != nil {
		w.Header().Set("Connection", "close")
		return failure.BrokenOff()
	}
	x.body = body
	return nil
}

// inner is the request that the mux sees: the path as the route spells it, no header but those the services are told, and
// for a vendor's route the private media type of its format.
func inner(ctx context.Context, r *http.Request, x *exchange, path string) *http.Request {
	request := r.WithContext(ctx)
	request.Method = x.route.HTTPMethod
	request.URL = &url.URL{Path: path, RawQuery: x.query}
	request.Header = http.Header{telemetry.RequestIDHeader: {telemetry.RequestID(ctx)}}
	for _, name := range toldHeaders {
		if value := r.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	request.Body = &requestBody{Reader: bytes.NewReader(x.body), exchange: x}
	if x.contract == route.Native {
		request.URL.Path = strings.TrimPrefix(path, x.route.Prefix)
		request.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, x.route.Prefix)
		switch {
		case x.route.AnswersDocument():
			request.Header.Set("Accept", documentType)
		case wantsEvents(x.route, r.Header):
			request.Header.Set("Accept", eventStreamType)
			request.URL.RawQuery = resume(x.route, r.Header, x.query)
		}
		return request
	}
	private := marshalerFor(x.answer).mediaType()
	request.Header.Set("Accept", private)
	request.Header.Set("Content-Type", private)
	return request
}

// requestURI is the request's address as .NET's Uri.ToString shows it: unescaped, save for what would change its meaning.
func requestURI(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	var shown strings.Builder
	for _, c := range []byte(r.URL.Path) {
		if c < ' ' || c == 0x7F || strings.IndexByte("%#?", c) >= 0 {
			fmt.Fprintf(&shown, "%%%02X", c)
		} else {
			shown.WriteByte(c)
		}
	}
	if r.URL.RawQuery != "" {
		shown.WriteString("?" + r.URL.RawQuery)
	}
	return scheme + "://" + r.Host + strings.ToValidUTF8(shown.String(), "\uFFFD")
}

// recorder keeps what the access log says of an answer.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	started bool
	// stallTimeout is how long each write may take, in place of the server's time for the whole answer; 0: that.
	stallTimeout time.Duration
}

// WriteHeader keeps the status.
func (w *recorder) WriteHeader(status int) {
	if !w.started {
		w.status, w.started = status, status >= http.StatusOK
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *recorder) Write(body []byte) (int, error) {
	w.started = true
	if w.stallTimeout > 0 {
		if err := http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.stallTimeout)); err != nil {
			return 0, fmt.Errorf("bounding a write: %w", err)
		}
	}
	n, err := w.ResponseWriter.Write(body)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
