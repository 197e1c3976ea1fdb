package api

import (
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// LegacyStates are how stores of earlier versions wrote states into the change feed. Only their upgrade reads it.
var LegacyStates = legacy.States{
	domain.KindSubscription.Type():     legacy.Of(shown[domain.Subscription]),
	domain.KindAccount.Type():          legacy.Of(shown[domain.Account]),
	domain.KindSubscriptionType.Type(): legacy.Of(shown[domain.SubscriptionType]),
	domain.KindGroup.Type():            legacy.Of(shown[domain.Group]),
	domain.KindPrivacyLevel.Type():     legacy.Of(shown[domain.PrivacyLevel]),
	domain.KindProduct.Type():          legacy.Of(shown[domain.Product]),
	domain.KindInstalledItem.Type():    legacy.Of(shown[domain.InstalledItem]),
	domain.KindOrganisation.Type():     legacy.Of(shown[domain.Organisation]),
	domain.KindUser.Type():             legacy.Of(shown[domain.User]),
	domain.KindSession.Type():          legacy.Of(shown[domain.Session]),
}

func shown[T any, P pointer[T]](resource T) (proto.Message, error) { return Message(P(&resource)) }
