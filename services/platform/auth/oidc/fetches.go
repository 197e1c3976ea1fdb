package oidc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// fetchInterval is the mean time between two fetches of the provider's keys, and fetchBurst how many
	// may follow each other at once.
	fetchInterval = 5 * time.Second
	fetchBurst    = 3
	// maxKeysBytes bounds the provider's answer.
	maxKeysBytes = 1 << 20
)

// errTooSoon refuses a fetch of keys that were fetched a moment ago.
var errTooSoon = errors.New("the keys were fetched a moment ago")

// fetches is the transport that fetches the provider's keys. Everybody can send tokens with unknown keys,
// and go-oidc fetches the keys anew for each, so fetches are limited. go-oidc reports a failed fetch
// as text, like a wrong signature, so fetches remembers whether the last one failed.
type fetches struct {
	next   http.RoundTripper
	limit  *rate.Limiter
	logger *slog.Logger
	failed atomic.Bool
}

func newFetches(logger *slog.Logger) *fetches {
	return &fetches{next: http.DefaultTransport, limit: rate.NewLimiter(rate.Every(fetchInterval), fetchBurst), logger: logger}
}

// RoundTrip fetches the keys. Beyond the limit it returns errTooSoon, and the outcome of the last fetch
// stays. A redirection belongs to the fetch that it answers.
func (f *fetches) RoundTrip(request *http.Request) (*http.Response, error) {
	if redirected := request.Response != nil; !redirected && !f.limit.Allow() {
		return nil, errTooSoon
	}
	response, err := f.fetch(request)
	f.failed.Store(err != nil)
	if err != nil {
		f.logger.WarnContext(request.Context(), "fetching the keys of the OpenID Connect provider failed", "url", request.URL.Redacted(), "error", err)
	}
	return response, err
}

func (f *fetches) fetch(request *http.Request) (*http.Response, error) {
	response, err := f.next.RoundTrip(request)
	if err != nil || response.StatusCode/100 == http.StatusMultipleChoices/100 {
		return response, err //nolint:wrapcheck // the client wraps it
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxKeysBytes))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, fmt.Errorf("reading the keys: %w", err)
	}
	if response.StatusCode != http.StatusOK || !json.Valid(body) {
		return nil, fmt.Errorf("the provider answered %s with %d bytes, not with keys in JSON", response.Status, len(body))
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}
