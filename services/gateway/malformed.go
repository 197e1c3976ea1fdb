package gateway

import (
	"net/http"
	"unicode/utf8"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
)

// Request headers with a meaning of their own in the gateway. They are spelled as in http.Header, so that
// looking them up need not spell them anew, which takes longer than the look-up.
const (
	authorization  = "Authorization"
	idempotencyKey = "Idempotency-Key"
	ifMatch        = "If-Match"
	ifNoneMatch    = "If-None-Match"
	lastEventID    = "Last-Event-Id"
)

// malformed returns the failure of a request whose path is not UTF-8, or whose headers do not say
// clearly what the caller means. gRPC would not carry them.
func malformed(r *http.Request) *failure.Failure {
	if !utf8.ValidString(r.URL.Path) {
		return failure.Malformed("path", failure.InvalidParameter, "The path must be valid UTF-8 once it is unescaped.")
	}
	for _, name := range [...]string{authorization, idempotencyKey} {
		if len(r.Header[name]) > 1 {
			return failure.Malformed(name, failure.AmbiguousParameter, "The header is given more than once.")
		}
	}
	if keys, given := r.Header[idempotencyKey]; given && (len(keys) == 0 || keys[0] == "") {
		return failure.Malformed(idempotencyKey, failure.MissingParameter, "The header is empty; without a key, leave it out.")
	}
	for _, name := range [...]string{authorization, idempotencyKey, ifMatch, ifNoneMatch, lastEventID} {
		for _, value := range r.Header[name] {
			if !isPrintable(value) {
				return failure.Malformed(name, failure.InvalidParameter, "The header must consist of printable ASCII characters.")
			}
		}
	}
	return nil
}

// isPrintable reports whether a header's value is printable ASCII, as gRPC requires it.
func isPrintable(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	return true
}

// first returns the first value of a header, whose name is spelled as in http.Header, or "".
func first(header http.Header, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
