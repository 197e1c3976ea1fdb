package store_test

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

// model is what decides about a subscription, by the README's words: its section on the life cycle, and the rules of rulesOf. It shares nothing
// with the package lifecycle but the names of states and operations.
type model struct {
	State, Before lifecycle.State
	// FirstActivated is zero until the first activation.
	FirstActivated, Today   date.Date
	AccountActive, Verified bool
	// NoReplacement tells that the subscription that could take the place of this one has ended.
	NoReplacement bool
	Items         map[string]bool
}

// leads are the rows of the README's table.
var leads = map[lifecycle.State]map[lifecycle.Operation]lifecycle.State{
	"DRAFT": {
		"ACTIVATE_SUBSCRIPTION": "EFFECTIVE", "SHORT_TERM_SUBSCRIPTION_ACTIVATION": "SHORT_TERM_EFFECTIVE",
		"CANCEL_SUBSCRIPTION": "CANCELLED", "REGRET_SUBSCRIPTION": "REGRETTED",
	},
	"PENDING_VERIFICATION": {"VERIFY_SUBSCRIPTION": "EFFECTIVE", "CANCEL_SUBSCRIPTION": "CANCELLED"},
	"EFFECTIVE": {
		"DEACTIVATE_SUBSCRIPTION": "NOT_EFFECTIVE", "SHORT_TERM_SUBSCRIPTION_DEACTIVATION": "SHORT_TERM_NOT_EFFECTIVE",
		"REST_SUBSCRIPTION": "IN_RESTING", "CANCEL_SUBSCRIPTION": "CANCELLED", "REGRET_SUBSCRIPTION": "REGRETTED", "REPLACE_SUBSCRIPTION": "REPLACED",
	},
	"NOT_EFFECTIVE": {
		"ACTIVATE_SUBSCRIPTION": "EFFECTIVE", "SHORT_TERM_SUBSCRIPTION_ACTIVATION": "SHORT_TERM_EFFECTIVE", "REST_SUBSCRIPTION": "IN_RESTING",
		"CANCEL_SUBSCRIPTION": "CANCELLED", "REGRET_SUBSCRIPTION": "REGRETTED",
	},
	"SHORT_TERM_EFFECTIVE":     {"END_SUBSCRIPTION_SHORT_TERM_ACTIVATION": "NOT_EFFECTIVE"},
	"SHORT_TERM_NOT_EFFECTIVE": {"END_SUBSCRIPTION_SHORT_TERM_DEACTIVATION": "EFFECTIVE"},
	"IN_RESTING":               {"END_SUBSCRIPTION_RESTING": "EFFECTIVE", "CANCEL_SUBSCRIPTION": "CANCELLED", "REGRET_SUBSCRIPTION": "REGRETTED"},
}

// endings are the operations that end by themselves, with what ends them.
var endings = map[lifecycle.Operation]lifecycle.Operation{
	"SHORT_TERM_SUBSCRIPTION_ACTIVATION":   "END_SUBSCRIPTION_SHORT_TERM_ACTIVATION",
	"SHORT_TERM_SUBSCRIPTION_DEACTIVATION": "END_SUBSCRIPTION_SHORT_TERM_DEACTIVATION",
	"REST_SUBSCRIPTION":                    "END_SUBSCRIPTION_RESTING",
}

var ended = map[lifecycle.State]bool{"CANCELLED": true, "REGRETTED": true, "REPLACED": true}

// needActive are the operations that need an active account.
var needActive = map[lifecycle.Operation]bool{
	"ACTIVATE_SUBSCRIPTION": true, "SHORT_TERM_SUBSCRIPTION_ACTIVATION": true, "VERIFY_SUBSCRIPTION": true, "REST_SUBSCRIPTION": true, "REPLACE_SUBSCRIPTION": true,
}

// next returns where an operation leads, or why it is refused.
func (m *model) next(by lifecycle.Operation, until date.Date) (to lifecycle.State, refused reason.Reason) {
	to = leads[m.State][by]
	const restingDays, coolingOffDays = 60, 14
	switch {
	case to == "":
		return "", reason.LifeCycleState
	case endings[by] != "" && !m.Today.Before(until), by == "REST_SUBSCRIPTION" && m.Today.AddDays(restingDays).Before(until):
		return "", reason.OutOfRange
	case needActive[by] && !m.AccountActive:
		return "", reason.AccountNotActive
	case by == "REPLACE_SUBSCRIPTION" && m.NoReplacement:
		return "", reason.InvalidValue
	case by == "REGRET_SUBSCRIPTION" && m.State != "DRAFT" && m.FirstActivated.AddDays(coolingOffDays).Before(m.Today):
		return "", reason.CoolingOffEnded
	case by == "ACTIVATE_SUBSCRIPTION" && m.State == "DRAFT" && m.Verified:
		return "PENDING_VERIFICATION", ""
	case by == "END_SUBSCRIPTION_RESTING" && (m.Before == "NOT_EFFECTIVE" || !m.AccountActive):
		return "NOT_EFFECTIVE", ""
	}
	return to, ""
}

// installed adds an installed item or removes it, or returns why that is refused.
func (m *model) installed(add bool, item string) reason.Reason {
	switch {
	case !add && !m.Items[item]:
		return reason.NotFound
	case !add:
		delete(m.Items, item)
		return ""
	case m.Items[item]:
		return reason.Repeated
	case ended[m.State]:
		return reason.LifeCycleState
	case !m.AccountActive:
		return reason.AccountNotActive
	}
	m.Items[item] = true
	return ""
}

// reasonOf returns the reason of a fault, or an empty one for no error.
func reasonOf(err error) reason.Reason {
	if err == nil {
		return ""
	}
	if known, isFault := fault.As(err); isFault {
		return known.Reason
	}
	return reason.InternalError
}
