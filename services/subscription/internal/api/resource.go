package api

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
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
	case *account.Account:
		return accountMessage(*r), nil
	case *subscription.Subscription:
		return subscriptionMessage(*r), nil
	case *organisation.Session:
		return sessionMessage(*r), nil
	}
	return nil, fmt.Errorf("a %T has no message", value)
}

// ReadResource parses a resource to import, by the rules of its create request. Its name gives the
// id.
func ReadResource(message proto.Message) (resource.Resource, error) {
	switch m := message.(type) {
	case *pb.Organisation:
		return imported("organisation", m.GetName(), func(id string) *pb.CreateOrganisationRequest {
			return &pb.CreateOrganisationRequest{Organisation: m, OrganisationId: id}
		}, infallible(newOrganisation))
	case *pb.User:
		return importedUser(m)
	case *pb.SubscriptionType:
		return imported("subscription_type", m.GetName(), func(id string) *pb.CreateSubscriptionTypeRequest {
			return &pb.CreateSubscriptionTypeRequest{SubscriptionType: m, SubscriptionTypeId: id}
		}, newSubscriptionType)
	case *pb.Group:
		return imported("group", m.GetName(), func(id string) *pb.CreateGroupRequest {
			return &pb.CreateGroupRequest{Group: m, GroupId: id}
		}, infallible(newGroup))
	case *pb.PrivacyLevel:
		return imported("privacy_level", m.GetName(), func(id string) *pb.CreatePrivacyLevelRequest {
			return &pb.CreatePrivacyLevelRequest{PrivacyLevel: m, PrivacyLevelId: id}
		}, infallible(newPrivacyLevel))
	case *pb.Product:
		return imported("product", m.GetName(), func(id string) *pb.CreateProductRequest {
			return &pb.CreateProductRequest{Product: m, ProductId: id}
		}, infallible(newProduct))
	case *pb.InstalledItem:
		return imported("installed_item", m.GetName(), func(id string) *pb.CreateInstalledItemRequest {
			return &pb.CreateInstalledItemRequest{InstalledItem: m, InstalledItemId: id}
		}, infallible(newInstalledItem))
	case *pb.Account:
		return imported("account", m.GetName(), func(id string) *pb.CreateAccountRequest {
			return &pb.CreateAccountRequest{Account: m, AccountId: id}
		}, newAccount)
	case *pb.Subscription:
		return importedSubscription(m)
	}
	return nil, transfer.Unknown(message)
}

// pointer is a domain resource, a pointer to T.
type pointer[T any] interface {
	*T
	resource.Resource
}

// imported parses a resource as the given field of the request that would create it.
func imported[C proto.Message, T any, P pointer[T]](field, name string, create func(id string) C, read func(C) (T, error)) (resource.Resource, error) {
	id, err := transfer.ID(string(P(new(T)).Kind())+"/", name)
	if err != nil {
		return nil, err
	}
	request := create(id)
	if err := transfer.Check(request, field); err != nil {
		return nil, err
	}
	resource, err := read(request)
	return P(&resource), transfer.WithoutField(err, field)
}

// infallible adapts a conversion that cannot fail.
func infallible[C, T any](read func(C) T) func(C) (T, error) {
	return func(request C) (T, error) { return read(request), nil }
}

// importedUser parses a user. Passwords are not imported.
func importedUser(m *pb.User) (resource.Resource, error) {
	if m.GetPassword() != "" {
		return nil, fault.InvalidField("password", reason.InvalidValue, "must be empty: passwords cannot be imported")
	}
	user := proto.CloneOf(m)
	user.Password = strings.Repeat("*", organisation.LongestPassword) // the create request requires one
	return imported("user", m.GetName(), func(id string) *pb.CreateUserRequest {
		return &pb.CreateUserRequest{User: user, UserId: id}
	}, newUser)
}

// importedSubscription parses a subscription in any state. Without a state it gets that of a new
// one.
func importedSubscription(m *pb.Subscription) (resource.Resource, error) {
	if _, known := pb.LifeCycleState_name[int32(m.GetState())]; !known {
		return nil, fault.InvalidField("state", reason.InvalidValue, "must be a state of a subscription's life")
	}
	return imported("subscription", m.GetName(), func(id string) *pb.CreateSubscriptionRequest {
		return &pb.CreateSubscriptionRequest{Subscription: m, SubscriptionId: id}
	}, func(request *pb.CreateSubscriptionRequest) (subscription.Subscription, error) {
		read, err := newSubscription(request)
		read.State = word[subscription.LifeCycleState]("LIFE_CYCLE_STATE_", m.GetState())
		return read, err
	})
}

// FieldOf returns the name of the field that holds a resource in its create request, for the
// resources whose violations start with it.
func FieldOf(resource resource.Resource) string {
	switch resource.(type) {
	case *subscription.Subscription:
		return "subscription"
	case *organisation.User:
		return "user"
	}
	return ""
}
