package gateway

import (
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

// read returns the request for the generated handler: only headers meant for the services, the body
// in memory as UTF-8, and the names of the marshalers.
func (s *site) read(w http.ResponseWriter, r *http.Request, operation *route.Route, values map[string]string, memory *admission.Body) (*http.Request, *failure.Failure) {
	how := s.contract.Framework
	var sent framework.Body
	var refused *failure.Failure
	if operation.Body != "" {
		if sent, refused = how.RequestFormat(r); refused != nil {
			return nil, refused
		}
	}
	if how.LoosePaths && !convertIntegers(operation, values) {
		return nil, failure.PathValue()
	}
	text, refused := s.readBody(w, r, operation, sent, memory)
	if refused != nil {
		return nil, refused
	}
	query, refused := how.Query(operation, r, text)
	if refused != nil {
		return nil, refused
	}
	request := *r
	request.RemoteAddr = netip.AddrPortFrom(stateOf(r.Context()).source, 0).String() // which the mux forwards
	request.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query}
	request.Header = http.Header{
		telemetry.RequestIDHeader: {telemetry.RequestID(r.Context())}, "Accept": {how.ResponseFormat(operation, r.Header).ContentType()},
	}
	if sent.MediaType != "" {
		request.Header.Set("Content-Type", sent.MediaType)
	}
	for _, name := range forwardedHeaders {
		if value := r.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	request.Body = framework.NewRequestBody(text)
	return &request, nil
}

// convertIntegers normalizes the integers among the path values for the generated handlers. It
// reports false if one is not a valid integer.
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

// readBody reads the body as UTF-8, within the size and time limits.
func (s *site) readBody(w http.ResponseWriter, r *http.Request, operation *route.Route, sent framework.Body, memory *admission.Body) ([]byte, *failure.Failure) {
	if operation.Body == "" {
		return nil, nil
	}
	zipped, refused := contentCoding(w, r.Header)
	if refused != nil {
		return nil, refused
	}
	body, err := readAll(http.MaxBytesReader(w, r.Body, s.config.MaxBodyBytes), s.config.MaxBodyBytes, memory.Grow)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, failure.TooLarge(s.config.MaxBodyBytes)
	}
	if _, full := fault.As(err); full {
		closeAfter(w, r)
		return nil, s.refusal(operation, err)
	}
	if err != nil {
		closeAfter(w, r)
		return nil, failure.IncompleteBody()
	}
	if zipped {
		if body, refused = s.expanded(operation, body, memory); refused != nil {
			return nil, refused
		}
	}
	if body, err = sent.Decode(body); err != nil {
		return nil, s.contract.Framework.BindFailure(operation, err)
	}
	return body, nil
}

// closeAfter closes a connection whose request is not read to its end after the answer. Over HTTP/2 only
// the request ends, and others on the connection go on.
func closeAfter(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor < 2 {
		w.Header().Set("Connection", "close")
	}
}

// expanded decompresses a body and reserves memory for the result.
func (s *site) expanded(operation *route.Route, body []byte, memory *admission.Body) ([]byte, *failure.Failure) {
	text, refused := expand(body, s.config.MaxBodyBytes)
	if refused != nil {
		return nil, refused
	}
	if err := memory.Grow(int64(len(text))); err != nil {
		return nil, s.refusal(operation, err)
	}
	return text, nil
}
