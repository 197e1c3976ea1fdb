package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// standardWrites updates and deletes a resource of each kind.
func standardWrites(t *testing.T, store Subject, by auth.Principal) {
	resources := every(by.Tenant)
	create(t, store, by, resources...)
	before := len(store.Feed(t, by.Tenant))
	for _, kept := range resources {
		write(t, store, by, later, func(ctx context.Context, w writer) error { return w.Update(ctx, kept) })
		if got := kept.Versions(); got.Version != 2 || !got.Created.Equal(at) || !got.Updated.Equal(later) {
			t.Errorf("updating %s: got revision %+v", resource.Name(kept), got)
		}
		expect(t, store, by.Tenant, kept)
		stale := blank(kept.Kind())
		if err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyID, Value: kept.Key()}, stale); err != nil {
			t.Fatal(err)
		}
		write(t, store, by, later, func(ctx context.Context, w writer) error { return w.Update(ctx, kept) })
		for what, change := range map[string]func(writer) func(context.Context, resource.Resource) error{
			"updating": func(w writer) func(context.Context, resource.Resource) error { return w.Update },
			"deleting": func(w writer) func(context.Context, resource.Resource) error { return w.Delete },
		} {
			err := store.Write(t.Context(), by, later, func(ctx context.Context, w writer) error { return change(w)(ctx, stale) })
			expectFault(t, what+" an old version of "+resource.Name(kept), err, fault.Conflict, reason.ConcurrentChange)
			stale.Versions().Version = 2
		}
	}
	for _, kept := range resources {
		write(t, store, by, later, func(ctx context.Context, w writer) error { return w.Delete(ctx, kept) })
		err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyID, Value: kept.Key()}, blank(kept.Kind()))
		expectFault(t, "finding the deleted "+resource.Name(kept), err, fault.NotFound, reason.NotFound)
	}
	kinds := map[feed.Kind]int{}
	for _, entry := range store.Feed(t, by.Tenant)[before:] {
		kinds[entry.Kind]++
	}
	if want := map[feed.Kind]int{feed.Updated: 2 * len(resources), feed.Deleted: len(resources)}; !maps.Equal(kinds, want) {
		t.Errorf("feed: got %v, want %v", kinds, want)
	}
}

// referrers counts what refers to a resource of each kind.
func referrers(t *testing.T, store Subject, by auth.Principal) {
	resources := every(by.Tenant)
	create(t, store, by, resources...)
	expectReferrers := func(when string, want map[resource.Kind]string) {
		t.Helper()
		for _, to := range resources {
			write(t, store, by, later, func(ctx context.Context, w writer) error {
				got, err := referring(ctx, w, to)
				if got != want[to.Kind()] {
					t.Errorf("%s: %s: got %s, want %s", when, resource.Name(to), got, want[to.Kind()])
				}
				return err
			})
		}
	}
	const one, none, user, account = "{subscriptions 1}", "{subscriptions 0}", " {users 1}", " {accounts 1}"
	const scheduled, unscheduled = " {scheduled actions 1 N1}", " {scheduled actions 0}"
	want := map[resource.Kind]string{
		resource.KindSubscription: "{actions 1}" + unscheduled, resource.KindAccount: one, resource.KindSubscriptionType: one + scheduled, resource.KindGroup: one + user, resource.KindPrivacyLevel: one + user + account,
		resource.KindProduct: one + " {subscription types 1} {bundles 1}" + unscheduled, resource.KindBillingTermScheme: one + scheduled, resource.KindInstalledItem: one + scheduled, resource.KindOrganisation: "{users 1}", resource.KindUser: "{sessions 1} {API keys 1}" + account + scheduled,
		resource.KindAccountClassification: "{accounts 1}", resource.KindContact: "{accounts 1}",
		resource.KindActionType: "{actions 1} {actions 1} {sub types 1}",
	}
	expectReferrers("at first", want)
	revise(t, store, by, writer.Subscription, "s", func(stored *subscription.Subscription) {
		stored.Group, stored.PrivacyLevel, stored.Services, stored.Items, stored.PastItems, stored.Terms = "", "", nil, nil, nil, nil
	})
	want[resource.KindProduct], want[resource.KindInstalledItem], want[resource.KindBillingTermScheme] = none+" {subscription types 1} {bundles 1}"+unscheduled, none+scheduled, none+scheduled
	want[resource.KindGroup], want[resource.KindPrivacyLevel] = none+user, none+user+account
	expectReferrers("after an update", want)
	revise(t, store, by, writer.User, "u", func(stored *organisation.User) {
		stored.VisibleGroups, stored.MaxPrivacyLevel = []catalogue.GroupID{"other"}, ""
	})
	want[resource.KindGroup], want[resource.KindPrivacyLevel] = none+" {users 0}", none+" {users 0}"+account
	expectReferrers("after an update of the user", want)
	revise(t, store, by, writer.SubscriptionType, "t", func(stored *catalogue.SubscriptionType) {
		stored.Services = nil
	})
	want[resource.KindProduct] = none + " {subscription types 0} {bundles 1}" + unscheduled
	expectReferrers("after an update of the type", want)
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		stored, err := w.Subscription(ctx, resource.ByID("s"))
		if err != nil {
			return err
		}
		stored.Services = []subscription.SubscribedService{{ID: "1", Product: "p"}}
		if err := w.Update(ctx, &stored); err != nil {
			return err
		}
		return w.Delete(ctx, &stored)
	})
	for kind, text := range want {
		if rest, owned := strings.CutPrefix(text, one); owned && (rest == "" || kind == resource.KindSubscriptionType) {
			want[kind] = none + rest
		}
	}
	expectReferrers("after the deletion", want)
}

// revise updates a resource, which find reads by its id.
func revise[T any, P interface {
	*T
	resource.Resource
}](t *testing.T, store Subject, by auth.Principal, find func(writer, context.Context, resource.Key) (T, error), id string, change func(P)) {
	t.Helper()
	write(t, store, by, later, func(ctx context.Context, w writer) error {
		stored, err := find(w, ctx, resource.ByID(id))
		if err != nil {
			return err
		}
		change(&stored)
		return w.Update(ctx, P(&stored))
	})
}

// referring returns what refers to a resource, as text.
func referring(ctx context.Context, w writer, to resource.Resource) (string, error) {
	found, err := w.Referrers(ctx, to)
	texts := make([]string, len(found))
	for i, of := range found {
		texts[i] = strings.TrimSuffix(fmt.Sprintf("{%s %d %s", of.What, of.Count, of.Example), " ") + "}"
	}
	return strings.Join(texts, " "), err
}

// scheduledNames counts the scheduled actions that name something, until they are done, deleted, or name something else.
func scheduledNames(t *testing.T, store Subject, by auth.Principal) {
	action := func(id subscription.ActionID) *subscription.Action {
		return &subscription.Action{ID: id, Number: string(id), Subscription: "s", Operation: lifecycle.AddService, State: subscription.ActionScheduled,
			Details: subscription.Details{Scheduled: later, Performer: "u"}, Replacement: "r", Destination: "d", Terms: &terms.Change{Scheme: "bs"},
			Services: []subscription.ServiceChange{{Product: "p"}, {Product: "q", Components: []catalogue.ProductID{"c", "p"}}}, Items: []subscription.ItemChange{{ID: "1", From: "i", To: "j"}}}
	}
	named := []resource.Resource{
		&subscription.Subscription{ID: "r"}, &subscription.Subscription{ID: "d"}, &catalogue.BillingTermScheme{ID: "bs"}, &organisation.User{ID: "u"},
		&catalogue.Product{ID: "p"}, &catalogue.Product{ID: "q"}, &catalogue.Product{ID: "c"}, &catalogue.InstalledItem{ID: "i"}, &catalogue.InstalledItem{ID: "j"},
	}
	expect := func(when string, want string) {
		t.Helper()
		for _, to := range named {
			write(t, store, by, later, func(ctx context.Context, w writer) error {
				got, err := referring(ctx, w, to)
				if !strings.HasSuffix(got, "{scheduled actions "+want+"}") {
					t.Errorf("%s: %s: got %s, want %s scheduled actions", when, resource.Name(to), got, want)
				}
				return err
			})
		}
	}
	expect("at first", "0")
	first, second, third := action("1"), action("2"), action("3")
	third.State = subscription.ActionExecuted
	create(t, store, by, first, second, third)
	expect("two are scheduled", "2 1")
	change := func(do func(context.Context, writer) error) { write(t, store, by, later, do) }
	first.Failure = &subscription.Failure{Retry: later}
	change(func(ctx context.Context, w writer) error { return w.Update(ctx, first) })
	expect("one failed and stays scheduled", "2 1")
	first.State = subscription.ActionExecuted
	change(func(ctx context.Context, w writer) error { return w.Update(ctx, first) })
	expect("one is done", "1 2")
	change(func(ctx context.Context, w writer) error { return w.Delete(ctx, second) })
	expect("the other one is deleted", "0")
}

// filters finds a resource of each kind by each field of its list, and orders by it.
func filters(t *testing.T, store Subject, by auth.Principal) {
	create(t, store, by, every(by.Tenant)...)
	owner, created := string(by.Tenant), at.UnixMicro()
	for kind, fields := range map[resource.Kind]map[string]any{
		resource.KindSubscription: {
			"name": "s", "number": "S1", "state": "EFFECTIVE", "rating_state": "PENDING", "first_activated_date": "2024-02-29", "account": "a",
			"subscription_type": "t", "group": "g", "privacy_level": "l", "create_time": created, "update_time": created,
		},
		resource.KindAccount: {
			"name": "a", "number": "A1", "display_name": "Account", "state": "SUSPENDED", "account_owner.full_name": "Name", "inactive": true, "classification": "ac", "contact": "pa",
			"privacy_level": "l", "account_manager": "u",
			"create_time": created, "update_time": created,
		},
		resource.KindSubscriptionType: {
			"name": "t", "display_name": "Type", "alternative_code": "T", "classification": "Package", "inactive": false, "create_time": created, "update_time": created,
		},
		resource.KindContact: {
			"name": "pa", "info.full_name": "Litt Louis", "info.type": "PERSON", "inactive": true, "create_time": created, "update_time": created,
		},
		resource.KindActionType: {
			"name": "at", "display_name": "By phone", "alternative_code": "PHONE", "parent_type": "at", "inactive": true, "create_time": created, "update_time": created,
		},
		resource.KindAccountClassification: {
			"name": "ac", "display_name": "Business", "alternative_code": "B", "inactive": true, "create_time": created, "update_time": created,
		},
		resource.KindBillingTermScheme: {
			"name": "bs", "code": "BS", "display_name": "Scheme", "state": "EFFECTIVE", "create_time": created, "update_time": created,
		},
		resource.KindGroup: {"name": "g", "display_name": "Group", "alternative_code": "G", "inactive": true, "create_time": created, "update_time": created},
		resource.KindPrivacyLevel: {
			"name": "l", "number": "1", "display_name": "Level", "inactive": true, "create_time": created, "update_time": created,
		},
		resource.KindProduct: {
			"name": "p", "code": "P", "alternative_code": "PA", "display_name": "Product", "type": "SERVICE", "inactive": true, "create_time": created, "update_time": created,
		},
		resource.KindInstalledItem: {
			"name": "i", "serial_number": "SN", "alternative_code": "IA", "display_name": "Device", "inactive": true, "create_time": created, "update_time": created,
		},
		resource.KindOrganisation: {"name": owner, "display_name": "Organisation", "inactive": true, "create_time": created, "update_time": created},
		resource.KindUser: {
			"name": "u", "login": owner + "/user", "organisation": owner, "user_name": "user", "display_name": "Ann", "email": "ann@example.com", "disabled": true,
			"visible_groups": "g", "max_privacy_level": "l",
			"create_time": created, "update_time": created,
		},
		resource.KindSession: {
			"name": "x", "user": "u", "organisation": owner, "create_time": created, "last_use_time": created, "expire_time": later.UnixMicro(),
		},
		resource.KindAction: {
			"name": "n", "number": "N1", "subscription": "s", "classification": "REST_SUBSCRIPTION", "behavior_code": "REST_SUBSCRIPTION", "state": "SCHEDULED",
			"schedule_time": later.UnixMicro(), "transaction_reference": "R", "action_type": "at", "sub_action_type": "at", "create_time": created, "update_time": created,
			"group": "g", "group.display_name": "Group", "privacy_level": "l", "privacy_level.number": int64(1),
		},
		resource.KindAPIKey: {"name": "k", "user": "u", "display_name": "Key", "create_time": created, "update_time": created},
	} {
		for field, value := range fields {
			for what, query := range map[string]listing.Query{
				"equal":   {Where: listing.Is(field, value)},
				"present": {Where: listing.Present{Field: field}, Order: []listing.Order{{Field: field, Optional: true}}, After: listing.Cursor{value}},
			} {
				names, err := store.list(t, by.Tenant, kind, query)
				if want := map[string]int{"equal": 1, "present": 0}[what]; err != nil || len(names) != want {
					t.Errorf("%s by %s, %s: got %v, %v, want %d", kind, field, what, names, err, want)
				}
			}
		}
		if _, err := store.list(t, by.Tenant, kind, listing.Query{Where: listing.Is("secret", "x")}); err == nil {
			t.Errorf("%s were filtered by an unknown field", kind)
		}
	}
}

// list returns the ids of the resources of a kind that match a query.
func (s Subject) list(t testing.TB, tenant auth.Tenant, kind resource.Kind, query listing.Query) (ids []string, err error) {
	t.Helper()
	write(t, s, auth.Principal{Tenant: tenant, Actor: "suite"}, later, func(ctx context.Context, w writer) error {
		switch kind {
		case resource.KindSubscription:
			ids, err = idsOf(w.Subscriptions(ctx, query))
		case resource.KindContact:
			ids, err = idsOf(w.Contacts(ctx, query))
		case resource.KindActionType:
			ids, err = idsOf(w.ActionTypes(ctx, query))
		case resource.KindAccountClassification:
			ids, err = idsOf(w.AccountClassifications(ctx, query))
		case resource.KindBillingTermScheme:
			ids, err = idsOf(w.BillingTermSchemes(ctx, query))
		case resource.KindAccount:
			ids, err = idsOf(w.Accounts(ctx, query))
		case resource.KindSubscriptionType:
			ids, err = idsOf(w.SubscriptionTypes(ctx, query))
		case resource.KindGroup:
			ids, err = idsOf(w.Groups(ctx, query))
		case resource.KindPrivacyLevel:
			ids, err = idsOf(w.PrivacyLevels(ctx, query))
		case resource.KindProduct:
			ids, err = idsOf(w.Products(ctx, query))
		case resource.KindInstalledItem:
			ids, err = idsOf(w.InstalledItems(ctx, query))
		case resource.KindOrganisation:
			ids, err = idsOf(w.Organisations(ctx, query))
		case resource.KindUser:
			ids, err = idsOf(w.Users(ctx, query))
		case resource.KindSession:
			ids, err = idsOf(w.Sessions(ctx, query))
		case resource.KindAPIKey:
			ids, err = idsOf(w.APIKeys(ctx, query))
		case resource.KindAction:
			ids, err = idsOf(w.Actions(ctx, query))
		}
		return nil
	})
	return ids, err
}

func idsOf[T any, P resource.Pointer[T]](found []T, err error) ([]string, error) {
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = P(&found[i]).Key()
	}
	slices.Sort(ids)
	return ids, err
}

// normalised finds texts whatever the form of their accents.
func normalised(t *testing.T, store Subject, by auth.Principal) {
	const composed, decomposed = "Caf\u00e9", "Cafe\u0301"
	create(t, store, by, &catalogue.Product{ID: "1", Code: decomposed, Name: composed}, &catalogue.Product{ID: "2", Code: "Tea"})
	for _, form := range []string{composed, decomposed} {
		if err := find(t, store, by.Tenant, resource.Key{Name: resource.KeyCode, Value: form}, &catalogue.Product{}); err != nil {
			t.Errorf("finding %+q: %v", form, err)
		}
		for what, where := range map[string]listing.Condition{
			"equal": listing.All(listing.Is("code", form), listing.Is("display_name", form)), "prefix": listing.Prefix{Field: "code", Prefix: form},
			"other": listing.Or{listing.Not{Condition: listing.Not{Condition: listing.Is("code", form)}}},
		} {
			if ids, err := store.list(t, by.Tenant, resource.KindProduct, listing.Query{Where: where}); err != nil || len(ids) != 1 {
				t.Errorf("%s to %+q: got %v, %v, want one product", what, form, ids, err)
			}
		}
	}
	err := store.Write(t.Context(), by, at, func(ctx context.Context, w writer) error {
		return w.Create(ctx, &catalogue.Product{ID: "3", Code: composed})
	})
	expectFault(t, "a code in the other form", err, fault.AlreadyExists, reason.AlreadyExists)
}
