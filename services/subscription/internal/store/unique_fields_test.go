package store_test

import (
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// uniqueFields defines a field of subscriptions and of actions as unique: not while two have the same value, and then no two can.
func (l *life) uniqueFields(t *testing.T) {
	l.clock.Set(noon)
	define := func(definitions ...userfield.Definition) error {
		_, err := l.service.UpdateSettings(l.ctx, "", func(s *subscription.Settings) error { s.UserFields = definitions; return nil })
		return err
	}
	set := func(id, value string) error {
		var fields userfield.Changes
		fields.Strings[0] = userfield.Set(value)
		_, err := l.service.Apply(l.ctx, subscription.Update{Target: order(id, "").Target, Fields: fields})
		return err
	}
	expect := func(what string, err error, why reason.Reason) {
		t.Helper()
		known, isFault := fault.As(err)
		if why == "" && err != nil || why != "" && (!isFault || known.Reason != why || !strings.Contains(err.Error(), "Contract no.")) {
			t.Errorf("%s: got %v, want %q", what, err, why)
		}
	}
	of := func(object userfield.Object) userfield.Definition {
		return userfield.Definition{Object: object, Field: "udf_string_1", Label: "Contract no.", Unique: true}
	}
	l.draft(t, "u1")
	l.draft(t, "u2")
	expect("the first", set("u1", "x"), "")
	expect("the same", set("u2", "x"), "")
	expect("defined though two have the same", define(of(userfield.OfSubscription)), reason.Inconsistent)
	expect("another value", set("u2", "y"), "")
	expect("defined", define(of(userfield.OfSubscription), of(userfield.OfAction)), "")
	expect("what another one has", set("u2", "x"), reason.AlreadyExists)
	expect("its own", set("u2", "y"), "")
	expect("a new one", set("u2", "z"), "")
	expect("what another one had", set("u1", "y"), "")
	expect("what it had itself", set("u2", "x"), "")
	settings, err := l.service.Settings(l.ctx)
	expect("reading the settings", err, "")
	outcomes, err := l.books.Import(l.ctx, []resource.Resource{&settings})
	if err != nil || outcomes[0].Created || outcomes[0].Err != nil {
		t.Errorf("importing the same settings: got %+v, %v", outcomes, err)
	}
	value := "A"
	asked := order("u1", lifecycle.Activate)
	asked.Details.Fields.Strings[0] = &value
	_, err = l.service.Act(l.ctx, asked)
	expect("an action", err, "")
	asked.Operation = lifecycle.Deactivate
	_, err = l.service.Act(l.ctx, asked)
	expect("another action with the value", err, reason.AlreadyExists)
	l.expect(t, "u1", subscription.Effective)
	expect("not defined any more", define(), "")
	expect("the same again", set("u2", "y"), "")
}
