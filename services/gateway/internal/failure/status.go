package failure

import (
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The words by which the vendors' envelopes name what went wrong: CRM.COM's codes, and in the same style those that no
// page lists.
const (
	InvalidToken         = "INVALID_TOKEN"
	MissingParameter     = "MISSING_PARAMETER"
	InvalidParameter     = "INVALID_PARAMETER"
	AmbiguousParameter   = "AMBIGUOUS_PARAMETER"
	NotFound             = "NOT_FOUND"
	Conflict             = "CONFLICT"
	PermissionDenied     = "PERMISSION_DENIED"
	RateLimited          = "RATE_LIMITED"
	InternalError        = "INTERNAL_ERROR"
	Unavailable          = "SERVICE_UNAVAILABLE"
	NotImplemented       = "NOT_IMPLEMENTED"
	MethodNotAllowed     = "METHOD_NOT_ALLOWED"
	UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
	RequestTooLarge      = "REQUEST_TOO_LARGE"
	RequestTimeout       = "REQUEST_TIMEOUT"
)

// outcome is how a gRPC code is told over HTTP.
type outcome struct {
	status int
	word   string
	// message stands in for the status's own, which then is nobody's business or was not written for a caller.
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

// words are the reasons of ours that a vendor's client knows as they are.
var words = map[string]bool{
	InvalidToken: true, MissingParameter: true, InvalidParameter: true, AmbiguousParameter: true, NotFound: true,
	Conflict: true, PermissionDenied: true, RateLimited: true,
}

// FromStatus is what a service answered. The key of a violated field is what `key` makes of its path in the request.
func FromStatus(answered *status.Status, key func(path string) string) *Failure {
	how, known := outcomes[answered.Code()]
	if !known {
		return Internal()
	}
	failed := &Failure{
		Stage: Service, Status: how.status, Code: answered.Code(), Reason: how.word, Message: how.message,
	}
	if failed.Message == "" {
		failed.Message = answered.Message()
	}
	explained := false
	for _, detail := range answered.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			explained = true
			if words[detail.GetReason()] {
				failed.Reason = detail.GetReason()
			}
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				failed.add(key(violation.GetField()), violation.GetDescription())
			}
		}
	}
	if failed.Code == codes.ResourceExhausted && !explained {
		return Internal() // a message beyond gRPC's own bounds, which is not the caller's doing
	}
	return failed
}

// add gathers messages by key, in the order in which the keys appear.
func (f *Failure) add(key, message string) {
	for i := range f.Fields {
		if f.Fields[i].Key == key {
			f.Fields[i].Messages = append(f.Fields[i].Messages, message)
			return
		}
	}
	f.Fields = append(f.Fields, Field{Key: key, Messages: []string{message}})
}
