package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

var groups = kind[catalogue.GroupID, catalogue.Group, *pb.Group]{
	pattern: groupName, field: "group", list: groupList, message: groupMessage, read: readGroup,
	setID: func(r *catalogue.Group, id catalogue.GroupID) { r.ID = id },
}

// CreateGroup adds a group.
func (s *catalogueServer) CreateGroup(ctx context.Context, request *pb.CreateGroupRequest) (*pb.Group, error) {
	return groups.create(ctx, request.GetGroup(), request.GetGroupId(), s.service.Groups.Create)
}

// GetGroup returns a group.
func (s *catalogueServer) GetGroup(ctx context.Context, request *pb.GetGroupRequest) (*pb.Group, error) {
	return groups.get(ctx, request.GetName(), s.service.Groups.Get)
}

// BatchGetGroups returns several groups.
func (s *catalogueServer) BatchGetGroups(ctx context.Context, request *pb.BatchGetGroupsRequest) (*pb.BatchGetGroupsResponse, error) {
	found, err := groups.batchGet(ctx, request.GetNames(), s.service.Groups.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetGroupsResponse{Groups: found}, nil
}

// ListGroups returns a page of groups.
func (s *catalogueServer) ListGroups(ctx context.Context, request *pb.ListGroupsRequest) (*pb.ListGroupsResponse, error) {
	found, next, err := groups.page(ctx, s.sealer, request, s.service.Groups.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListGroupsResponse{Groups: found, NextPageToken: next}, nil
}

// UpdateGroup changes a group.
func (s *catalogueServer) UpdateGroup(ctx context.Context, request *pb.UpdateGroupRequest) (*pb.Group, error) {
	return update(ctx, groups, request.GetGroup(), request.GetUpdateMask(), s.service.Groups.Update)
}

// DeleteGroup removes a group that nothing refers to.
func (s *catalogueServer) DeleteGroup(ctx context.Context, request *pb.DeleteGroupRequest) (*emptypb.Empty, error) {
	return groups.remove(ctx, request.GetName(), request.GetEtag(), s.service.Groups.Delete)
}

func readGroup(r *reading, message *pb.Group, into *catalogue.Group) {
	into.Name = r.key("group.display_name", message.GetDisplayName())
	into.AlternativeCode = r.key("group.alternative_code", message.GetAlternativeCode())
	into.Inactive = message.GetInactive()
}

func groupMessage(group catalogue.Group) *pb.Group {
	etag, created, updated := versions(group.Revision)
	return &pb.Group{
		Name: groupName.Format(group.ID), DisplayName: group.Name, AlternativeCode: group.AlternativeCode,
		Inactive: group.Inactive,
		Etag:     etag, CreateTime: created, UpdateTime: updated,
	}
}
