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

	"github.com/continuo-billing/continuo/gen/reason"
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
// their states, their services, their binding periods, their installed items and the records of their actions with a model, which has a state table of its own. A second subscription takes the
// place of replaced ones, unless it has ended; where one is replaced by a type, its life goes on in the new one, for nothing. The preview of each action shows what it then does, to the cent. All states must have been met, and
// actions that were rejected at their time and withdrawn before it; and what the change feed replays is what is stored.
func TestLivesFollowTheModel(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l, met, number := begin(t, db), map[string]int{}, 0
		l.load(t, &catalogue.BillingTermScheme{ID: "ahead", Code: "AHEAD", State: catalogue.SchemeEffective, Type: catalogue.PreBill, Method: catalogue.ByPeriod, EarlyEndPercent: 50},
			&catalogue.Product{ID: "priced", Code: "PRICED", Prices: []catalogue.Price{{Frequency: terms.Monthly, Currency: "EUR", Amount: decimal.MustParse("29.90")}}},
			&catalogue.SubscriptionType{ID: packaged, Name: "Packaged", Classification: catalogue.Package, Rules: rulesOf(false), Services: []catalogue.TypeService{{Product: "priced", Mandatory: true}}},
			&catalogue.Product{ID: "more", Code: "MORE", Prices: []catalogue.Price{{Frequency: terms.Monthly, Currency: "EUR", Amount: decimal.MustParse("9.99")}}},
			&account.Account{ID: "priced", Number: "2", Terms: account.Terms{Currency: "EUR"}})
		for _, verified := range []bool{false, true} {
			l.load(t, &catalogue.SubscriptionType{ID: typeOf(verified), Name: string(typeOf(verified)), Rules: rulesOf(verified),
				Services: []catalogue.TypeService{{Product: "priced", Mandatory: true}, {Product: "more"}}})
		}
		live := func(rt *rapid.T) {
			number++
			m := l.lead(rt, fmt.Sprint(number), met)
			if rapid.Bool().Draw(rt, "active from the beginning") {
				m.actNow(rt, lifecycle.Activate)
			}
			if rapid.Bool().Draw(rt, "bound and equipped from the beginning") {
				m.amendNow(rt, lifecycle.NewBindingPeriod)
				m.installNow(rt, lifecycle.AddInstalledItem, "i0 "+m.id)
			}
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				m.wait(rt, rapid.IntRange(0, 9).Draw(rt, "days"))
				rapid.SampledFrom([]func(*rapid.T){
					m.act, m.schedule, m.act, m.schedule, m.act, m.replaceByType, m.installOrRemove, m.swapOrMove, m.addService, m.addService, m.serve, m.serve, m.serve, m.amend, m.amend, m.suspend, m.endReplacement,
				}).Draw(rt, "step")(rt)
			}
			m.expectActions(rt)
		}
		// A round of lives may miss what is rare.
		const rounds = 20
		for round := 0; round < rounds && len(missing(met)) > 0; round++ {
			rapid.Check(t, live)
		}
		if never := missing(met); len(never) > 0 {
			t.Errorf("the lives never met %v, but %v", never, met)
		}
		l.replays(t, db)
	})
}

// missing returns what the lives must meet and have not met.
func missing(met map[string]int) []string {
	return slices.DeleteFunc([]string{
		"DRAFT", "PENDING_VERIFICATION", "EFFECTIVE", "NOT_EFFECTIVE", "SHORT_TERM_EFFECTIVE", "SHORT_TERM_NOT_EFFECTIVE", "IN_RESTING", "CANCELLED", "REGRETTED",
		"REPLACE_SUB_FLEX_TO_FLEX", "REPLACE_SUB_FLEX_TO_PACKAGE", "REPLACE_SUB_PACKAGE_TO_FLEX", "scheduled REPLACE_SUB_FLEX_TO_FLEX EXECUTED", "scheduled REPLACE_SUB_FLEX_TO_FLEX REJECTED",
		"refused INCONSISTENT", "refused SERVICE_NOT_OF_TYPE",
		"REPLACED", "scheduled REPLACE_SUBSCRIPTION EXECUTED", "scheduled REPLACE_SUBSCRIPTION REJECTED", "scheduled REST_SUBSCRIPTION EXECUTED",
		"scheduled SHORT_TERM_SUBSCRIPTION_ACTIVATION EXECUTED", "ADD_INSTALLED_ITEM", "REMOVE_INSTALLED_ITEM", "SWAP_INSTALLED_ITEM", "MOVE_INSTALLED_ITEM", "moved back",
		"ADD_SERVICE", "ADD_SERVICE_AS_DRAFT", "START_SERVICE", "CANCEL_SERVICE", "REGRET_SERVICE", "UNDO_ADD_SERVICE", "SWITCH_SERVICE",
		"NEW_BINDING_PERIOD_TERMS", "EXTENDED_BINDING_PERIOD_TERMS", "CANCELED_BINDING_PERIOD_TERMS", "refused MANDATORY_SERVICE", "refused IN_BINDING", "refused NOT_IN_BINDING",
		"action EXECUTED", "action REJECTED", "action CANCELLED", "refused", "with a cost",
	}, func(what string) bool { return met[what] > 0 })
}

func rulesOf(verified bool) lifecycle.Rules {
	return lifecycle.Rules{CoolingOffDays: 14, MaxRestingDays: 60, VerifyActivation: verified, TermsRequired: true, BoundUntilEnd: verified}
}

func typeOf(verified bool) catalogue.TypeID {
	return catalogue.TypeID(fmt.Sprint("verified ", verified))
}

// lived is a subscription and what the model says of it.
type lived struct {
	*life
	model
	id string
	// born is the id of the subscription with which the life began; others have taken its place since if it was replaced by a type.
	born string
	// left is the subscription that a new one has taken the place of by the model, until that is sought.
	left string
	// until is when a rest or a short term ends, by ending; zero for neither.
	until  date.Date
	ending lifecycle.Operation
	// later are the actions that are scheduled, with the first day on top.
	later []scheduled
	// actions counts the actions by operation and state, and met what all lives have met.
	actions, met map[string]int
}

type scheduled struct {
	on    date.Date
	by    lifecycle.Operation
	until date.Date
	to    catalogue.TypeID
}

// lead begins a life with a draft that has billing terms, and costs something, and with another one that can take its place.
func (l *life) lead(rt *rapid.T, id string, met map[string]int) *lived {
	l.clock.Set(noon)
	verified := rapid.Bool().Draw(rt, "verified")
	m := &lived{
		life: l, id: id, born: id, actions: map[string]int{}, met: met,
		model: model{State: lifecycle.Draft, AccountActive: true, Today: date.Of(noon), Verified: verified, Bound: verified, Items: map[string]bool{}, Elsewhere: map[string]bool{},
			Services: []modelService{{Mandatory: true, State: lifecycle.Draft}}},
	}
	if _, err := l.accounts.Reactivate(l.ctx, "priced", ""); err != nil {
		rt.Fatal(err)
	}
	l.load(rt, &subscription.Subscription{ID: subscription.ID(id), Number: id, State: subscription.Draft, Account: "priced", Type: typeOf(verified),
		Services: []subscription.SubscribedService{{ID: "1", Product: "priced"}}},
		&subscription.Subscription{ID: m.spare(), Number: string(m.spare()), State: subscription.Draft, Account: "priced", Type: typeOf(verified)},
		&catalogue.InstalledItem{ID: catalogue.ItemID("i0 " + id), SerialNumber: "I0 " + id}, &catalogue.InstalledItem{ID: catalogue.ItemID("i1 " + id), SerialNumber: "I1 " + id})
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
			if refused := m.move(ending, date.Date{}); refused != "" {
				rt.Fatalf("the model refuses the end of %s: %s", m.State, refused)
			}
		}
		if len(m.later) == 0 || m.later[0].on != m.Today {
			continue
		}
		due := m.later[0]
		m.later = m.later[1:]
		state := subscription.ActionExecuted
		if m.moveTo(due.by, due.until, due.to) != "" {
			state = subscription.ActionRejected
			m.count(due.by, state)
		}
		m.meet(fmt.Sprintf("scheduled %s %s", due.by, state))
	}
	m.jump(rt, m.clock.Now().AddDate(0, 0, days))
	m.goOn(rt)
	m.expectParts(rt, m.expect(rt, m.id, m.State))
}

// move does a step of the model, if it is possible, and counts the actions of which it is the end. It returns why it is not possible.
func (m *lived) move(by lifecycle.Operation, until date.Date) reason.Reason {
	to, refused := m.next(by, until)
	if refused != "" {
		return refused
	}
	m.count(by, subscription.ActionExecuted)
	if m.ending != "" { // it ends earlier than it would by itself
		m.count(m.ending, subscription.ActionCancelled)
		m.until, m.ending = date.Date{}, ""
	}
	if by == lifecycle.Rest {
		m.Before = m.State
	} else {
		m.Before = ""
	}
	if ending := endings[by]; ending != "" {
		m.until, m.ending = until, ending
	}
	m.follow(by, to)
	m.State = to
	m.meet(string(to))
	if m.FirstActivated.IsZero() && (to == lifecycle.Effective || to == lifecycle.ShortTermEffective) {
		m.FirstActivated = m.Today
	}
	if ended[to] {
		for _, withdrawn := range m.later {
			m.count(withdrawn.by, subscription.ActionCancelled)
		}
		m.later = nil
	}
	return ""
}

// suspend suspends the account, or makes it active.
func (m *lived) suspend(rt *rapid.T) {
	change, suspended := m.accounts.Reactivate, rapid.Bool().Draw(rt, "suspended")
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
		lifecycle.Rest, lifecycle.ActivateShortTerm, lifecycle.DeactivateShortTerm, lifecycle.Replace, lifecycle.Replace, lifecycle.ReplaceFlexToFlex, lifecycle.ReplaceFlexToFlex,
	}).Draw(rt, "scheduled operation"))
	days := rapid.IntRange(1, 9).Draw(rt, "in days")
	on := m.Today.AddDays(days)
	m.complete(rt, &asked, on)
	if slices.ContainsFunc(m.later, func(other scheduled) bool { return other.on == on }) {
		return
	}
	asked.Details.Scheduled = m.clock.Now().AddDate(0, 0, days)
	_, err := m.service.Act(m.ctx, asked)
	if want := ended[m.State] || asked.Replacement != nil && m.NoReplacement || m.unfitting(asked) != ""; (err != nil) != want {
		rt.Fatalf("scheduling %s in %s: got %v, want it refused: %v", asked.Operation, m.State, err, want)
	}
	if err == nil {
		m.later = append(m.later, scheduled{on, asked.Operation, asked.Until, m.to(asked)})
		slices.SortFunc(m.later, func(a, b scheduled) int { return a.on.Compare(b.on) })
	}
}

// act does an action on the life of the subscription now, after its preview.
func (m *lived) act(rt *rapid.T) {
	operations := lifecycle.Operations
	if rapid.Bool().Draw(rt, "listed") && len(leads[m.State]) > 0 {
		operations = slices.Sorted(maps.Keys(leads[m.State]))
	}
	m.actNow(rt, rapid.SampledFrom(operations).Draw(rt, "operation"))
}

// actNow does one operation.
func (m *lived) actNow(rt *rapid.T, by lifecycle.Operation) {
	asked := order(m.id, by)
	m.complete(rt, &asked, m.Today)
	m.do(rt, asked, func() reason.Reason {
		if asked.Replacement != nil && m.NoReplacement {
			return reason.InvalidValue
		}
		if refused := m.unfitting(asked); refused != "" {
			return refused
		}
		return m.moveTo(asked.Operation, asked.Until, m.to(asked))
	})
}

// complete gives an order on a day the end date or the replacement that it needs.
func (m *lived) complete(rt *rapid.T, asked *subscription.Order, on date.Date) {
	if endings[asked.Operation] != "" {
		asked.Until = on.AddDays(rapid.SampledFrom([]int{0, 1, 2, 5, 9, 20, 60, 61}).Draw(rt, "until"))
	}
	if asked.Operation == lifecycle.Replace {
		asked.Replacement = refer(string(m.spare()))
	}
	if asked.Operation.ByType() {
		to := rapid.SampledFrom([]catalogue.TypeID{typeOf(false), typeOf(true), packaged}).Draw(rt, "by type")
		if asked.ReplacementType = refer(string(to)); rapid.IntRange(0, 3).Draw(rt, "fitting") > 0 {
			asked.Operation = m.fitting(to)
		}
	}
}

// spare is the subscription that can take the place of this one.
func (m *lived) spare() subscription.ID { return subscription.ID("spare " + m.born) }

// endReplacement ends it, once.
func (m *lived) endReplacement(rt *rapid.T) {
	if !m.NoReplacement {
		m.life.act(rt, order(string(m.spare()), lifecycle.Cancel))
		m.NoReplacement = true
	}
}

// installOrRemove adds an installed item, or removes it.
func (m *lived) installOrRemove(rt *rapid.T) {
	item := m.item(rt)
	m.installNow(rt, rapid.SampledFrom([]lifecycle.Operation{lifecycle.AddInstalledItem, lifecycle.RemoveInstalledItem}).Draw(rt, "operation on items"), item)
}

// installNow adds or removes an installed item.
func (m *lived) installNow(rt *rapid.T, by lifecycle.Operation, item string) {
	asked := order(m.id, by)
	asked.Items = []subscription.ItemOrder{{Field: "x", Item: refer(item)}}
	if asked.Operation == lifecycle.RemoveInstalledItem {
		asked.Items = []subscription.ItemOrder{{Field: "x", Present: subscription.PartUpdate{Field: "x", Of: refer(item)}}}
	}
	m.do(rt, asked, func() reason.Reason {
		refused := m.installed(asked.Operation == lifecycle.AddInstalledItem, item)
		if refused == "" {
			m.count(asked.Operation, subscription.ActionExecuted)
			m.meet(string(asked.Operation))
		}
		return refused
	})
	m.expectItems(rt)
}

// item draws one of the two installed items of this life.
func (m *lived) item(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"i0 ", "i1 "}).Draw(rt, "item") + m.born
}

// expectItems compares the installed items of both subscriptions with the model.
func (m *lived) expectItems(rt *rapid.T) {
	for id, want := range map[string]map[string]bool{m.id: m.Items, string(m.spare()): m.Elsewhere} {
		kept, err := m.service.Get(m.ctx, subscription.ID(id))
		if err != nil {
			rt.Fatal(err)
		}
		found := map[string]bool{}
		for _, installed := range kept.Items {
			found[string(installed.Item)] = true
		}
		if !maps.Equal(found, want) {
			rt.Fatalf("%s: got the installed items %v, the model says %v", id, found, want)
		}
	}
}

// swapOrMove puts an installed item into the place of another, or moves one to the other subscription and, if that is possible, back.
func (m *lived) swapOrMove(rt *rapid.T) {
	item := m.item(rt)
	present := subscription.PartUpdate{Field: "x", Of: refer(item)}
	if rapid.Bool().Draw(rt, "swapped") {
		other := m.item(rt)
		asked := order(m.id, lifecycle.SwapInstalledItem)
		asked.Items = []subscription.ItemOrder{{Field: "x", Present: present, Item: refer(other)}}
		m.do(rt, asked, func() reason.Reason { return m.counted(asked.Operation, m.swap(item, other)) })
		m.expectItems(rt)
		return
	}
	asked := order(m.id, lifecycle.MoveInstalledItem)
	asked.Items, asked.Destination = []subscription.ItemOrder{{Field: "x", Present: present}}, refer(string(m.spare()))
	m.do(rt, asked, func() reason.Reason {
		return m.counted(asked.Operation, move(item, m.Items, m.Elsewhere, m.NoReplacement))
	})
	m.expectItems(rt)
	if m.Elsewhere[item] && rapid.Bool().Draw(rt, "back") {
		back := order(string(m.spare()), lifecycle.MoveInstalledItem)
		back.Items, back.Destination = asked.Items, refer(m.id)
		_, err := m.service.Act(m.ctx, back)
		if refused := move(item, m.Elsewhere, m.Items, ended[m.State]); reasonOf(err) != refused {
			rt.Fatalf("moved back to %s: got %v, the model says %s", m.State, err, refused)
		}
		m.meet("moved back")
		m.expectItems(rt)
	}
}

// counted counts an action that the model does not refuse.
func (m *lived) counted(by lifecycle.Operation, refused reason.Reason) reason.Reason {
	if refused == "" {
		m.count(by, subscription.ActionExecuted)
		m.meet(string(by))
	}
	return refused
}

// amend begins a binding period, extends it or ends it.
func (m *lived) amend(rt *rapid.T) {
	m.amendNow(rt, rapid.SampledFrom([]lifecycle.Operation{lifecycle.NewBindingPeriod, lifecycle.ExtendedBindingPeriod, lifecycle.CanceledBindingPeriod}).Draw(rt, "amendment"))
}

// amendNow does one amendment.
func (m *lived) amendNow(rt *rapid.T, by lifecycle.Operation) {
	asked := order(m.id, by)
	asked.Terms = map[lifecycle.Operation]*terms.Change{lifecycle.NewBindingPeriod: {Period: "WEEK"}, lifecycle.ExtendedBindingPeriod: {Period: "QUARTER"}}[asked.Operation]
	m.do(rt, asked, func() reason.Reason { return m.counted(asked.Operation, m.model.amend(asked.Operation)) })
}

// expectParts compares the services and the binding period of the subscription with the model.
func (m *lived) expectParts(rt *rapid.T, of subscription.Subscription) {
	found := make([]modelService, len(of.Services))
	for i, service := range of.Services {
		found[i] = modelService{Mandatory: service.Product == "priced", State: service.State, Before: service.Before, FirstActivated: service.FirstActivated}
	}
	if !slices.Equal(found, m.Services) {
		rt.Fatalf("in %s: got the services %+v, the model says %+v", m.State, found, m.Services)
	}
	until, bound := of.Terms.Present().BoundUntil(m.Today)
	if bound != m.bound() || bound && until != m.BoundUntil {
		rt.Fatalf("got bound %t until %s, the model says from %s until %s", bound, until, m.BoundFrom, m.BoundUntil)
	}
}

// plain removes the ids of what is new from an effect: they differ between a preview and the action.
func plain(effect *subscription.Effect) *subscription.Effect {
	if effect == nil {
		return nil
	}
	without, made := *effect, map[string]bool{}
	without.Services = slices.Clone(effect.Services)
	for i, service := range without.Services {
		if service.From == "" {
			made[service.ID], without.Services[i].ID = true, "new"
		}
	}
	if effect.Cost != nil && effect.To == subscription.Replaced {
		for _, charge := range effect.Cost.Charges {
			known := func(service subscription.ServiceEffect) bool { return service.ID == charge.Service }
			made[charge.Service] = made[charge.Service] || !slices.ContainsFunc(effect.Services, known)
		}
	}
	if effect.Cost != nil {
		cost := *effect.Cost
		cost.Charges = slices.Clone(cost.Charges)
		for i, charge := range cost.Charges {
			if made[charge.Service] {
				cost.Charges[i].Service = "new"
			}
		}
		without.Cost = &cost
	}
	if effect.TermsAfter != nil {
		after := *effect.TermsAfter
		after.ID, without.TermsAfter = "new", &after
	}
	return &without
}

// do does an action, after its preview, and lets the model do it, which returns why it refuses.
func (m *lived) do(rt *rapid.T, asked subscription.Order, model func() reason.Reason) {
	before, state := m.expect(rt, m.id, m.State), m.State
	preview, previewErr := m.service.Act(mutation.ValidateOnly(m.ctx), asked)
	if after := m.expect(rt, m.id, state); !reflect.DeepEqual(after, before) {
		rt.Fatalf("a preview changed %+v to %+v", before, after)
	}
	done, err := m.service.Act(m.ctx, asked)
	refused := model()
	if reasonOf(err) != refused || reasonOf(previewErr) != refused || !reflect.DeepEqual(plain(preview.Action.Effect), plain(done.Action.Effect)) {
		rt.Fatalf("%s in %s: preview %+v, %v; done %+v, %v; the model says %s", asked.Operation, state, preview.Action.Effect, previewErr, done.Action.Effect, err, refused)
	}
	m.goOn(rt)
	after := m.expect(rt, m.id, m.State)
	m.expectParts(rt, after)
	if refused != "" {
		m.meet("refused")
		m.meet("refused " + string(refused))
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
