package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// fail writes a failure in the format of the site's contract.
func (s *site) fail(w http.ResponseWriter, r *http.Request, failed *failure.Failure) {
	v, httpStatus := stateOf(r.Context()), failed.Status
	v.reason = cmp.Or(failed.Cause, failed.Reason)
	if always := s.config.FailureStatus[s.contract.Name]; always != 0 {
		httpStatus = always
	}
	if v.operation != nil {
		failed.Answer = v.operation.Answer()
	}
	how := s.contract.Framework.ResponseFormat(nil, v.asked.Header)
	text, err := s.contract.RenderError(failed, how.Format)
	if err != nil {
		s.config.Logger.ErrorContext(r.Context(), "rendering a failure failed", "route", v.pattern, "error", err)
		httpStatus, how, text = http.StatusInternalServerError, framework.Body{MediaType: "application/json"}, []byte("{}")
	}
	if httpStatus == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = s.challenges
	}
	if failed.Status == http.StatusTooManyRequests || failed.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
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
	switch {
	case errors.Is(err, errNotModified):
		notModified(w)
		return
	case v.headEnded(err):
		w.Header().Set("Content-Type", s.contract.Framework.ResponseFormat(v.operation, v.asked.Header).ContentType())
		w.WriteHeader(http.StatusOK)
		return
	}
	if sent, ok := r.Body.(*framework.RequestBody); ok && sent.BindError != nil {
		s.refuse(ctx, w, r, s.contract.Framework.BindFailure(v.operation, sent.BindError), err)
		return
	}
	s.failedCall(ctx, w, r, err)
}

// failedCall handles the error of a call to a service.
func (s *site) failedCall(ctx context.Context, w http.ResponseWriter, r *http.Request, err error) {
	v := stateOf(ctx)
	failed := s.contract.Framework.StatusFailure(v.operation, statusOf(ctx, err))
	v.etagMismatch(failed)
	s.refuse(ctx, w, r, failed, err)
}

// refuse writes the failure that an error means.
func (s *site) refuse(ctx context.Context, w http.ResponseWriter, r *http.Request, failed *failure.Failure, err error) {
	if failed.Code == codes.Internal {
		s.config.Logger.ErrorContext(ctx, "a request failed", "route", stateOf(ctx).pattern, "error", err)
	}
	s.fail(w, r, failed)
}

// retryAfter is how many seconds callers wait before they try again.
const retryAfter = "1"

// statusOf returns the status of a failed call. That of a stream which ends with the gateway says so.
func statusOf(ctx context.Context, err error) *status.Status {
	if errors.Is(context.Cause(ctx), errDraining) {
		return rpc.Status(errDraining)
	}
	return status.Convert(err)
}

// headEnded reports whether an error is the end of a HEAD request for a stream, which nobody refused.
func (v *requestState) headEnded(err error) bool {
	return v.asked.Method == http.MethodHead && v.operation != nil && v.operation.RPC.IsStreamingServer() &&
		status.Code(err) == codes.DeadlineExceeded
}

// streamFailed returns the status to send at the end of a failed stream.
func (s *site) streamFailed(ctx context.Context, err error) *status.Status {
	if stateOf(ctx).headEnded(err) {
		return status.New(codes.OK, "")
	}
	serviceStatus := statusOf(ctx, err)
	failed := s.contract.Framework.StatusFailure(stateOf(ctx).operation, serviceStatus)
	return status.FromProto(&statuspb.Status{Code: int32(failed.Code), Message: failed.Message, Details: failed.Details}) //nolint:gosec // a gRPC code
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
