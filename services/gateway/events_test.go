package gateway

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/native"
)

func TestChangesAsEvents(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	watch := request{"GET", "/subscription/v1/changes:watch?after=t-1&resource=x", "", ""}
	for _, test := range []struct {
		name   string
		answer *changesv1.WatchChangesResponse
		want   string
	}{
		{"change", &changesv1.WatchChangesResponse{Token: "t-8", Change: &changesv1.Change{Actor: "a"}}, "id: t-8\ndata: {"},
		{"heartbeat", &changesv1.WatchChangesResponse{Token: "t-9"}, "id: t-9\n\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			backend.answers(test.answer, nil)
			got := watch.send(t, server.URL, "Accept", "text/html, text/event-stream;q=0.9", "Last-Event-ID", "t-7")
			if got.status != http.StatusOK || got.contentType != native.EventStreamType ||
				!strings.HasPrefix(got.text, test.want) || !strings.HasSuffix(got.text, "\n\n") {
				t.Errorf("got %d %s %q", got.status, got.contentType, got.text)
			}
			asked := backend.take()[0].request.(*changesv1.WatchChangesRequest)
			if asked.GetAfter() != "t-7" || asked.GetResource() != "x" {
				t.Errorf("got request %v", asked)
			}
		})
	}
}

func TestChangesAsLinesOfJSON(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.answers(&changesv1.WatchChangesResponse{Token: "t-8"}, nil)
	got := request{"GET", "/subscription/v1/changes:watch", "", ""}.send(t, server.URL)
	if got.status != http.StatusOK || got.contentType != native.LinesType || !strings.HasPrefix(got.text, `{"result":`) {
		t.Errorf("got %d %s %q", got.status, got.contentType, got.text)
	}
}

func TestStreamErrorsAreStatuses(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.answers(nil, refused(t, codes.FailedPrecondition, "CHANGE_TOKEN_TOO_OLD", "Begin anew."))
	got := request{"GET", "/subscription/v1/changes:watch", "", ""}.send(t, server.URL, "Accept", native.EventStreamType)
	if got.status != http.StatusBadRequest || !strings.HasPrefix(got.text, "event: error\ndata: {") || !strings.Contains(got.text, "CHANGE_TOKEN_TOO_OLD") {
		t.Errorf("got %d %q", got.status, got.text)
	}
}
