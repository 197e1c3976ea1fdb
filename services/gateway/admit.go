package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// admit is the mux's middleware: between the choice of an operation and its generated handler it checks, in the framework's order,
// what can be checked without the operation's message, reads the body, and chooses the marshalers.
func (s *site) admit(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, values map[string]string) {
		operation := s.operationOf(r)
		if asksForMethod(r, operation) {
			return
		}
		if operation == nil {
			s.unrouted(r.Context(), s.mux, nil, w, r, http.StatusMethodNotAllowed)
			return
		}
		v := visitOf(r.Context())
		v.operation, v.pattern = operation, operation.Pattern
		request, refused := s.read(w, r, operation, values)
		if refused != nil {
			s.fail(w, r, refused)
			return
		}
		ctx, cancel := s.bounded(r.Context(), operation)
		defer cancel()
		if operation.RPC.IsStreamingServer() {
			w = &streamWriter{w, s.config.StallTimeout}
		}
		next(w, request.WithContext(ctx), values)
	}
}

// operationOf is the operation that the mux chose, nil where it is not offered.
func (s *site) operationOf(r *http.Request) *route.Route {
	pattern, _ := runtime.HTTPPattern(r.Context())
	return s.operations[r.Method+" "+pattern.String()]
}

// read is the request that the generated handler sees: no header but those the services are told, the body in memory as UTF-8,
// and the names of the marshalers that read and write.
func (s *site) read(w http.ResponseWriter, r *http.Request, operation *route.Route, values map[string]string) (*http.Request, *failure.Failure) {
	how := s.contract.Framework
	var sent framework.Body
	var refused *failure.Failure
	if operation.Body != "" {
		if sent, refused = how.Sent(r); refused != nil {
			return nil, refused
		}
	}
	if how.LoosePaths && !convertIntegers(operation, values) {
		return nil, failure.PathValue()
	}
	text, refused := s.readBody(w, r, operation, sent)
	if refused != nil {
		return nil, refused
	}
	query, refused := how.Query(operation, r)
	if refused != nil {
		return nil, refused
	}
	request := *r
	request.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query}
	request.Header = http.Header{
		telemetry.RequestIDHeader: {telemetry.RequestID(r.Context())}, "Accept": {how.Answer(operation, r.Header).ContentType()},
	}
	if sent.MediaType != "" {
		request.Header.Set("Content-Type", sent.MediaType)
	}
	for _, name := range toldHeaders {
		if value := r.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	request.Body = framework.NewSent(text)
	return &request, nil
}

// convertIntegers writes the integers among a path's values as the generated handlers read them, and reports whether all are
// integers that should be.
func convertIntegers(operation *route.Route, values map[string]string) bool {
	for name, value := range values {
		field := operation.RPC.Input().Fields().ByName(protoreflect.Name(name))
		if field == nil || field.Kind() != protoreflect.Int32Kind {
			continue
		}
		number, ok := wire.ConvertInteger(value, 32)
		if !ok {
			return false
		}
		values[name] = strconv.FormatInt(number, 10)
	}
	return true
}

// readBody takes the whole body into memory, within the bound and the server's time, as UTF-8.
func (s *site) readBody(w http.ResponseWriter, r *http.Request, operation *route.Route, sent framework.Body) ([]byte, *failure.Failure) {
	if operation.Body == "" {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.config.MaxBodyBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, failure.TooLarge(s.config.MaxBodyBytes)
	}
	if err != nil {
		w.Header().Set("Connection", "close")
		return nil, failure.BrokenOff()
	}
	if body, err = sent.Decode(body); err != nil {
		return nil, s.contract.Framework.Unbound(operation, err)
	}
	return body, nil
}

// bounded is the context of a call: a service has its time for one answer, and for a stream as long as the caller stays, takes
// what it is sent, and the gateway serves.
func (s *site) bounded(ctx context.Context, operation *route.Route) (context.Context, context.CancelFunc) {
	if !operation.RPC.IsStreamingServer() {
		return context.WithTimeout(ctx, s.config.CallTimeout)
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.streams, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}
