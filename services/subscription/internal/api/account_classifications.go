package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

// accountClassificationServer serves continuo.subscription.v1.AccountClassificationService.
type accountClassificationServer struct {
	pb.UnimplementedAccountClassificationServiceServer
	service *catalogue.Service
	sealer  aip.Sealer
}

var accountClassifications = kind[catalogue.AccountClassificationID, catalogue.AccountClassification, *pb.AccountClassification]{
	pattern: accountClassificationName, field: "account_classification", list: accountClassificationList, message: accountClassificationMessage, read: readAccountClassification,
	setID: func(r *catalogue.AccountClassification, id catalogue.AccountClassificationID) { r.ID = id },
}

// CreateAccountClassification adds a classification.
func (s *accountClassificationServer) CreateAccountClassification(ctx context.Context, request *pb.CreateAccountClassificationRequest) (*pb.AccountClassification, error) {
	return accountClassifications.create(ctx, request.GetAccountClassification(), request.GetAccountClassificationId(), s.service.AccountClassifications.Create)
}

// GetAccountClassification returns a classification.
func (s *accountClassificationServer) GetAccountClassification(ctx context.Context, request *pb.GetAccountClassificationRequest) (*pb.AccountClassification, error) {
	return accountClassifications.get(ctx, request.GetName(), s.service.AccountClassifications.Get)
}

// BatchGetAccountClassifications returns several accountClassifications.
func (s *accountClassificationServer) BatchGetAccountClassifications(ctx context.Context, request *pb.BatchGetAccountClassificationsRequest) (*pb.BatchGetAccountClassificationsResponse, error) {
	found, err := accountClassifications.batchGet(ctx, request.GetNames(), s.service.AccountClassifications.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetAccountClassificationsResponse{AccountClassifications: found}, nil
}

// ListAccountClassifications returns a page of accountClassifications.
func (s *accountClassificationServer) ListAccountClassifications(ctx context.Context, request *pb.ListAccountClassificationsRequest) (*pb.ListAccountClassificationsResponse, error) {
	found, next, err := accountClassifications.page(ctx, s.sealer, request, s.service.AccountClassifications.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListAccountClassificationsResponse{AccountClassifications: found, NextPageToken: next}, nil
}

// UpdateAccountClassification changes a classification.
func (s *accountClassificationServer) UpdateAccountClassification(ctx context.Context, request *pb.UpdateAccountClassificationRequest) (*pb.AccountClassification, error) {
	return update(ctx, accountClassifications, request.GetAccountClassification(), request.GetUpdateMask(), s.service.AccountClassifications.Update)
}

// DeleteAccountClassification removes an account classification that nothing refers to.
func (s *accountClassificationServer) DeleteAccountClassification(ctx context.Context, request *pb.DeleteAccountClassificationRequest) (*emptypb.Empty, error) {
	return accountClassifications.remove(ctx, request.GetName(), request.GetEtag(), s.service.AccountClassifications.Delete)
}

func readAccountClassification(r *reading, message *pb.AccountClassification, into *catalogue.AccountClassification) {
	into.Name = r.key("account_classification.display_name", message.GetDisplayName())
	into.AlternativeCode = r.key("account_classification.alternative_code", message.GetAlternativeCode())
	into.Inactive = message.GetInactive()
}

func accountClassificationMessage(classification catalogue.AccountClassification) *pb.AccountClassification {
	etag, created, updated := versions(classification.Revision)
	return &pb.AccountClassification{
		Name: accountClassificationName.Format(classification.ID), DisplayName: classification.Name, AlternativeCode: classification.AlternativeCode,
		Inactive: classification.Inactive,
		Etag:     etag, CreateTime: created, UpdateTime: updated,
	}
}
