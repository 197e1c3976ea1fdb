package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// inbound is what an operation is called with, besides the path.
type inbound struct {
	// Body is how the body of the request was written, and text the body as UTF-8.
	framework.Body
	text []byte
	// query is the query as far as it counts.
	query string
	// answer is how the answer is written, and headers are the values of two of its headers.
	answer  framework.Body
	headers [2]string
}

// read reads the body of a request, checks path and query, and finds the representation of the answer.
func (s *site) read(w http.ResponseWriter, r *http.Request, operation *route.Route, memory *admission.Body) (sent *inbound, refused *failure.Failure) {
	how := s.contract.Framework
	sent = &inbound{answer: how.ResponseFormat(operation, r.Header)}
	if operation.Body != "" {
		if sent.Body, refused = how.RequestFormat(r); refused != nil {
			return nil, refused
		}
	}
	if how.LoosePaths {
		if refused = convertIntegers(operation, stateOf(r.Context()).parts); refused != nil {
			return nil, refused
		}
	}
	if sent.text, refused = s.readBody(w, r, operation, sent.Body, memory); refused != nil {
		return nil, refused
	}
	if sent.query, refused = how.Query(operation, r, sent.text); refused != nil {
		return nil, refused
	}
	return sent, nil
}

// forHandler returns the request for a generated handler: only headers meant for the services, the body
// in memory, and the names of the marshalers.
func (sent *inbound) forHandler(ctx context.Context, r *http.Request) *http.Request {
	request := r.WithContext(ctx)
	request.RemoteAddr = netip.AddrPortFrom(stateOf(ctx).source, 0).String() // which the mux forwards
	request.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: sent.query}
	request.Header = http.Header{
		telemetry.RequestIDHeader: {telemetry.RequestID(ctx)}, "Accept": {sent.answer.ContentType()},
	}
	if sent.MediaType != "" {
		request.Header.Set("Content-Type", sent.MediaType)
	}
	for _, name := range forwardedHeaders {
		if value := r.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	request.Body = framework.NewRequestBody(sent.text)
	return request
}

// convertIntegers normalizes the integers among the segments of a path, or returns the failure for one that is not a
// valid integer.
func convertIntegers(operation *route.Route, parts []string) *failure.Failure {
	for i, part := range parts {
		field := operation.Variable(i)
		if field == nil || field.Kind() != protoreflect.Int32Kind {
			continue
		}
		number, ok := wire.ConvertInteger(part, 32)
		if !ok {
			return failure.PathValue(field.JSONName(), part)
		}
		parts[i] = strconv.FormatInt(number, 10)
	}
	return nil
}

// readBody reads the body as UTF-8, within the size and time limits.
func (s *site) readBody(w http.ResponseWriter, r *http.Request, operation *route.Route, sent framework.Body, memory *admission.Body) ([]byte, *failure.Failure) {
	if operation.Body == "" {
		return nil, nil
	}
	zipped, refused := contentCoding(w, r.Header)
	if refused != nil {
		return nil, refused
	}
	from := r.Body
	if r.ContentLength < 0 || r.ContentLength > s.config.MaxBodyBytes { // others have no more than they announce
		from = http.MaxBytesReader(w, from, s.config.MaxBodyBytes)
	}
	body, err := readAll(from, r.ContentLength, s.config.MaxBodyBytes, memory.Grow)
	if err != nil {
		return nil, s.unread(w, r, operation, err)
	}
	if zipped {
		if body, refused = s.expanded(operation, body, memory); refused != nil {
			return nil, refused
		}
	}
	// Enough for another charset as well as for binding, of which the first is over when the second begins.
	if err := memory.Grow(wire.Memory(sent.Format, body)); err != nil {
		return nil, s.refusal(operation, err)
	}
	if body, err = sent.Decode(body); err != nil {
		return nil, s.contract.Framework.BindFailure(operation, err)
	}
	return body, nil
}

// unread returns the failure of a request whose body was not read to its end because of an error.
func (s *site) unread(w http.ResponseWriter, r *http.Request, operation *route.Route, err error) *failure.Failure {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) { // its reader closes the connection
		return failure.TooLarge(s.config.MaxBodyBytes)
	}
	closeAfter(w, r)
	if _, full := fault.As(err); full {
		return s.refusal(operation, err)
	}
	return failure.IncompleteBody()
}

// closeAfter closes a connection whose request is not read to its end after the answer. Over HTTP/2 only
// the request ends, and others on the connection go on.
func closeAfter(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor < 2 {
		w.Header().Set("Connection", "close")
	}
}

// expanded decompresses a body and reserves memory for the result as it comes.
func (s *site) expanded(operation *route.Route, body []byte, memory *admission.Body) ([]byte, *failure.Failure) {
	var full error
	text, refused := expand(body, s.config.MaxBodyBytes, func(bytes int64) error {
		full = memory.Grow(bytes)
		return full
	})
	if full != nil {
		return nil, s.refusal(operation, full)
	}
	return text, refused
}
