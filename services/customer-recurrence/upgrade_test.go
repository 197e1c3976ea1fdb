package customerrecurrence_test

import (
	"testing"

	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
)

// The entries were written by the previous version, one for every type of resource.
func TestUpgradeConvertsJSONFeedStates(t *testing.T) {
	migrations := customerrecurrence.Migrations()
	legacytest.Run(t, legacytest.Before(t, migrations, "00105"), migrations, legacytest.Entries(t, "testdata/json_feed.jsonl"))
}
