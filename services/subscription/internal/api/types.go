package api

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

func (r *reading) subscriptionType(message *pb.SubscriptionType) catalogue.SubscriptionType {
	log := message.GetLogInfo()
	read := catalogue.SubscriptionType{
		Name:            message.GetDisplayName(),
		AlternativeCode: message.GetAlternativeCode(),
		Description:     message.GetDescription(),
		Log: catalogue.Log{
			Created:   r.instant("subscription_type.log_info.create_time", log.GetCreateTime()),
			Updated:   r.instant("subscription_type.log_info.update_time", log.GetUpdateTime()),
			CreatedBy: unit(log.GetCreatedByUnit()), UpdatedBy: unit(log.GetUpdatedByUnit()),
		},
		Fields: r.userFields("subscription_type.user_defined_fields", message.GetUserDefinedFields()),
	}
	switch message.GetClassification() {
	case pb.Classification_CLASSIFICATION_FLEXIBLE:
		read.Classification = catalogue.Flexible
	case pb.Classification_CLASSIFICATION_PACKAGE:
		read.Classification = catalogue.Package
	}
	return read
}

// instant converts a timestamp. Nil becomes the zero time.
func (r *reading) instant(field string, message *timestamppb.Timestamp) time.Time {
	if message == nil {
		return time.Time{}
	}
	if err := message.CheckValid(); err != nil {
		r.invalid(field, reason.InvalidTime, err)
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
		Etag:              etag, CreateTime: created, UpdateTime: updated,
	}
}
