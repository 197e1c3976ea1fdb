package subscription_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// The entries were written by the previous version, one for every type of resource.
func TestUpgradeConvertsJSONFeedStates(t *testing.T) {
	migrations := subscription.Migrations()
	legacytest.Run(t, legacytest.Before(t, migrations, "00105"), migrations, legacytest.Entries(t, "testdata/json_feed.jsonl"))
}
