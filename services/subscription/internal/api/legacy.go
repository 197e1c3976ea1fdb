package api

import (
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// LegacyStates describes the change feed states written by earlier versions. Only the migration
// that converts them uses it.
var LegacyStates = legacy.States{
	resource.KindSubscription.Type():     legacy.Of(messageOf[subscription.Subscription]),
	resource.KindAccount.Type():          legacy.Of(messageOf[account.Account]),
	resource.KindSubscriptionType.Type(): legacy.Of(messageOf[catalogue.SubscriptionType]),
	resource.KindGroup.Type():            legacy.Of(messageOf[catalogue.Group]),
	resource.KindPrivacyLevel.Type():     legacy.Of(messageOf[catalogue.PrivacyLevel]),
	resource.KindProduct.Type():          legacy.Of(messageOf[catalogue.Product]),
	resource.KindInstalledItem.Type():    legacy.Of(messageOf[catalogue.InstalledItem]),
	resource.KindOrganisation.Type():     legacy.Of(messageOf[organisation.Organisation]),
	resource.KindUser.Type():             legacy.Of(messageOf[organisation.User]),
	resource.KindSession.Type():          legacy.Of(messageOf[organisation.Session]),
}

func messageOf[T any, P resource.Pointer[T]](resource T) (proto.Message, error) {
	return Message(P(&resource))
}
