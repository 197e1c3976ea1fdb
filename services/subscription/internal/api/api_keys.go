package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
)

var apiKeys = kind[organisation.APIKeyID, organisation.APIKey, *pb.ApiKey]{
	pattern: apiKeyName, field: "api_key", list: apiKeyList, message: apiKeyMessage, read: readAPIKey,
}

// IssueApiKey issues a Web API key to a user.
func (s *organisationServer) IssueApiKey(ctx context.Context, request *pb.IssueApiKeyRequest) (*pb.IssueApiKeyResponse, error) {
	user, err := resourcename.ID[organisation.UserID](userName, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	issued, err := s.service.APIKeys.Issue(ctx, user, request.GetDisplayName())
	if err != nil {
		return nil, err
	}
	return &pb.IssueApiKeyResponse{ApiKey: issued.Secret, Name: apiKeyName.Format(issued.ID)}, nil
}

// GetApiKey returns a Web API key, without the key itself.
func (s *organisationServer) GetApiKey(ctx context.Context, request *pb.GetApiKeyRequest) (*pb.ApiKey, error) {
	return apiKeys.get(ctx, request.GetName(), s.service.APIKeys.Get)
}

// BatchGetApiKeys returns several Web API keys, without the keys themselves.
func (s *organisationServer) BatchGetApiKeys(ctx context.Context, request *pb.BatchGetApiKeysRequest) (*pb.BatchGetApiKeysResponse, error) {
	found, err := apiKeys.batchGet(ctx, request.GetNames(), s.service.APIKeys.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetApiKeysResponse{ApiKeys: found}, nil
}

// ListApiKeys returns a page of Web API keys, without the keys themselves.
func (s *organisationServer) ListApiKeys(ctx context.Context, request *pb.ListApiKeysRequest) (*pb.ListApiKeysResponse, error) {
	found, next, err := apiKeys.page(ctx, s.sealer, request, s.service.APIKeys.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListApiKeysResponse{ApiKeys: found, NextPageToken: next}, nil
}

// UpdateApiKey changes what a Web API key is called.
func (s *organisationServer) UpdateApiKey(ctx context.Context, request *pb.UpdateApiKeyRequest) (*pb.ApiKey, error) {
	return update(ctx, apiKeys, request.GetApiKey(), request.GetUpdateMask(), s.service.APIKeys.Update)
}

// DeleteApiKey revokes a Web API key.
func (s *organisationServer) DeleteApiKey(ctx context.Context, request *pb.DeleteApiKeyRequest) (*emptypb.Empty, error) {
	return apiKeys.remove(ctx, request.GetName(), request.GetEtag(), s.service.APIKeys.Delete)
}

func readAPIKey(_ *reading, message *pb.ApiKey, into *organisation.APIKey) {
	into.Name = message.GetDisplayName()
}

// apiKeyMessage leaves out the secrets.
func apiKeyMessage(key organisation.APIKey) *pb.ApiKey {
	etag, created, updated := versions(key.Revision)
	return &pb.ApiKey{
		Name: apiKeyName.Format(key.ID), User: userName.Format(key.User), DisplayName: key.Name,
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}
