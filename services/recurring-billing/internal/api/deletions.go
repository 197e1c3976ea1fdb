package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// DeleteItem removes an item that no line refers to.
func (h *handlers) DeleteItem(ctx context.Context, request *pb.DeleteItemRequest) (*emptypb.Empty, error) {
	code, err := resourcename.ID[catalogue.ItemCode](itemNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.Catalogue.DeleteItem(ctx, code, request.GetEtag())
}

// DeleteBillTo removes a bill-to that nothing refers to.
func (h *handlers) DeleteBillTo(ctx context.Context, request *pb.DeleteBillToRequest) (*emptypb.Empty, error) {
	id, err := resourcename.Number[catalogue.BillToID](billToNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.Catalogue.DeleteBillTo(ctx, id, request.GetEtag())
}

// DeleteMasterAccount removes a master account that no line is receivable to.
func (h *handlers) DeleteMasterAccount(ctx context.Context, request *pb.DeleteMasterAccountRequest) (*emptypb.Empty, error) {
	code, err := resourcename.ID[catalogue.MasterAccountCode](masterNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.Catalogue.DeleteMasterAccount(ctx, code, request.GetEtag())
}
