package subscription_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
)

const (
	demoAccount = "accounts/1C414B9447E158F4CFE85BFE049704E3"
	demoType    = "subscriptionTypes/1C81FBB1E5D90040F440ECE98D6A368D"
)

func TestUnusedResourcesCanBeDeleted(t *testing.T) {
	f := startFixture(t)
	for _, s := range standards {
		if s.singular == "Subscription" {
			continue // only drafts: see TestOnlyDraftsCanBeDeleted
		}
		t.Run(s.singular, func(t *testing.T) {
			created, err := s.create(t.Context(), t, f, "unused", "unused")
			if err != nil {
				t.Fatal(err)
			}
			remove := func(more string) error {
				_, err := f.call(t.Context(), t, s.service, "Delete"+s.singular, fmt.Sprintf(`{"name":"%s/unused"%s}`, s.collection, more))
				return err
			}
			expectRejection(t, remove(`,"etag":"other"`), rejection{codes.Aborted, "ETAG_MISMATCH", ""})
			if err := remove(`,"validate_only":true`); err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := remove(fmt.Sprintf(`,"etag":%q,"request_id":"delete %s"`, created["etag"], s.singular)); err != nil {
					t.Error(err)
				}
			}
			expectRejection(t, remove(""), rejection{codes.NotFound, "NOT_FOUND", ""})
			if _, err := s.create(t.Context(), t, f, "unused", "unused"); err != nil {
				t.Errorf("creating it again: %v", err)
			}
		})
	}
	listed, err := f.changes.ListChanges(t.Context(), &changesv1.ListChangesRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	deleted := 0
	for _, change := range listed.GetChanges() {
		if change.GetKind() == changesv1.Kind_KIND_DELETED && change.GetState() != nil {
			deleted++
		}
	}
	if want := len(standards) - 1; deleted != want {
		t.Errorf("the feed has %d deletions with a state, want %d", deleted, want)
	}
}

func TestResourcesInUseCannotBeDeleted(t *testing.T) {
	f := startFixture(t)
	inUse := rejection{codes.FailedPrecondition, "IN_USE", ""}
	subscription := f.subscription(t)
	if _, err := f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{
		Name: demoSubscription, Group: "groups/" + demoGroup, PrivacyLevel: "privacyLevels/BFF5D07F43CAD23390C2B07678FE3074"}}); err != nil {
		t.Fatal(err)
	}
	product, item := subscription.GetServices()[1].GetProduct(), subscription.GetInstalledItems()[1].GetInstalledItem()
	for method, name := range map[string]string{
		"AccountService/Account": demoAccount, "CatalogueService/SubscriptionType": demoType, "CatalogueService/Group": "groups/" + demoGroup,
		"CatalogueService/PrivacyLevel": "privacyLevels/BFF5D07F43CAD23390C2B07678FE3074", "CatalogueService/Product": product,
		"CatalogueService/InstalledItem": item, "OrganisationService/Organisation": "organisations/demo", "OrganisationService/User": "users/demo",
		"SubscriptionService/Subscription": demoSubscription,
	} {
		service, singular, _ := strings.Cut(method, "/")
		_, err := f.call(t.Context(), t, service, "Delete"+singular, fmt.Sprintf(`{"name":%q}`, name))
		if got := rejectionOf(err); got != inUse {
			t.Errorf("%s: got %+v (%v), want %+v", name, got, err, inUse)
		}
	}
	// What the subscription does not have any more can be deleted: an item, and the product of a draft's service.
	if _, err := f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{
		Name: demoSubscription, InstalledItems: subscription.GetInstalledItems()[:1]}}); err != nil {
		t.Fatal(err)
	}
	f.must(t, "CatalogueService", "CreateProduct", `{"product_id":"spare","product":{"code":"SPARE2"}}`)
	draft := f.draft(t, "D")
	for _, service := range []*pb.SubscribedService{{Id: "1", Product: "products/spare"}, {Id: "1", Product: product}} {
		if _, err := f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
			Subscription: &pb.Subscription{Name: draft, Services: []*pb.SubscribedService{service}}}); err != nil {
			t.Fatal(err)
		}
	}
	f.must(t, "CatalogueService", "DeleteProduct", `{"name":"products/spare"}`)
	f.must(t, "CatalogueService", "DeleteInstalledItem", fmt.Sprintf(`{"name":%q}`, item))
}

func TestOnlyDraftsCanBeDeleted(t *testing.T) {
	f := startFixture(t)
	product := f.subscription(t).GetServices()[0].GetProduct()
	create := func(id string, classification pb.BusinessClassification) {
		mustCreate(t)(f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{SubscriptionId: id, BusinessClassification: classification,
			Subscription: &pb.Subscription{Number: id, Account: demoAccount, SubscriptionType: demoType, Services: []*pb.SubscribedService{{Product: product}}}}))
	}
	create("draft", pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION)
	create("active", pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_ACTIVATE_SUBSCRIPTION)
	if _, err := f.subscriptions.DeleteSubscription(t.Context(), &pb.DeleteSubscriptionRequest{Name: "subscriptions/draft"}); err != nil {
		t.Error(err)
	}
	_, err := f.subscriptions.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Name: "subscriptions/draft"})
	expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", ""})
	_, err = f.subscriptions.DeleteSubscription(t.Context(), &pb.DeleteSubscriptionRequest{Name: "subscriptions/active"})
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
}

func TestInactiveResourcesKeepWhatRefersToThem(t *testing.T) {
	f := startFixture(t)
	demo := f.subscription(t)
	update := func(subscription *pb.Subscription) error {
		subscription.Name = demoSubscription
		_, err := f.subscriptions.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{Subscription: subscription})
		return err
	}
	if err := update(&pb.Subscription{Group: "groups/" + demoGroup}); err != nil {
		t.Fatal(err)
	}
	for _, archived := range []struct{ service, singular, field, name string }{
		{"AccountService", "Account", "account", demoAccount},
		{"CatalogueService", "SubscriptionType", "subscription_type", demoType},
		{"CatalogueService", "Group", "group", "groups/" + demoGroup},
		{"CatalogueService", "PrivacyLevel", "privacy_level", "privacyLevels/BFF5D07F43CAD23390C2B07678FE3074"},
		{"CatalogueService", "Product", "product", demo.GetServices()[0].GetProduct()},
		{"CatalogueService", "InstalledItem", "installed_item", demo.GetInstalledItems()[0].GetInstalledItem()},
		{"OrganisationService", "Organisation", "organisation", "organisations/demo"},
	} {
		f.must(t, archived.service, "Update"+archived.singular, fmt.Sprintf(`{%q:{"name":%q,"inactive":true}}`, archived.field, archived.name))
	}
	if err := update(&pb.Subscription{Notes: "still works"}); err != nil {
		t.Errorf("updating what refers to inactive resources: %v", err)
	}
	if err := f.use(t, f.signIn(t)); err != nil {
		t.Errorf("signing in to an inactive organisation: %v", err)
	}
	inactive := func(field string) rejection { return rejection{codes.InvalidArgument, "INACTIVE", field} }
	expectRejection(t, update(&pb.Subscription{PrivacyLevel: "privacyLevels/BFF5D07F43CAD23390C2B07678FE3074"}), inactive("subscription.privacy_level"))
	_, err := f.update(t, `{"subscription_identifier":{"number":"S60117"},"privacy_level_identifier":{"number":"1"}}`)
	expectRejection(t, err, inactive("privacy_level_identifier"))
	_, err = f.organisations.CreateUser(t.Context(), &pb.CreateUserRequest{User: &pb.User{Organisation: "organisations/demo", UserName: "new", Password: "12345678"}})
	expectRejection(t, err, inactive("user.organisation"))
	_, err = f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: &pb.Subscription{Number: "S2", Account: demoAccount, SubscriptionType: demoType}})
	expectRejection(t, err, inactive("subscription.account"))
	f.must(t, "AccountService", "UpdateAccount", fmt.Sprintf(`{"account":{"name":%q},"update_mask":"inactive"}`, demoAccount))
	f.must(t, "CatalogueService", "UpdateSubscriptionType", fmt.Sprintf(`{"subscription_type":{"name":%q},"update_mask":"inactive"}`, demoType))
	for field, subscription := range map[string]*pb.Subscription{
		"subscription.group":                             {Group: "groups/" + demoGroup},
		"subscription.services[0].product":               {Services: []*pb.SubscribedService{{Product: demo.GetServices()[0].GetProduct()}}},
		"subscription.installed_items[0].installed_item": {InstalledItems: []*pb.SubscribedItem{{InstalledItem: demo.GetInstalledItems()[0].GetInstalledItem()}}},
	} {
		subscription.Number, subscription.Account, subscription.SubscriptionType = "S2", demoAccount, demoType
		_, err := f.subscriptions.CreateSubscription(t.Context(), &pb.CreateSubscriptionRequest{Subscription: subscription})
		expectRejection(t, err, inactive(field))
	}
}
