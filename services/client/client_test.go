package client_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/client"
)

// unreliable is a service that is away every other time.
type unreliable struct {
	recurringbillingv1.UnimplementedItemServiceServer
	changesv1.UnimplementedChangeServiceServer
	keys   []string
	starts []string
}

func (u *unreliable) CreateItem(ctx context.Context, request *recurringbillingv1.CreateItemRequest) (*recurringbillingv1.Item, error) {
	sent, _ := metadata.FromIncomingContext(ctx)
	u.keys = append(u.keys, strings.Join(sent.Get("idempotency-key"), ","))
	if len(u.keys)%2 == 1 {
		return nil, status.Error(codes.Unavailable, "away")
	}
	return request.GetItem(), nil
}

func (u *unreliable) ListItems(_ context.Context, request *recurringbillingv1.ListItemsRequest) (*recurringbillingv1.ListItemsResponse, error) {
	page := len(request.GetPageToken())
	answer := &recurringbillingv1.ListItemsResponse{Items: []*recurringbillingv1.Item{{Name: fmt.Sprint("items/", page)}}}
	if page < 3 {
		answer.NextPageToken = request.GetPageToken() + "."
	}
	return answer, nil
}

// WatchChanges sends a heartbeat and a change, then breaks.
func (u *unreliable) WatchChanges(request *changesv1.WatchChangesRequest, stream grpc.ServerStreamingServer[changesv1.WatchChangesResponse]) error {
	u.starts = append(u.starts, request.GetAfter())
	if len(u.starts) > 3 {
		return status.Error(codes.FailedPrecondition, "the token is too old")
	}
	for _, sent := range []*changesv1.WatchChangesResponse{
		{Token: request.GetAfter() + "h"},
		{Token: request.GetAfter() + "c", Change: &changesv1.Change{Resource: fmt.Sprint(len(u.starts))}},
	} {
		if err := stream.Send(sent); err != nil {
			return err
		}
	}
	return status.Error(codes.Unavailable, "draining")
}

func serve(t *testing.T, u *unreliable) *grpc.ClientConn {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	recurringbillingv1.RegisterItemServiceServer(server, u)
	changesv1.RegisterChangeServiceServer(server, u)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	connection, err := client.Dial(listener.Addr().String(), client.Key("secret"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func TestCallsAreRepeatedWithOneKey(t *testing.T) {
	t.Parallel()
	u := &unreliable{}
	items := recurringbillingv1.NewItemServiceClient(serve(t, u))
	for _, test := range []struct {
		ctx     context.Context
		request *recurringbillingv1.CreateItemRequest
		key     string
	}{
		{t.Context(), &recurringbillingv1.CreateItemRequest{Item: &recurringbillingv1.Item{}}, "*"},
		{t.Context(), &recurringbillingv1.CreateItemRequest{Item: &recurringbillingv1.Item{}, RequestId: "r"}, ""},
		{client.WithIdempotencyKey(t.Context(), "k"), &recurringbillingv1.CreateItemRequest{Item: &recurringbillingv1.Item{}}, "k"},
	} {
		u.keys = nil
		if _, err := items.CreateItem(test.ctx, test.request); err != nil {
			t.Fatal(err)
		}
		if len(u.keys) != 2 || u.keys[0] != u.keys[1] || test.key != "*" && u.keys[0] != test.key || test.key == "*" && len(u.keys[0]) < 20 {
			t.Errorf("got keys %q, want two of %q", u.keys, test.key)
		}
	}
}

func TestAllFollowsPages(t *testing.T) {
	t.Parallel()
	items := recurringbillingv1.NewItemServiceClient(serve(t, &unreliable{}))
	var names []string
	for item, err := range client.All(t.Context(), items.ListItems, &recurringbillingv1.ListItemsRequest{}, (*recurringbillingv1.ListItemsResponse).GetItems) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, item.GetName())
	}
	if want := []string{"items/0", "items/1", "items/2", "items/3"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestWatchResumesAndEnds(t *testing.T) {
	t.Parallel()
	u := &unreliable{}
	request := &changesv1.WatchChangesRequest{FromNow: true}
	before := proto.CloneOf(request)
	var seen []string
	var ended error
	for change, err := range client.Watch(t.Context(), changesv1.NewChangeServiceClient(serve(t, u)), request) {
		if ended = err; err == nil {
			seen = append(seen, change.GetResource())
		}
	}
	if want := []string{"", "c", "cc", "ccc"}; !slices.Equal(u.starts, want) {
		t.Errorf("streams began after %q, want %q", u.starts, want)
	}
	if !slices.Equal(seen, []string{"1", "2", "3"}) || status.Code(ended) != codes.FailedPrecondition || !proto.Equal(request, before) {
		t.Errorf("got changes %v, error %v, request %v", seen, ended, request)
	}
}

func TestKeysNeedTLSAwayFromLoopback(t *testing.T) {
	t.Parallel()
	if _, err := client.Dial("billing.example.com:9103", client.Key("secret")); err == nil {
		t.Error("a key would be sent in plain text")
	}
}
