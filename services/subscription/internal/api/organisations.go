package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// organisations serves continuo.subscription.v1.OrganisationService.
type organisations struct {
	pb.UnimplementedOrganisationServiceServer
	system *domain.System
}

// CreateOrganisation adds an organisation.
func (s *organisations) CreateOrganisation(ctx context.Context, request *pb.CreateOrganisationRequest) (*pb.Organisation, error) {
	return create(ctx, s.system, newOrganisation(request), request.GetValidateOnly(), organisationMessage)
}

func newOrganisation(request *pb.CreateOrganisationRequest) domain.Organisation {
	return domain.Organisation{ID: domain.OrganisationID(request.GetOrganisationId()), Name: request.GetOrganisation().GetDisplayName()}
}

// GetOrganisation answers one organisation.
func (s *organisations) GetOrganisation(ctx context.Context, request *pb.GetOrganisationRequest) (*pb.Organisation, error) {
	return get(ctx, s.system, request.GetName(), organisationMessage)
}

// ListOrganisations answers a page of organisations.
func (s *organisations) ListOrganisations(ctx context.Context, request *pb.ListOrganisationsRequest) (*pb.ListOrganisationsResponse, error) {
	found, next, err := list(ctx, s.system, request.GetPageSize(), request.GetPageToken(), organisationMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListOrganisationsResponse{Organisations: found, NextPageToken: next}, nil
}

// CreateUser adds a user.
func (s *organisations) CreateUser(ctx context.Context, request *pb.CreateUserRequest) (*pb.User, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	user, err := s.system.CreateUser(ctx, by, newUser(request), request.GetUser().GetPassword(), request.GetValidateOnly())
	if err != nil {
		return nil, err
	}
	return userMessage(user), nil
}

// newUser leaves the password aside.
func newUser(request *pb.CreateUserRequest) domain.User {
	given := request.GetUser()
	return domain.User{
		ID: domain.UserID(request.GetUserId()), Organisation: domain.OrganisationID(idOf(given.GetOrganisation())),
		UserName: given.GetUserName(), Unit: unit(given.GetUnit()),
	}
}

// GetUser answers one user.
func (s *organisations) GetUser(ctx context.Context, request *pb.GetUserRequest) (*pb.User, error) {
	return get(ctx, s.system, request.GetName(), userMessage)
}

// ListUsers answers a page of users.
func (s *organisations) ListUsers(ctx context.Context, request *pb.ListUsersRequest) (*pb.ListUsersResponse, error) {
	found, next, err := list(ctx, s.system, request.GetPageSize(), request.GetPageToken(), userMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListUsersResponse{Users: found, NextPageToken: next}, nil
}

// IssueApiKey makes a new Web API key for a user.
func (s *organisations) IssueApiKey(ctx context.Context, request *pb.IssueApiKeyRequest) (*pb.IssueApiKeyResponse, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	key, err := s.system.IssueAPIKey(ctx, by, domain.UserID(idOf(request.GetName())))
	if err != nil {
		return nil, err
	}
	return &pb.IssueApiKeyResponse{ApiKey: key}, nil
}

func organisationMessage(organisation domain.Organisation) *pb.Organisation {
	etag, created, updated := versions(organisation.Record)
	return &pb.Organisation{
		Name: domain.Name(&organisation), DisplayName: organisation.Name, Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// userMessage leaves out all that is secret.
func userMessage(user domain.User) *pb.User {
	etag, created, updated := versions(user.Record)
	return &pb.User{
		Name: domain.Name(&user), Organisation: nameOf(domain.KindOrganisation, user.Organisation), UserName: user.UserName,
		Unit: unitMessage(user.Unit), Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// sessionMessage leaves out all that is secret.
func sessionMessage(session domain.Session) *pb.Session {
	return &pb.Session{
		Name: domain.Name(&session), Organisation: nameOf(domain.KindOrganisation, session.Organisation),
		User: nameOf(domain.KindUser, session.User), CreateTime: timestamppb.New(session.Created),
	}
}

func unit(message *pb.Unit) *domain.Unit {
	if message == nil {
		return nil
	}
	return &domain.Unit{
		ID: message.GetId(), Name: message.GetDisplayName(), AlternativeCode: message.GetAlternativeCode(),
		Description: message.GetDescription(), CommunityName: message.GetCommunityName(), GroupName: message.GetGroupName(),
	}
}

func unitMessage(unit *domain.Unit) *pb.Unit {
	if unit == nil {
		return nil
	}
	return &pb.Unit{
		Id: unit.ID, DisplayName: unit.Name, AlternativeCode: unit.AlternativeCode,
		Description: unit.Description, CommunityName: unit.CommunityName, GroupName: unit.GroupName,
	}
}
