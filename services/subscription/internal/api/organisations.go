package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
)

// organisationServer serves continuo.subscription.v1.OrganisationService.
type organisationServer struct {
	pb.UnimplementedOrganisationServiceServer
	service *organisation.Service
	sealer  aip.Sealer
}

// CreateOrganisation adds an organisation.
func (s *organisationServer) CreateOrganisation(ctx context.Context, request *pb.CreateOrganisationRequest) (*pb.Organisation, error) {
	return create(ctx, newOrganisation(request), s.service.CreateOrganisation, organisationMessage)
}

func newOrganisation(request *pb.CreateOrganisationRequest) organisation.Organisation {
	return organisation.Organisation{ID: organisation.ID(request.GetOrganisationId()), Name: request.GetOrganisation().GetDisplayName()}
}

// GetOrganisation returns one organisation.
func (s *organisationServer) GetOrganisation(ctx context.Context, request *pb.GetOrganisationRequest) (*pb.Organisation, error) {
	return get(ctx, organisationName, request.GetName(), s.service.Organisation, organisationMessage)
}

// ListOrganisations returns a page of organisations.
func (s *organisationServer) ListOrganisations(ctx context.Context, request *pb.ListOrganisationsRequest) (*pb.ListOrganisationsResponse, error) {
	found, next, err := list(ctx, s.sealer, organisationList, request, s.service.Organisations, organisationMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListOrganisationsResponse{Organisations: found, NextPageToken: next}, nil
}

// CreateUser adds a user.
func (s *organisationServer) CreateUser(ctx context.Context, request *pb.CreateUserRequest) (*pb.User, error) {
	read, err := newUser(request)
	if err != nil {
		return nil, err
	}
	user, err := s.service.CreateUser(ctx, read, request.GetUser().GetPassword())
	if err != nil {
		return nil, err
	}
	return userMessage(user), nil
}

// newUser converts the request except for the password.
func newUser(request *pb.CreateUserRequest) (organisation.User, error) {
	var read reading
	given := request.GetUser()
	user := organisation.User{
		ID: organisation.UserID(request.GetUserId()), UserName: given.GetUserName(), Unit: unit(given.GetUnit()),
		Organisation: reference[organisation.ID](&read, organisationName, "user.organisation", given.GetOrganisation()),
	}
	return user, read.Err()
}

// GetUser returns one user.
func (s *organisationServer) GetUser(ctx context.Context, request *pb.GetUserRequest) (*pb.User, error) {
	return get(ctx, userName, request.GetName(), s.service.User, userMessage)
}

// ListUsers returns a page of users.
func (s *organisationServer) ListUsers(ctx context.Context, request *pb.ListUsersRequest) (*pb.ListUsersResponse, error) {
	found, next, err := list(ctx, s.sealer, userList, request, s.service.Users, userMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListUsersResponse{Users: found, NextPageToken: next}, nil
}

// IssueApiKey issues a new Web API key for a user.
func (s *organisationServer) IssueApiKey(ctx context.Context, request *pb.IssueApiKeyRequest) (*pb.IssueApiKeyResponse, error) {
	id, err := resourcename.ID[organisation.UserID](userName, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	key, err := s.service.IssueAPIKey(ctx, id)
	if err != nil {
		return nil, err
	}
	return &pb.IssueApiKeyResponse{ApiKey: key}, nil
}

func organisationMessage(organisation organisation.Organisation) *pb.Organisation {
	etag, created, updated := versions(organisation.Revision)
	return &pb.Organisation{
		Name: organisationName.Format(organisation.ID), DisplayName: organisation.Name, Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// userMessage leaves out the secrets.
func userMessage(user organisation.User) *pb.User {
	etag, created, updated := versions(user.Revision)
	return &pb.User{
		Name: userName.Format(user.ID), Organisation: organisationName.Format(user.Organisation), UserName: user.UserName,
		Unit: unitMessage(user.Unit), Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}

// sessionMessage leaves out the secrets.
func sessionMessage(session organisation.Session) *pb.Session {
	return &pb.Session{
		Name: sessionName.Format(session.ID), Organisation: organisationName.Format(session.Organisation),
		User: userName.Format(session.User), CreateTime: timestamppb.New(session.Created),
	}
}

func unit(message *pb.Unit) *organisation.Unit {
	if message == nil {
		return nil
	}
	return &organisation.Unit{
		ID: message.GetId(), Name: message.GetDisplayName(), AlternativeCode: message.GetAlternativeCode(),
		Description: message.GetDescription(), CommunityName: message.GetCommunityName(), GroupName: message.GetGroupName(),
	}
}

func unitMessage(unit *organisation.Unit) *pb.Unit {
	if unit == nil {
		return nil
	}
	return &pb.Unit{
		Id: unit.ID, DisplayName: unit.Name, AlternativeCode: unit.AlternativeCode,
		Description: unit.Description, CommunityName: unit.CommunityName, GroupName: unit.GroupName,
	}
}
