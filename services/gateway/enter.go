package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/netip"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// enter identifies the caller by the headers and takes a place for the request, before the body is
// read. leave must be called once.
func (s *site) enter(r *http.Request, operation *route.Route) (by admission.Caller, leave func(), refused *failure.Failure) {
	v := stateOf(r.Context())
	credential := first(r.Header, authorization)
	principal, err := s.config.Authenticator.Authenticate(r.Context(), credential)
	switch {
	case err == nil:
		v.principal = principal
	case s.contract.TokenInBody && errors.Is(err, fault.Unauthenticated): // the service checks it
	case checkedByService(operation, credential) && errors.Is(err, fault.Unauthenticated):
	default:
		s.config.attempts.Refused(source.With(v, v.source), credential, err)
		return by, nil, s.refusal(operation, err)
	}
	by = v.caller()
	if operation.RPC.IsStreamingServer() {
		leave, err = s.config.control.Stream(by)
	} else {
		leave, err = s.config.control.Call(by)
	}
	if err != nil {
		return by, nil, s.refusal(operation, err)
	}
	return by, leave, nil
}

// refusal returns the failure of a fault that the gateway found itself.
func (s *site) refusal(operation *route.Route, err error) *failure.Failure {
	return s.contract.Framework.StatusFailure(operation, rpc.Status(err))
}

// caller returns whose budgets the request uses.
func (v *requestState) caller() admission.Caller {
	return admission.Caller{Tenant: string(v.principal.Tenant), Key: v.principal.Key, Source: v.source}
}

// sourceOf returns the address that a request comes from.
func sourceOf(r *http.Request, proxies source.Proxies) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return proxies.Caller(peer.Addr().Unmap(), r.Header[source.ForwardedFor])
}

// firstChunk is how much of a body is read at first.
const firstChunk = 1 << 10

// readAll reads up to most bytes and reserves memory for them as they come, so that a body that is
// announced and never sent holds none. It begins with room for the announced number of bytes, or -1, if that
// is little.
func readAll(from io.Reader, announced, most int64, reserve func(bytes int64) error) ([]byte, error) {
	var text []byte
	for {
		if len(text) == cap(text) {
			size := min(max(firstChunk, 2*cap(text)), max(int(most)+1, len(text)+firstChunk))
			if text == nil && announced >= 0 && announced < firstChunk {
				size = int(announced) + 1 // for the end to be seen
			}
			if err := reserve(int64(size - cap(text))); err != nil {
				return nil, err
			}
			text = append(make([]byte, 0, size), text...)
		}
		n, err := from.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return text, err //nolint:wrapcheck // the caller tells them apart
		}
	}
}
