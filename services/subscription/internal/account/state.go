package account

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// IsActive reports whether the account's state allows what changes its subscriptions' lives.
func (a *Account) IsActive() bool { return a.State == "" || a.State == Active }

// CheckActive returns an ACCOUNT_NOT_ACTIVE fault on field unless the account is active. Whatever
// begins, ends or schedules something on an account's subscriptions calls it first.
func (a *Account) CheckActive(field string) error {
	if a.IsActive() {
		return nil
	}
	return fault.AtField(fault.FailedPrecondition, field, reason.AccountNotActive,
		"account %s is %s; only what an ACTIVE account owns can be changed so", a.Number, a.State)
}
