package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
)

var sessions = kind[organisation.SessionID, organisation.Session, *pb.Session]{
	pattern: sessionName, field: "session", list: sessionList, message: sessionMessage,
}

// GetSession returns a session.
func (s *organisationServer) GetSession(ctx context.Context, request *pb.GetSessionRequest) (*pb.Session, error) {
	return sessions.get(ctx, request.GetName(), s.service.Sessions.Get)
}

// BatchGetSessions returns several sessions.
func (s *organisationServer) BatchGetSessions(ctx context.Context, request *pb.BatchGetSessionsRequest) (*pb.BatchGetSessionsResponse, error) {
	found, err := sessions.batchGet(ctx, request.GetNames(), s.service.Sessions.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetSessionsResponse{Sessions: found}, nil
}

// ListSessions returns a page of sessions.
func (s *organisationServer) ListSessions(ctx context.Context, request *pb.ListSessionsRequest) (*pb.ListSessionsResponse, error) {
	found, next, err := sessions.page(ctx, s.sealer, request, s.service.Sessions.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListSessionsResponse{Sessions: found, NextPageToken: next}, nil
}

// DeleteSession ends a session.
func (s *organisationServer) DeleteSession(ctx context.Context, request *pb.DeleteSessionRequest) (*emptypb.Empty, error) {
	return sessions.remove(ctx, request.GetName(), "", s.service.Sessions.Delete)
}

// sessionMessage leaves out the secrets.
func sessionMessage(session organisation.Session) *pb.Session {
	message := &pb.Session{
		Name: sessionName.Format(session.ID), Organisation: organisationName.Format(session.Organisation),
		User: userName.Format(session.User), CreateTime: timestamppb.New(session.Created), LastUseTime: timestamppb.New(session.LastUsed),
	}
	if expires := session.Expires(); !expires.IsZero() {
		message.ExpireTime = timestamppb.New(expires)
	}
	return message
}
