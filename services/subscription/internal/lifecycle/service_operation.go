package lifecycle

import (
	"maps"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// The operations on services within a subscription (pageId=523891, 490703, 490705, V4/952363).
const (
	AddService        Operation = "ADD_SERVICE"
	AddServiceAsDraft Operation = "ADD_SERVICE_AS_DRAFT"
	StartService      Operation = "START_SERVICE"
	CancelService     Operation = "CANCEL_SERVICE"
	RegretService     Operation = "REGRET_SERVICE"
	UndoAddService    Operation = "UNDO_ADD_SERVICE"
	UpgradeService    Operation = "UPGRADE_SERVICE"
	DowngradeService  Operation = "DOWNGRADE_SERVICE"
	SwitchService     Operation = "SWITCH_SERVICE"
)

// ServiceOperations are all operations on services.
var ServiceOperations = []Operation{
	AddService, AddServiceAsDraft, StartService, CancelService, RegretService, UndoAddService, UpgradeService, DowngradeService, SwitchService,
}

// OnServices reports whether the operation changes services and not the state of their subscription.
func (o Operation) OnServices() bool { return slices.Contains(ServiceOperations, o) }

// Adds reports whether the operation adds services, and Swaps whether it puts one in the place of another.
func (o Operation) Adds() bool { return o == AddService || o == AddServiceAsDraft }

// Swaps reports whether the operation puts a service in the place of another.
func (o Operation) Swaps() bool {
	return o == UpgradeService || o == DowngradeService || o == SwitchService
}

// Leaves reports whether the operation can take days or services out of a binding period before its end, which is not free. Regretting is.
func (o Operation) Leaves() bool {
	switch o {
	case Cancel, Replace, CancelService, CanceledBindingPeriod, AdjustedBindingPeriod:
		return true
	}
	return o.Swaps() || o.ByType()
}

// serviceTable says where the operations lead a service. That services can be cancelled and regretted in these three states is
// documented; the others are inferred. StartService leads to the state of the subscription.
var serviceTable = map[State]map[Operation]State{
	Draft: {UndoAddService: Removed, StartService: Effective},
	Effective: {
		CancelService: Cancelled, RegretService: Regretted,
		UpgradeService: Swapped, DowngradeService: Swapped, SwitchService: Swapped,
	},
	NotEffective: {
		CancelService: Cancelled, RegretService: Regretted,
		UpgradeService: Swapped, DowngradeService: Swapped, SwitchService: Swapped,
	},
	InResting: {CancelService: Cancelled, RegretService: Regretted},
}

// added says in which state a service is that is added to a subscription in a state.
var added = map[State]State{Draft: Draft, PendingVerification: Draft, Effective: Effective, NotEffective: NotEffective}

// NextOfService returns the state to which an operation leads a service. Faults: LIFE_CYCLE_STATE, COOLING_OFF_ENDED,
// ACCOUNT_NOT_ACTIVE.
func (s Situation) NextOfService(by Operation, id string, from State, firstActivated date.Date) (State, error) {
	to, ok := serviceTable[from][by]
	switch {
	case !ok:
		return "", fault.New(fault.FailedPrecondition, reason.LifeCycleState, "%s is not possible for service %s in its present state %s; %s",
			by, id, from, possibleFor(from))
	case by == RegretService:
		regretted := s
		regretted.State, regretted.FirstActivated = from, firstActivated
		if err := regretted.checkCoolingOff(); err != nil {
			return "", err
		}
	case by == StartService && s.State != Effective && s.State != NotEffective:
		return "", fault.New(fault.FailedPrecondition, reason.LifeCycleState, "%s is not possible in the subscription's present state %s; it is in %s and %s",
			by, s.State, Effective, NotEffective)
	case (by.Swaps() || by == StartService) && !s.AccountActive:
		return "", inactiveAccount()
	case by == StartService:
		return s.State, nil
	}
	return to, nil
}

// Added returns the state of a service that is added. Faults: LIFE_CYCLE_STATE, ACCOUNT_NOT_ACTIVE.
func (s Situation) Added(by Operation) (State, error) {
	state, ok := added[s.State]
	switch {
	case !ok:
		return "", fault.New(fault.FailedPrecondition, reason.LifeCycleState, "no service can be added in the subscription's present state %s", s.State)
	case !s.AccountActive:
		return "", inactiveAccount()
	case by == AddServiceAsDraft:
		return Draft, nil
	}
	return state, nil
}

func possibleFor(state State) string {
	operations := slices.Sorted(maps.Keys(serviceTable[state]))
	if len(operations) == 0 {
		return "nothing is possible there"
	}
	names := make([]string, len(operations))
	for i, operation := range operations {
		names[i] = string(operation)
	}
	return "possible there: " + strings.Join(names, ", ")
}
