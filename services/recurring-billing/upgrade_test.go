package recurringbilling_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// The entries were written by the previous version and cover every type of resource.
func TestUpgradeConvertsJSONFeed(t *testing.T) {
	migrations := recurringbilling.Migrations()
	legacytest.Run(t, legacytest.Before(t, migrations, "00185"), migrations, legacytest.Entries(t, "testdata/json_feed.jsonl"))
}
