package native

import (
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
)

// UnknownParameter is the reason for a query parameter that the method does not have.
const UnknownParameter = string(reason.UnknownParameter)

// Limits that keep the size of an error response independent of the request.
const (
	maxFindings    = 20
	maxPath        = 200
	maxDescription = 400
)

// findings collects what is wrong with a request.
type findings struct{ fields []failure.Field }

func (f *findings) refuse(path, why, description string) {
	if len(f.fields) < maxFindings {
		path, description = shortened(path, maxPath), shortened(description, maxDescription)
		f.fields = append(f.fields, failure.Field{Key: path, Reason: why, Messages: []string{description}})
	}
}

// shortened returns text as valid UTF-8, cut to at most `most` bytes followed by an ellipsis.
func shortened(text string, most int) string {
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// failure returns the failure for the findings, or nil without findings.
func (f *findings) failure() *failure.Failure {
	if len(f.fields) == 0 {
		return nil
	}
	texts := make([]string, len(f.fields))
	for i, field := range f.fields {
		texts[i] = field.String()
	}
	return &failure.Failure{
		Stage: failure.Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: f.fields[0].Reason,
		Message: strings.Join(texts, "; "), Fields: f.fields,
	}
}
