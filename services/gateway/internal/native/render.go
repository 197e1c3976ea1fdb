package native

import (
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// render returns the JSON of a google.rpc.Status, with the details from the service or,
// if it sent none, those of the gateway.
func render(failed *failure.Failure, _ wire.Format) ([]byte, error) {
	rendered := &statuspb.Status{Code: int32(failed.Code), Message: failed.Message, Details: failed.Details} //nolint:gosec // a gRPC code
	if len(rendered.GetDetails()) == 0 {
		rendered.Details = details(failed)
	}
	body, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(rendered)
	if err != nil {
		// A detail of an unknown type cannot be written, so omit the details.
		rendered.Details = nil
		body, err = protojson.Marshal(rendered)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding a status: %w", err)
	}
	return body, nil
}

// details returns the reason and the fields of a failure in the form that the services use.
func details(failed *failure.Failure) []*anypb.Any {
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
	detailed, err := status.New(failed.Code, failed.Message).WithDetails(all...)
	if err != nil {
		return nil // the details cannot be marshalled; the status is valid without them
	}
	return detailed.Proto().GetDetails()
}
