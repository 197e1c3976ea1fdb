package api

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Message converts a resource to a message of the native API. Secrets are left out.
func Message(value any) (proto.Message, error) {
	switch r := value.(type) {
	case *organisation.Organisation:
		return organisationMessage(*r), nil
	case *organisation.User:
		return userMessage(*r), nil
	case *catalogue.SubscriptionType:
		return subscriptionTypeMessage(*r), nil
	case *catalogue.Group:
		return groupMessage(*r), nil
	case *catalogue.PrivacyLevel:
		return privacyLevelMessage(*r), nil
	case *catalogue.Product:
		return productMessage(*r), nil
	case *catalogue.InstalledItem:
		return installedItemMessage(*r), nil
	case *catalogue.ActionType:
		return actionTypeMessage(*r), nil
	case *catalogue.AccountClassification:
		return accountClassificationMessage(*r), nil
	case *catalogue.BillingTermScheme:
		return billingTermSchemeMessage(*r), nil
	case *account.Contact:
		return contactMessage(*r), nil
	case *account.Account:
		return accountMessage(*r), nil
	case *subscription.Subscription:
		return subscriptionMessage(*r), nil
	case *subscription.Action:
		return actionMessage(*r), nil
	case *subscription.Settings:
		return settingsMessage(*r), nil
	case *organisation.Session:
		return sessionMessage(*r), nil
	case *organisation.APIKey:
		return apiKeyMessage(*r), nil
	}
	return nil, fmt.Errorf("a %T has no message", value)
}

// ReadResource parses a resource to import, by the rules of its create request. Its name gives the
// id.
func ReadResource(message proto.Message) (resource.Resource, error) {
	switch m := message.(type) {
	case *pb.Organisation:
		return imported(organisations, m)
	case *pb.User:
		return importedUser(m)
	case *pb.SubscriptionType:
		return imported(subscriptionTypes, m)
	case *pb.Group:
		return imported(groups, m)
	case *pb.PrivacyLevel:
		return imported(privacyLevels, m)
	case *pb.Product:
		return imported(products, m)
	case *pb.InstalledItem:
		return imported(installedItems, m)
	case *pb.Contact:
		return imported(contacts, m)
	case *pb.ActionType:
		return imported(actionTypes, m)
	case *pb.AccountClassification:
		return imported(accountClassifications, m)
	case *pb.BillingTermScheme:
		return imported(billingTermSchemes, m)
	case *pb.Account:
		return imported(accounts, m)
	case *pb.Subscription:
		return importedSubscription(m)
	case *pb.SubscriptionAction:
		return imported(actions, m)
	case *pb.Settings:
		return importedSettings(m)
	}
	return nil, transfer.Unknown(message)
}

// imported parses a resource to import, with the id in its name. Fields in faults are relative to the
// resource.
func imported[ID ~string, T any, P resource.Pointer[T], M aip.Named](k kind[ID, T, M], message M) (resource.Resource, error) {
	id, err := resourcename.ID[ID](k.pattern, "name", message.GetName())
	if err != nil {
		return nil, err
	}
	if err := k.validate(message, ""); err != nil {
		return nil, err
	}
	parsed, err := k.parse(message, "name", string(id))
	return P(&parsed), transfer.WithoutField(err, k.field)
}

// importedUser parses a user. Passwords are not imported.
func importedUser(m *pb.User) (resource.Resource, error) {
	if m.GetPassword() != "" {
		return nil, fault.InvalidField("password", reason.InvalidValue, "must be empty: passwords cannot be imported")
	}
	return imported(users, m)
}

// importedSubscription parses a subscription in any state. Without a state it gets that of a new
// one.
func importedSubscription(m *pb.Subscription) (resource.Resource, error) {
	if _, known := pb.LifeCycleState_name[int32(m.GetState())]; !known {
		return nil, fault.InvalidField("state", reason.InvalidValue, "must be a state of a subscription's life")
	}
	stated := subscriptions
	stated.read = func(r *reading, message *pb.Subscription, into *subscription.Subscription) {
		subscriptions.read(r, message, into)
		into.State = word[subscription.LifeCycleState](statePrefix, message.GetState())
		into.Before = word[subscription.LifeCycleState](statePrefix, message.GetStateBeforeRest())
		into.Until = r.date("subscription.state_end_date", message.GetStateEndDate())
		for i, service := range message.GetServices() {
			into.Services[i].ServiceLife = r.serviceLife(fmt.Sprintf("subscription.services[%d].", i), service)
		}
		for i, item := range message.GetInstalledItems() {
			into.Items[i].Added = r.date(fmt.Sprintf("subscription.installed_items[%d].install_date", i), item.GetInstallDate())
		}
		into.Since = r.date("subscription.rest_start_date", message.GetRestStartDate())
		into.Terms = r.termsHistory(message.GetBillingTerms())
		into.PastItems = r.pastItems(message.GetPastInstalledItems())
	}
	return imported(stated, m)
}

// FieldOf returns the name of the field that holds a resource in its create request, for the
// resources whose violations start with it.
func FieldOf(resource resource.Resource) string {
	switch resource.(type) {
	case *subscription.Subscription:
		return "subscription"
	case *account.Contact:
		return "contact"
	case *account.Account:
		return "account"
	case *organisation.User:
		return "user"
	}
	return ""
}
