// Package failure describes failed requests independently of vendors. The vendors' packages render
// a Failure as a response body.
package failure

import (
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// Stage is how far a request got before it failed.
type Stage int

// The stages.
const (
	// Transport means that no operation was reached: the path, method, media type, size or time was
	// wrong.
	Transport Stage = iota
	// Binding means that the request does not bind to the operation's message.
	Binding
	// Service means that the service rejected the request or could not be reached.
	Service
)

// Failure describes a failed request.
type Failure struct {
	// Stage is how far the request got.
	Stage Stage
	// Status is the HTTP status.
	Status int
	// Code is the gRPC code.
	Code codes.Code
	// Reason is a stable upper-case identifier.
	Reason string
	// Cause is the reason that the service gave, or "".
	Cause string
	// Message tells a person what was wrong. It contains nothing confidential.
	Message string
	// Fields are the invalid members.
	Fields []Field
	// Parameter is the invalid value of the path, if there is one. The framework's own error does not tell it.
	Parameter *Field
	// Answer is the message of the operation's response, or nil if the request reached no operation.
	Answer protoreflect.MessageDescriptor
	// Details are those of the service's status, for contracts that pass them on.
	Details []*anypb.Any
}

// Field is an invalid member.
type Field struct {
	// Key is the path of the member in wire spelling, below ModelKey for members of the body.
	Key string
	// Reason is a stable upper-case identifier, for contracts that have one per member.
	Reason string
	// Messages tell what is wrong with the member.
	Messages []string
}

// ModelKey is the framework's name for the body, and the prefix of its members' keys.
const ModelKey = "model"

// InvalidRequest is the framework's message for a request that does not bind.
const InvalidRequest = "The request is invalid."

// ErrorOccurred is the framework's message for unspecified errors.
const ErrorOccurred = "An error has occurred."

// NoRoute returns the failure for an unknown path; uri is the request's URI for the message.
func NoRoute(uri string) *Failure {
	return &Failure{
		Status: http.StatusNotFound, Code: codes.NotFound, Reason: NotFound,
		Message: fmt.Sprintf("No HTTP resource was found that matches the request URI '%s'.", uri),
	}
}

// Method returns the failure for a path that does not have the method.
func Method(method string) *Failure {
	return &Failure{
		Status: http.StatusMethodNotAllowed, Code: codes.Unimplemented, Reason: MethodNotAllowed,
		Message: fmt.Sprintf("The requested resource does not support http method '%s'.", strings.ToValidUTF8(method, "\uFFFD")),
	}
}

// MediaType returns the failure for a body of an unsupported type; declared is false if the request
// has no Content-Type.
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

// TooLarge returns the failure for a body larger than bound bytes.
func TooLarge(bound int64) *Failure {
	return &Failure{
		Status: http.StatusRequestEntityTooLarge, Code: codes.ResourceExhausted, Reason: RequestTooLarge,
		Message: fmt.Sprintf("The request's body is larger than %d bytes.", bound),
	}
}

// URITooLong returns the failure for a URI longer than bound bytes.
func URITooLong(bound int) *Failure {
	return &Failure{
		Status: http.StatusRequestURITooLong, Code: codes.InvalidArgument, Reason: RequestTooLarge,
		Message: fmt.Sprintf("The request's URI is longer than %d bytes.", bound),
	}
}

// IncompleteBody returns the failure for a body that did not arrive completely or in time.
func IncompleteBody() *Failure {
	return &Failure{
		Status: http.StatusRequestTimeout, Code: codes.DeadlineExceeded, Reason: RequestTimeout,
		Message: "The request's body did not arrive in time.",
	}
}

// Encoding returns the failure for a body with a content coding that is not supported.
func Encoding(coding string) *Failure {
	return &Failure{
		Status: http.StatusUnsupportedMediaType, Code: codes.InvalidArgument, Reason: UnsupportedMediaType,
		Message: fmt.Sprintf("The request entity's content encoding '%s' is not supported; send the body as it is, or in one layer of gzip.", coding),
	}
}

// Malformed returns the failure for a header, or another part of a request outside the body.
func Malformed(name, reason, message string) *Failure {
	return &Failure{
		Stage: Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: reason,
		Message: name + ": " + message, Fields: []Field{{Key: name, Reason: reason, Messages: []string{message}}},
	}
}

// PathValue returns the failure for a path value of the wrong type, of the parameter with a name.
func PathValue(name, value string) *Failure {
	return &Failure{
		Stage: Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: InvalidParameter,
		Message:   InvalidRequest,
		Parameter: &Field{Key: name, Messages: []string{fmt.Sprintf("The value '%s' is not valid for %s.", value, name)}},
	}
}

// NoBody returns the failure for a missing body.
func NoBody() *Failure {
	return &Failure{
		Stage: Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: MissingParameter,
		Message: InvalidRequest,
		Fields:  []Field{{Key: ModelKey, Messages: []string{"A request body is required."}}},
	}
}

// Body returns the failure for a body that does not bind. missing means that the only errors are
// missing members.
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

// Internal returns the failure for an error on our side.
func Internal() *Failure {
	return &Failure{
		Stage: Service, Status: http.StatusInternalServerError, Code: codes.Internal, Reason: InternalError,
		Message: ErrorOccurred,
	}
}

// Path returns the path of the member in the body, or "" for the whole body.
func (f Field) Path() string {
	if f.Key == ModelKey {
		return ""
	}
	return strings.TrimPrefix(f.Key, ModelKey+".")
}

// String returns the path followed by the messages.
func (f Field) String() string {
	text := strings.Join(f.Messages, " ")
	if path := f.Path(); path != "" {
		return path + ": " + text
	}
	return text
}
