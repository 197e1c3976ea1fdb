package lifecycle

import (
	"maps"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// table says where the operations lead. What is not in it is refused.
//
//   - Activate leads a draft to PendingVerification where the subscription's type asks for it.
//   - The replacements by a type are possible where services can be swapped, and a new subscription takes over the state.
//   - EndResting leads to where the subscription was before, if the conditions to be active hold, otherwise to
//     NotEffective.
var table = map[State]map[Operation]State{
	Draft: {
		Activate: Effective, ActivateShortTerm: ShortTermEffective,
		Cancel: Cancelled, Regret: Regretted,
	},
	PendingVerification: {
		Verify: Effective, Cancel: Cancelled,
	},
	Effective: {
		Deactivate: NotEffective, DeactivateShortTerm: ShortTermNotEffective, Rest: InResting,
		Cancel: Cancelled, Regret: Regretted, Replace: Replaced,
		ReplaceFlexToFlex: Replaced, ReplaceFlexToPackage: Replaced, ReplacePackageToFlex: Replaced,
	},
	NotEffective: {
		Activate: Effective, ActivateShortTerm: ShortTermEffective, Rest: InResting,
		Cancel: Cancelled, Regret: Regretted,
		ReplaceFlexToFlex: Replaced, ReplaceFlexToPackage: Replaced, ReplacePackageToFlex: Replaced,
	},
	ShortTermEffective:    {EndShortTermActivation: NotEffective},
	ShortTermNotEffective: {EndShortTermDeactivation: Effective},
	InResting: {
		EndResting: Effective, Cancel: Cancelled, Regret: Regretted,
	},
}

// Allowed returns the operations that are possible in a state, in alphabetical order.
func Allowed(in State) []Operation { return slices.Sorted(maps.Keys(table[in])) }

// lead returns where an operation leads by the table, or a fault that names the present state.
func lead(from State, by Operation) (State, error) {
	if to, ok := table[from][by]; ok {
		return to, nil
	}
	possible := "nothing leads on from there"
	if allowed := Allowed(from); len(allowed) > 0 {
		names := make([]string, len(allowed))
		for i, operation := range allowed {
			names[i] = string(operation)
		}
		possible = "possible there: " + strings.Join(names, ", ")
	}
	return "", fault.New(fault.FailedPrecondition, reason.LifeCycleState, "%s is not possible in the present state %s; %s", by, from, possible)
}
