package lifecycle

import "slices"

// Operation is what can be done with a subscription. Its text is CRM.COM's business classification.
type Operation string

// The operations that change the state of a subscription. Verify, EndShortTermDeactivation and Replace have inferred
// codes.
const (
	Activate                 Operation = "ACTIVATE_SUBSCRIPTION"
	Verify                   Operation = "VERIFY_SUBSCRIPTION"
	ActivateShortTerm        Operation = "SHORT_TERM_SUBSCRIPTION_ACTIVATION"
	EndShortTermActivation   Operation = "END_SUBSCRIPTION_SHORT_TERM_ACTIVATION"
	Deactivate               Operation = "DEACTIVATE_SUBSCRIPTION"
	DeactivateShortTerm      Operation = "SHORT_TERM_SUBSCRIPTION_DEACTIVATION"
	EndShortTermDeactivation Operation = "END_SUBSCRIPTION_SHORT_TERM_DEACTIVATION"
	Rest                     Operation = "REST_SUBSCRIPTION"
	EndResting               Operation = "END_SUBSCRIPTION_RESTING"
	Cancel                   Operation = "CANCEL_SUBSCRIPTION"
	Regret                   Operation = "REGRET_SUBSCRIPTION"
	Replace                  Operation = "REPLACE_SUBSCRIPTION"
)

// The operations that replace a subscription by a new one of another type. The first code is documented (pageId=491345); so are the cases of the others, whose
// spelling is inferred. There is none for a package in place of a package.
const (
	ReplaceFlexToFlex    Operation = "REPLACE_SUB_FLEX_TO_FLEX"
	ReplaceFlexToPackage Operation = "REPLACE_SUB_FLEX_TO_PACKAGE"
	ReplacePackageToFlex Operation = "REPLACE_SUB_PACKAGE_TO_FLEX"
)

// Replacements are all operations that replace a subscription by a new one.
var Replacements = []Operation{ReplaceFlexToFlex, ReplaceFlexToPackage, ReplacePackageToFlex}

// ByType reports whether the operation replaces a subscription by a new one of a type.
func (o Operation) ByType() bool { return slices.Contains(Replacements, o) }

// ReplacementOf returns the operation that replaces a subscription by a new one, each of a package type or a flexible one. ok is false for two packages.
func ReplacementOf(packaged, byPackage bool) (replacement Operation, ok bool) {
	switch {
	case packaged && byPackage:
		return "", false
	case packaged:
		return ReplacePackageToFlex, true
	case byPackage:
		return ReplaceFlexToPackage, true
	}
	return ReplaceFlexToFlex, true
}

// The operations that create a subscription.
const (
	CreateActivate Operation = "CREATE_ACTIVATE_SUBSCRIPTION"
	CreateDraft    Operation = "CREATE_DRAFT_SUBSCRIPTION"
)

// Operations are all operations.
var Operations = []Operation{
	Activate, Verify, ActivateShortTerm, EndShortTermActivation, Deactivate, DeactivateShortTerm, EndShortTermDeactivation,
	Rest, EndResting, Cancel, Regret, Replace, ReplaceFlexToFlex, ReplaceFlexToPackage, ReplacePackageToFlex,
}

// Behaviour is CRM.COM's behaviour code of an action. Several operations share one.
type Behaviour string

// Behaviours of several operations. The others have the text of their operation.
const (
	TerminateSubscription Behaviour = "TERMINATE_SUBSCRIPTION"
	RemoveService         Behaviour = "REMOVE_SERVICE"
	SwapService           Behaviour = "SWAP_SERVICE"
	BecomeSubscriber      Behaviour = "BECOME_SUBSCRIBER"
	AmendBillingTerms     Behaviour = "AMEND_BILLING_TERMS"
)

// Behaviour returns the behaviour code of the operation.
func (o Operation) Behaviour() Behaviour {
	switch o {
	case Cancel, Regret:
		return TerminateSubscription
	case CreateActivate, CreateDraft:
		return BecomeSubscriber
	case AddServiceAsDraft:
		return Behaviour(AddService)
	case CancelService, RegretService, UndoAddService:
		return RemoveService
	case UpgradeService, DowngradeService, SwitchService:
		return SwapService
	case ReplaceFlexToFlex, ReplaceFlexToPackage, ReplacePackageToFlex:
		return Behaviour(Replace)
	}
	if o.OnTerms() {
		return AmendBillingTerms
	}
	return Behaviour(o)
}

// Ending returns the operation that ends the state to which the operation leads for a limited time, on the date on
// which that time is over. ok is false if the operation leads to no such state.
func (o Operation) Ending() (ending Operation, ok bool) {
	switch o {
	case ActivateShortTerm:
		return EndShortTermActivation, true
	case DeactivateShortTerm:
		return EndShortTermDeactivation, true
	case Rest:
		return EndResting, true
	}
	return "", false
}
