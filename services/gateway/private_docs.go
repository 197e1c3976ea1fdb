package gateway

import (
	"net/http"

	"github.com/continuo-billing/continuo/services/gateway/internal/native"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// docsFor returns what decides who sees the documentation: everybody, or callers with a valid credential of
// any scope. Refusals are those of the native API.
func (a *assembly) docsFor(config Config) middleware {
	if !config.PrivateDocs {
		return func(next http.Handler) http.Handler { return next }
	}
	own := a.newSite(&native.Contract)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v := stateOf(r.Context())
			credential := r.Header.Get(authorization)
			principal, err := config.Authenticator.Authenticate(r.Context(), credential)
			if err != nil {
				config.attempts.Refused(source.With(v, v.source), credential, err)
				v.site = own
				own.fail(w, r, own.refusal(nil, err))
				return
			}
			v.principal = principal
			w.Header().Set("Cache-Control", "private")
			next.ServeHTTP(w, r)
		})
	}
}
