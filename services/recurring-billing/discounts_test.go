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

// A line of 28.00 a month has a discount of 7.00, which ends in the middle of February.
func TestDiscountReducesInvoice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		rolled := func(l *native.RecurringLine) { l.MasterItem = "items/RMR-FIRE" }
		f.leaver(t, rolled)
		discount := f.leaver(t, func(l *native.RecurringLine) { rolled(l); l.MonthlyAmount = usd(-7, 0) })
		first := f.invoiced(t, day(2026, 2, 1))[0]
		whole := must(f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: first.GetName()}))(t)
		if cents(first.GetTotal()) != 2100 || len(whole.GetItems()) != 1 || len(whole.GetItems()[0].GetParts()) != 2 {
			t.Errorf("with the discount: %v", whole)
		}
		if got := f.credited(t, discount.GetName(), day(2026, 2, 15)); got != -350 {
			t.Errorf("the cancelled discount is credited at %d cents, want -350", got)
		}
		if left := f.rest(t, first); left != 2100 {
			t.Errorf("%d cents are left to credit, want what was billed", left)
		}
		if second := f.invoiced(t, day(2026, 3, 1))[0]; cents(second.GetTotal()) != 3150 {
			t.Errorf("after the discount: %v", second)
		}
		to := openOn(t, databasetest.Migrated(t, database.SQLite, recurringbilling.Migrations()), false)
		all := f.export(t, "default")
		if rejected := rejections(to.importAll(t, "default", 50, all...)); len(rejected) > 0 {
			t.Fatalf("rejected: %v", rejected)
		}
		if diff := gocmp.Diff(all, to.export(t, "default"), protocmp.Transform()); diff != "" {
			t.Errorf("exported again: %s", diff)
		}
	})
}

// Only discounts are due, so nothing has to be paid.
func TestDiscountAloneIsOwedToTheCustomer(t *testing.T) {
	f := open(t, true)
	f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = usd(-7, 0) })
	invoice := f.invoiced(t, day(2026, 2, 1))[0]
	if cents(invoice.GetTotal()) != -700 {
		t.Errorf("billed %v", invoice)
	}
	if left := f.rest(t, invoice); left != 0 {
		t.Errorf("%d cents can be credited", left)
	}
}
