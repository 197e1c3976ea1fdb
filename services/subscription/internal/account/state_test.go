package account_test

import (
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
)

func TestOnlyActiveAccountsAllowChanges(t *testing.T) {
	for state, allowed := range map[account.State]bool{"": true, account.Active: true, account.Suspended: false, account.Terminated: false} {
		of := account.Account{Number: "180", State: state}
		err := of.CheckActive("account")
		known, refused := fault.As(err)
		if refused == allowed || of.IsActive() != allowed || refused && known.Reason != reason.AccountNotActive {
			t.Errorf("state %q: got %v, want allowed %t", state, err, allowed)
		}
	}
}
