package customerrecurrence_test

import (
	"testing"

	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
)

// The entries are those that the version before wrote, of every type of resource.
func TestAFeedOfJSONIsUpgraded(t *testing.T) {
	migrations := customerrecurrence.Migrations()
	legacytest.Run(t, legacytest.Before(t, migrations, "00105"), migrations, legacytest.Entries(t, "testdata/json_feed.jsonl"))
}
