package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// refer returns a reference to a resource by its id.
func refer(id string) *resource.Reference {
	return &resource.Reference{Field: "x", Keys: []resource.Key{{Name: resource.KeyID, Value: id}}}
}

// named schedules actions that name something, and lets that change before their time: they are rejected with the reason.
func (l *life) named(t *testing.T, db *database.DB) {
	rewrite := func(table, id, from, to string) {
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE `+table+` SET document = replace(document, $1, $2) WHERE id = $3`, from, to, id)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	change := func(id string, revise func(*subscription.Subscription)) {
		if _, err := l.service.Update(l.ctx, subscription.ID(id), "", func(s *subscription.Subscription) error { revise(s); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	l.load(t, &account.Account{ID: "other", Number: "other"}, &catalogue.Product{ID: "q", Code: "Q"}, &catalogue.Product{ID: "loose", Code: "LOOSE"}, &catalogue.Product{ID: "part", Code: "PART"},
		&catalogue.Product{ID: "bundle", Code: "BUNDLE", Flexible: true, Components: []catalogue.Component{{Product: "part", Quantity: 1}}},
		&catalogue.SubscriptionType{ID: "lists", Name: "Lists", Services: []catalogue.TypeService{{Product: "p"}, {Product: "q"}}},
		&catalogue.BillingTermScheme{ID: "named", Code: "NAMED", State: catalogue.SchemeEffective, Type: catalogue.PreBill})
	replace := func(of string) subscription.Order {
		asked := order(of, lifecycle.Replace)
		asked.Replacement = refer(of + "2")
		return asked
	}
	add := func(of, product string, components ...resource.Reference) subscription.Order {
		asked := order(of, lifecycle.AddService)
		asked.Services = []subscription.ServiceOrder{{Field: "x", Product: refer(product), Components: components, ComponentsField: "c"}}
		return asked
	}
	cancelService := func(of string) subscription.Order {
		asked := order(of, lifecycle.CancelService)
		asked.Services = []subscription.ServiceOrder{{Field: "x", Present: subscription.PartUpdate{ID: "1"}}}
		return asked
	}
	for id, c := range map[string]struct {
		asked  func(of string) subscription.Order
		change func(of string)
		want   reason.Reason
	}{
		"stays": {replace, func(string) {}, ""},
		"ended": {replace, func(of string) { l.act(t, order(of+"2", lifecycle.Cancel)) }, reason.InvalidValue},
		"moved": {replace, func(of string) {
			change(of+"2", func(s *subscription.Subscription) { s.Account = "other" })
		}, reason.InvalidValue},
		"moved itself": {replace, func(of string) { change(of, func(s *subscription.Subscription) { s.Account = "other" }) }, reason.InvalidValue},
		"gone": {replace, func(of string) { // as with versions that let it be deleted
			expectNamed(t, l.service.Delete(l.ctx, subscription.ID(of+"2"), ""))
			databasetest.Execute(t, db, `DELETE FROM subscriptions WHERE id = 'gone2'`)
		}, reason.NotFound},
		"without its service": {cancelService, func(of string) {
			of += "2" // a draft, since no other subscription loses services by an update
			asked := cancelService(of)
			asked.Details.Scheduled = noon.AddDate(0, 0, 3)
			l.act(t, asked)
			_, err := l.service.Update(l.ctx, subscription.ID(of), "", func(s *subscription.Subscription) error {
				s.Services = nil
				return nil
			})
			expectNamed(t, err)
		}, ""},
		"archived": {func(of string) subscription.Order { return add(of, "q") }, func(string) {
			rewrite("products", "q", `"code":"Q"`, `"code":"Q","inactive":true`)
		}, reason.Inactive},
		"not offered": {func(of string) subscription.Order { return add(of, "loose") }, func(of string) {
			change(of, func(s *subscription.Subscription) { s.Type = "lists" })
		}, reason.ServiceNotOfType},
		"archived component": {func(of string) subscription.Order { return add(of, "bundle", *refer("part")) }, func(string) {
			rewrite("products", "part", `"code":"PART"`, `"code":"PART","inactive":true`)
		}, reason.Inactive},
		"ended scheme": {func(of string) subscription.Order {
			asked := order(of, lifecycle.NoBindingPeriodChanges)
			asked.Terms, asked.Scheme = &terms.Change{Frequency: terms.Monthly, CycleDay: 1}, refer("named")
			return asked
		}, func(string) {
			rewrite("billing_term_schemes", "named", `"EFFECTIVE"`, `"TERMINATED"`)
		}, reason.Inactive},
	} {
		l.clock.Set(noon)
		l.draft(t, id)
		l.draft(t, id+"2")
		l.act(t, order(id, lifecycle.Activate))
		asked := c.asked(id)
		asked.Details.Scheduled = noon.AddDate(0, 0, 1)
		kept := l.act(t, asked)
		c.change(id)
		l.jump(t, noon.AddDate(0, 0, 2))
		done := l.action(t, string(kept.ID))
		switch {
		case c.want == "" && done.State != subscription.ActionExecuted:
			t.Errorf("%s: got %s, %+v, want it executed", id, done.State, done.Rejection)
		case c.want != "" && (done.State != subscription.ActionRejected || done.Rejection.Reason != c.want):
			t.Errorf("%s: got %s, %+v, want a rejection %s", id, done.State, done.Rejection, c.want)
		}
	}
}

// expectNamed fails unless an error says that a scheduled action names what is to go, and which one.
func expectNamed(t *testing.T, err error) {
	t.Helper()
	if known, _ := fault.As(err); known == nil || known.Reason != reason.InUse || !strings.Contains(err.Error(), "2026-03-10-") {
		t.Errorf("got %v, want IN_USE with the number of the action", err)
	}
}

// namedItems executes imported actions on installed items that are scheduled and name what is not there.
func (l *life) namedItems(t *testing.T) {
	l.clock.Set(noon)
	l.load(t, &catalogue.InstalledItem{ID: "old item", SerialNumber: "old", Inactive: true}, &catalogue.InstalledItem{ID: "here", SerialNumber: "here"})
	l.draft(t, "away")
	l.act(t, order("away", lifecycle.Cancel))
	l.load(t, &subscription.Subscription{ID: "items", Number: "items", State: subscription.Draft, Account: "a", Type: "t", Items: []subscription.Installation{{ID: "1", Item: "here"}}})
	for id, c := range map[string]struct {
		subscription.Action
		want reason.Reason
	}{
		"removed": {subscription.Action{Operation: lifecycle.RemoveInstalledItem, Items: []subscription.ItemChange{{ID: "9", From: "here"}}}, reason.NotFound},
		"swapped": {subscription.Action{Operation: lifecycle.SwapInstalledItem, Items: []subscription.ItemChange{{ID: "1", From: "here", To: "old item"}}}, reason.Inactive},
		"added":   {subscription.Action{Operation: lifecycle.AddInstalledItem, Items: []subscription.ItemChange{{ID: "2", To: "here"}}}, reason.Repeated},
		"moved": {subscription.Action{Operation: lifecycle.MoveInstalledItem, Destination: "away", Items: []subscription.ItemChange{{ID: "1", From: "here"}}},
			reason.InvalidValue},
	} {
		c.ID, c.Subscription, c.State, c.Scheduled = subscription.ActionID("items "+id), "items", subscription.ActionScheduled, noon.AddDate(0, 0, 1)
		l.load(t, &c.Action)
		l.jump(t, noon.AddDate(0, 0, 2))
		if done := l.action(t, string(c.ID)); done.State != subscription.ActionRejected || done.Rejection.Reason != c.want {
			t.Errorf("%s: got %s, %+v, %+v, want a rejection %s", id, done.State, done.Rejection, done.Failure, c.want)
		}
		l.clock.Set(noon)
	}
}

// repeatsWithout repeats actions whose replacement, product and scheme are gone.
func (l *life) repeatsWithout(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "without")
	l.act(t, order("without", lifecycle.Activate))
	l.draft(t, "dropped")
	l.load(t, &catalogue.Product{ID: "dropped", Code: "DROPPED"})
	replace, add := order("without", lifecycle.Replace), order("without", lifecycle.AddService)
	replace.Replacement = refer("dropped")
	add.Services = []subscription.ServiceOrder{{Field: "x", Product: refer("dropped")}}
	add.Details.Scheduled = noon.AddDate(0, 0, 1)
	var asked []subscription.Order
	var first []subscription.Action
	for n, of := range []subscription.Order{add, replace} {
		of.Details.Reference = fmt.Sprint("without ", n)
		asked, first = append(asked, of), append(first, l.act(t, of))
	}
	if err := l.service.Delete(l.ctx, "dropped", ""); err != nil {
		t.Fatal(err)
	}
	for n, of := range asked {
		if again := l.act(t, of); again.ID != first[n].ID {
			t.Errorf("%s: got %+v, want the first action", of.Operation, again)
		}
		of.Details.Performed = noon
		if _, err := l.service.Act(l.ctx, of); err == nil {
			t.Errorf("%s: another action with the reference was accepted", of.Operation)
		}
	}
}

// bounded schedules as many actions for a subscription as it can have.
func (l *life) bounded(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "bounded")
	var kept []resource.Resource
	for n := range 999 {
		kept = append(kept, &subscription.Action{ID: subscription.ActionID(fmt.Sprintf("bounded%d", n)), Number: fmt.Sprintf("bounded%d", n), Subscription: "bounded",
			Operation: lifecycle.Activate, State: subscription.ActionScheduled, Details: subscription.Details{Scheduled: noon.AddDate(1, 0, 0)}})
	}
	l.load(t, kept...)
	later := order("bounded", lifecycle.Activate)
	later.Details.Scheduled = noon.AddDate(0, 0, 1)
	last := l.act(t, later)
	_, err := l.service.Act(l.ctx, later)
	if known, _ := fault.As(err); !errors.Is(err, fault.FailedPrecondition) || known.Reason != reason.TooMany {
		t.Errorf("one more: got %v", err)
	}
	if _, err := l.service.CancelAction(l.ctx, last.ID, ""); err != nil {
		t.Fatal(err)
	}
	l.act(t, later)
	l.act(t, order("bounded", lifecycle.Cancel))
}
