package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
)

// fail writes a failure in the format of the site's contract.
func (s *site) fail(w http.ResponseWriter, r *http.Request, failed *failure.Failure) {
	v, httpStatus := stateOf(r.Context()), failed.Status
	how := s.contract.Framework.ResponseFormat(nil, v.asked.Header)
	text, err := s.contract.RenderError(failed, how.Format)
	if err != nil {
		s.config.Logger.ErrorContext(r.Context(), "rendering a failure failed", "route", v.pattern, "error", err)
		httpStatus, how, text = http.StatusInternalServerError, framework.Body{MediaType: "application/json"}, []byte("{}")
	}
	if httpStatus == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", s.contract.Challenge)
	}
	w.Header().Set("Content-Type", how.ContentType())
	w.WriteHeader(httpStatus)
	if _, err := w.Write(how.Encode(text)); err != nil {
		s.config.Logger.DebugContext(r.Context(), "writing a response failed", "error", err)
	}
}

// failed handles bodies that cannot be bound and gRPC errors.
func (s *site) failed(
	ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error,
) {
	v := stateOf(ctx)
	var failed *failure.Failure
	if sent, ok := r.Body.(*framework.RequestBody); ok && sent.BindError != nil {
		failed = s.contract.Framework.BindFailure(v.operation, sent.BindError)
	} else {
		failed = s.contract.Framework.StatusFailure(v.operation, status.Convert(err))
	}
	if failed.Code == codes.Internal {
		s.config.Logger.ErrorContext(ctx, "a request failed", "route", v.pattern, "error", err)
	}
	s.fail(w, r, failed)
}

// streamFailed returns the status to send at the end of a failed stream.
func (s *site) streamFailed(ctx context.Context, err error) *status.Status {
	serviceStatus := status.Convert(err)
	failed := s.contract.Framework.StatusFailure(stateOf(ctx).operation, serviceStatus)
	if failed.Code == serviceStatus.Code() && failed.Message == serviceStatus.Message() {
		return serviceStatus
	}
	return status.New(failed.Code, failed.Message)
}

// requestURI returns the URI of a request as .NET's Uri.ToString shows it: unescaped, except for
// characters that would change its meaning.
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
