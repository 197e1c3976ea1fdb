package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// together reads subscriptions with what they refer to, and expects what is read one by one. Then that changes.
func together(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, append(every(by.Tenant),
		&catalogue.PrivacyLevel{ID: "m", Number: "2", Name: "Level of the account"}, &catalogue.Product{ID: "q", Code: "Q"}, &catalogue.Group{ID: "h", Name: "Other"},
		&account.Account{ID: "b", Number: "B1", PrivacyLevel: "m"}, &subscription.Subscription{ID: "plain", Number: "S2", Account: "b", Type: "t"})...)
	for range 2 { // before and after the change
		for id, number := range map[string]string{"s": "S1", "plain": "S2"} {
			for _, key := range []resource.Key{resource.ByID(id), {Name: resource.KeyNumber, Value: number}} {
				readTogether(t, store, by, key)
			}
		}
		for _, key := range []resource.Key{resource.ByID("S1"), {Name: resource.KeyNumber, Value: "s"}, {Name: resource.KeyNumber}} {
			err := store.Subscriptions.Read(t.Context(), by.Tenant, func(ctx context.Context, r subscription.Reader) error {
				if _, err := r.Owned(ctx, key); !errors.Is(err, fault.NotFound) {
					t.Errorf("%v, owned: got %v", key, err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if key.Value == "" { // no key, so that nothing is read with a session
				continue
			}
			if shown := withSession(t, store, by, key); !errors.Is(shown.Err, fault.NotFound) {
				t.Errorf("%v, with a session: got %v", key, shown.Err)
			}
		}
		rename(t, store, by)
	}
}

// readTogether expects of one subscription what is read one by one.
func readTogether(t *testing.T, store Subject, by auth.Principal, key resource.Key) {
	t.Helper()
	var want subscription.Expanded
	var owned, wantOwned subscription.Owned
	shown := withSession(t, store, by, key)
	if err := errors.Join(
		shown.Err,
		store.Subscriptions.Find(t.Context(), by.Tenant, "owned", func(ctx context.Context, r subscription.Reader) (err error) {
			owned, err = r.Owned(ctx, key)
			return err
		}),
		store.Subscriptions.Read(t.Context(), by.Tenant, func(ctx context.Context, r subscription.Reader) (err error) {
			want, wantOwned, err = oneByOne(ctx, r, key)
			return err
		}),
	); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, shown.All, exactly); diff != "" {
		t.Errorf("%v shown (-want +got):\n%s", key, diff)
	}
	if diff := cmp.Diff(wantOwned, owned, exactly); diff != "" {
		t.Errorf("%v owned (-want +got):\n%s", key, diff)
	}
	if diff := cmp.Diff(wantOwned.Settings, shown.Settings, exactly); diff != "" {
		t.Errorf("settings with %v (-want +got):\n%s", key, diff)
	}
}

// withSession reads the subscription with a key and a session, and expects the session that is read without one.
func withSession(t *testing.T, store Subject, by auth.Principal, key resource.Key) *subscription.Prefetched {
	t.Helper()
	byToken := resource.Key{Name: resource.KeyToken, Value: "token hash of " + string(by.Tenant)}
	want, wantErr := store.Organisations.LocateSession(t.Context(), byToken)
	ctx := subscription.Target{Subscription: resource.Reference{Keys: []resource.Key{key}}}.Prefetch(t.Context())
	got, err := store.Organisations.LocateSession(ctx, byToken)
	if err := errors.Join(wantErr, err); err != nil {
		t.Fatal(err)
	}
	want.Stored = organisation.Stored{}
	if diff := cmp.Diff(want, got, exactly); diff != "" {
		t.Errorf("the session with %v (-want +got):\n%s", key, diff)
	}
	shown := subscription.PrefetchedOf(ctx)
	if shown.Tenant != by.Tenant {
		t.Errorf("%v is of tenant %q", key, shown.Tenant)
	}
	return shown
}

// oneByOne reads a subscription and what it refers to.
func oneByOne(ctx context.Context, r subscription.Reader, key resource.Key) (all subscription.Expanded, owned subscription.Owned, err error) {
	read := func(id string, do func(resource.Key) error) {
		if err == nil && id != "" {
			err = do(resource.ByID(id))
		}
	}
	if owned.Subscription, err = r.Subscription(ctx, key); err != nil {
		return all, owned, err
	}
	s := owned.Subscription
	all = subscription.Expanded{
		Subscriptions: []subscription.Subscription{s}, Accounts: map[account.ID]account.Account{}, Types: map[catalogue.TypeID]catalogue.SubscriptionType{},
		Groups: map[catalogue.GroupID]catalogue.Group{}, PrivacyLevels: map[catalogue.PrivacyLevelID]catalogue.PrivacyLevel{},
		Products: map[catalogue.ProductID]catalogue.Product{}, Items: map[catalogue.ItemID]catalogue.InstalledItem{}, Schemes: map[terms.SchemeID]catalogue.BillingTermScheme{},
	}
	read(string(s.Account), func(key resource.Key) (err error) { owned.Account, err = r.Account(ctx, key); return err })
	read(string(s.Type), func(key resource.Key) (err error) { owned.Type, err = r.SubscriptionType(ctx, key); return err })
	all.Accounts[s.Account], all.Types[s.Type] = owned.Account, owned.Type
	read(string(s.Group), func(key resource.Key) (err error) { all.Groups[s.Group], err = r.Group(ctx, key); return err })
	for _, level := range []catalogue.PrivacyLevelID{s.PrivacyLevel, owned.Account.PrivacyLevel} {
		read(string(level), func(key resource.Key) (err error) {
			all.PrivacyLevels[level], err = r.PrivacyLevel(ctx, key)
			return err
		})
	}
	for _, service := range s.Services {
		read(string(service.Product), func(key resource.Key) (err error) {
			all.Products[service.Product], err = r.Product(ctx, key)
			return err
		})
	}
	for _, installed := range s.Items {
		read(string(installed.Item), func(key resource.Key) (err error) {
			all.Items[installed.Item], err = r.InstalledItem(ctx, key)
			return err
		})
	}
	for _, agreed := range s.Terms {
		read(string(agreed.Scheme), func(key resource.Key) (err error) {
			all.Schemes[agreed.Scheme], err = r.BillingTermScheme(ctx, key)
			return err
		})
	}
	if err == nil {
		owned.Settings, err = r.Settings(ctx)
	}
	return all, owned, err
}

// rename changes what the subscriptions of together refer to, and gives one of them another group, level and service.
func rename(t *testing.T, store Subject, by auth.Principal) {
	t.Helper()
	if err := store.Write(t.Context(), by, later, func(ctx context.Context, w writer) error {
		owner, err := w.Account(ctx, resource.ByID("a"))
		typ, typeErr := w.SubscriptionType(ctx, resource.ByID("t"))
		product, productErr := w.Product(ctx, resource.ByID("p"))
		settings, settingsErr := w.Settings(ctx)
		plain, plainErr := w.Subscription(ctx, resource.ByID("plain"))
		if err := errors.Join(err, typeErr, productErr, settingsErr, plainErr); err != nil {
			return err
		}
		owner.Name, typ.Name, product.Name, settings.Zone = "Renamed "+owner.Name, "Renamed "+typ.Name, "Renamed "+product.Name, "Europe/Paris"
		plain.Group, plain.PrivacyLevel, plain.Services = "h", "l", []subscription.SubscribedService{{ID: "1", Product: "q"}}
		return errors.Join(w.Update(ctx, &owner), w.Update(ctx, &typ), w.Update(ctx, &product), w.Update(ctx, &settings), w.Update(ctx, &plain))
	}); err != nil {
		t.Fatal(err)
	}
}
