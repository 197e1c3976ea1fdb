package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"

	"github.com/continuo-billing/continuo/services/gateway/internal/etag"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/native"
)

// middleware wraps a handler.
type middleware func(http.Handler) http.Handler

// chain lists what every request passes on its way to its page or its site, from the outside in.
// Within a site, the operation is found, and site.admitted checks what depends on it.
func (h *handler) chain(origins []string) (http.Handler, error) {
	compressed, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.SuffixETag(etag.GzipSuffix), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		return nil, fmt.Errorf("preparing the compression of answers: %w", err)
	}
	steps := []middleware{
		crossOrigin(origins), // answers preflights, and lets pages of these origins read answers
		h.recovered,          // a panic fails its own request only
		h.located,            // finds the page or the site
		h.checked,            // refuses what nobody could understand
		headAsGet,            // the server sends no body to HEAD
		func(next http.Handler) http.Handler { return ifCodingsAccepted(compressed(next), next) }, // HEAD has the headers of GET
	}
	chain := http.Handler(http.HandlerFunc(dispatch))
	for _, step := range slices.Backward(steps) {
		chain = step(chain)
	}
	return chain, nil
}

// byEncoding says that answers depend on the codings that the caller accepts.
var byEncoding = []string{"Accept-Encoding"}[:1:1]

// ifCodingsAccepted passes requests that list codings to compressed, and the others, whose answers are never
// compressed, to plain.
func ifCodingsAccepted(compressed, plain http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, listed := r.Header["Accept-Encoding"]; listed {
			compressed.ServeHTTP(w, r)
			return
		}
		if header := w.Header(); header["Vary"] == nil {
			header["Vary"] = byEncoding
		} else {
			header.Add("Vary", byEncoding[0])
		}
		plain.ServeHTTP(w, r)
	})
}

// dispatch passes a request to the page or the site that was found for it.
func dispatch(w http.ResponseWriter, r *http.Request) {
	if v := stateOf(r.Context()); v.page != nil {
		v.page.ServeHTTP(w, r)
	} else {
		v.site.ServeHTTP(w, r)
	}
}

// exposedHeaders are the headers of answers that scripts of other origins may read.
var exposedHeaders = []string{
	"Accept-Encoding", "Allow", "Content-Disposition", "ETag", "Retry-After", "WWW-Authenticate", "X-Request-Id",
}

// preflightSeconds is how long browsers may remember the answer to a preflight.
const preflightSeconds = 600

// crossOrigin allows scripts of pages from the origins to call the gateway. Credentials come in headers
// that scripts set, never in cookies.
func crossOrigin(origins []string) middleware {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: exposedHeaders,
		MaxAge:         preflightSeconds,
	}).Handler
}

// compressible reports whether answers of a content type are compressed. Streams are not, since
// each message has to arrive at once.
func compressible(contentType string) bool {
	return !strings.HasPrefix(contentType, native.EventStreamType) && !strings.HasPrefix(contentType, native.LinesType) &&
		gzhttp.DefaultContentTypeFilter(contentType)
}

// recovered turns a panic into a failure.
func (h *handler) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := stateOf(r.Context())
		defer func() {
			thrown := recover()
			if thrown == nil {
				return
			}
			if err, ok := thrown.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(thrown)
			}
			h.logger.ErrorContext(r.Context(), "a request panicked", slog.String("route", v.pattern),
				slog.String("panic", fmt.Sprint(thrown)), slog.String("stack", string(debug.Stack())))
			if !v.answer.started {
				v.site.fail(w, r, failure.Internal())
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// located finds the page or the site of a request, and its path as the site's mux expects it.
func (h *handler) located(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := stateOf(r.Context())
		if v.page, v.pattern = h.pages.find(r); v.page == nil {
			h.front.find(v, r)
		}
		next.ServeHTTP(w, r)
	})
}

// checked refuses requests to sites whose path or headers are malformed.
func (*handler) checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := stateOf(r.Context())
		if v.page == nil {
			if refused := malformed(r); refused != nil {
				v.site.fail(w, r, refused)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// headAsGet handles HEAD as GET. The server drops the body.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			asGet := *r
			asGet.Method, r = http.MethodGet, &asGet
		}
		next.ServeHTTP(w, r)
	})
}
