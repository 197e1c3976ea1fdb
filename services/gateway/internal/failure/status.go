package failure

import (
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/gen/reason"
)

// Reasons that vendor contracts have their own codes or messages for; see VendorCode.
const (
	InvalidToken         = string(reason.CredentialInvalid)
	MissingParameter     = string(reason.Required)
	InvalidParameter     = string(reason.InvalidValue)
	AmbiguousParameter   = string(reason.Ambiguous)
	NotFound             = string(reason.NotFound)
	Conflict             = string(reason.ConcurrentChange)
	PermissionDenied     = string(reason.PermissionDenied)
	RateLimited          = string(reason.RateLimited)
	InternalError        = string(reason.InternalError)
	Unavailable          = string(reason.ServiceUnavailable)
	NotImplemented       = string(reason.NotImplemented)
	MethodNotAllowed     = string(reason.MethodNotAllowed)
	UnsupportedMediaType = string(reason.UnsupportedMediaType)
	RequestTooLarge      = string(reason.RequestTooLarge)
	RequestTimeout       = string(reason.RequestTimeout)
)

// outcome is the HTTP form of a gRPC code.
type outcome struct {
	status int
	word   string
	// message replaces the message of the status if that is confidential or not meant for callers.
	message string
}

const (
	unavailable = "The service is not available at the moment. Try again later."
	tooLate     = "The service did not answer in time. The request may or may not have been carried out."
)

var outcomes = map[codes.Code]outcome{
	codes.Canceled:           {499, Unavailable, "The caller went away."},
	codes.InvalidArgument:    {http.StatusBadRequest, InvalidParameter, ""},
	codes.OutOfRange:         {http.StatusBadRequest, InvalidParameter, ""},
	codes.NotFound:           {http.StatusNotFound, NotFound, ""},
	codes.AlreadyExists:      {http.StatusConflict, Conflict, ""},
	codes.FailedPrecondition: {http.StatusConflict, Conflict, ""},
	codes.Aborted:            {http.StatusConflict, Conflict, ""},
	codes.PermissionDenied:   {http.StatusForbidden, PermissionDenied, ""},
	codes.Unauthenticated:    {http.StatusUnauthorized, InvalidToken, ""},
	codes.ResourceExhausted:  {http.StatusTooManyRequests, RateLimited, ""},
	codes.Unimplemented:      {http.StatusNotImplemented, NotImplemented, "The service does not offer this operation."},
	codes.Unavailable:        {http.StatusServiceUnavailable, Unavailable, unavailable},
	codes.DeadlineExceeded:   {http.StatusGatewayTimeout, Unavailable, tooLate},
}

// FromStatus returns the failure for a status of a service. key converts the path of a violated
// field in the request to a Field key.
func FromStatus(serviceStatus *status.Status, key func(path string) string) *Failure {
	how, known := outcomes[serviceStatus.Code()]
	if !known {
		return Internal()
	}
	failed := &Failure{
		Stage: Service, Status: how.status, Code: serviceStatus.Code(), Reason: how.word, Message: how.message,
	}
	if failed.Message == "" {
		failed.Message = serviceStatus.Message()
	}
	explained := false
	for _, detail := range serviceStatus.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			explained, failed.Cause = true, detail.GetReason()
			if why := detail.GetReason(); failed.Reason == InvalidParameter && (why == MissingParameter || why == AmbiguousParameter) {
				failed.Reason = why
			}
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				failed.add(key(violation.GetField()), violation.GetDescription())
			}
		}
	}
	if failed.Code == codes.ResourceExhausted && !explained {
		return Internal() // a message exceeded gRPC's own limits, which is not the caller's fault
	}
	return failed
}

// add appends a message to the field with a key, and adds the field if needed.
func (f *Failure) add(key, message string) {
	for i := range f.Fields {
		if f.Fields[i].Key == key {
			f.Fields[i].Messages = append(f.Fields[i].Messages, message)
			return
		}
	}
	f.Fields = append(f.Fields, Field{Key: key, Messages: []string{message}})
}
