package api

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
)

// CreateRateIncrease plans a rate increase.
func (h *handlers) CreateRateIncrease(ctx context.Context, request *pb.CreateRateIncreaseRequest) (*pb.RateIncrease, error) {
	given, err := readIncrease(request)
	if err != nil {
		return nil, err
	}
	created, err := h.Increases.Create(ctx, given)
	if err != nil {
		return nil, inResource(err, "rate_increase")
	}
	return increaseMessage(created)
}

// GetRateIncrease reads a rate increase.
func (h *handlers) GetRateIncrease(ctx context.Context, request *pb.GetRateIncreaseRequest) (*pb.RateIncrease, error) {
	return changeIncrease(ctx, request.GetName(), h.Increases.Get)
}

// changeIncrease does something with the rate increase of a name.
func changeIncrease(ctx context.Context, name string, do func(context.Context, increase.ID) (increase.Increase, error)) (*pb.RateIncrease, error) {
	id, err := resourcename.Number[increase.ID](increaseNames, "name", name)
	if err != nil {
		return nil, err
	}
	changed, err := do(ctx, id)
	if err != nil {
		return nil, err
	}
	return increaseMessage(changed)
}

// BatchGetRateIncreases reads rate increases in the order of their names.
func (h *handlers) BatchGetRateIncreases(ctx context.Context, request *pb.BatchGetRateIncreasesRequest) (*pb.BatchGetRateIncreasesResponse, error) {
	found, err := aip.BatchGet(ctx, increaseList.ByName, request.GetNames(), h.Increases.List, increaseMessage)
	return &pb.BatchGetRateIncreasesResponse{RateIncreases: found}, err
}

// ListRateIncreases lists rate increases.
func (h *handlers) ListRateIncreases(ctx context.Context, request *pb.ListRateIncreasesRequest) (*pb.ListRateIncreasesResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, increaseList, request, h.Increases.List, increaseMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListRateIncreasesResponse{RateIncreases: found, NextPageToken: next}, nil
}

// UpdateRateIncrease changes a planned rate increase.
func (h *handlers) UpdateRateIncrease(ctx context.Context, request *pb.UpdateRateIncreaseRequest) (*pb.RateIncrease, error) {
	sent := request.GetRateIncrease()
	id, err := resourcename.Number[increase.ID](increaseNames, "rate_increase.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	changed, err := h.Increases.Update(ctx, id, sent.GetEtag(), revise(sent, request.GetUpdateMask(), increaseMessage, readIncreaseMessage))
	if err != nil {
		return nil, inResource(err, "rate_increase")
	}
	return increaseMessage(changed)
}

// DeleteRateIncrease removes a planned rate increase.
func (h *handlers) DeleteRateIncrease(ctx context.Context, request *pb.DeleteRateIncreaseRequest) (*emptypb.Empty, error) {
	id, err := resourcename.Number[increase.ID](increaseNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.Increases.Delete(ctx, id, request.GetEtag())
}

// ApplyRateIncrease starts to apply a rate increase.
func (h *handlers) ApplyRateIncrease(ctx context.Context, request *pb.ApplyRateIncreaseRequest) (*pb.RateIncrease, error) {
	return changeIncrease(ctx, request.GetName(), func(ctx context.Context, id increase.ID) (increase.Increase, error) {
		return h.Increases.Apply(ctx, id, request.GetEtag())
	})
}

// CancelRateIncrease ends applying or undoing a rate increase.
func (h *handlers) CancelRateIncrease(ctx context.Context, request *pb.CancelRateIncreaseRequest) (*pb.RateIncrease, error) {
	return changeIncrease(ctx, request.GetName(), h.Increases.Cancel)
}

// UndoRateIncrease starts to undo a rate increase.
func (h *handlers) UndoRateIncrease(ctx context.Context, request *pb.UndoRateIncreaseRequest) (*pb.RateIncrease, error) {
	return changeIncrease(ctx, request.GetName(), func(ctx context.Context, id increase.ID) (increase.Increase, error) {
		return h.Increases.Undo(ctx, id, request.GetEtag())
	})
}

// PreviewRateIncrease sends what a rate increase would do to each line.
func (h *handlers) PreviewRateIncrease(request *pb.PreviewRateIncreaseRequest, stream grpc.ServerStreamingServer[pb.PreviewRateIncreaseResponse]) error {
	id, err := resourcename.Number[increase.ID](increaseNames, "name", request.GetName())
	if err != nil {
		return err
	}
	effect, err := h.Increases.Preview(stream.Context(), id, func(lines []increase.Line) error {
		for _, l := range lines {
			message, err := raisedMessage(l)
			if err != nil {
				return err
			}
			if err := stream.Send(&pb.PreviewRateIncreaseResponse{Part: &pb.PreviewRateIncreaseResponse_Line{Line: message}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return stream.Send(&pb.PreviewRateIncreaseResponse{Part: &pb.PreviewRateIncreaseResponse_Effect{Effect: effectMessage(effect)}})
}

// WatchRateIncrease sends a rate increase whenever its progress changes, until nobody works on it.
func (h *handlers) WatchRateIncrease(request *pb.WatchRateIncreaseRequest, stream grpc.ServerStreamingServer[pb.WatchRateIncreaseResponse]) error {
	id, err := resourcename.Number[increase.ID](increaseNames, "name", request.GetName())
	if err != nil {
		return err
	}
	news, leave, err := h.Increases.Follow(stream.Context())
	if err != nil {
		return err
	}
	defer leave()
	var sent *increase.Increase
	for {
		present, err := h.Increases.Get(stream.Context(), id)
		if err != nil {
			return err
		}
		if sent == nil || sent.Version != present.Version || sent.Updated != present.Updated {
			message, err := increaseMessage(present)
			if err != nil {
				return err
			}
			if err := stream.Send(&pb.WatchRateIncreaseResponse{RateIncrease: message}); err != nil {
				return err
			}
			sent = &present
		}
		if !present.State.InProgress() {
			return nil
		}
		if err := pause(stream.Context(), nil, minPollInterval); err != nil {
			return err
		}
		if err := pause(stream.Context(), news, maxPollInterval-minPollInterval); err != nil {
			return err
		}
	}
}

// ListRateIncreaseLines lists what rate increases did to lines.
func (h *handlers) ListRateIncreaseLines(ctx context.Context, request *pb.ListRateIncreaseLinesRequest) (*pb.ListRateIncreaseLinesResponse, error) {
	parent, err := increaseNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	list := increaseLineList
	if parent[0] != "-" {
		id, err := resourcename.Number[increase.ID](increaseNames, "parent", request.GetParent())
		if err != nil {
			return nil, err
		}
		if _, err := h.Increases.Get(ctx, id); err != nil {
			return nil, err
		}
		list = list.Within(listing.Is(increase.FieldIncrease, id))
	}
	found, next, err := aip.List(ctx, h.sealer, list, request, h.Increases.Lines, raisedMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListRateIncreaseLinesResponse{RateIncreaseLines: found, NextPageToken: next}, nil
}
