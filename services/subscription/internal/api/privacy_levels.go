package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

var privacyLevels = kind[catalogue.PrivacyLevelID, catalogue.PrivacyLevel, *pb.PrivacyLevel]{
	pattern: privacyLevelName, field: "privacy_level", list: privacyLevelList, message: privacyLevelMessage, read: readPrivacyLevel,
	setID: func(r *catalogue.PrivacyLevel, id catalogue.PrivacyLevelID) { r.ID = id },
}

// CreatePrivacyLevel adds a privacy level.
func (s *catalogueServer) CreatePrivacyLevel(ctx context.Context, request *pb.CreatePrivacyLevelRequest) (*pb.PrivacyLevel, error) {
	return privacyLevels.create(ctx, request.GetPrivacyLevel(), request.GetPrivacyLevelId(), s.service.PrivacyLevels.Create)
}

// GetPrivacyLevel returns a privacy level.
func (s *catalogueServer) GetPrivacyLevel(ctx context.Context, request *pb.GetPrivacyLevelRequest) (*pb.PrivacyLevel, error) {
	return privacyLevels.get(ctx, request.GetName(), s.service.PrivacyLevels.Get)
}

// BatchGetPrivacyLevels returns several privacy levels.
func (s *catalogueServer) BatchGetPrivacyLevels(ctx context.Context, request *pb.BatchGetPrivacyLevelsRequest) (*pb.BatchGetPrivacyLevelsResponse, error) {
	found, err := privacyLevels.batchGet(ctx, request.GetNames(), s.service.PrivacyLevels.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetPrivacyLevelsResponse{PrivacyLevels: found}, nil
}

// ListPrivacyLevels returns a page of privacy levels.
func (s *catalogueServer) ListPrivacyLevels(ctx context.Context, request *pb.ListPrivacyLevelsRequest) (*pb.ListPrivacyLevelsResponse, error) {
	found, next, err := privacyLevels.page(ctx, s.sealer, request, s.service.PrivacyLevels.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListPrivacyLevelsResponse{PrivacyLevels: found, NextPageToken: next}, nil
}

// UpdatePrivacyLevel changes a privacy level.
func (s *catalogueServer) UpdatePrivacyLevel(ctx context.Context, request *pb.UpdatePrivacyLevelRequest) (*pb.PrivacyLevel, error) {
	return update(ctx, privacyLevels, request.GetPrivacyLevel(), request.GetUpdateMask(), s.service.PrivacyLevels.Update)
}

// DeletePrivacyLevel removes a privacy level that nothing refers to.
func (s *catalogueServer) DeletePrivacyLevel(ctx context.Context, request *pb.DeletePrivacyLevelRequest) (*emptypb.Empty, error) {
	return privacyLevels.remove(ctx, request.GetName(), request.GetEtag(), s.service.PrivacyLevels.Delete)
}

func readPrivacyLevel(r *reading, message *pb.PrivacyLevel, into *catalogue.PrivacyLevel) {
	into.Number = r.key("privacy_level.number", message.GetNumber())
	into.Name, into.Inactive = message.GetDisplayName(), message.GetInactive()
}

func privacyLevelMessage(level catalogue.PrivacyLevel) *pb.PrivacyLevel {
	etag, created, updated := versions(level.Revision)
	return &pb.PrivacyLevel{
		Name: privacyLevelName.Format(level.ID), Number: level.Number, DisplayName: level.Name,
		Inactive: level.Inactive,
		Etag:     etag, CreateTime: created, UpdateTime: updated,
	}
}
