package api

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

var users = kind[organisation.UserID, organisation.User, *pb.User]{
	pattern: userName, field: "user", list: userList, message: userMessage, read: (*reading).user,
	setID: func(r *organisation.User, id organisation.UserID) { r.ID = id },
}

// CreateUser adds a user.
func (s *organisationServer) CreateUser(ctx context.Context, request *pb.CreateUserRequest) (*pb.User, error) {
	return users.create(ctx, request.GetUser(), request.GetUserId(),
		func(ctx context.Context, given organisation.User, options ...mutation.Option) (organisation.User, error) {
			return s.service.Users.Create(ctx, given, request.GetUser().GetPassword(), options...)
		})
}

// GetUser returns a user.
func (s *organisationServer) GetUser(ctx context.Context, request *pb.GetUserRequest) (*pb.User, error) {
	return users.get(ctx, request.GetName(), s.service.Users.Get)
}

// BatchGetUsers returns several users.
func (s *organisationServer) BatchGetUsers(ctx context.Context, request *pb.BatchGetUsersRequest) (*pb.BatchGetUsersResponse, error) {
	found, err := users.batchGet(ctx, request.GetNames(), s.service.Users.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetUsersResponse{Users: found}, nil
}

// ListUsers returns a page of users.
func (s *organisationServer) ListUsers(ctx context.Context, request *pb.ListUsersRequest) (*pb.ListUsersResponse, error) {
	found, next, err := users.page(ctx, s.sealer, request, s.service.Users.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListUsersResponse{Users: found, NextPageToken: next}, nil
}

// UpdateUser changes a user.
func (s *organisationServer) UpdateUser(ctx context.Context, request *pb.UpdateUserRequest) (*pb.User, error) {
	return update(ctx, users, request.GetUser(), request.GetUpdateMask(), s.service.Users.Update)
}

// DeleteUser removes a user that nothing refers to.
func (s *organisationServer) DeleteUser(ctx context.Context, request *pb.DeleteUserRequest) (*emptypb.Empty, error) {
	return users.remove(ctx, request.GetName(), request.GetEtag(), s.service.Users.Delete)
}

// SetUserPassword gives a user another password.
func (s *organisationServer) SetUserPassword(ctx context.Context, request *pb.SetUserPasswordRequest) (*pb.User, error) {
	id, err := resourcename.ID[organisation.UserID](userName, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	user, err := s.service.Users.SetPassword(ctx, id, request.GetEtag(), request.GetPassword())
	if err != nil {
		return nil, err
	}
	return userMessage(user), nil
}

// EndUserSessions ends all sessions of a user.
func (s *organisationServer) EndUserSessions(ctx context.Context, request *pb.EndUserSessionsRequest) (*pb.EndUserSessionsResponse, error) {
	id, err := resourcename.ID[organisation.UserID](userName, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	ended, err := s.service.Users.EndSessions(ctx, id)
	if err != nil {
		return nil, err
	}
	return &pb.EndUserSessionsResponse{EndedCount: int32(ended)}, nil
}

// user reads all fields but the password.
func (r *reading) user(message *pb.User, into *organisation.User) {
	into.Organisation = reference[organisation.ID](r, organisationName, "user.organisation", message.GetOrganisation())
	into.UserName = r.key("user.user_name", message.GetUserName())
	into.Name, into.Email = message.GetDisplayName(), message.GetEmail()
	into.Disabled, into.Unit = message.GetDisabled(), unit(message.GetUnit())
	into.VisibleGroups = nil
	for i, name := range message.GetVisibleGroups() {
		into.VisibleGroups = append(into.VisibleGroups, reference[catalogue.GroupID](r, groupName, fmt.Sprintf("user.visible_groups[%d]", i), name))
	}
	into.MaxPrivacyLevel = reference[catalogue.PrivacyLevelID](r, privacyLevelName.Optional(), "user.max_privacy_level", message.GetMaxPrivacyLevel())
}

// userMessage leaves out the secrets.
func userMessage(user organisation.User) *pb.User {
	etag, created, updated := versions(user.Revision)
	message := &pb.User{
		Name: userName.Format(user.ID), Organisation: organisationName.Format(user.Organisation), UserName: user.UserName,
		DisplayName: user.Name, Email: user.Email, Disabled: user.Disabled,
		Unit: unitMessage(user.Unit), MaxPrivacyLevel: privacyLevelName.Format(user.MaxPrivacyLevel),
		Etag: etag, CreateTime: created, UpdateTime: updated,
	}
	for _, group := range user.VisibleGroups {
		message.VisibleGroups = append(message.VisibleGroups, groupName.Format(group))
	}
	return message
}

func unit(message *pb.Unit) *resource.Unit {
	if message == nil {
		return nil
	}
	return &resource.Unit{
		ID: message.GetId(), Name: message.GetDisplayName(), AlternativeCode: message.GetAlternativeCode(),
		Description: message.GetDescription(), CommunityName: message.GetCommunityName(), GroupName: message.GetGroupName(),
	}
}

func unitMessage(unit *resource.Unit) *pb.Unit {
	if unit == nil {
		return nil
	}
	return &pb.Unit{
		Id: unit.ID, DisplayName: unit.Name, AlternativeCode: unit.AlternativeCode,
		Description: unit.Description, CommunityName: unit.CommunityName, GroupName: unit.GroupName,
	}
}
