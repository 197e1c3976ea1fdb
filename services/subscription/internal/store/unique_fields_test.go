package store_test

import (
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
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
	l.uniqueAccounts(t, func() error { return define(of(userfield.OfAccount)) }, expect)
	expect("not defined any more", define(), "")
	expect("the same again", set("u2", "y"), "")
}

// uniqueAccounts defines the field as unique for accounts: not while two have the same value, and then no two can.
func (l *life) uniqueAccounts(t *testing.T, define func() error, expect func(what string, err error, why reason.Reason)) {
	t.Helper()
	add := func(id account.ID, value string) error {
		made := &account.Account{ID: id, Number: string(id), Name: "Account", State: account.Active, Owner: account.ContactInfo{Type: account.Person}}
		made.Fields.Strings[0] = &value
		outcomes, err := l.books.Import(l.ctx, []resource.Resource{made})
		if err != nil {
			return err
		}
		return outcomes[0].Err
	}
	expect("the first account", add("u1", "x"), "")
	expect("an account with the same", add("u2", "x"), "")
	expect("accounts defined though two have the same", define(), reason.Inconsistent)
	value := "y"
	_, err := l.accounts.Update(l.ctx, "u2", "", func(a *account.Account) error { a.Fields.Strings[0] = &value; return nil })
	expect("another value of an account", err, "")
	expect("accounts defined", define(), "")
	expect("an account with what another one has", add("u3", "y"), reason.AlreadyExists)
	value = "x"
	_, err = l.accounts.Update(l.ctx, "u2", "", func(a *account.Account) error { a.Fields.Strings[0] = &value; return nil })
	expect("an account that gets what another one has", err, reason.AlreadyExists)
	expect("an account without the account", l.accounts.Delete(l.ctx, "u1", ""), "")
	expect("what a deleted account had", add("u3", "x"), "")
}
