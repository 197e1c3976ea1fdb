package lifecycle

// Service is the state of a service in a subscription.
type Service struct {
	State State
	// Before is the state before a rest, or empty.
	Before State
}

// After returns the state of the service after its subscription went from one state to another by an operation.
//
//   - Activations take drafts and services that are not effective.
//   - A rest keeps in mind where each service was. When it ends, a service returns there, and is not effective if the
//     subscription is not.
//   - What ends the subscription ends all services that have not ended before.
func (s Service) After(by Operation, to State) Service {
	switch {
	case s.State.Ended():
		return s
	case to.Ended():
		return Service{State: to}
	case to == PendingVerification:
		return s
	}
	switch by {
	case Activate, Verify, ActivateShortTerm:
		if s.State == Draft || s.State == NotEffective {
			return Service{State: to}
		}
	case Deactivate, DeactivateShortTerm:
		if s.State == Effective {
			return Service{State: to}
		}
	case EndShortTermActivation:
		if s.State == ShortTermEffective {
			return Service{State: to}
		}
	case EndShortTermDeactivation:
		if s.State == ShortTermNotEffective {
			return Service{State: to}
		}
	case Rest:
		if s.State == Effective || s.State == NotEffective {
			return Service{State: InResting, Before: s.State}
		}
	case EndResting:
		return s.rested(to)
	}
	return s
}

// rested returns the state of the service after a rest of its subscription, which leads to another state.
func (s Service) rested(to State) Service {
	switch {
	case s.State != InResting:
		return s
	case to == NotEffective || s.Before == NotEffective:
		return Service{State: NotEffective}
	}
	return Service{State: to}
}
