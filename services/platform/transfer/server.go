package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// exportBatch limits the number of resources in one message of an export, exportBytes its
// approximate size.
const (
	exportBatch = 500
	exportBytes = 1 << 20
)

// Server implements the TransferService of a service on its Books.
type Server[R any] struct {
	transferv1.UnsafeTransferServiceServer

	books     Books[R]
	resources Resources[R]
}

// New returns a server that imports into books and exports from them.
func New[R any](books Books[R], resources Resources[R]) *Server[R] {
	if resources.Field == nil {
		resources.Field = func(R) string { return "" }
	}
	return &Server[R]{books: books, resources: resources}
}

// ImportResources imports batches until the caller has sent all. It reads the next batch while one is being
// written.
func (s *Server[R]) ImportResources(stream grpc.BidiStreamingServer[transferv1.ImportResourcesRequest, transferv1.ImportResourcesResponse]) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	batches := make(chan batch[R])
	go s.receive(ctx, stream, batches)
	for {
		select {
		case next := <-batches:
			if errors.Is(next.err, io.EOF) {
				return nil
			}
			if next.panicked != nil {
				panic(next.panicked)
			}
			if next.err != nil {
				return next.err
			}
			if err := s.importBatch(ctx, next); err != nil {
				return err
			}
			if err := stream.Send(next.response); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// batch is one request, parsed and checked as far as possible without the store.
type batch[R any] struct {
	resources []R
	// lines are the line numbers of the resources.
	lines []int64
	// response holds the rejections of rows that could not be parsed.
	response *transferv1.ImportResourcesResponse
	// err is set instead of a batch, and is io.EOF at the end; panicked is the value of a panic
	// while parsing.
	err      error
	panicked any
}

// receive sends the batches of the stream to a channel, up to and including the first error.
func (s *Server[R]) receive(ctx context.Context, stream grpc.BidiStreamingServer[transferv1.ImportResourcesRequest, transferv1.ImportResourcesResponse], to chan<- batch[R]) {
	for {
		next := s.next(stream)
		select {
		case to <- next:
		case <-ctx.Done():
			return
		}
		if next.err != nil || next.panicked != nil {
			return
		}
	}
}

func (s *Server[R]) next(stream grpc.BidiStreamingServer[transferv1.ImportResourcesRequest, transferv1.ImportResourcesResponse]) (next batch[R]) {
	// The server recovers panics on the goroutine of the call only, so hand them over.
	defer func() { next.panicked = recover() }()
	request, err := stream.Recv()
	if err != nil {
		return batch[R]{err: err}
	}
	rows := request.GetRows()
	next.resources, next.lines = make([]R, 0, len(rows)), make([]int64, 0, len(rows))
	next.response = &transferv1.ImportResourcesResponse{LastLine: rows[len(rows)-1].GetLine()}
	for _, row := range rows {
		resource, err := s.read(row.GetResource())
		if err != nil {
			next.response.Rejections = append(next.response.Rejections, rejection(row.GetLine(), err))
			continue
		}
		next.resources, next.lines = append(next.resources, resource), append(next.lines, row.GetLine())
	}
	return next
}

func (s *Server[R]) read(packed *anypb.Any) (resource R, err error) {
	message, err := packed.UnmarshalNew()
	if err != nil {
		return resource, fault.Wrap(err, fault.Invalid, reason.UnknownResource, "%q is not a resource of this service", packed.GetTypeUrl())
	}
	return s.resources.Read(message)
}

// importBatch writes a batch and completes its response.
func (s *Server[R]) importBatch(ctx context.Context, b batch[R]) error {
	if len(b.resources) == 0 {
		return nil
	}
	outcomes, err := s.books.Import(mutation.Long(ctx), b.resources)
	if err != nil {
		return err
	}
	if len(outcomes) != len(b.resources) {
		return fmt.Errorf("importing %d rows resulted in %d outcomes", len(b.resources), len(outcomes))
	}
	for i, outcome := range outcomes {
		switch {
		case outcome.Err != nil:
			err := WithoutField(outcome.Err, s.resources.Field(b.resources[i]))
			b.response.Rejections = append(b.response.Rejections, rejection(b.lines[i], err))
		case outcome.Created:
			b.response.Created++
		default:
			b.response.Unchanged++
		}
	}
	slices.SortFunc(b.response.Rejections, func(x, y *transferv1.Rejection) int { return cmp.Compare(x.GetLine(), y.GetLine()) })
	return nil
}

func rejection(line int64, err error) *transferv1.Rejection {
	known, ok := fault.As(err)
	if !ok {
		known = fault.New(fault.Internal, reason.InternalError, "internal error")
	}
	return &transferv1.Rejection{Line: line, Reason: string(known.Reason), Message: known.Message}
}

// ExportResources sends all resources of the caller's tenant.
func (s *Server[R]) ExportResources(_ *transferv1.ExportResourcesRequest, stream grpc.ServerStreamingServer[transferv1.ExportResourcesResponse]) error {
	caller, err := auth.From(stream.Context())
	if err != nil {
		return err
	}
	response, size := &transferv1.ExportResourcesResponse{}, 0
	flush := func() error {
		if len(response.GetResources()) == 0 {
			return nil
		}
		err := stream.Send(response)
		response, size = &transferv1.ExportResourcesResponse{}, 0
		return err
	}
	if err := s.books.Export(stream.Context(), caller.Tenant, func(resource R) error {
		message, err := s.resources.Message(resource)
		if err != nil {
			return err
		}
		withoutRevision(message)
		packed, err := anypb.New(message)
		if err != nil {
			return fmt.Errorf("packing a resource: %w", err)
		}
		response.Resources = append(response.Resources, packed)
		if size += len(packed.GetValue()); len(response.GetResources()) < exportBatch && size < exportBytes {
			return nil
		}
		return flush()
	}); err != nil {
		return err
	}
	return flush()
}
