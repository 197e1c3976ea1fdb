package rpc

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// errorDomain is the domain of every ErrorInfo.
const errorDomain = fault.Domain

var codeOf = map[fault.Kind]codes.Code{
	fault.Internal:           codes.Internal,
	fault.Invalid:            codes.InvalidArgument,
	fault.Unauthenticated:    codes.Unauthenticated,
	fault.PermissionDenied:   codes.PermissionDenied,
	fault.NotFound:           codes.NotFound,
	fault.AlreadyExists:      codes.AlreadyExists,
	fault.Conflict:           codes.Aborted,
	fault.FailedPrecondition: codes.FailedPrecondition,
	fault.ResourceExhausted:  codes.ResourceExhausted,
	fault.Unavailable:        codes.Unavailable,
}

// Status converts an error to the status that the caller sees: the kind of a fault becomes the
// code, with an ErrorInfo for its reason and a BadRequest with its violations. Other errors become
// Internal, without their text. That of nil is nil, which is OK.
func Status(err error) *status.Status {
	if err == nil {
		return nil
	}
	if known, ok := fault.As(err); ok {
		return faultStatus(known)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, "the caller cancelled the request")
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, "the request took too long")
	}
	if already, ok := status.FromError(err); ok {
		return already
	}
	return withDetails(status.New(codes.Internal, "internal error"),
		&errdetails.ErrorInfo{Reason: string(reason.InternalError), Domain: errorDomain})
}

func faultStatus(known *fault.Error) *status.Status {
	message := known.Message
	if known.Kind == fault.Internal {
		message = "internal error"
	}
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: string(known.Reason), Domain: errorDomain}}
	if len(known.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range known.Violations {
			bad.FieldViolations = append(bad.FieldViolations,
				&errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Description, Reason: string(v.Reason)})
		}
		details = append(details, bad)
	}
	return withDetails(status.New(codeOf[known.Kind], message), details...)
}

func withDetails(s *status.Status, details ...protoadapt.MessageV1) *status.Status {
	detailed, err := s.WithDetails(details...)
	if err != nil {
		return s // the details cannot be marshalled; the status is valid without them
	}
	return detailed
}
