package client

import (
	"context"
	"fmt"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Page is an answer of a List method.
type Page interface {
	proto.Message
	GetNextPageToken() string
}

// All returns everything that a List method lists, from the page that the request asks for. It calls
// list once a page, when the loop gets there. An error ends the loop.
//
//	for item, err := range client.All(ctx, items.ListItems, &pb.ListItemsRequest{}, (*pb.ListItemsResponse).GetItems) {
func All[Request proto.Message, Response Page, Resource any](
	ctx context.Context,
	list func(context.Context, Request, ...grpc.CallOption) (Response, error),
	request Request,
	resources func(Response) []Resource,
) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		var none Resource
		asked := proto.CloneOf(request)
		token := asked.ProtoReflect().Descriptor().Fields().ByName("page_token")
		if token == nil {
			yield(none, fmt.Errorf("a %s has no page_token", asked.ProtoReflect().Descriptor().FullName()))
			return
		}
		for {
			page, err := list(ctx, asked)
			if err != nil {
				yield(none, err)
				return
			}
			for _, resource := range resources(page) {
				if !yield(resource, nil) {
					return
				}
			}
			if page.GetNextPageToken() == "" {
				return
			}
			asked.ProtoReflect().Set(token, protoreflect.ValueOfString(page.GetNextPageToken()))
		}
	}
}
