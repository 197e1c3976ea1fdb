package recurringbilling_test

import (
	"fmt"
	"testing"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestCommitsThatNobodyFollowsCauseNoTransaction creates items, which neither runs nor revenue are about, without
// a webhook endpoint, a watcher or a run.
func TestCommitsThatNobodyFollowsCauseNoTransaction(t *testing.T) {
	f := open(t, false)
	databasetest.QuietCommits(t, "recurring-billing", func(n int) {
		must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: fmt.Sprint("ITEM-", n), Item: &native.Item{Description: "Watch"}}))(t)
	})
}
