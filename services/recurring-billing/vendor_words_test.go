package recurringbilling_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/status"

	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

// Sedona's callers see these texts. The native API may use others.
func TestSedonaErrorTextsAreStable(t *testing.T) {
	f := open(t, true)
	body := full()
	body.MasterItemCode, body.MasterAccountCode, body.CustomerBillId = nil, nil, nil
	body.UserDescription = new(strings.Repeat("🔔", 26))
	taken := creation()
	taken.CustomerRecurringId = new(int32(1))
	_, exists := f.post(t, taken)
	_, master := f.vendorMasters.UpdateMasterAccount(t.Context(), &vendor.UpdateMasterAccountRequest{
		Id: 1, MasterAccount: &vendor.MasterAccount{Description: new(strings.Repeat("🔔", 31))},
	})
	for _, test := range []struct {
		err  error
		want string
	}{
		{f.put(t, 1, body), "customer_recurring_update.user_description: must have at most 50 characters (UTF-16 units)"},
		{exists, "the number or the code of recurring line 1 is taken"},
		{master, "master_account.description: must have at most 60 characters (UTF-16 units)"},
	} {
		if got := status.Convert(test.err).Message(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
