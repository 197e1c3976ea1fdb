package native

import (
	"net/url"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
)

// checkPath rejects segments that can be no id, because another resource would be meant once a proxy
// or the service has cleaned the path.
func checkPath(escaped string) *failure.Failure {
	for segment := range strings.SplitSeq(escaped, "/") {
		id, err := url.PathUnescape(segment)
		if err != nil {
			continue // which the server does not let through
		}
		if id == "." || id == ".." || strings.Contains(id, "/") {
			return failure.Malformed("path", string(reason.InvalidID), "An id must not be . or .. and must not contain /, escaped or not.")
		}
	}
	return nil
}
