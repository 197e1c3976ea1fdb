package framework

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// IgnoreQuery is a Framework.Query that ignores unknown parameters.
func IgnoreQuery(asked *route.Route, r *http.Request, _ []byte) (string, *failure.Failure) {
	if !asked.TakesQuery() {
		return "", nil
	}
	if text, err := url.QueryUnescape(r.URL.RawQuery); err == nil && !utf8.ValidString(text) {
		return "", failure.Malformed("query", failure.InvalidParameter, "The query must be valid UTF-8 once it is unescaped.")
	}
	return r.URL.RawQuery, nil
}

// BindFailure is a Framework.BindFailure for errors of package wire.
func BindFailure(_ *route.Route, err error) *failure.Failure {
	if errors.Is(err, wire.ErrNoModel) {
		return failure.NoBody()
	}
	var invalid *wire.ModelError
	if !errors.As(err, &invalid) {
		return failure.Internal()
	}
	fields, missing := make([]failure.Field, len(invalid.Fields)), true
	for i, field := range invalid.Fields {
		fields[i] = failure.Field{Key: field.Key, Messages: field.Messages}
		missing = missing && field.Missing
	}
	return failure.Body(fields, missing)
}

// StatusFailure is a Framework.StatusFailure that reports fields in wire spelling.
func StatusFailure(asked *route.Route, serviceStatus *status.Status) *failure.Failure {
	return failure.FromStatus(serviceStatus, func(path string) string { return key(asked, path) })
}

// key returns the wire spelling of a field given by its proto path.
func key(asked *route.Route, path string) string {
	model := asked.Model()
	if model == nil {
		return path
	}
	if asked.Body == "*" {
		return wire.FieldKey(model, path)
	}
	below, inBody := strings.CutPrefix(path, asked.Body)
	switch {
	case inBody && below == "":
		return failure.ModelKey
	case inBody && below[0] == '.':
		return failure.ModelKey + "." + wire.FieldKey(model, below[1:])
	default:
		return path
	}
}
