// Package failure says what went wrong with a request before any vendor's shape is put on it: the vendors' packages turn a
// Failure into a body, by table.
package failure

import (
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/anypb"
)

// Stage is how far a request got.
type Stage int

// The stages.
const (
	// Transport: no operation was reached. The path, method, media type, size or time was wrong.
	Transport Stage = iota
	// Binding: the request does not bind to the operation's model.
	Binding
	// Service: the service refused it or could not be asked.
	Service
)

// Failure is what went wrong.
type Failure struct {
	// Stage is how far the request got.
	Stage Stage
	// Status is the fitting HTTP status.
	Status int
	// Code is the fitting gRPC code.
	Code codes.Code
	// Reason is a stable upper-case word.
	Reason string
	// Message tells a person what was wrong. It never holds what a stranger should not see.
	Message string
	// Fields are the members at fault.
	Fields []Field
	// Details are those of the service's status, where the contract tells them as they are.
	Details []*anypb.Any
}

// Field is a member at fault.
type Field struct {
	// Key is the member's path in the wire's spelling, below ModelKey where the body is meant.
	Key string
	// Reason is a stable upper-case word, where the contract tells one for each member.
	Reason string
	// Messages tell what is wrong with it.
	Messages []string
}

// ModelKey is the name that the framework's applications give to the body: the first part of its members' keys.
const ModelKey = "model"

// InvalidRequest is the framework's sentence for a request that does not bind.
const InvalidRequest = "The request is invalid."

// ErrorOccurred is the framework's sentence where it tells no more.
const ErrorOccurred = "An error has occurred."

// NoRoute is a path with nothing at it; uri is the request's, for the message.
func NoRoute(uri string) *Failure {
	return &Failure{
		Status: http.StatusNotFound, Code: codes.NotFound, Reason: NotFound,
		Message: fmt.Sprintf("No HTTP resource was found that matches the request URI '%s'.", uri),
	}
}

// Method is a path that does not have the method.
func Method(method string) *Failure {
	return &Failure{
		Status: http.StatusMethodNotAllowed, Code: codes.Unimplemented, Reason: MethodNotAllowed,
		Message: fmt.Sprintf("The requested resource does not support http method '%s'.", method),
	}
}

// MediaType is a body of a type that is not read; declared is false where the request names none.
func MediaType(mediaType string, declared bool) *Failure {
	format := "The request entity's media type '%s' is not supported for this resource."
	if !declared {
		format = "The request contains an entity body but no Content-Type header. " +
			"The inferred media type '%s' is not supported for this resource."
	}
	return &Failure{
		Status: http.StatusUnsupportedMediaType, Code: codes.InvalidArgument, Reason: UnsupportedMediaType,
		Message: fmt.Sprintf(format, mediaType),
	}
}

// TooLarge is a body beyond the bound.
func TooLarge(bound int64) *Failure {
	return &Failure{
		Status: http.StatusRequestEntityTooLarge, Code: codes.ResourceExhausted, Reason: RequestTooLarge,
		Message: fmt.Sprintf("The request's body is larger than %d bytes.", bound),
	}
}

// URITooLong is a path and query beyond the bound.
func URITooLong(bound int) *Failure {
	return &Failure{
		Status: http.StatusRequestURITooLong, Code: codes.InvalidArgument, Reason: RequestTooLarge,
		Message: fmt.Sprintf("The request's URI is longer than %d bytes.", bound),
	}
}

// BrokenOff is a body that did not arrive, in time or at all.
func BrokenOff() *Failure {
	return &Failure{
		Status: http.StatusRequestTimeout, Code: codes.DeadlineExceeded, Reason: RequestTimeout,
		Message: "The request's body did not arrive in time.",
	}
}

// PathValue is a value in the path that is not of its parameter's type.
func PathValue() *Failure {
	return &Failure{
		Stage: Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: InvalidParameter,
		Message: InvalidRequest,
	}
}

// NoBody is a request without the body that its operation needs.
func NoBody() *Failure {
	return &Failure{
		Stage: Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: MissingParameter,
		Message: InvalidRequest,
		Fields:  []Field{{Key: ModelKey, Messages: []string{"A request body is required."}}},
	}
}

// Body is a body that does not bind; missing reports that all that is wrong is what is not there.
func Body(fields []Field, missing bool) *Failure {
	reason := InvalidParameter
	if missing {
		reason = MissingParameter
	}
	return &Failure{
		Stage: Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: reason,
		Message: InvalidRequest, Fields: fields,
	}
}

// Internal is a fault of ours.
func Internal() *Failure {
	return &Failure{
		Stage: Service, Status: http.StatusInternalServerError, Code: codes.Internal, Reason: InternalError,
		Message: ErrorOccurred,
	}
}

// Path is the member's path in the body, "" for the body as a whole.
func (f Field) Path() string {
	if f.Key == ModelKey {
		return ""
	}
	return strings.TrimPrefix(f.Key, ModelKey+".")
}

// String is the path and what is wrong with it.
func (f Field) String() string {
	text := strings.Join(f.Messages, " ")
	if path := f.Path(); path != "" {
		return path + ": " + text
	}
	return text
}
