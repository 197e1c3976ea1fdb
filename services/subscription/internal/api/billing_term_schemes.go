package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// billingTermSchemeServer serves continuo.subscription.v1.BillingTermSchemeService.
type billingTermSchemeServer struct {
	pb.UnimplementedBillingTermSchemeServiceServer
	service *catalogue.Service
	sealer  aip.Sealer
}

var billingTermSchemes = kind[terms.SchemeID, catalogue.BillingTermScheme, *pb.BillingTermScheme]{
	pattern: billingTermSchemeName, field: "billing_term_scheme", list: billingTermSchemeList, message: billingTermSchemeMessage, read: readBillingTermScheme,
	setID: func(r *catalogue.BillingTermScheme, id terms.SchemeID) { r.ID = id },
}

// CreateBillingTermScheme adds a billing term scheme.
func (s *billingTermSchemeServer) CreateBillingTermScheme(ctx context.Context, request *pb.CreateBillingTermSchemeRequest) (*pb.BillingTermScheme, error) {
	return billingTermSchemes.create(ctx, request.GetBillingTermScheme(), request.GetBillingTermSchemeId(), s.service.BillingTermSchemes.Create)
}

// GetBillingTermScheme returns a billing term scheme.
func (s *billingTermSchemeServer) GetBillingTermScheme(ctx context.Context, request *pb.GetBillingTermSchemeRequest) (*pb.BillingTermScheme, error) {
	return billingTermSchemes.get(ctx, request.GetName(), s.service.BillingTermSchemes.Get)
}

// BatchGetBillingTermSchemes returns several billing term schemes.
func (s *billingTermSchemeServer) BatchGetBillingTermSchemes(ctx context.Context, request *pb.BatchGetBillingTermSchemesRequest) (*pb.BatchGetBillingTermSchemesResponse, error) {
	found, err := billingTermSchemes.batchGet(ctx, request.GetNames(), s.service.BillingTermSchemes.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetBillingTermSchemesResponse{BillingTermSchemes: found}, nil
}

// ListBillingTermSchemes returns a page of billing term schemes.
func (s *billingTermSchemeServer) ListBillingTermSchemes(ctx context.Context, request *pb.ListBillingTermSchemesRequest) (*pb.ListBillingTermSchemesResponse, error) {
	found, next, err := billingTermSchemes.page(ctx, s.sealer, request, s.service.BillingTermSchemes.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListBillingTermSchemesResponse{BillingTermSchemes: found, NextPageToken: next}, nil
}

// UpdateBillingTermScheme changes a billing term scheme.
func (s *billingTermSchemeServer) UpdateBillingTermScheme(ctx context.Context, request *pb.UpdateBillingTermSchemeRequest) (*pb.BillingTermScheme, error) {
	return update(ctx, billingTermSchemes, request.GetBillingTermScheme(), request.GetUpdateMask(), s.service.BillingTermSchemes.Update)
}

// DeleteBillingTermScheme removes a billing term scheme that nothing refers to.
func (s *billingTermSchemeServer) DeleteBillingTermScheme(ctx context.Context, request *pb.DeleteBillingTermSchemeRequest) (*emptypb.Empty, error) {
	return billingTermSchemes.remove(ctx, request.GetName(), request.GetEtag(), s.service.BillingTermSchemes.Delete)
}

func readBillingTermScheme(r *reading, message *pb.BillingTermScheme, into *catalogue.BillingTermScheme) {
	into.Code = r.key("billing_term_scheme.code", message.GetCode())
	into.Name = message.GetDisplayName()
	into.State = word[catalogue.SchemeState](schemeStatePrefix, message.GetState())
	into.Type = word[catalogue.BillingType](billingTypePrefix, message.GetBillingType())
	into.Method = word[catalogue.BillingMethod](billingMethodPrefix, message.GetBillingMethod())
	into.EarlyEndPercent = int(message.GetEarlyEndPercent())
	into.Customs = nil
	for _, custom := range message.GetCustomLengths() {
		into.Customs = append(into.Customs, catalogue.CustomLength{
			Code: terms.Custom(custom.GetCode()), Length: terms.Length{Months: int(custom.GetMonths()), Days: int(custom.GetDays())},
		})
	}
}

// The prefixes of enums of billing term schemes.
const (
	schemeStatePrefix   = "STATE_"
	billingTypePrefix   = "BILLING_TYPE_"
	billingMethodPrefix = "BILLING_METHOD_"
)

func billingTermSchemeMessage(scheme catalogue.BillingTermScheme) *pb.BillingTermScheme {
	etag, created, updated := versions(scheme.Revision)
	message := &pb.BillingTermScheme{
		Name: billingTermSchemeName.Format(scheme.ID), Code: scheme.Code, DisplayName: scheme.Name,
		State:           enum[pb.BillingTermScheme_State](schemeStatePrefix, pb.BillingTermScheme_State_value, scheme.State),
		BillingType:     enum[pb.BillingTermScheme_BillingType](billingTypePrefix, pb.BillingTermScheme_BillingType_value, scheme.Type),
		BillingMethod:   enum[pb.BillingTermScheme_BillingMethod](billingMethodPrefix, pb.BillingTermScheme_BillingMethod_value, scheme.Method),
		EarlyEndPercent: int32(scheme.EarlyEndPercent),
		Etag:            etag, CreateTime: created, UpdateTime: updated,
	}
	for _, custom := range scheme.Customs {
		message.CustomLengths = append(message.CustomLengths, &pb.CustomLength{
			Code: string(custom.Code), Months: int32(custom.Length.Months), Days: int32(custom.Length.Days),
		})
	}
	return message
}
