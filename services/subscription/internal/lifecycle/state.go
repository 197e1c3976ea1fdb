// Package lifecycle holds the rules of a subscription's life: which operation leads from which state to which,
// under which conditions, and what it does to the services of the subscription. It reads neither clock nor store.
//
// The states, the operations and where they lead are CRM.COM's (manual pageId=9831670, 9831696, 9897141, 9897168,
// 9903104, 9864366). What the vendor's pages leave open is inferred and says so.
package lifecycle

// State is a life cycle state of a subscription, or of a service in it, in CRM.COM's spelling.
type State string

// The states of a subscription.
const (
	Draft                 State = "DRAFT"
	Effective             State = "EFFECTIVE"
	NotEffective          State = "NOT_EFFECTIVE"
	ShortTermEffective    State = "SHORT_TERM_EFFECTIVE"
	ShortTermNotEffective State = "SHORT_TERM_NOT_EFFECTIVE"
	InResting             State = "IN_RESTING"
	Cancelled             State = "CANCELLED"
	Regretted             State = "REGRETTED"
	Replaced              State = "REPLACED"
	PendingVerification   State = "PENDING_VERIFICATION"
)

// States that only a service can have.
const (
	// Swapped services were replaced by another service.
	Swapped State = "SWAPPED"
	// Removed services were added by mistake and taken away again.
	Removed State = "REMOVED"
)

// Ended reports whether nothing leads on from the state.
func (s State) Ended() bool {
	switch s {
	case Cancelled, Regretted, Replaced, Swapped, Removed:
		return true
	}
	return false
}

// Billed reports whether a service in the state is billed.
func (s State) Billed() bool { return s == Effective || s == ShortTermEffective }

// OfService returns the state of a service that has none of its own, in a subscription with this state.
func (s State) OfService() State {
	if s == PendingVerification {
		return Draft
	}
	return s
}
