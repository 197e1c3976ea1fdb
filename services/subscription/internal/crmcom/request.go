package crmcom

import (
	"fmt"

	exact "github.com/govalues/decimal"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

func updateOf(request *crmcomv2.UpdateSubscriptionRequest) (subscription.Update, error) {
	given, err := parametersOf(request, "", request.GetNullFields())
	if err != nil {
		return subscription.Update{}, err
	}
	update := subscription.Update{Notes: given.text("notes")}
	update.Target = targetOf(request)
	if update.Group, err = owningGroup(request); err != nil {
		return subscription.Update{}, err
	}
	update.PrivacyLevel = levelReference("privacy_level_identifier", request.GetPrivacyLevelIdentifier())
	if update.Fields, err = given.userFields(); err != nil {
		return subscription.Update{}, err
	}
	if update.Services, err = serviceUpdates(request.GetServicesSet()); err != nil {
		return subscription.Update{}, err
	}
	update.Items, err = itemUpdates(request.GetInstalledItemsSet())
	return update, err
}

func serviceUpdates(entries []*crmcomv2.SubscriptionServiceUpdate) ([]subscription.PartUpdate, error) {
	updates := make([]subscription.PartUpdate, len(entries))
	for i, entry := range entries {
		path := fmt.Sprintf("services_set[%d]", i)
		update := subscription.PartUpdate{Field: path, IDField: "subscription_service_id", ID: entry.GetSubscriptionServiceId()}
		update.Of = productReference(path, entry.GetServiceIdentifier())
		var err error
		if update.Fields, err = fieldsOf(entry, path+".", entry.GetNullFields()); err != nil {
			return nil, err
		}
		updates[i] = update
	}
	return updates, nil
}

func itemUpdates(entries []*crmcomv2.SubscriptionInstalledItemUpdate) ([]subscription.PartUpdate, error) {
	updates := make([]subscription.PartUpdate, len(entries))
	for i, entry := range entries {
		path := fmt.Sprintf("installed_items_set[%d]", i)
		update := subscription.PartUpdate{Field: path, IDField: "subscription_installed_item_id", ID: entry.GetSubscriptionInstalledItemId()}
		update.Of = itemReference(path, entry.GetInstalledItemIdentifier())
		var err error
		if update.Fields, err = fieldsOf(entry, path+".", entry.GetNullFields()); err != nil {
			return nil, err
		}
		updates[i] = update
	}
	return updates, nil
}

func fieldsOf(message proto.Message, path string, nulls []string) (userfield.Changes, error) {
	given, err := parametersOf(message, path, nulls)
	if err != nil {
		return userfield.Changes{}, err
	}
	return given.userFields()
}

// parameters are the fields of a message that the request set, including those set to null.
type parameters struct {
	message protoreflect.Message
	path    string
	nulls   map[protoreflect.Name]bool
}

func parametersOf(message proto.Message, path string, nulls []string) (parameters, error) {
	given := parameters{message.ProtoReflect(), path, map[protoreflect.Name]bool{}}
	for _, null := range nulls {
		field := given.message.Descriptor().Fields().ByName(protoreflect.Name(null))
		if field == nil {
			return parameters{}, fault.InvalidField(path+"null_fields", reason.UnknownField, "there is no field %q", null)
		}
		if given.message.Has(field) {
			return parameters{}, fault.InvalidField(path+null, reason.Inconsistent, "is both null and set")
		}
		given.nulls[field.Name()] = true
	}
	return given, nil
}

// value returns a field and reports whether the request set it. A null field is an invalid value.
func (p parameters) value(name string) (value protoreflect.Value, given bool) {
	if p.nulls[protoreflect.Name(name)] {
		return protoreflect.Value{}, true
	}
	field := p.message.Descriptor().Fields().ByName(protoreflect.Name(name))
	if !p.message.Has(field) {
		return protoreflect.Value{}, false
	}
	return p.message.Get(field), true
}

func (p parameters) text(name string) userfield.Change[string] {
	change, _ := changeOf(p, name, func(value protoreflect.Value) (string, error) { return value.String(), nil })
	return change
}

// userFields reads the sixteen user defined fields.
func (p parameters) userFields() (changes userfield.Changes, err error) {
	for i := range changes.Strings {
		changes.Strings[i] = p.text(string(userfield.NameOf(userfield.String, i)))
	}
	for i := range changes.Floats {
		changes.Floats[i], err = changeOf(p, string(userfield.NameOf(userfield.Float, i)), func(value protoreflect.Value) (exact.Decimal, error) {
			return gtype.FromDecimal(value.Message().Interface().(*decimal.Decimal))
		})
		if err != nil {
			return userfield.Changes{}, err
		}
	}
	for i := range changes.Dates {
		changes.Dates[i], err = changeOf(p, string(userfield.NameOf(userfield.Date, i)), func(value protoreflect.Value) (userfield.DateTime, error) {
			return userfield.ParseLooseDateTime(value.String())
		})
		if err != nil {
			return userfield.Changes{}, err
		}
	}
	return changes, nil
}

// changeOf returns the change that a field asks for. A value that cannot be parsed is
// INVALID_VALUE.
func changeOf[T any](p parameters, name string, read func(protoreflect.Value) (T, error)) (userfield.Change[T], error) {
	value, given := p.value(name)
	switch {
	case !given:
		return userfield.Change[T]{}, nil
	case !value.IsValid():
		return userfield.Clear[T](), nil
	}
	property, err := read(value)
	if err != nil {
		return userfield.Change[T]{}, fault.InvalidField(p.path+name, reason.InvalidValue, "%v", err)
	}
	return userfield.Set(property), nil
}
