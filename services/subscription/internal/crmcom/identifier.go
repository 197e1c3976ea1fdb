package crmcom

import (
	"fmt"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// identifying is a request that says which subscription it is about.
type identifying interface {
	GetSubscriptionIdentifier() *crmcomv2.SubscriptionIdentifier
	GetAccountsReceivableIdentifier() *crmcomv2.AccountsReceivableIdentifier
}

// targetOf returns the subscription that a request is about.
func targetOf(request identifying) subscription.Target {
	identifier := request.GetSubscriptionIdentifier()
	return subscription.Target{
		Subscription: resource.Reference{Field: "subscription_identifier", Keys: []resource.Key{
			{Name: resource.KeyID, Value: identifier.GetId()}, {Name: resource.KeyNumber, Value: identifier.GetNumber()},
		}},
		Account: ownerOf(request.GetAccountsReceivableIdentifier()),
	}
}

// ownerOf returns the reference to an account, or nil if the request names none.
func ownerOf(identifier *crmcomv2.AccountsReceivableIdentifier) *resource.Reference {
	if identifier == nil {
		return nil
	}
	return &resource.Reference{Field: "accounts_receivable_identifier", Keys: []resource.Key{
		{Name: resource.KeyID, Value: identifier.GetId()}, {Name: resource.KeyNumber, Value: identifier.GetNumber()},
		{Name: resource.KeyNameText, Value: identifier.GetName()},
	}}
}

// groupReference returns the reference to a group, or nil if the request names none in the field.
func groupReference(field string, identifier *crmcomv2.GroupIdentifier) *resource.Reference {
	if identifier == nil {
		return nil
	}
	return &resource.Reference{Field: field, Keys: []resource.Key{
		{Name: resource.KeyID, Value: identifier.GetId()}, {Name: resource.KeyNameText, Value: identifier.GetName()},
		{Name: resource.KeyAlternativeCode, Value: identifier.GetAlternativeCode()},
	}}
}

// owned is a request that says which group is to own a subscription.
type owned interface {
	GetOwnedByGroupIdentifier() *crmcomv2.GroupIdentifier
	GetOwnedByBusinessUnitIdentifier() *crmcomv2.BusinessUnitIdentifier
}

// unitField is the parameter that names the business unit that is to own a subscription.
const unitField = "owned_by_business_unit_identifier"

// ownerField returns the name of a parameter for a key of the group that is to own a subscription.
func ownerField(field string) string {
	if field == unitField+"."+string(resource.KeyAlternativeCode) {
		return unitField + ".code"
	}
	return field
}

// owningGroup returns the reference to the group, or the business unit, that is to own a subscription, or nil if the request names none.
func owningGroup(request owned) (*resource.Reference, error) {
	group, unit := groupReference("owned_by_group_identifier", request.GetOwnedByGroupIdentifier()), request.GetOwnedByBusinessUnitIdentifier()
	switch {
	case unit == nil:
		return group, nil
	case group != nil:
		return nil, fault.InvalidField(unitField, reason.Ambiguous, "only one of %s and this may be given", group.Field)
	}
	return &resource.Reference{Field: unitField, Keys: []resource.Key{
		{Name: resource.KeyID, Value: unit.GetId()}, {Name: resource.KeyNameText, Value: unit.GetName()}, {Name: resource.KeyAlternativeCode, Value: unit.GetCode()},
	}}, nil
}

// userReference returns the reference to a user, or nil if the request names none in the field.
func userReference(field string, user *crmcomv2.UserIdentifier) *resource.Reference {
	if user == nil {
		return nil
	}
	return &resource.Reference{Field: field, Keys: []resource.Key{{Name: resource.KeyID, Value: user.GetId()}, {Name: resource.KeyUserName, Value: user.GetUsername()}}}
}

// actionTypeReference returns the reference to a type of actions, or nil if the request names none in the field.
func actionTypeReference(field string, of *crmcomv2.ActionTypeIdentifier) *resource.Reference {
	if of == nil {
		return nil
	}
	return &resource.Reference{Field: field, Keys: []resource.Key{
		{Name: resource.KeyID, Value: of.GetId()}, {Name: resource.KeyNameText, Value: of.GetName()}, {Name: resource.KeyAlternativeCode, Value: of.GetAlternativeCode()},
	}}
}

// levelReference returns the reference to a privacy level, or nil if the request names none in the field.
func levelReference(field string, level *crmcomv2.PrivacyLevelIdentifier) *resource.Reference {
	if level == nil {
		return nil
	}
	return &resource.Reference{Field: field, Keys: []resource.Key{
		{Name: resource.KeyID, Value: level.GetId()}, {Name: resource.KeyNumber, Value: level.GetNumber()},
	}}
}

// componentReferences returns the field that holds the components of a new service, in the entry of a set at a path, and the references to them.
func componentReferences(path string, of []*crmcomv2.ComponentParameter) (field string, references []resource.Reference) {
	field = path + "." + subscription.ComponentsField
	for i, entry := range of {
		identifier := entry.GetComponentIdentifier()
		references = append(references, resource.Reference{Field: fmt.Sprintf("%s[%d].component_identifier", field, i), Keys: []resource.Key{
			{Name: resource.KeyID, Value: identifier.GetId()}, {Name: resource.KeyCode, Value: identifier.GetCode()},
			{Name: resource.KeyAlternativeCode, Value: identifier.GetAlternativeCode()},
		}})
	}
	return field, references
}

// productReference returns the reference to a product in the entry of a set at a path.
func productReference(path string, of *crmcomv2.ServiceIdentifier) *resource.Reference {
	if of == nil {
		return nil
	}
	return &resource.Reference{Field: path + ".service_identifier", Keys: []resource.Key{
		{Name: resource.KeyID, Value: of.GetId()}, {Name: resource.KeyCode, Value: of.GetCode()},
		{Name: resource.KeyAlternativeCode, Value: of.GetAlternativeCode()},
	}}
}

// itemReference returns the reference to an installed item in the entry of a set at a path.
func itemReference(path string, of *crmcomv2.InstalledItemIdentifier) *resource.Reference {
	if of == nil {
		return nil
	}
	return &resource.Reference{Field: path + ".installed_item_identifier", Keys: []resource.Key{
		{Name: resource.KeyID, Value: of.GetId()}, {Name: resource.KeySerialNumber, Value: of.GetSerialNumber()},
		{Name: resource.KeyAlternativeCode, Value: of.GetAlternativeCode()},
	}}
}

// typeReference returns the reference to a subscription type, or nil if the request names none in the field.
func typeReference(field string, of *crmcomv2.SubscriptionTypeIdentifier) *resource.Reference {
	if of == nil {
		return nil
	}
	return &resource.Reference{Field: field, Keys: []resource.Key{
		{Name: resource.KeyID, Value: of.GetId()}, {Name: resource.KeyNameText, Value: of.GetName()}, {Name: resource.KeyAlternativeCode, Value: of.GetAlternativeCode()},
	}}
}
