package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

var installedItems = kind[catalogue.ItemID, catalogue.InstalledItem, *pb.InstalledItem]{
	pattern: installedItemName, field: "installed_item", list: installedItemList, message: installedItemMessage, read: readInstalledItem,
	setID: func(r *catalogue.InstalledItem, id catalogue.ItemID) { r.ID = id },
}

// CreateInstalledItem adds an installed item.
func (s *catalogueServer) CreateInstalledItem(ctx context.Context, request *pb.CreateInstalledItemRequest) (*pb.InstalledItem, error) {
	return installedItems.create(ctx, request.GetInstalledItem(), request.GetInstalledItemId(), s.service.InstalledItems.Create)
}

// GetInstalledItem returns an installed item.
func (s *catalogueServer) GetInstalledItem(ctx context.Context, request *pb.GetInstalledItemRequest) (*pb.InstalledItem, error) {
	return installedItems.get(ctx, request.GetName(), s.service.InstalledItems.Get)
}

// BatchGetInstalledItems returns several installed items.
func (s *catalogueServer) BatchGetInstalledItems(ctx context.Context, request *pb.BatchGetInstalledItemsRequest) (*pb.BatchGetInstalledItemsResponse, error) {
	found, err := installedItems.batchGet(ctx, request.GetNames(), s.service.InstalledItems.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetInstalledItemsResponse{InstalledItems: found}, nil
}

// ListInstalledItems returns a page of installed items.
func (s *catalogueServer) ListInstalledItems(ctx context.Context, request *pb.ListInstalledItemsRequest) (*pb.ListInstalledItemsResponse, error) {
	found, next, err := installedItems.page(ctx, s.sealer, request, s.service.InstalledItems.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListInstalledItemsResponse{InstalledItems: found, NextPageToken: next}, nil
}

// UpdateInstalledItem changes an installed item.
func (s *catalogueServer) UpdateInstalledItem(ctx context.Context, request *pb.UpdateInstalledItemRequest) (*pb.InstalledItem, error) {
	return update(ctx, installedItems, request.GetInstalledItem(), request.GetUpdateMask(), s.service.InstalledItems.Update)
}

// DeleteInstalledItem removes an installed item that nothing refers to.
func (s *catalogueServer) DeleteInstalledItem(ctx context.Context, request *pb.DeleteInstalledItemRequest) (*emptypb.Empty, error) {
	return installedItems.remove(ctx, request.GetName(), request.GetEtag(), s.service.InstalledItems.Delete)
}

func readInstalledItem(r *reading, message *pb.InstalledItem, into *catalogue.InstalledItem) {
	into.SerialNumber = r.key("installed_item.serial_number", message.GetSerialNumber())
	into.AlternativeCode = r.key("installed_item.alternative_code", message.GetAlternativeCode())
	into.Name = message.GetDisplayName()
	into.Inactive = message.GetInactive()
}

func installedItemMessage(item catalogue.InstalledItem) *pb.InstalledItem {
	etag, created, updated := versions(item.Revision)
	return &pb.InstalledItem{
		Name: installedItemName.Format(item.ID), SerialNumber: item.SerialNumber, AlternativeCode: item.AlternativeCode, DisplayName: item.Name,
		Inactive: item.Inactive,
		Etag:     etag, CreateTime: created, UpdateTime: updated,
	}
}
