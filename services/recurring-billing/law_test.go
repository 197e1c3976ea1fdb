package recurringbilling_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

// descriptions are those of the demo items that the test uses.
var descriptions = map[string]string{"RMR-MON": "Alarm monitoring", "RMR-FIRE": "Fire alarm monitoring"}

// cycleAmounts holds the cost of each cycle of line 1, at 29.95 a month.
var cycleAmounts = map[string]string{"M": "29.95", "Q": "89.85", "S": "179.70", "A": "359.40"}

// after is a second, simple implementation of the vendor's rules for line 1. It applies an update
// to the line and reports whether the update is accepted.
func after(line *vendor.CustomerRecurring, body *vendor.CustomerRecurringUpdate) bool {
	master := body.GetMasterAccountCode()
	billTo := body.GetCustomerBillId()
	_, itemKnown := descriptions[body.GetItemCode()]
	_, masterItemKnown := descriptions[body.GetMasterItemCode()]
	_, cycleKnown := cycleAmounts[body.GetBillCycle()]
	switch {
	case !itemKnown || !cycleKnown:
		return false
	case !masterItemKnown && !slices.Contains([]string{"", "N/A"}, body.GetMasterItemCode()):
		return false
	case master != "" && master != "MASTER-1":
		return false
	case !slices.Contains([]int32{0, 1, 9}, billTo) && (billTo != 8 || master != "MASTER-1"):
		return false
	case body.GetCustomerRecurringId() > 1 || len(body.GetUserDescription()) > 50:
		return false
	}
	line.ItemCode, line.BillCycle = body.ItemCode, body.BillCycle
	line.CycleAmount.Value = cycleAmounts[body.GetBillCycle()]
	line.MasterItemCode = new(cmp.Or(body.GetMasterItemCode(), "N/A"))
	line.UserDescription = new(cmp.Or(body.GetUserDescription(), descriptions[body.GetItemCode()]))
	line.MasterAccountCode, line.InvoiceItemMemo = nil, nil
	if master != "" {
		line.MasterAccountCode = &master
	}
	if body.GetInvoiceItemMemo() != "" {
		line.InvoiceItemMemo = body.InvoiceItemMemo
	}
	switch {
	case master != "":
		line.CustomerBillId = new(int32(8))
	case billTo != 0:
		line.CustomerBillId = &billTo
	case line.GetCustomerBillId() == 8:
		line.CustomerBillId = new(int32(1))
	}
	return true
}

func drawText(t *rapid.T, name string, texts ...string) *string {
	if rapid.Bool().Draw(t, name+" given") {
		return new(rapid.SampledFrom(texts).Draw(t, name))
	}
	return nil
}

func drawBody(t *rapid.T) *vendor.CustomerRecurringUpdate {
	return &vendor.CustomerRecurringUpdate{
		CustomerRecurringId: new(rapid.SampledFrom([]int32{0, 1, 1, 1, 2}).Draw(t, "id")),
		ItemCode:            new(rapid.SampledFrom([]string{"RMR-MON", "RMR-FIRE", "RMR-MON", "RMR-FIRE", "NONE"}).Draw(t, "item")),
		MasterItemCode:      drawText(t, "master item", "", "N/A", "RMR-MON", "RMR-FIRE", "NONE"),
		MasterAccountCode:   drawText(t, "master account", "", "MASTER-1", "MASTER-1", "NONE"),
		BillCycle:           new(rapid.SampledFrom([]string{"M", "Q", "S", "A", "M", "Q", "S", "A", "m"}).Draw(t, "cycle")),
		UserDescription:     drawText(t, "description", "", "Panel", "Siren", strings.Repeat("x", 50)),
		InvoiceItemMemo:     drawText(t, "memo", "", "a", "b"),
		CustomerBillId:      new(rapid.SampledFrom([]int32{0, 0, 1, 9, 8, 2, 4711}).Draw(t, "bill-to")),
	}
}

// A line is always what its accepted updates made it. Rejected updates change nothing.
func TestAcceptedUpdatesDetermineLine(t *testing.T) {
	f := open(t, true)
	get := func() *vendor.CustomerRecurring {
		return must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: 1}))(t).GetCustomerRecurring()
	}
	rapid.Check(t, func(r *rapid.T) {
		want := get()
		for _, body := range rapid.SliceOfN(rapid.Custom(drawBody), 1, 5).Draw(r, "updates") {
			accepted := after(want, body)
			if err := f.put(t, 1, body); (err == nil) != accepted {
				r.Fatalf("accepted: want %v, got %v", accepted, err)
			}
			if diff := gocmp.Diff(want, get(), protocmp.Transform()); diff != "" {
				r.Fatalf("line (-want +got):\n%s", diff)
			}
		}
	})
}
