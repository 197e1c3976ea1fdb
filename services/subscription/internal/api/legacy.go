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
	resource.KindSubscription.Type():     legacy.Of(shown[subscription.Subscription]),
	resource.KindAccount.Type():          legacy.Of(shown[account.Account]),
	resource.KindSubscriptionType.Type(): legacy.Of(shown[catalogue.SubscriptionType]),
	resource.KindGroup.Type():            legacy.Of(shown[catalogue.Group]),
	resource.KindPrivacyLevel.Type():     legacy.Of(shown[catalogue.PrivacyLevel]),
	resource.KindProduct.Type():          legacy.Of(shown[catalogue.Product]),
	resource.KindInstalledItem.Type():    legacy.Of(shown[catalogue.InstalledItem]),
	resource.KindOrganisation.Type():     legacy.Of(shown[organisation.Organisation]),
	resource.KindUser.Type():             legacy.Of(shown[organisation.User]),
	resource.KindSession.Type():          legacy.Of(shown[organisation.Session]),
}

func shown[T any, P pointer[T]](resource T) (proto.Message, error) { return Message(P(&resource)) }
