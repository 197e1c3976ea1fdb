package api

import (
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

var subscriptionList = listOf("subscriptions", listing.Fields[subscription.Subscription]{
	"name":   named(subscriptionName, func(s subscription.Subscription) any { return s.ID }),
	"number": textual(func(s subscription.Subscription) any { return s.Number }),
})

var accountList = listOf("accounts", listing.Fields[account.Account]{
	"name":   named(accountName, func(a account.Account) any { return a.ID }),
	"number": textual(func(a account.Account) any { return a.Number }),
})

var subscriptionTypeList = listOf("subscriptionTypes", listing.Fields[catalogue.SubscriptionType]{
	"name":             named(subscriptionTypeName, func(t catalogue.SubscriptionType) any { return t.ID }),
	"display_name":     textual(func(t catalogue.SubscriptionType) any { return t.Name }),
	"alternative_code": optional(func(t catalogue.SubscriptionType) any { return t.AlternativeCode }),
})

var groupList = listOf("groups", listing.Fields[catalogue.Group]{
	"name":             named(groupName, func(g catalogue.Group) any { return g.ID }),
	"display_name":     textual(func(g catalogue.Group) any { return g.Name }),
	"alternative_code": optional(func(g catalogue.Group) any { return g.AlternativeCode }),
})

var privacyLevelList = listOf("privacyLevels", listing.Fields[catalogue.PrivacyLevel]{
	"name":   named(privacyLevelName, func(l catalogue.PrivacyLevel) any { return l.ID }),
	"number": textual(func(l catalogue.PrivacyLevel) any { return l.Number }),
})

var productList = listOf("products", listing.Fields[catalogue.Product]{
	"name":             named(productName, func(p catalogue.Product) any { return p.ID }),
	"code":             textual(func(p catalogue.Product) any { return p.Code }),
	"alternative_code": optional(func(p catalogue.Product) any { return p.AlternativeCode }),
})

var installedItemList = listOf("installedItems", listing.Fields[catalogue.InstalledItem]{
	"name":             named(installedItemName, func(i catalogue.InstalledItem) any { return i.ID }),
	"serial_number":    textual(func(i catalogue.InstalledItem) any { return i.SerialNumber }),
	"alternative_code": optional(func(i catalogue.InstalledItem) any { return i.AlternativeCode }),
})

var organisationList = listOf("organisations", listing.Fields[organisation.Organisation]{
	"name": named(organisationName, func(o organisation.Organisation) any { return o.ID }),
})

var userList = listOf("users", listing.Fields[organisation.User]{
	"name":  named(userName, func(u organisation.User) any { return u.ID }),
	"login": textual(func(u organisation.User) any { return u.Login() }),
})

// listOf returns the spec of a list that is ordered by resource name.
func listOf[T any](name string, fields listing.Fields[T]) listing.Spec[T] {
	return listing.Spec[T]{Name: name, Key: []string{"name"}, Fields: fields}
}

// named returns the field of a resource's name, which the store keeps as the id.
func named[T any](pattern resourcename.Pattern, id func(T) any) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Text, Filter: true, Order: true, Value: id, Parse: pattern.Parser()}
}

// textual returns the field of a text that every resource has; optional that of a text that may be
// missing.
func textual[T any](value func(T) any) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Text, Filter: true, Order: true, Value: value}
}

func optional[T any](value func(T) any) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Text, Filter: true, Order: true, Optional: true, Value: value}
}
