package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

// actionTypeServer serves continuo.subscription.v1.ActionTypeService.
type actionTypeServer struct {
	pb.UnimplementedActionTypeServiceServer
	service *catalogue.Service
	sealer  aip.Sealer
}

var actionTypes = kind[catalogue.ActionTypeID, catalogue.ActionType, *pb.ActionType]{
	pattern: actionTypeName, field: "action_type", list: actionTypeList, message: actionTypeMessage, read: readActionType,
	setID: func(r *catalogue.ActionType, id catalogue.ActionTypeID) { r.ID = id },
}

// CreateActionType adds a type.
func (s *actionTypeServer) CreateActionType(ctx context.Context, request *pb.CreateActionTypeRequest) (*pb.ActionType, error) {
	return actionTypes.create(ctx, request.GetActionType(), request.GetActionTypeId(), s.service.ActionTypes.Create)
}

// GetActionType returns a type.
func (s *actionTypeServer) GetActionType(ctx context.Context, request *pb.GetActionTypeRequest) (*pb.ActionType, error) {
	return actionTypes.get(ctx, request.GetName(), s.service.ActionTypes.Get)
}

// BatchGetActionTypes returns several types.
func (s *actionTypeServer) BatchGetActionTypes(ctx context.Context, request *pb.BatchGetActionTypesRequest) (*pb.BatchGetActionTypesResponse, error) {
	found, err := actionTypes.batchGet(ctx, request.GetNames(), s.service.ActionTypes.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetActionTypesResponse{ActionTypes: found}, nil
}

// ListActionTypes returns a page of types.
func (s *actionTypeServer) ListActionTypes(ctx context.Context, request *pb.ListActionTypesRequest) (*pb.ListActionTypesResponse, error) {
	found, next, err := actionTypes.page(ctx, s.sealer, request, s.service.ActionTypes.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListActionTypesResponse{ActionTypes: found, NextPageToken: next}, nil
}

// UpdateActionType changes a type.
func (s *actionTypeServer) UpdateActionType(ctx context.Context, request *pb.UpdateActionTypeRequest) (*pb.ActionType, error) {
	return update(ctx, actionTypes, request.GetActionType(), request.GetUpdateMask(), s.service.ActionTypes.Update)
}

// DeleteActionType removes a type that nothing refers to.
func (s *actionTypeServer) DeleteActionType(ctx context.Context, request *pb.DeleteActionTypeRequest) (*emptypb.Empty, error) {
	return actionTypes.remove(ctx, request.GetName(), request.GetEtag(), s.service.ActionTypes.Delete)
}

func readActionType(r *reading, message *pb.ActionType, into *catalogue.ActionType) {
	into.Name = r.key("action_type.display_name", message.GetDisplayName())
	into.AlternativeCode = r.key("action_type.alternative_code", message.GetAlternativeCode())
	into.Parent = reference[catalogue.ActionTypeID](r, actionTypeName.Optional(), "action_type."+catalogue.FieldParentType, message.GetParentType())
	into.Inactive = message.GetInactive()
}

func actionTypeMessage(kind catalogue.ActionType) *pb.ActionType {
	etag, created, updated := versions(kind.Revision)
	return &pb.ActionType{
		Name: actionTypeName.Format(kind.ID), DisplayName: kind.Name, AlternativeCode: kind.AlternativeCode,
		ParentType: actionTypeName.Format(kind.Parent), Inactive: kind.Inactive,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}
