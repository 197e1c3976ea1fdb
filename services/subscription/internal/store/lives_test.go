package store_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// TestLivesFollowTheModel leads subscriptions through random actions, now and later, suspensions of their account and jumps of the clock, and compares
// their states and the records of their actions with a model that knows the state table. The preview of each action shows what it then does, to the
// cent. All states but REPLACED, which needs another subscription, must have been met, and actions that were rejected at their time and
// withdrawn before it; and what the change feed replays is what is stored.
func TestLivesFollowTheModel(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l, met, number := begin(t, db), map[string]int{}, 0
		l.load(t, &catalogue.BillingTermScheme{ID: "ahead", Code: "AHEAD", State: catalogue.SchemeEffective, Type: catalogue.PreBill, Method: catalogue.ByPeriod, EarlyEndPercent: 50},
			&catalogue.Product{ID: "priced", Code: "PRICED", Prices: []catalogue.Price{{Frequency: terms.Monthly, Currency: "EUR", Amount: decimal.MustParse("29.90")}}},
			&account.Account{ID: "priced", Number: "2", Terms: account.Terms{Currency: "EUR"}})
		for _, verified := range []bool{false, true} {
			l.load(t, &catalogue.SubscriptionType{ID: typeOf(verified), Name: string(typeOf(verified)), Rules: rulesOf(verified)})
		}
		rapid.Check(t, func(rt *rapid.T) {
			number++
			m := l.model(rt, fmt.Sprint(number), met)
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				m.wait(rt, rapid.IntRange(0, 9).Draw(rt, "days"))
				switch rapid.IntRange(0, 5).Draw(rt, "kind of step") {
				case 0:
					m.suspend(rt, rapid.Bool().Draw(rt, "suspended"))
				case 1:
					m.schedule(rt)
				default:
					m.act(rt)
				}
			}
			m.expectActions(rt)
		})
		for _, what := range []string{
			"DRAFT", "PENDING_VERIFICATION", "EFFECTIVE", "NOT_EFFECTIVE", "SHORT_TERM_EFFECTIVE", "SHORT_TERM_NOT_EFFECTIVE", "IN_RESTING", "CANCELLED", "REGRETTED",
			"action EXECUTED", "action REJECTED", "action CANCELLED", "refused", "with a cost",
		} {
			if met[what] == 0 {
				t.Errorf("the lives never met %s, but %v", what, met)
			}
		}
		l.replays(t, db)
	})
}

func rulesOf(verified bool) lifecycle.Rules {
	return lifecycle.Rules{CoolingOffDays: 14, MaxRestingDays: 60, VerifyActivation: verified}
}

func typeOf(verified bool) catalogue.TypeID {
	return catalogue.TypeID(fmt.Sprint("verified ", verified))
}

// lived is a subscription and what the model says of it.
type lived struct {
	*life
	id string
	lifecycle.Situation
	// until is when a rest or a short term ends, by ending; zero for neither.
	until  date.Date
	ending lifecycle.Operation
	// later are the actions that are scheduled, with the first day on top.
	later []scheduled
	// actions counts the actions by operation and state, and met what all lives have met.
	actions, met map[string]int
}

type scheduled struct {
	on date.Date
	by lifecycle.Operation
}

// model begins a life with a draft that has billing terms, and costs something.
func (l *life) model(rt *rapid.T, id string, met map[string]int) *lived {
	l.clock.Set(noon)
	verified := rapid.Bool().Draw(rt, "verified")
	m := &lived{
		life: l, id: id, actions: map[string]int{}, met: met,
		Situation: lifecycle.Situation{State: lifecycle.Draft, AccountActive: true, HasTerms: true, Today: date.Of(noon), Rules: rulesOf(verified)},
	}
	if _, err := l.accounts.Reactivate(l.ctx, "priced", ""); err != nil {
		rt.Fatal(err)
	}
	l.load(rt, &subscription.Subscription{ID: subscription.ID(id), Number: id, State: subscription.Draft, Account: "priced", Type: typeOf(verified),
		Services: []subscription.SubscribedService{{ID: "1", Product: "priced"}}})
	amend := order(id, lifecycle.NoBindingPeriodChanges)
	amend.Terms = &terms.Change{Frequency: terms.Monthly, CycleDay: 1}
	amend.Scheme = &resource.Reference{Field: "scheme", Keys: []resource.Key{resource.ByID(terms.SchemeID("ahead"))}}
	l.act(rt, amend)
	m.count(lifecycle.NoBindingPeriodChanges, subscription.ActionExecuted)
	m.meet(string(m.State))
	return m
}

func (m *lived) meet(what string) { m.met[what]++ }

func (m *lived) count(by lifecycle.Operation, state subscription.ActionState) {
	m.actions[fmt.Sprintf("%s %s", by, state)]++
	m.meet("action " + string(state))
}

// wait lets days pass: ends come at midnight, and scheduled actions at noon.
func (m *lived) wait(rt *rapid.T, days int) {
	for range days {
		m.Today = m.Today.AddDays(1)
		if !m.until.IsZero() && !m.Today.Before(m.until) {
			ending := m.ending
			m.until, m.ending = date.Date{}, ""
			if err := m.move(lifecycle.Step{Operation: ending}); err != nil {
				rt.Fatalf("the model refuses the end of %s: %v", m.State, err)
			}
		}
		if len(m.later) == 0 || m.later[0].on != m.Today {
			continue
		}
		due := m.later[0]
		m.later = m.later[1:]
		if m.move(lifecycle.Step{Operation: due.by}) != nil {
			m.count(due.by, subscription.ActionRejected)
		}
	}
	m.jump(rt, m.clock.Now().AddDate(0, 0, days))
	m.expect(rt, m.id, m.State)
}

// move does a step of the model, if it is possible, and counts the actions of which it is the end.
func (m *lived) move(step lifecycle.Step) error {
	to, err := m.Next(step)
	if err != nil {
		return err
	}
	m.count(step.Operation, subscription.ActionExecuted)
	if m.ending != "" { // it ends earlier than it would by itself
		m.count(m.ending, subscription.ActionCancelled)
		m.until, m.ending = date.Date{}, ""
	}
	if step.Operation == lifecycle.Rest {
		m.Before = m.State
	} else {
		m.Before = ""
	}
	if ending, limited := step.Operation.Ending(); limited {
		m.until, m.ending = step.Until, ending
	}
	m.State = to
	m.meet(string(to))
	if m.FirstActivated.IsZero() && (to == lifecycle.Effective || to == lifecycle.ShortTermEffective) {
		m.FirstActivated = m.Today
	}
	if to.Ended() {
		for _, withdrawn := range m.later {
			m.count(withdrawn.by, subscription.ActionCancelled)
		}
		m.later = nil
	}
	return nil
}

// suspend suspends the account, or makes it active.
func (m *lived) suspend(rt *rapid.T, suspended bool) {
	change := m.accounts.Reactivate
	if suspended {
		change = m.accounts.Suspend
	}
	if _, err := change(m.ctx, "priced", ""); err != nil {
		rt.Fatal(err)
	}
	m.AccountActive = !suspended
}

// schedule has an action done at noon of a later day, on which nothing else is scheduled.
func (m *lived) schedule(rt *rapid.T) {
	asked := order(m.id, rapid.SampledFrom([]lifecycle.Operation{
		lifecycle.Activate, lifecycle.Deactivate, lifecycle.Verify, lifecycle.EndResting, lifecycle.EndShortTermActivation, lifecycle.Cancel, lifecycle.Regret,
	}).Draw(rt, "scheduled operation"))
	days := rapid.IntRange(1, 9).Draw(rt, "in days")
	on := m.Today.AddDays(days)
	if slices.ContainsFunc(m.later, func(other scheduled) bool { return other.on == on }) {
		return
	}
	asked.Details.Scheduled = m.clock.Now().AddDate(0, 0, days)
	_, err := m.service.Act(m.ctx, asked)
	if (err != nil) != m.State.Ended() {
		rt.Fatalf("scheduling %s in %s: got %v", asked.Operation, m.State, err)
	}
	if err == nil {
		m.later = append(m.later, scheduled{on, asked.Operation})
		slices.SortFunc(m.later, func(a, b scheduled) int { return a.on.Compare(b.on) })
	}
}

// act does an action now, after its preview.
func (m *lived) act(rt *rapid.T) {
	asked := order(m.id, rapid.SampledFrom(slices.DeleteFunc(slices.Clone(lifecycle.Operations), func(by lifecycle.Operation) bool {
		return by == lifecycle.Replace || by.OnServices() || by.OnItems() || by.OnTerms() || by == lifecycle.CreateActivate || by == lifecycle.CreateDraft
	})).Draw(rt, "operation"))
	if _, limited := asked.Operation.Ending(); limited {
		asked.Until = m.Today.AddDays(rapid.IntRange(1, 20).Draw(rt, "until"))
	}
	before, state := m.expect(rt, m.id, m.State), m.State
	preview, previewErr := m.service.Act(mutation.ValidateOnly(m.ctx), asked)
	if after := m.expect(rt, m.id, state); !reflect.DeepEqual(after, before) {
		rt.Fatalf("a preview changed %+v to %+v", before, after)
	}
	done, err := m.service.Act(m.ctx, asked)
	refused := m.move(lifecycle.Step{Operation: asked.Operation, Until: asked.Until})
	if (err == nil) != (refused == nil) || (previewErr == nil) != (refused == nil) || !reflect.DeepEqual(preview.Action.Effect, done.Action.Effect) {
		rt.Fatalf("%s in %s: preview %+v, %v; done %+v, %v; the model says %v", asked.Operation, state, preview.Action.Effect, previewErr, done.Action.Effect, err, refused)
	}
	after := m.expect(rt, m.id, m.State)
	if refused != nil {
		m.meet("refused")
		if !reflect.DeepEqual(after, before) {
			rt.Fatalf("a refused action changed %+v to %+v", before, after)
		}
	} else if cost := done.Action.Effect.Cost; cost != nil && !cost.Total.IsZero() {
		m.meet("with a cost")
	}
}

// expectActions compares the records of the actions with those that the model has counted.
func (m *lived) expectActions(rt *rapid.T) {
	for _, pending := range m.later {
		m.actions[fmt.Sprintf("%s %s", pending.by, subscription.ActionScheduled)]++
	}
	if m.ending != "" {
		m.actions[fmt.Sprintf("%s %s", m.ending, subscription.ActionScheduled)]++
	}
	found := map[string]int{}
	for _, action := range m.actionsOf(rt, m.id) {
		found[action]++
	}
	if !maps.Equal(found, m.actions) {
		rt.Fatalf("got the actions %v, the model says %v at %v", found, m.actions, m.clock.Now().Format(time.DateOnly))
	}
}
