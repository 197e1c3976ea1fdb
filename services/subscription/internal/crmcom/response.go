package crmcom

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

func subscriptionOf(view subscription.View) *crmcomv2.Subscription {
	subscription := view.Subscription
	return &crmcomv2.Subscription{
		Id:                 text(subscription.ID),
		Number:             text(subscription.Number),
		LifeCycleState:     text(subscription.State),
		FirstActivatedDate: day(subscription.FirstActivated),
		RatingState:        text(subscription.Rating),
		AccountsReceivable: accountOf(view.Account),
		Type:               typeOf(view.Type),
	}
}

func typeOf(t catalogue.SubscriptionType) *crmcomv2.SubscriptionType {
	message := &crmcomv2.SubscriptionType{
		Id:              text(t.ID),
		Name:            text(t.Name),
		AlternativeCode: text(t.AlternativeCode),
		Description:     text(t.Description),
		Classification:  text(t.Classification),
		LogInformation: &crmcomv2.LogInformation{
			CreatedDate:   text(userfield.DateTimeOf(t.Log.Created).String()),
			UpdatedDate:   text(userfield.DateTimeOf(t.Log.Updated).String()),
			CreatedByUnit: unitOf(t.Log.CreatedBy),
			UpdatedByUnit: unitOf(t.Log.UpdatedBy),
		},
	}
	setUserFields(message.ProtoReflect(), t.Fields)
	return message
}

// setUserFields sets the udf_* fields that have a value.
func setUserFields(message protoreflect.Message, fields userfield.Fields) {
	set := func(of userfield.Type, number int, value any) {
		field := message.Descriptor().Fields().ByName(protoreflect.Name(userfield.NameOf(of, number)))
		message.Set(field, protoreflect.ValueOf(value))
	}
	for i, value := range fields.Strings {
		if value != nil {
			set(userfield.String, i, *value)
		}
	}
	for i, value := range fields.Floats {
		if value != nil {
			set(userfield.Float, i, gtype.Decimal(*value).ProtoReflect())
		}
	}
	for i, value := range fields.Dates {
		if value != nil {
			set(userfield.Date, i, value.String())
		}
	}
}

func unitOf(unit *resource.Unit) *crmcomv2.Unit {
	if unit == nil {
		return nil
	}
	return &crmcomv2.Unit{
		Id:              text(unit.ID),
		Name:            text(unit.Name),
		AlternativeCode: text(unit.AlternativeCode),
		Description:     text(unit.Description),
		CommunityName:   text(unit.CommunityName),
		GroupName:       text(unit.GroupName),
	}
}

// text converts an empty text to null.
func text[T ~string](value T) *string {
	if value == "" {
		return nil
	}
	return proto.String(string(value))
}

// day formats a date as midnight of that day. No date becomes null.
func day(d date.Date) *string {
	if d.IsZero() {
		return nil
	}
	return proto.String(userfield.DateTimeOf(d.Time()).String())
}

// number converts 0, which means unknown, to null.
func number(value int32) *int32 {
	if value == 0 {
		return nil
	}
	return &value
}
