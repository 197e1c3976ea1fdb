package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
)

// organisationServer serves continuo.subscription.v1.OrganisationService.
type organisationServer struct {
	pb.UnimplementedOrganisationServiceServer
	service *organisation.Service
	sealer  aip.Sealer
}

var organisations = kind[organisation.ID, organisation.Organisation, *pb.Organisation]{
	pattern: organisationName, field: "organisation", list: organisationList, message: organisationMessage, read: readOrganisation,
	setID: func(r *organisation.Organisation, id organisation.ID) { r.ID = id },
}

// CreateOrganisation adds an organisation.
func (s *organisationServer) CreateOrganisation(ctx context.Context, request *pb.CreateOrganisationRequest) (*pb.Organisation, error) {
	return organisations.create(ctx, request.GetOrganisation(), request.GetOrganisationId(), s.service.Organisations.Create)
}

// GetOrganisation returns an organisation.
func (s *organisationServer) GetOrganisation(ctx context.Context, request *pb.GetOrganisationRequest) (*pb.Organisation, error) {
	return organisations.get(ctx, request.GetName(), s.service.Organisations.Get)
}

// BatchGetOrganisations returns several organisations.
func (s *organisationServer) BatchGetOrganisations(ctx context.Context, request *pb.BatchGetOrganisationsRequest) (*pb.BatchGetOrganisationsResponse, error) {
	found, err := organisations.batchGet(ctx, request.GetNames(), s.service.Organisations.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetOrganisationsResponse{Organisations: found}, nil
}

// ListOrganisations returns a page of organisations.
func (s *organisationServer) ListOrganisations(ctx context.Context, request *pb.ListOrganisationsRequest) (*pb.ListOrganisationsResponse, error) {
	found, next, err := organisations.page(ctx, s.sealer, request, s.service.Organisations.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListOrganisationsResponse{Organisations: found, NextPageToken: next}, nil
}

// UpdateOrganisation changes an organisation.
func (s *organisationServer) UpdateOrganisation(ctx context.Context, request *pb.UpdateOrganisationRequest) (*pb.Organisation, error) {
	return update(ctx, organisations, request.GetOrganisation(), request.GetUpdateMask(), s.service.Organisations.Update)
}

// DeleteOrganisation removes an organisation that nothing refers to.
func (s *organisationServer) DeleteOrganisation(ctx context.Context, request *pb.DeleteOrganisationRequest) (*emptypb.Empty, error) {
	return organisations.remove(ctx, request.GetName(), request.GetEtag(), s.service.Organisations.Delete)
}

func readOrganisation(_ *reading, message *pb.Organisation, into *organisation.Organisation) {
	into.Name, into.Inactive = message.GetDisplayName(), message.GetInactive()
}

func organisationMessage(organisation organisation.Organisation) *pb.Organisation {
	etag, created, updated := versions(organisation.Revision)
	return &pb.Organisation{
		Name: organisationName.Format(organisation.ID), DisplayName: organisation.Name, Inactive: organisation.Inactive, Etag: etag, CreateTime: created, UpdateTime: updated,
	}
}
