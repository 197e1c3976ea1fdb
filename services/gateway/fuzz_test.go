package gateway

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// FuzzRequests sends requests of any form and checks that none is answered as our failure: the service
// behind them always succeeds.
func FuzzRequests(f *testing.F) {
	backend := startBackend(f)
	gateway, err := New(f.Context(), configFor(backend))
	if err != nil {
		f.Fatal(err)
	}
	json := "application/json"
	f.Add("GET", "/recurring-billing/v1/items", "filter=%FF", "If-Match", "*", "", []byte(nil))
	f.Add("PATCH", "/recurring-billing/v1/items/\xff", "", "If-Match", "W/\"1\"", json, []byte(`{"taxable":false,"etag":"\ud800"}`))
	f.Add("PATCH", "/subscription/v1/accounts/1", "updateMask=x.y", "Content-Encoding", "gzip", json, []byte("\x1f\x8b"))
	f.Add("PUT", "/api/customerrecurring/1", "%zz", "Authorization", "\xff", "text/xml", []byte("<a>&#xD800;</a>"))
	f.Add("PUT", "/api/dynamics/clients/a/recurrences/b", "", "Accept", "text/xml", "application/x-www-form-urlencoded", []byte("recurrence[name]=%FF"))
	f.Add("POST", "/subscriptions/update", "", "Idempotency-Key", "", json, []byte(`{"token":"\ud800","udf_string_1":null}`))
	f.Add("HEAD", "/subscription/v1/changes:watch", "after=x", "Last-Event-Id", "\n", "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query, name, value, contentType string, body []byte) {
		asked, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway/", bytes.NewReader(body))
		if err != nil || len(path) == 0 || path[0] != '/' {
			return
		}
		asked.Method, asked.URL = method, &url.URL{Scheme: "http", Host: "gateway", Path: path, RawQuery: query}
		asked.Header.Set(name, value)
		asked.Header.Set("Content-Type", contentType)
		answer := httptest.NewRecorder()
		gateway.Handler().ServeHTTP(answer, asked)
		backend.take()
		if answer.Code >= http.StatusInternalServerError {
			t.Errorf("%s %q ? %q, %s: %q: got %d %s", method, path, query, name, value, answer.Code, answer.Body)
		}
	})
}
