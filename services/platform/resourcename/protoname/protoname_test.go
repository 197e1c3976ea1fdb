package protoname_test

import (
	"testing"

	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/resourcename/protoname"
)

func TestOfReadsPatternFromProto(t *testing.T) {
	if got := protoname.Of(&webhooksv1.WebhookEndpoint{}).String(); got != "webhookEndpoints/{webhook_endpoint}" {
		t.Errorf("got pattern %q", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("Of must panic for a message that is not a resource")
		}
	}()
	protoname.Of(&webhooksv1.DeliveryState{})
}
