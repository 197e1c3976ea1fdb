package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
)

func TestSearchAsksAllServices(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.mu.Lock()
	backend.answer = func(call) (proto.Message, error) {
		return &searchv1.SearchResponse{Results: []*searchv1.SearchResult{
			{Service: "a", ResourceType: "Item", Resource: "items/A", Text: "Louis Litt"},
			{Service: "b", ResourceType: "Item", Resource: "items/B", Text: "Louis", Exact: true},
		}}, nil
	}
	backend.mu.Unlock()
	got := request{"GET", "/search?q=Louis&pageSize=5", "", ""}.send(t, server.URL)
	var answer struct{ Results []struct{ Resource string } }
	if err := json.Unmarshal([]byte(got.text), &answer); err != nil || got.status != http.StatusOK {
		t.Fatalf("got %d %s", got.status, got.text)
	}
	var found []string
	for _, result := range answer.Results {
		found = append(found, result.Resource)
	}
	if want := "items/B items/B items/B items/A items/A"; strings.Join(found, " ") != want {
		t.Errorf("got %v, want %s", found, want)
	}
	calls := backend.take()
	if len(calls) != 3 || !proto.Equal(calls[2].request, &searchv1.SearchRequest{Q: "Louis", PageSize: 5}) {
		t.Errorf("got %d calls %v, want one of each service", len(calls), calls)
	}
	if got := (request{"GET", "/subscription/search?q=Louis", "", ""}).send(t, server.URL); got.status != http.StatusOK || len(backend.take()) != 1 {
		t.Errorf("a search of one service: got %d %s", got.status, got.text)
	}
}

func TestSearchFailsWithoutAService(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.answers(nil, status.Error(codes.Unavailable, "away"))
	for path, want := range map[string]int{
		"/search?q=x":      http.StatusServiceUnavailable,
		"/search?query=x":  http.StatusBadRequest,
		"/search/more?q=x": http.StatusNotFound,
		"/searching?q=x":   http.StatusNotFound,
		"/x/v1/search?q=x": http.StatusNotFound,
	} {
		if got := (request{"GET", path, "", ""}).send(t, server.URL); got.status != want {
			t.Errorf("%s: got %d %s, want %d", path, got.status, got.text, want)
		}
	}
	if got := (request{"POST", "/search?q=x", "application/json", "{}"}).send(t, server.URL); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d %s", got.status, got.text)
	}
}
