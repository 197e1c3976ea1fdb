package store_test

import (
	"slices"

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
	// Packaged tells that the type is a package.
	Packaged bool
	// Bound tells that the type lets the subscription end only after its binding period.
	Bound bool
	// NoReplacement tells that the subscription that could take the place of this one has ended.
	NoReplacement bool
	// Items are the installed items of this one, and Elsewhere those of the other one.
	Items, Elsewhere map[string]bool
	// Services are those that the subscription has had, in the order of their addition.
	Services []modelService
	// BoundFrom and BoundUntil are the days between which it is bound, or zero.
	BoundFrom, BoundUntil date.Date
}

// modelService is a service by the README's sections on services and the life cycle.
type modelService struct {
	Mandatory      bool
	State, Before  lifecycle.State
	FirstActivated date.Date
}

const coolingOffDays = 14

// serviceEnded are the states of services from which nothing leads on.
var serviceEnded = map[lifecycle.State]bool{"CANCELLED": true, "REGRETTED": true, "REPLACED": true, "SWAPPED": true, "REMOVED": true}

// serviceLeads are the operations that lead a service on from a state, and where to; START_SERVICE leads to the state of the subscription.
var serviceLeads = map[lifecycle.State]map[lifecycle.Operation]lifecycle.State{
	"DRAFT":         {"UNDO_ADD_SERVICE": "REMOVED", "START_SERVICE": "EFFECTIVE"},
	"EFFECTIVE":     {"CANCEL_SERVICE": "CANCELLED", "REGRET_SERVICE": "REGRETTED", "SWITCH_SERVICE": "SWAPPED"},
	"NOT_EFFECTIVE": {"CANCEL_SERVICE": "CANCELLED", "REGRET_SERVICE": "REGRETTED", "SWITCH_SERVICE": "SWAPPED"},
	"IN_RESTING":    {"CANCEL_SERVICE": "CANCELLED", "REGRET_SERVICE": "REGRETTED"},
}

// missing reports whether the mandatory service is.
func (m *model) missing() bool {
	for _, service := range m.Services {
		if service.Mandatory && !serviceEnded[service.State] {
			return false
		}
	}
	return true
}

// bound reports whether the subscription is in a binding period.
func (m *model) bound() bool { return !m.Today.Before(m.BoundFrom) && m.Today.Before(m.BoundUntil) }

// follow leads the services where their subscription goes.
func (m *model) follow(by lifecycle.Operation, to lifecycle.State) {
	for i := range m.Services {
		service := &m.Services[i]
		was := service.State
		switch {
		case serviceEnded[was] || to == "PENDING_VERIFICATION":
		case ended[to]:
			service.become(to, m.Today)
		case by == "REST_SUBSCRIPTION" && (was == "EFFECTIVE" || was == "NOT_EFFECTIVE"):
			service.become("IN_RESTING", m.Today)
			service.Before = was
		case by == "END_SUBSCRIPTION_RESTING" && was == "IN_RESTING":
			back := service.Before
			if to == "NOT_EFFECTIVE" {
				back = to
			}
			service.become(back, m.Today)
		case needActive[by] && (was == "DRAFT" || was == "NOT_EFFECTIVE") && by != "REST_SUBSCRIPTION":
			service.become(to, m.Today)
		case by == "DEACTIVATE_SUBSCRIPTION" && was == "EFFECTIVE", by == "SHORT_TERM_SUBSCRIPTION_DEACTIVATION" && was == "EFFECTIVE",
			by == "END_SUBSCRIPTION_SHORT_TERM_ACTIVATION" && was == "SHORT_TERM_EFFECTIVE", by == "END_SUBSCRIPTION_SHORT_TERM_DEACTIVATION" && was == "SHORT_TERM_NOT_EFFECTIVE":
			service.become(to, m.Today)
		}
	}
}

func (s *modelService) become(state lifecycle.State, today date.Date) {
	s.State, s.Before = state, ""
	if s.FirstActivated.IsZero() && (state == "EFFECTIVE" || state == "SHORT_TERM_EFFECTIVE") {
		s.FirstActivated = today
	}
}

// add adds a service, or returns why that is refused.
func (m *model) add(mandatory, draft bool) reason.Reason {
	state := map[lifecycle.State]lifecycle.State{"DRAFT": "DRAFT", "PENDING_VERIFICATION": "DRAFT", "EFFECTIVE": "EFFECTIVE", "NOT_EFFECTIVE": "NOT_EFFECTIVE"}[m.State]
	switch {
	case state == "":
		return reason.LifeCycleState
	case !m.AccountActive:
		return reason.AccountNotActive
	case draft:
		state = "DRAFT"
	}
	added := modelService{Mandatory: mandatory}
	added.become(state, m.Today)
	m.Services = append(m.Services, added)
	return ""
}

// serve ends, starts or swaps a service, or returns why that is refused.
func (m *model) serve(by lifecycle.Operation, at int, mandatory bool) reason.Reason {
	was, hadAll := m.Services[at], !m.missing()
	to := serviceLeads[was.State][by]
	if by == "START_SERVICE" && to != "" {
		to = m.State
	}
	switch {
	case to == "", by == "START_SERVICE" && m.State != "EFFECTIVE" && m.State != "NOT_EFFECTIVE":
		return reason.LifeCycleState
	case by == "REGRET_SERVICE" && was.FirstActivated.AddDays(coolingOffDays).Before(m.Today):
		return reason.CoolingOffEnded
	case (by == "START_SERVICE" || by == "SWITCH_SERVICE") && !m.AccountActive:
		return reason.AccountNotActive
	}
	before := append([]modelService(nil), m.Services...)
	m.Services[at].become(to, m.Today)
	if by == "SWITCH_SERVICE" {
		added := modelService{Mandatory: mandatory}
		added.become(was.State, m.Today)
		m.Services = append(m.Services, added)
	}
	alive := 0
	for _, service := range m.Services {
		if !serviceEnded[service.State] && service.State != "DRAFT" {
			alive++
		}
	}
	var refused reason.Reason
	switch {
	case hadAll && m.missing() && (m.State == "EFFECTIVE" || m.State == "SHORT_TERM_EFFECTIVE"):
		refused = reason.MandatoryService
	case (by == "CANCEL_SERVICE" || by == "REGRET_SERVICE" && m.FirstActivated.AddDays(coolingOffDays).Before(m.Today)) && alive == 0 && m.Bound && m.bound():
		refused = reason.InBinding
	}
	if refused != "" {
		m.Services = before
	}
	return refused
}

// amend begins a binding period of a week, makes it one of a quarter, or ends it, or returns why that is refused.
func (m *model) amend(by lifecycle.Operation) reason.Reason {
	switch {
	case m.State != "DRAFT" && m.State != "EFFECTIVE" && m.State != "NOT_EFFECTIVE" && m.State != "IN_RESTING":
		return reason.LifeCycleState
	case by == "NEW_BINDING_PERIOD_TERMS" && m.bound():
		return reason.InBinding
	case by == "NEW_BINDING_PERIOD_TERMS":
		m.BoundFrom, m.BoundUntil = m.Today, m.Today.AddDays(7)
	case !m.bound():
		return reason.NotInBinding
	case by == "CANCELED_BINDING_PERIOD_TERMS":
		m.BoundUntil = m.Today
	default:
		longer := m.BoundFrom.AddMonthsClamped(3)
		if !m.BoundUntil.Before(longer) {
			return reason.OutOfRange
		}
		m.BoundUntil = longer
	}
	return ""
}

// swap puts an installed item into the place of another, or returns why that is refused.
func (m *model) swap(from, to string) reason.Reason {
	switch {
	case !m.Items[from]:
		return reason.NotFound
	case m.Items[to]:
		return reason.Repeated
	case m.Elsewhere[to] && !m.NoReplacement:
		return reason.InstalledElsewhere
	case ended[m.State]:
		return reason.LifeCycleState
	case !m.AccountActive:
		return reason.AccountNotActive
	}
	delete(m.Items, from)
	m.Items[to] = true
	return ""
}

// move moves an installed item from one of two subscriptions to the other, which may have ended, or returns why that is refused.
func move(item string, from, to map[string]bool, hasEnded bool) reason.Reason {
	switch {
	case !from[item]:
		return reason.NotFound
	case to[item] && !hasEnded: // so the one that it leaves has ended
		return reason.InstalledElsewhere
	case hasEnded:
		return reason.InvalidValue
	}
	delete(from, item)
	to[item] = true
	return ""
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
		"REPLACE_SUB_FLEX_TO_FLEX": "REPLACED", "REPLACE_SUB_FLEX_TO_PACKAGE": "REPLACED", "REPLACE_SUB_PACKAGE_TO_FLEX": "REPLACED",
	},
	"NOT_EFFECTIVE": {
		"ACTIVATE_SUBSCRIPTION": "EFFECTIVE", "SHORT_TERM_SUBSCRIPTION_ACTIVATION": "SHORT_TERM_EFFECTIVE", "REST_SUBSCRIPTION": "IN_RESTING",
		"CANCEL_SUBSCRIPTION": "CANCELLED", "REGRET_SUBSCRIPTION": "REGRETTED",
		"REPLACE_SUB_FLEX_TO_FLEX": "REPLACED", "REPLACE_SUB_FLEX_TO_PACKAGE": "REPLACED", "REPLACE_SUB_PACKAGE_TO_FLEX": "REPLACED",
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
	const restingDays = 60
	switch {
	case to == "":
		return "", reason.LifeCycleState
	case endings[by] != "" && !m.Today.Before(until), by == "REST_SUBSCRIPTION" && m.Today.AddDays(restingDays).Before(until):
		return "", reason.OutOfRange
	case needActive[by] && !m.AccountActive:
		return "", reason.AccountNotActive
	case needActive[by] && by != "REST_SUBSCRIPTION" && by != "REPLACE_SUBSCRIPTION" && m.missing():
		return "", reason.MandatoryService
	case (by == "CANCEL_SUBSCRIPTION" || by == "REPLACE_SUBSCRIPTION") && m.Bound && m.bound():
		return "", reason.InBinding
	case by == "REPLACE_SUBSCRIPTION" && m.NoReplacement:
		return "", reason.InvalidValue
	case by == "REGRET_SUBSCRIPTION" && m.State != "DRAFT" && m.FirstActivated.AddDays(coolingOffDays).Before(m.Today):
		return "", reason.CoolingOffEnded
	case by == "ACTIVATE_SUBSCRIPTION" && m.State == "DRAFT" && m.Verified:
		return "PENDING_VERIFICATION", ""
	case by == "END_SUBSCRIPTION_RESTING" && (m.Before == "NOT_EFFECTIVE" || !m.AccountActive || m.missing()):
		return "NOT_EFFECTIVE", ""
	}
	return to, ""
}

// replaced lets a new subscription take the place of this one, of a type that binds until the end of the binding period and lets activations be verified, or of a
// package, which does not have the service that is not mandatory. It returns why that is refused.
func (m *model) replaced(bound, byPackage bool) reason.Reason {
	kept := slices.DeleteFunc(slices.Clone(m.Services), func(service modelService) bool { return serviceEnded[service.State] })
	switch {
	case leads[m.State]["REPLACE_SUB_FLEX_TO_FLEX"] == "":
		return reason.LifeCycleState
	case !m.AccountActive:
		return reason.AccountNotActive
	case byPackage && slices.ContainsFunc(kept, func(service modelService) bool { return !service.Mandatory }):
		return reason.ServiceNotOfType
	case m.Bound && !bound && m.bound():
		return reason.InBinding
	case m.State == "EFFECTIVE" && m.missing():
		return reason.MandatoryService
	}
	m.Services, m.Packaged, m.Bound, m.Verified = kept, byPackage, bound, bound
	return ""
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
	case m.Elsewhere[item] && !m.NoReplacement:
		return reason.InstalledElsewhere
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
