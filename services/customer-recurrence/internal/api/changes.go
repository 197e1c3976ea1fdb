package api

import (
	"context"
	"encoding/json"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// RegisterChanges adds the service's change feed to a server.
func RegisterChanges(registrar grpc.ServiceRegistrar, feed *changes.Server) {
	customerrecurrencev1.RegisterChangeServiceServer(registrar, &changeFeed{feed: feed})
}

type changeFeed struct {
	customerrecurrencev1.UnimplementedChangeServiceServer
	feed *changes.Server
}

// WatchChanges sends changes as they are committed.
func (h *changeFeed) WatchChanges(request *changesv1.WatchChangesRequest, stream grpc.ServerStreamingServer[changesv1.WatchChangesResponse]) error {
	return h.feed.WatchChanges(request, stream)
}

// ListChanges answers a page of changes.
func (h *changeFeed) ListChanges(ctx context.Context, request *changesv1.ListChangesRequest) (*changesv1.ListChangesResponse, error) {
	return h.feed.ListChanges(ctx, request)
}

// Render is the state in an entry of the change feed as a message of the native API.
func Render(entry feed.Entry) (proto.Message, error) {
	switch entry.Type {
	case domain.CustomerType:
		return rendered(entry, customerMessage)
	case domain.PackageType:
		return rendered(entry, packageMessage)
	case domain.RecurrenceType:
		return rendered(entry, recurrenceMessage)
	case domain.ChangeType:
		return rendered(entry, changeMessage)
	}
	return nil, fmt.Errorf("the change feed holds an unknown type of resource, %q", entry.Type)
}

func rendered[T any, M proto.Message](entry feed.Entry, message func(T) M) (proto.Message, error) {
	var state T
	if err := json.Unmarshal(entry.State, &state); err != nil {
		return nil, fmt.Errorf("reading the state of %s: %w", entry.Resource, err)
	}
	return message(state), nil
}
