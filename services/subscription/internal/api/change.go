package api

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// renderers show the states in the change feed, by resource type.
var renderers = map[string]func(state []byte) (proto.Message, error){
	domain.KindSubscription.Type():     renderer(subscriptionMessage),
	domain.KindAccount.Type():          renderer(accountMessage),
	domain.KindSubscriptionType.Type(): renderer(subscriptionTypeMessage),
	domain.KindGroup.Type():            renderer(groupMessage),
	domain.KindPrivacyLevel.Type():     renderer(privacyLevelMessage),
	domain.KindProduct.Type():          renderer(productMessage),
	domain.KindInstalledItem.Type():    renderer(installedItemMessage),
	domain.KindOrganisation.Type():     renderer(organisationMessage),
	domain.KindUser.Type():             renderer(userMessage),
	domain.KindSession.Type():          renderer(sessionMessage),
}

func renderer[T any, M proto.Message](message func(T) M) func([]byte) (proto.Message, error) {
	return func(state []byte) (proto.Message, error) {
		var resource T
		if err := json.Unmarshal(state, &resource); err != nil {
			return nil, fmt.Errorf("reading a state of the change feed: %w", err)
		}
		return message(resource), nil
	}
}

// Render shows an entry of the change feed as a message of the native API.
func Render(entry feed.Entry) (proto.Message, error) {
	render, known := renderers[entry.Type]
	if !known {
		return nil, fmt.Errorf("the change feed holds a %q, which is not known here", entry.Type)
	}
	return render(entry.State)
}
