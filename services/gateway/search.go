package gateway

import (
	"context"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/search"
)

// searchOf returns the search over several backends, which is at the top of the API.
func searchOf(backends []backend) service {
	all := make(searchClients, len(backends))
	for i, backend := range backends {
		all[i] = searchv1.NewSearchServiceClient(backend.conn)
	}
	return service{
		name: protoreflect.FullName(searchv1.SearchService_ServiceDesc.ServiceName),
		register: func(ctx context.Context, mux *runtime.ServeMux, _ grpc.ClientConnInterface) error {
			return searchv1.RegisterSearchServiceHandlerClient(ctx, mux, all)
		},
	}
}

// searchClients searches several services at once.
type searchClients []searchv1.SearchServiceClient

// Search returns the best results of all services. It fails if one of them does, so that nothing is
// missing unnoticed. The options of the caller are not passed on: they receive the headers of one call.
func (c searchClients) Search(ctx context.Context, request *searchv1.SearchRequest, _ ...grpc.CallOption) (*searchv1.SearchResponse, error) {
	answers := make([]*searchv1.SearchResponse, len(c))
	group, ctx := errgroup.WithContext(ctx)
	for i, client := range c {
		group.Go(func() (err error) {
			answers[i], err = client.Search(ctx, request)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err //nolint:wrapcheck // a status of a service, which the mux renders
	}
	var results []*searchv1.SearchResult
	for _, answer := range answers {
		results = append(results, answer.GetResults()...)
	}
	return &searchv1.SearchResponse{Results: search.Top(results, aip.Size(request.GetPageSize()))}, nil
}
