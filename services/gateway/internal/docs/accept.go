package docs

import (
	"mime"
	"net/http"
	"strings"
)

// wantsHTML reports whether the caller names HTML among what it accepts, as browsers do.
func wantsHTML(r *http.Request) bool {
	for accepted := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if mediaType, _, err := mime.ParseMediaType(accepted); err == nil && mediaType == "text/html" {
			return true
		}
	}
	return false
}
