package lifecycle_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

// TestServicesEnd checks which services can be ended and swapped, in every state.
func TestServicesEnd(t *testing.T) {
	ends := map[lifecycle.Operation]lifecycle.State{
		lifecycle.CancelService: lifecycle.Cancelled, lifecycle.RegretService: lifecycle.Regretted, lifecycle.UndoAddService: lifecycle.Removed, lifecycle.StartService: lifecycle.Effective,
		lifecycle.UpgradeService: lifecycle.Swapped, lifecycle.DowngradeService: lifecycle.Swapped, lifecycle.SwitchService: lifecycle.Swapped,
	}
	allowed := func(state lifecycle.State, by lifecycle.Operation) bool {
		switch state {
		case lifecycle.Draft:
			return by == lifecycle.UndoAddService || by == lifecycle.StartService
		case lifecycle.Effective, lifecycle.NotEffective:
			return by != lifecycle.UndoAddService && by != lifecycle.StartService
		case lifecycle.InResting:
			return by == lifecycle.CancelService || by == lifecycle.RegretService
		}
		return false
	}
	situation := lifecycle.Situation{State: lifecycle.Effective, AccountActive: true, Today: today, Rules: lifecycle.Rules{CoolingOffDays: 14}}
	for _, state := range append(states, lifecycle.Swapped, lifecycle.Removed) {
		for by, to := range ends {
			got, err := situation.NextOfService(by, "1", state, today)
			if want := allowed(state, by); (err == nil) != want || want && got != to {
				t.Errorf("%s by %s: got %q, %v, want allowed %t", state, by, got, err, want)
			}
		}
	}
	if got, err := situation.NextOfService(lifecycle.RegretService, "1", lifecycle.Effective, today.AddDays(-15)); err == nil {
		t.Errorf("regretted after the cooling-off days: got %s", got)
	}
	situation.AccountActive = false
	if got, err := situation.NextOfService(lifecycle.SwitchService, "1", lifecycle.Effective, date.Date{}); err == nil {
		t.Errorf("swapped though the account is not active: got %s", got)
	}
}

// TestServicesStart checks that a draft of a service gets the state of its subscription.
func TestServicesStart(t *testing.T) {
	for _, state := range states {
		situation := lifecycle.Situation{State: state, AccountActive: true, Today: today}
		got, err := situation.NextOfService(lifecycle.StartService, "1", lifecycle.Draft, date.Date{})
		if want := state == lifecycle.Effective || state == lifecycle.NotEffective; (err == nil) != want || want && got != state {
			t.Errorf("%s: got %q, %v", state, got, err)
		}
		situation.AccountActive = false
		if _, err := situation.NextOfService(lifecycle.StartService, "1", lifecycle.Draft, date.Date{}); err == nil {
			t.Errorf("%s: started though the account is not active", state)
		}
	}
}

// TestServicesBegin checks the states of services that are added.
func TestServicesBegin(t *testing.T) {
	want := map[lifecycle.State]lifecycle.State{
		lifecycle.Draft: lifecycle.Draft, lifecycle.PendingVerification: lifecycle.Draft, lifecycle.Effective: lifecycle.Effective, lifecycle.NotEffective: lifecycle.NotEffective,
	}
	for _, state := range states {
		situation := lifecycle.Situation{State: state, AccountActive: true, Today: today}
		if got, err := situation.Added(lifecycle.AddService); got != want[state] || (err == nil) != (want[state] != "") {
			t.Errorf("%s: got %q, %v, want %q", state, got, err, want[state])
		}
		if got, err := situation.Added(lifecycle.AddServiceAsDraft); err == nil && got != lifecycle.Draft {
			t.Errorf("%s as a draft: got %q", state, got)
		}
		situation.AccountActive = false
		if _, err := situation.Added(lifecycle.AddService); err == nil {
			t.Errorf("%s: added though the account is not active", state)
		}
	}
}
