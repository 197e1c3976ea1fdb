package recurringbilling_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

func TestImportRatesCancellationsAndAddresses(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		from, to := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true), openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		line := from.billedLine(t, nil)
		from.changeRate(t, line.GetName(), rateOf(day(2026, 6, 1), usd(40, 0), "PRICE"))
		cancel := cancelOf(line.GetName(), day(2026, 3, 11))
		cancel.Credit = true
		must(from.lines.CancelRecurringLine(t.Context(), cancel))(t)
		must(from.lines.CancelRecurringLine(t.Context(), cancelOf("recurringLines/1", day(2026, 1, 1))))(t)
		must(from.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: &native.BillTo{Name: "billTos/1", Address: address()}}))(t)
		must(from.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
			MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1", SubAccountsBilled: true}}))(t)
		all := from.export(t, "default")
		if rejected := rejections(to.importAll(t, "default", 1000, all...)); len(rejected) > 0 {
			t.Fatalf("rejected: %v", rejected)
		}
		if diff := gocmp.Diff(all, to.export(t, "default"), protocmp.Transform(), protocmp.IgnoreFields(&native.RecurringLine{}, "etag"),
			protocmp.IgnoreFields(&native.BillTo{}, "etag"), protocmp.IgnoreFields(&native.MasterAccount{}, "etag")); diff != "" {
			t.Errorf("imported (-from +to):\n%s", diff)
		}
	})
}
