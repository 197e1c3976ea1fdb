package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

var subscriptionTypes = kind[catalogue.TypeID, catalogue.SubscriptionType, *pb.SubscriptionType]{
	pattern: subscriptionTypeName, field: "subscription_type", list: subscriptionTypeList, message: subscriptionTypeMessage, read: (*reading).subscriptionType,
	setID: func(r *catalogue.SubscriptionType, id catalogue.TypeID) { r.ID = id },
}

// CreateSubscriptionType adds a subscription type.
func (s *catalogueServer) CreateSubscriptionType(ctx context.Context, request *pb.CreateSubscriptionTypeRequest) (*pb.SubscriptionType, error) {
	return subscriptionTypes.create(ctx, request.GetSubscriptionType(), request.GetSubscriptionTypeId(), s.service.SubscriptionTypes.Create)
}

// GetSubscriptionType returns a subscription type.
func (s *catalogueServer) GetSubscriptionType(ctx context.Context, request *pb.GetSubscriptionTypeRequest) (*pb.SubscriptionType, error) {
	return subscriptionTypes.get(ctx, request.GetName(), s.service.SubscriptionTypes.Get)
}

// BatchGetSubscriptionTypes returns several subscription types.
func (s *catalogueServer) BatchGetSubscriptionTypes(ctx context.Context, request *pb.BatchGetSubscriptionTypesRequest) (*pb.BatchGetSubscriptionTypesResponse, error) {
	found, err := subscriptionTypes.batchGet(ctx, request.GetNames(), s.service.SubscriptionTypes.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetSubscriptionTypesResponse{SubscriptionTypes: found}, nil
}

// ListSubscriptionTypes returns a page of subscription types.
func (s *catalogueServer) ListSubscriptionTypes(ctx context.Context, request *pb.ListSubscriptionTypesRequest) (*pb.ListSubscriptionTypesResponse, error) {
	found, next, err := subscriptionTypes.page(ctx, s.sealer, request, s.service.SubscriptionTypes.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListSubscriptionTypesResponse{SubscriptionTypes: found, NextPageToken: next}, nil
}

// UpdateSubscriptionType changes a subscription type.
func (s *catalogueServer) UpdateSubscriptionType(ctx context.Context, request *pb.UpdateSubscriptionTypeRequest) (*pb.SubscriptionType, error) {
	return update(ctx, subscriptionTypes, request.GetSubscriptionType(), request.GetUpdateMask(), s.service.SubscriptionTypes.Update)
}

// DeleteSubscriptionType removes a subscription type that nothing refers to.
func (s *catalogueServer) DeleteSubscriptionType(ctx context.Context, request *pb.DeleteSubscriptionTypeRequest) (*emptypb.Empty, error) {
	return subscriptionTypes.remove(ctx, request.GetName(), request.GetEtag(), s.service.SubscriptionTypes.Delete)
}

func (r *reading) subscriptionType(message *pb.SubscriptionType, into *catalogue.SubscriptionType) {
	into.Name = r.key("subscription_type.display_name", message.GetDisplayName())
	into.AlternativeCode = r.key("subscription_type.alternative_code", message.GetAlternativeCode())
	into.Description = message.GetDescription()
	into.Inactive = message.GetInactive()
	rules := message.GetLifeCycleRules()
	into.Rules = lifecycle.Rules{
		CoolingOffDays: int(rules.GetCoolingOffDays()), MaxRestingDays: int(rules.GetMaxRestingDays()),
		MaxShortTermDays: int(rules.GetMaxShortTermDays()), VerifyActivation: rules.GetVerifyActivation(),
		TermsRequired: rules.GetBillingTermsRequired(), BoundUntilEnd: rules.GetBoundUntilEnd(), RestsExtend: rules.GetRestsExtendBinding(),
	}
	into.Services = nil
	for i, service := range message.GetServices() {
		into.Services = append(into.Services, catalogue.TypeService{
			Product:   reference[catalogue.ProductID](r, productName, fmt.Sprintf("subscription_type.services[%d].product", i), service.GetProduct()),
			Mandatory: service.GetMandatory(),
		})
	}
	log := message.GetLogInfo()
	into.Log = catalogue.Log{
		Created:   r.instant("subscription_type.log_info.create_time", log.GetCreateTime()),
		Updated:   r.instant("subscription_type.log_info.update_time", log.GetUpdateTime()),
		CreatedBy: unit(log.GetCreatedByUnit()), UpdatedBy: unit(log.GetUpdatedByUnit()),
	}
	into.Fields = r.userFields("subscription_type.user_defined_fields", message.GetUserDefinedFields())
	switch message.GetClassification() {
	case pb.Classification_CLASSIFICATION_FLEXIBLE:
		into.Classification = catalogue.Flexible
	case pb.Classification_CLASSIFICATION_PACKAGE:
		into.Classification = catalogue.Package
	default:
		into.Classification = ""
	}
}

// instant converts a timestamp. Nil becomes the zero time.
func (r *reading) instant(field string, message *timestamppb.Timestamp) time.Time {
	if message == nil {
		return time.Time{}
	}
	if err := message.CheckValid(); err != nil {
		r.invalid(field, reason.InvalidTime, err)
	}
	if message.AsTime().IsZero() { // it would count as not given
		r.invalid(field, reason.OutOfRange, errors.New("is the first instant of year 1, which clients send for no time; leave it out"))
	}
	return message.AsTime()
}

func subscriptionTypeMessage(t catalogue.SubscriptionType) *pb.SubscriptionType {
	etag, created, updated := versions(t.Revision)
	return &pb.SubscriptionType{
		Name:            subscriptionTypeName.Format(t.ID),
		DisplayName:     t.Name,
		AlternativeCode: t.AlternativeCode,
		Description:     t.Description,
		Classification:  enum[pb.Classification]("CLASSIFICATION_", pb.Classification_value, t.Classification),
		LogInfo: &pb.LogInfo{
			CreateTime: timestamppb.New(t.Log.Created), UpdateTime: timestamppb.New(t.Log.Updated),
			CreatedByUnit: unitMessage(t.Log.CreatedBy), UpdatedByUnit: unitMessage(t.Log.UpdatedBy),
		},
		UserDefinedFields: userFieldsMessage(t.Fields),
		Inactive:          t.Inactive,
		LifeCycleRules:    rulesMessage(t.Rules),
		Services:          typeServicesMessage(t.Services),
		Etag:              etag, CreateTime: created, UpdateTime: updated,
	}
}

func typeServicesMessage(services []catalogue.TypeService) (messages []*pb.TypeService) {
	for _, service := range services {
		messages = append(messages, &pb.TypeService{Product: productName.Format(service.Product), Mandatory: service.Mandatory})
	}
	return messages
}

// rulesMessage returns nil for rules that limit nothing.
func rulesMessage(rules lifecycle.Rules) *pb.LifeCycleRules {
	if rules == (lifecycle.Rules{}) {
		return nil
	}
	return &pb.LifeCycleRules{
		CoolingOffDays: int32(rules.CoolingOffDays), MaxRestingDays: int32(rules.MaxRestingDays),
		MaxShortTermDays: int32(rules.MaxShortTermDays), VerifyActivation: rules.VerifyActivation,
		BillingTermsRequired: rules.TermsRequired, BoundUntilEnd: rules.BoundUntilEnd, RestsExtendBinding: rules.RestsExtend,
	}
}
