package native

import (
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
)

// UnknownParameter is the reason of a query parameter that the method does not take.
const UnknownParameter = string(reason.UnknownParameter)

// Bounds of what a refusal tells, so that its size does not follow the request's.
const (
	mostFindings       = 20
	longestPath        = 200
	longestDescription = 400
)

// findings is what was found wrong with a request.
type findings struct{ fields []failure.Field }

func (f *findings) refuse(path, why, description string) {
	if len(f.fields) < mostFindings {
		path, description = shortened(path, longestPath), shortened(description, longestDescription)
		f.fields = append(f.fields, failure.Field{Key: path, Reason: why, Messages: []string{description}})
	}
}

// shortened is valid UTF-8 of at most so many bytes, and an ellipsis where there was more.
func shortened(text string, most int) string {
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// failure is the refusal of what was found, nil where nothing was.
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
