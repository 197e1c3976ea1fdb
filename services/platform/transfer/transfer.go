// Package transfer serves the bulk import and export of a service's resources. Each service registers it under its own
// TransferService.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// exportBatch is how many resources one message of an export carries at the most, exportBytes how many bytes about.
const (
	exportBatch = 500
	exportBytes = 1 << 20
)

// Outcome is what became of one row.
type Outcome struct {
	// Created reports that the resource came to be; otherwise, without an error, it was there already, the same.
	Created bool
	// Err is why the row was not taken: a fault.
	Err error
}

// Resources is a service's side of a transfer.
type Resources interface {
	// Import takes resources in for a caller, in one transaction: an outcome a row, in their order. An error means that
	// nothing of the batch was kept. A row that is refused does not hold back the others.
	Import(ctx context.Context, by auth.Principal, rows []proto.Message) ([]Outcome, error)
	// Export gives out all resources of a tenant, each after those it refers to.
	Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error
}

// Server answers for one service's resources.
type Server struct{ resources Resources }

// New is the server for a service's resources.
func New(resources Resources) *Server { return &Server{resources} }

// Import takes batches in until the caller has sent all.
func (s *Server) Import(stream grpc.BidiStreamingServer[transferv1.ImportRequest, transferv1.ImportResponse]) error {
	caller, err := auth.From(stream.Context())
	if err != nil {
		return err
	}
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		response, err := s.batch(stream.Context(), caller, request.GetRows())
		if err != nil {
			return err
		}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
}

func (s *Server) batch(ctx context.Context, caller auth.Principal, rows []*transferv1.Row) (*transferv1.ImportResponse, error) {
	response := &transferv1.ImportResponse{LastLine: rows[len(rows)-1].GetLine()}
	resources, lines := make([]proto.Message, 0, len(rows)), make([]int64, 0, len(rows))
	for _, row := range rows {
		resource, err := row.GetResource().UnmarshalNew()
		if err != nil {
			refused := fault.New(fault.Invalid, "UNKNOWN_RESOURCE", "%q is no resource of this service", row.GetResource().GetTypeUrl())
			response.Rejections = append(response.Rejections, rejection(row.GetLine(), refused))
			continue
		}
		resources, lines = append(resources, resource), append(lines, row.GetLine())
	}
	outcomes, err := s.resources.Import(ctx, caller, resources)
	if err != nil {
		return nil, err
	}
	if len(outcomes) != len(resources) {
		return nil, fmt.Errorf("importing %d rows has %d outcomes", len(resources), len(outcomes))
	}
	for i, outcome := range outcomes {
		switch {
		case outcome.Err != nil:
			response.Rejections = append(response.Rejections, rejection(lines[i], outcome.Err))
		case outcome.Created:
			response.Created++
		default:
			response.Unchanged++
		}
	}
	return response, nil
}

func rejection(line int64, err error) *transferv1.Rejection {
	known, ok := fault.As(err)
	if !ok {
		known = fault.New(fault.Internal, "INTERNAL_ERROR", "internal error")
	}
	return &transferv1.Rejection{Line: line, Reason: known.Reason, Message: known.Message}
}

// Export sends everything the caller's tenant has.
func (s *Server) Export(_ *transferv1.ExportRequest, stream grpc.ServerStreamingServer[transferv1.ExportResponse]) error {
	caller, err := auth.From(stream.Context())
	if err != nil {
		return err
	}
	response, size := &transferv1.ExportResponse{}, 0
	flush := func() error {
		if len(response.GetResources()) == 0 {
			return nil
		}
		err := stream.Send(response)
		response, size = &transferv1.ExportResponse{}, 0
		return err
	}
	if err := s.resources.Export(stream.Context(), caller.Tenant, func(resource proto.Message) error {
		packed, err := anypb.New(resource)
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
