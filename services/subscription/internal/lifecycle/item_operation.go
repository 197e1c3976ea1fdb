package lifecycle

import (
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// The operations on the installed items of a subscription (pageId=501613, 490787, 490793, 517080). The code of a move is inferred.
const (
	AddInstalledItem    Operation = "ADD_INSTALLED_ITEM"
	RemoveInstalledItem Operation = "REMOVE_INSTALLED_ITEM"
	SwapInstalledItem   Operation = "SWAP_INSTALLED_ITEM"
	MoveInstalledItem   Operation = "MOVE_INSTALLED_ITEM"
)

// ItemOperations are all operations on installed items.
var ItemOperations = []Operation{AddInstalledItem, RemoveInstalledItem, SwapInstalledItem, MoveInstalledItem}

// OnItems reports whether the operation changes installed items and not the state of their subscription.
func (o Operation) OnItems() bool { return slices.Contains(ItemOperations, o) }

// CheckItems checks that an operation on installed items is possible: devices come back also from a subscription that has ended, and go to
// one that has not, of an active account. Faults: LIFE_CYCLE_STATE, ACCOUNT_NOT_ACTIVE.
func (s Situation) CheckItems(by Operation) error {
	switch {
	case by == RemoveInstalledItem || by == MoveInstalledItem:
		return nil
	case s.State.Ended():
		return fault.New(fault.FailedPrecondition, reason.LifeCycleState, "%s is not possible in the present state %s; possible there: %s, %s",
			by, s.State, RemoveInstalledItem, MoveInstalledItem)
	case !s.AccountActive:
		return inactiveAccount()
	}
	return nil
}
