package subscription_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// The entries are those that the version before wrote, of every type of resource.
func TestAFeedOfJSONIsUpgraded(t *testing.T) {
	migrations := subscription.Migrations()
	legacytest.Run(t, legacytest.Before(t, migrations, "00105"), migrations, legacytest.Entries(t, "testdata/json_feed.jsonl"))
}
