package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// life is a store with a clock, the services on it, and one worker a replica.
type life struct {
	clock    *clock.Fake
	books    *books.Service
	service  *subscription.Service
	accounts *account.Service
	worker   *subscription.Worker
	ctx      context.Context
	kept     store.Store
	// counted is the store of the service.
	counted *countedPending
}

// failing is what tests and properties can do.
type failing interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

var noon = time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)

// begin returns a life on a store, with an account `a`, a type `t` and a product `p`. When the test ends, nobody may have written into a shared document.
func begin(t testing.TB, db *database.DB) *life {
	t.Helper()
	l := &life{clock: clock.NewFake(noon), ctx: auth.With(t.Context(), auth.Principal{Tenant: auth.DefaultTenant, Actor: "ann"})}
	kept := store.New(db, api.Message)
	l.kept, l.counted = kept, &countedPending{Store: kept.Subscriptions}
	t.Cleanup(func() {
		if err := store.CheckShared(kept); err != nil {
			t.Error(err)
		}
	})
	l.books, l.service = books.NewService(kept.Books, l.clock), subscription.NewService(l.counted, l.clock)
	l.accounts = account.NewService(kept.Accounts, l.clock)
	l.worker = subscription.NewWorker(l.service, kept.Queue, slog.New(slog.DiscardHandler))
	l.load(t, &account.Account{ID: "a", Number: "1"}, &catalogue.Product{ID: "p", Code: "P"},
		&catalogue.SubscriptionType{ID: "t", Name: "T", Rules: lifecycle.Rules{CoolingOffDays: 14, MaxRestingDays: 60}},
		&organisation.Organisation{ID: "o"}, &organisation.User{ID: "u", Organisation: "o", UserName: "u"},
		&organisation.Session{ID: "s", TokenHash: byToken.Value, Organisation: "o", User: "u", LastUsed: noon, Lasting: true})
	return l
}

// byToken finds the session of a life.
var byToken = resource.Key{Name: resource.KeyToken, Value: "hash of a token"}

// show reads a subscription with a session, whose documents are shared: the end of the test checks that nobody has written into them.
func (l *life) show(t failing, id string) {
	t.Helper()
	target := order(id, "").Target
	ctx := target.Prefetch(l.ctx)
	if _, err := l.kept.Organisations.LocateSession(ctx, byToken); err != nil {
		t.Fatal(err)
	}
	if _, err := l.service.Show(ctx, target); err != nil {
		t.Fatal(err)
	}
}

func (l *life) load(t failing, resources ...resource.Resource) {
	t.Helper()
	if err := l.books.Load(l.ctx, resources...); err != nil {
		t.Fatal(err)
	}
}

// draft creates a subscription with a service.
func (l *life) draft(t failing, id string) {
	t.Helper()
	l.load(t, &subscription.Subscription{ID: subscription.ID(id), Number: id, State: subscription.Draft, Account: "a", Type: "t",
		Services: []subscription.SubscribedService{{ID: "1", Product: "p"}}})
}

func order(id string, by lifecycle.Operation) subscription.Order {
	return subscription.Order{Operation: by, Target: subscription.Target{Subscription: resource.Reference{Field: "name", Keys: []resource.Key{{Name: resource.KeyID, Value: id}}}}}
}

func (l *life) act(t failing, asked subscription.Order) subscription.Action {
	t.Helper()
	done, err := l.service.Act(l.ctx, asked)
	if err != nil {
		t.Fatal(err)
	}
	return done.Action
}

// jump moves the clock and executes what is due.
func (l *life) jump(t failing, to time.Time) {
	t.Helper()
	l.clock.Set(to)
	if _, err := l.worker.Work(l.ctx); err != nil {
		t.Fatal(err)
	}
}

func (l *life) expect(t failing, id string, want subscription.LifeCycleState) subscription.Subscription {
	t.Helper()
	l.show(t, id)
	found, err := l.service.Get(l.ctx, subscription.ID(id))
	if err != nil || found.State != want {
		t.Fatalf("%s: got %s, %v, want %s", id, found.State, err, want)
	}
	return found
}

// actionsOf returns the actions of a subscription as texts.
func (l *life) actionsOf(t failing, id string) (found []string) {
	t.Helper()
	actions, err := l.service.Actions(l.ctx, listing.Query{Where: listing.Is(subscription.FieldOfSubscription, id), Order: []listing.Order{{Field: "name"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range actions {
		found = append(found, fmt.Sprintf("%s %s", action.Operation, action.State))
	}
	return found
}

func day(month time.Month, day int) date.Date { return date.MustNew(2026, month, day) }

// TestLife leads subscriptions through their lives on both engines.
func TestLife(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l := begin(t, db)
		t.Run("a rest ends on its date, however late the worker is", l.restEnds)
		t.Run("cancelling withdraws what is scheduled", l.cancelWithdraws)
		t.Run("what is not possible at its time is rejected", l.rejects)
		t.Run("a transaction reference makes an action safe to repeat", l.references)
		t.Run("and a creation", l.creations)
		t.Run("what an action names counts at its time", func(t *testing.T) { l.named(t, db) })
		t.Run("also for imported actions on installed items", l.namedItems)
		t.Run("an installed item is in one open subscription", l.oneDevice)
		t.Run("an action is repeated when what it named is gone", l.repeatsWithout)
		t.Run("a subscription has a thousand scheduled actions at most", l.bounded)
		t.Run("the tenant's clock decides when a day begins", l.zones)
		t.Run("unique fields have different values", l.uniqueFields)
		t.Run("an action that fails is set aside alone", func(t *testing.T) { l.setsAside(t, db) })
	})
}

func (l *life) restEnds(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "rest")
	l.act(t, order("rest", lifecycle.Activate))
	rest := order("rest", lifecycle.Rest)
	rest.Until, rest.Details.Scheduled = day(time.March, 20), noon.AddDate(0, 0, 2)
	l.act(t, rest)
	l.jump(t, noon.AddDate(0, 0, 1))
	l.expect(t, "rest", subscription.Effective)
	// The service is down at both times.
	l.jump(t, noon.AddDate(0, 1, 0))
	got := l.expect(t, "rest", subscription.Effective)
	if got.FirstActivated != day(time.March, 10) || !got.Until.IsZero() || got.Before != "" || got.Services[0].State != subscription.Effective {
		t.Errorf("after the rest: got %+v", got)
	}
	if store.Shares(l.kept) == 0 {
		t.Error("nothing was shared, so that nothing is checked")
	}
	want := []string{"ACTIVATE_SUBSCRIPTION EXECUTED", "REST_SUBSCRIPTION EXECUTED", "END_SUBSCRIPTION_RESTING EXECUTED"}
	if got := l.actionsOf(t, "rest"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func (l *life) cancelWithdraws(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "cancel")
	later := order("cancel", lifecycle.Activate)
	later.Details.Scheduled = noon.AddDate(0, 0, 5)
	l.act(t, later)
	done := l.act(t, order("cancel", lifecycle.Cancel))
	if done.Effect.Withdrawn != 1 {
		t.Errorf("got %+v, want one action withdrawn", done.Effect)
	}
	l.jump(t, noon.AddDate(0, 0, 6))
	got := l.expect(t, "cancel", subscription.Cancelled)
	if service := got.Services[0]; service.State != subscription.Cancelled || service.Ended != day(time.March, 10) {
		t.Errorf("got %+v, want the service cancelled too", service)
	}
	if _, err := l.service.Act(l.ctx, later); !errors.Is(err, fault.Invalid) && !errors.Is(err, fault.FailedPrecondition) {
		t.Errorf("scheduling for a cancelled subscription: got %v", err)
	}
}

func (l *life) rejects(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "reject")
	l.act(t, order("reject", lifecycle.Activate))
	later := order("reject", lifecycle.Regret)
	later.Details.Scheduled = noon.AddDate(0, 0, 15) // a day after the last of the cooling-off days
	l.act(t, later)
	before := l.expect(t, "reject", subscription.Effective)
	l.jump(t, noon.AddDate(0, 0, 16))
	if after := l.expect(t, "reject", subscription.Effective); after.Version != before.Version {
		t.Errorf("got version %d, want %d", after.Version, before.Version)
	}
	if got, want := l.actionsOf(t, "reject"), []string{"ACTIVATE_SUBSCRIPTION EXECUTED", "REGRET_SUBSCRIPTION REJECTED"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func (l *life) references(t *testing.T) {
	l.clock.Set(noon)
	l.draft(t, "once")
	activate := order("once", lifecycle.Activate)
	activate.Details.Reference = "R-1"
	first, second := l.act(t, activate), l.act(t, activate)
	if first.ID != second.ID || len(l.actionsOf(t, "once")) != 1 {
		t.Errorf("got actions %s and %s", first.ID, second.ID)
	}
	other := order("once", lifecycle.Cancel)
	other.Details.Reference = "R-1"
	if _, err := l.service.Act(l.ctx, other); !errors.Is(err, fault.AlreadyExists) {
		t.Errorf("another action with the reference: got %v", err)
	}
	l.expect(t, "once", subscription.Effective)
}

func (l *life) zones(t *testing.T) {
	zone := func(name string) error {
		_, err := l.service.UpdateSettings(l.ctx, "", func(s *subscription.Settings) error { s.Zone = name; return nil })
		return err
	}
	if err := zone("Nowhere/Else"); !errors.Is(err, fault.Invalid) {
		t.Errorf("an unknown zone: got %v", err)
	}
	if err := zone("Pacific/Auckland"); err != nil {
		t.Fatal(err)
	}
	l.clock.Set(time.Date(2026, time.June, 1, 13, 0, 0, 0, time.UTC)) // June 2, 01:00 there
	l.draft(t, "zone")
	l.expectBegun(t, day(time.June, 2))
	short := order("zone", lifecycle.ActivateShortTerm)
	short.Until = day(time.June, 3)
	l.act(t, short)
	if got := l.expect(t, "zone", subscription.ShortTermEffective); got.FirstActivated != day(time.June, 2) {
		t.Errorf("got first activated %s", got.FirstActivated)
	}
	l.jump(t, time.Date(2026, time.June, 2, 11, 59, 59, 0, time.UTC))
	l.expect(t, "zone", subscription.ShortTermEffective)
	l.jump(t, time.Date(2026, time.June, 2, 12, 0, 0, 0, time.UTC))
	l.expect(t, "zone", subscription.NotEffective)
	if err := zone(""); err != nil {
		t.Fatal(err)
	}
}

// expectBegun creates subscriptions, effective and not, with a service, an item and billing terms, which begin on a day.
func (l *life) expectBegun(t *testing.T, today date.Date) {
	t.Helper()
	l.load(t, &catalogue.BillingTermScheme{ID: "s", Code: "S", State: catalogue.SchemeEffective, Type: catalogue.PreRated})
	for _, state := range []subscription.LifeCycleState{subscription.Effective, subscription.NotEffective, subscription.Draft} {
		l.load(t, &catalogue.InstalledItem{ID: catalogue.ItemID(state), SerialNumber: string(state)})
		made, err := l.service.Create(l.ctx, subscription.New{Opening: &terms.Change{Scheme: "s"}, Subscription: subscription.Subscription{
			Number: "begun " + string(state), State: state, Account: "a", Type: "t", Services: []subscription.SubscribedService{{Product: "p"}},
			Items: []subscription.Installation{{Item: catalogue.ItemID(state)}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if made.Services[0].Added != today || made.Items[0].Added != today || made.Terms[0].Effective != today || state != subscription.Draft && made.FirstActivated != today {
			t.Errorf("%s: got %+v, want all from %s", state, made, today)
		}
	}
}

// TestTwoReplicasExecuteOnce lets two workers execute the actions of many subscriptions on one PostgreSQL, three of
// each, which lead to the last state only in their order.
func TestTwoReplicasExecuteOnce(t *testing.T) {
	const subscriptions = 60
	l := begin(t, databasetest.Open(t, databasetest.Migrated(t, database.PostgreSQL, store.Migrations()), store.Migrations()))
	for i := range subscriptions {
		id := fmt.Sprint(i)
		l.draft(t, id)
		for after, by := range []lifecycle.Operation{lifecycle.Activate, lifecycle.Deactivate, lifecycle.Cancel} {
			asked := order(id, by)
			asked.Details.Scheduled = noon.Add(time.Duration(after+1) * time.Minute)
			l.act(t, asked)
		}
	}
	l.clock.Advance(time.Hour)
	var group errgroup.Group
	for range 2 {
		group.Go(func() error {
			for {
				next, err := l.worker.Work(t.Context())
				if err != nil || next.IsZero() {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	want := []string{"ACTIVATE_SUBSCRIPTION EXECUTED", "DEACTIVATE_SUBSCRIPTION EXECUTED", "CANCEL_SUBSCRIPTION EXECUTED"}
	for i := range subscriptions {
		id := fmt.Sprint(i)
		if got := l.expect(t, id, subscription.Cancelled); got.Version != 4 {
			t.Errorf("%s: got version %d, want one change an action", id, got.Version)
		}
		if got := l.actionsOf(t, id); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", id, got, want)
		}
	}
}

// BenchmarkSweep measures the execution of 100,000 actions that are due at night, each of a subscription of its own, and how much more memory the
// process has from the system after it.
func BenchmarkSweep(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			const due, atOnce = 100_000, 2000
			l := begin(b, databasetest.Open(b, databasetest.Migrated(b, engine, store.Migrations()), store.Migrations()))
			number := 0
			for b.Loop() {
				b.StopTimer()
				l.clock.Set(noon)
				var resources []resource.Resource
				for n := range due {
					number++
					id := fmt.Sprint(number)
					resources = append(resources, &subscription.Subscription{ID: subscription.ID(id), Number: id, State: subscription.Draft, Account: "a", Type: "t",
						Services: []subscription.SubscribedService{{ID: "1", Product: "p"}}},
						&subscription.Action{ID: subscription.ActionID(id), Subscription: subscription.ID(id), Operation: lifecycle.Activate, State: subscription.ActionScheduled,
							Details: subscription.Details{Scheduled: noon.Add(time.Minute)}})
					if (n+1)%atOnce == 0 {
						l.load(b, resources...)
						resources = nil
					}
				}
				debug.FreeOSMemory()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				b.StartTimer()
				l.jump(b, noon.Add(time.Hour))
				runtime.ReadMemStats(&after)
				b.ReportMetric((float64(after.Sys-after.HeapReleased)-float64(before.Sys-before.HeapReleased))/(1<<20), "MB-more")
			}
			b.ReportMetric(float64(number)/b.Elapsed().Seconds(), "actions/s")
			b.ReportMetric(b.Elapsed().Seconds()*due/float64(number), "s/100k")
		})
	}
}

// oneDevice adds an installed item to several subscriptions at once: one gets it.
func (l *life) oneDevice(t *testing.T) {
	l.clock.Set(noon)
	l.load(t, &catalogue.InstalledItem{ID: "sought", SerialNumber: "Sought"})
	const contenders = 6
	refusals := make(chan error, contenders)
	for i := range contenders {
		l.draft(t, fmt.Sprint("seeks ", i))
	}
	for i := range contenders {
		asked := order(fmt.Sprint("seeks ", i), lifecycle.AddInstalledItem)
		asked.Items = []subscription.ItemOrder{{Field: "x", Item: refer("sought")}}
		go func() {
			_, err := l.service.Act(l.ctx, asked)
			refusals <- err
		}()
	}
	added := 0
	for range contenders {
		switch err := <-refusals; {
		case err == nil:
			added++
		case reasonOf(err) != reason.InstalledElsewhere:
			t.Errorf("got %v", err)
		}
	}
	if added != 1 {
		t.Errorf("%d subscriptions got it, want one", added)
	}
}
