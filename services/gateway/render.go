package gateway

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/continuo-billing/continuo/services/gateway/internal/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/crmcom"
	"github.com/continuo-billing/continuo/services/gateway/internal/dynamics"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/sedona"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// answer is a failure in the words of a contract.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// render puts a failure into the shape of the exchange's contract.
func render(x *exchange, failed *failure.Failure) (answer, error) {
	switch x.contract {
	case route.Native:
		return renderNative(x, failed)
	case route.CRMCOM:
		body, err := crmcom.Render(failed)
		return answer{failed.Status, crmcom.ContentType, body}, err
	case route.Dynamics:
		return renderNegotiated(x, failed, dynamics.Render)
	case route.Sedona:
		return renderNegotiated(x, failed, sedona.Render)
	default:
		return renderNegotiated(x, failed, func(failed *failure.Failure, format wire.Format) ([]byte, error) {
			return aspnet.HTTPError(failed, format), nil
		})
	}
}

func renderNegotiated(
	x *exchange, failed *failure.Failure, shape func(*failure.Failure, wire.Format) ([]byte, error),
) (answer, error) {
	body, err := shape(failed, x.answer.Format)
	return answer{failed.Status, x.answer.ContentType(), encode(body, x.answer.Charset)}, err
}

// renderNative is google.rpc.Status as JSON, with the details that the service gave, else those of the gateway's own, and
// the HTTP status that goes with the code everywhere.
func renderNative(x *exchange, failed *failure.Failure) (answer, error) {
	told := &statuspb.Status{Code: int32(failed.Code), Message: failed.Message} //nolint:gosec // a gRPC code
	httpStatus := failed.Status
	if failed.Stage == failure.Service {
		httpStatus = runtime.HTTPStatusFromCode(failed.Code)
		if x.answered != nil && x.answered.Code() == failed.Code {
			told.Details = x.answered.Proto().GetDetails()
		}
	}
	if len(told.GetDetails()) == 0 {
		told.Details = details(failed)
	}
	body, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(told)
	if err != nil {
		// A detail of a type that this process does not know cannot be written; the rest can.
		told = &statuspb.Status{Code: told.GetCode(), Message: told.GetMessage()}
		body, err = protojson.Marshal(told)
	}
	if err != nil {
		err = fmt.Errorf("writing a status: %w", err)
	}
	return answer{httpStatus, "application/json", body}, err
}

// details are a failure's reason and its fields as the services give theirs.
func details(failed *failure.Failure) []*anypb.Any {
	told := status.New(failed.Code, failed.Message)
	bad := &errdetails.BadRequest{}
	for _, field := range failed.Fields {
		if field.Key != "" {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: field.Key, Description: strings.Join(field.Messages, " "), Reason: field.Reason,
			})
		}
	}
	all := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: failed.Reason, Domain: fault.Domain}}
	if len(bad.GetFieldViolations()) > 0 {
		all = append(all, bad)
	}
	detailed, err := told.WithDetails(all...)
	if err != nil {
		return nil // only a message that cannot be marshalled gets here, and the status still stands without it
	}
	return detailed.Proto().GetDetails()
}

// challenge tells how to authenticate: Sedona's clients send Basic, everybody else a token.
func challenge(contract route.Contract) string {
	if contract == route.Sedona {
		return `Basic realm="continuo", charset="UTF-8"`
	}
	return `Bearer realm="continuo"`
}

// fail answers a failure in the words of the request's contract.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, failed *failure.Failure) {
	x := exchangeOf(r.Context())
	told, err := render(x, failed)
	if err != nil {
		h.config.Logger.ErrorContext(r.Context(), "a failure could not be told", "route", x.pattern, "error", err)
		told = answer{http.StatusInternalServerError, "application/json", []byte("{}")}
	}
	if told.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge(x.contract))
	}
	w.Header().Set("Content-Type", told.contentType)
	w.WriteHeader(told.status)
	if _, err := w.Write(told.body); err != nil {
		h.config.Logger.DebugContext(r.Context(), "an answer did not reach its caller", "error", err)
	}
}
