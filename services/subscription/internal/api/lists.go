package api

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

var subscriptionList = listOf("subscriptions", listing.Fields[subscription.Subscription]{
	"name":   named(subscriptionName, func(s subscription.Subscription) any { return s.ID }),
	"number": textual(func(s subscription.Subscription) string { return s.Number }),
	"state": enumerated[subscription.Subscription](enumNames(pb.LifeCycleState_value, "LIFE_CYCLE_STATE_",
		subscription.Draft, subscription.Effective, subscription.NotEffective, subscription.ShortTermEffective, subscription.ShortTermNotEffective,
		subscription.InResting, subscription.Cancelled, subscription.Regretted, subscription.Replaced, subscription.PendingVerification)),
	"rating_state": enumerated[subscription.Subscription](enumNames(pb.RatingState_value, "RATING_STATE_",
		subscription.RatingPending, subscription.RatingCompleted)),
	"first_activated_date": {Kind: listing.Date, Filter: true, Order: true, Optional: true,
		Value: func(s subscription.Subscription) any { return s.FirstActivated }},
	"account":           referring[subscription.Subscription](accountName, false),
	"subscription_type": referring[subscription.Subscription](subscriptionTypeName, false),
	"group":             referring[subscription.Subscription](groupName, true),
	"privacy_level":     referring[subscription.Subscription](privacyLevelName, true),
}, func(s subscription.Subscription) mutation.Revision { return s.Revision })

var actionList = listOf("subscriptionActions", listing.Fields[subscription.Action]{
	"name":                           named(actionName, func(a subscription.Action) any { return a.ID }),
	"number":                         textual(func(a subscription.Action) string { return a.Number }),
	subscription.FieldOfSubscription: referring[subscription.Action](subscriptionName, false),
	"classification":                 enumerated[subscription.Action](classificationNames()),
	"behavior_code":                  {Kind: listing.Text, Filter: true},
	subscription.FieldState: enumerated[subscription.Action](enumNames(pb.ActionState_value, actionStatePrefix,
		subscription.ActionScheduled, subscription.ActionExecuted, subscription.ActionCancelled, subscription.ActionRejected)),
	"schedule_time": {Kind: listing.Instant, Filter: true, Order: true, Optional: true, Value: func(a subscription.Action) any {
		if a.Scheduled.IsZero() {
			return nil
		}
		return a.Scheduled
	}},
	"transaction_reference": optional(func(a subscription.Action) string { return a.Reference }),
	"action_type":           referring[subscription.Action](actionTypeName, true),
	"sub_action_type":       referring[subscription.Action](actionTypeName, true),
}, func(a subscription.Action) mutation.Revision { return a.Revision })

var accountList = listOf("accounts", listing.Fields[account.Account]{
	"name":         named(accountName, func(a account.Account) any { return a.ID }),
	"number":       textual(func(a account.Account) string { return a.Number }),
	"display_name": textual(func(a account.Account) string { return a.Name }),
	"state": enumerated[account.Account](enumNames(pb.Account_State_value, "STATE_",
		account.Active, account.Suspended, account.Terminated)),
	"account_owner.full_name": optional(func(a account.Account) string { return a.Owner.Name }),
	"classification":          referring[account.Account](accountClassificationName, true),
	account.FieldContact:      referring[account.Account](contactName, true),
	"privacy_level":           referring[account.Account](privacyLevelName, true),
	"account_manager":         referring[account.Account](userName, true),
	"inactive":                flag[account.Account](),
}, func(a account.Account) mutation.Revision { return a.Revision })

var contactList = listOf("contacts", listing.Fields[account.Contact]{
	"name":           named(contactName, func(p account.Contact) any { return p.ID }),
	"info.full_name": textual(func(p account.Contact) string { return p.Info.Name }),
	"info.type":      enumerated[account.Contact](enumNames(pb.ContactType_value, "CONTACT_TYPE_", account.Person, account.Company)),
	"inactive":       flag[account.Contact](),
}, func(p account.Contact) mutation.Revision { return p.Revision })

var subscriptionTypeList = listOf("subscriptionTypes", listing.Fields[catalogue.SubscriptionType]{
	"name":             named(subscriptionTypeName, func(t catalogue.SubscriptionType) any { return t.ID }),
	"display_name":     textual(func(t catalogue.SubscriptionType) string { return t.Name }),
	"alternative_code": optional(func(t catalogue.SubscriptionType) string { return t.AlternativeCode }),
	"classification": enumerated[catalogue.SubscriptionType](enumNames(pb.Classification_value, "CLASSIFICATION_",
		catalogue.Flexible, catalogue.Package)),
	"inactive": flag[catalogue.SubscriptionType](),
}, func(t catalogue.SubscriptionType) mutation.Revision { return t.Revision })

var actionTypeList = listOf("actionTypes", listing.Fields[catalogue.ActionType]{
	"name":                    named(actionTypeName, func(t catalogue.ActionType) any { return t.ID }),
	"display_name":            textual(func(t catalogue.ActionType) string { return t.Name }),
	"alternative_code":        optional(func(t catalogue.ActionType) string { return t.AlternativeCode }),
	catalogue.FieldParentType: referring[catalogue.ActionType](actionTypeName, true),
	"inactive":                flag[catalogue.ActionType](),
}, func(t catalogue.ActionType) mutation.Revision { return t.Revision })

var accountClassificationList = listOf("accountClassifications", listing.Fields[catalogue.AccountClassification]{
	"name":             named(accountClassificationName, func(c catalogue.AccountClassification) any { return c.ID }),
	"display_name":     textual(func(c catalogue.AccountClassification) string { return c.Name }),
	"alternative_code": optional(func(c catalogue.AccountClassification) string { return c.AlternativeCode }),
	"inactive":         flag[catalogue.AccountClassification](),
}, func(c catalogue.AccountClassification) mutation.Revision { return c.Revision })

var billingTermSchemeList = listOf("billingTermSchemes", listing.Fields[catalogue.BillingTermScheme]{
	"name":         named(billingTermSchemeName, func(s catalogue.BillingTermScheme) any { return s.ID }),
	"code":         textual(func(s catalogue.BillingTermScheme) string { return s.Code }),
	"display_name": optional(func(s catalogue.BillingTermScheme) string { return s.Name }),
	"state": enumerated[catalogue.BillingTermScheme](enumNames(pb.BillingTermScheme_State_value, schemeStatePrefix,
		catalogue.SchemeDraft, catalogue.SchemeEffective, catalogue.SchemeTerminated)),
}, func(s catalogue.BillingTermScheme) mutation.Revision { return s.Revision })

var groupList = listOf("groups", listing.Fields[catalogue.Group]{
	"name":             named(groupName, func(g catalogue.Group) any { return g.ID }),
	"display_name":     textual(func(g catalogue.Group) string { return g.Name }),
	"alternative_code": optional(func(g catalogue.Group) string { return g.AlternativeCode }),
	"inactive":         flag[catalogue.Group](),
}, func(g catalogue.Group) mutation.Revision { return g.Revision })

var privacyLevelList = listOf("privacyLevels", listing.Fields[catalogue.PrivacyLevel]{
	"name":         named(privacyLevelName, func(l catalogue.PrivacyLevel) any { return l.ID }),
	"number":       textual(func(l catalogue.PrivacyLevel) string { return l.Number }),
	"display_name": optional(func(l catalogue.PrivacyLevel) string { return l.Name }),
	"inactive":     flag[catalogue.PrivacyLevel](),
}, func(l catalogue.PrivacyLevel) mutation.Revision { return l.Revision })

var productList = listOf("products", listing.Fields[catalogue.Product]{
	"name":             named(productName, func(p catalogue.Product) any { return p.ID }),
	"code":             textual(func(p catalogue.Product) string { return p.Code }),
	"alternative_code": optional(func(p catalogue.Product) string { return p.AlternativeCode }),
	"display_name":     optional(func(p catalogue.Product) string { return p.Name }),
	"type": enumerated[catalogue.Product](enumNames(pb.ProductType_value, "PRODUCT_TYPE_",
		catalogue.ProductService, catalogue.PhysicalGood)),
	"inactive": flag[catalogue.Product](),
}, func(p catalogue.Product) mutation.Revision { return p.Revision })

var installedItemList = listOf("installedItems", listing.Fields[catalogue.InstalledItem]{
	"name":             named(installedItemName, func(i catalogue.InstalledItem) any { return i.ID }),
	"serial_number":    textual(func(i catalogue.InstalledItem) string { return i.SerialNumber }),
	"alternative_code": optional(func(i catalogue.InstalledItem) string { return i.AlternativeCode }),
	"display_name":     optional(func(i catalogue.InstalledItem) string { return i.Name }),
	"inactive":         flag[catalogue.InstalledItem](),
}, func(i catalogue.InstalledItem) mutation.Revision { return i.Revision })

var organisationList = listOf("organisations", listing.Fields[organisation.Organisation]{
	"name":         named(organisationName, func(o organisation.Organisation) any { return o.ID }),
	"display_name": optional(func(o organisation.Organisation) string { return o.Name }),
	"inactive":     flag[organisation.Organisation](),
}, func(o organisation.Organisation) mutation.Revision { return o.Revision })

var userList = listOf("users", listing.Fields[organisation.User]{
	"name":         named(userName, func(u organisation.User) any { return u.ID }),
	"login":        textual(func(u organisation.User) string { return u.Login() }),
	"organisation": referring[organisation.User](organisationName, false),
	"user_name":    textual(func(u organisation.User) string { return u.UserName }),
	"display_name": optional(func(u organisation.User) string { return u.Name }),
	"email":        optional(func(u organisation.User) string { return u.Email }),
	"disabled":     flag[organisation.User](),
	"visible_groups": {Kind: listing.Text, Filter: true, Optional: true, Parse: func(string) (any, error) {
		return nil, fault.InvalidField("filter", reason.InvalidFilter, "can only be asked whether there are any, as in visible_groups:*")
	}},
	"max_privacy_level": referring[organisation.User](privacyLevelName, true),
}, func(u organisation.User) mutation.Revision { return u.Revision })

var sessionList = listOf("sessions", listing.Fields[organisation.Session]{
	"name":                 named(sessionName, func(s organisation.Session) any { return s.ID }),
	organisation.FieldUser: referring[organisation.Session](userName, false),
	"organisation":         referring[organisation.Session](organisationName, false),
	"last_use_time": {Kind: listing.Instant, Filter: true, Order: true, Optional: true, Value: func(s organisation.Session) any {
		if s.Lasting {
			return nil
		}
		return s.LastUsed
	}},
	organisation.FieldExpireTime: {Kind: listing.Instant, Filter: true, Order: true, Optional: true, Value: func(s organisation.Session) any { return s.Expires() }},
}, func(s organisation.Session) mutation.Revision { return s.Revision }, "update_time")

var apiKeyList = listOf("apiKeys", listing.Fields[organisation.APIKey]{
	"name":                 named(apiKeyName, func(k organisation.APIKey) any { return k.ID }),
	organisation.FieldUser: referring[organisation.APIKey](userName, false),
	"display_name":         optional(func(k organisation.APIKey) string { return k.Name }),
}, func(k organisation.APIKey) mutation.Revision { return k.Revision })

// listOf returns the spec of a list that is ordered by resource name. It adds the times of creation
// and change to the fields, except those without.
func listOf[T any](name string, fields listing.Fields[T], revision func(T) mutation.Revision, without ...string) listing.Spec[T] {
	fields["create_time"] = listing.Field[T]{Kind: listing.Instant, Filter: true, Order: true, Value: func(t T) any { return revision(t).Created }}
	fields["update_time"] = listing.Field[T]{Kind: listing.Instant, Filter: true, Order: true, Value: func(t T) any { return revision(t).Updated }}
	for _, field := range without {
		delete(fields, field)
	}
	return listing.Spec[T]{Name: name, Key: []string{"name"}, Fields: fields}
}

// named returns the field of a resource's name, which the store keeps as the id.
func named[T any](pattern resourcename.Pattern, id func(T) any) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Text, Filter: true, Order: true, Value: id, Parse: pattern.Parser()}
}

// referring returns the field of another resource's name, to filter by.
func referring[T any](pattern resourcename.Pattern, optional bool) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Text, Filter: true, Optional: optional, Parse: pattern.Parser()}
}

// textual returns the field of a text that every resource has; optional that of a text that may be
// missing.
func textual[T any](value func(T) string) listing.Field[T] {
	// The store keeps the text in NFC.
	return listing.Field[T]{Kind: listing.Text, Filter: true, Order: true, Value: func(t T) any { return norm.NFC.String(value(t)) }}
}

func optional[T any](value func(T) string) listing.Field[T] {
	field := textual(value)
	field.Optional = true
	return field
}

// enumerated returns the field of an enum, and flag that of a boolean, to filter by.
func enumerated[T any](names map[string]string) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Enum, Filter: true, Names: names}
}

func flag[T any]() listing.Field[T] { return listing.Field[T]{Kind: listing.Boolean, Filter: true} }

// enumNames returns the stored words of an enum by the names of its values, for the fields of lists.
func enumNames[W ~string](values map[string]int32, prefix string, words ...W) map[string]string {
	names := make(map[string]string, len(words))
	for _, word := range words {
		if name := prefix + strings.ToUpper(string(word)); values[name] != 0 {
			names[name] = string(word)
		}
	}
	return names
}
