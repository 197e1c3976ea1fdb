// Package storetest is the test suite for the contract of the store. Every storage engine must pass
// it.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Subject is the store under test.
type Subject struct {
	store.Store
	// Feed returns the whole change feed of a tenant.
	Feed func(t testing.TB, tenant auth.Tenant) []feed.Entry
}

// Run runs the suite. Each test has its own tenants, so that one store serves all of them.
func Run(t *testing.T, subject Subject) {
	for i, c := range []struct {
		name  string
		check func(*testing.T, Subject, auth.Principal)
	}{
		{"a created resource is found by its id and by each key", found},
		{"finding a missing resource returns NotFound", notFound},
		{"an update replaces the resource and raises its version", updates},
		{"an update or deletion of another version is rejected", stale},
		{"duplicate ids and keys are rejected", taken},
		{"any number of resources can have an empty key", absentKeys},
		{"lists are ordered by id across pages", lists},
		{"a failed write changes nothing", allOrNothing},
		{"a writer reads its own writes", seesOwnWrites},
		{"tenants cannot read each other's resources", tenants},
		{"keys that identify a tenant are unique across tenants", located},
		{"each change adds one feed entry without secrets", feeds},
		{"the use of a session is recorded without a feed entry", touches},
		{"only expired sessions are removed", purges},
		{"a resource of each kind can be updated and deleted", standardWrites},
		{"what refers to a resource is counted", referrers},
		{"what a scheduled action names is counted until it is done", scheduledNames},
		{"lists are filtered and ordered by each field", filters},
		{"texts are compared in NFC", normalised},
		{"lists of subscriptions hold what a caller sees", visible},
		{"a session is located with its user", locatedUser},
		{"a transaction finds out whether a session is as it was located", stillLocated},
		{"a subscription is read together with what it refers to", together},
		{"the subscriptions with an installed item are found, also those that had it", withItem},
		{"the subscriptions with a service are found", withService},
		{"a subscription that is made anew is stored as it is updated then", madeAnew},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.check(t, subject, auth.Principal{Tenant: auth.Tenant(fmt.Sprintf("tenant-%d", i)), Actor: "suite"})
		})
	}
}

// at and later are times in the store's precision.
var (
	at    = time.Date(2026, time.March, 1, 2, 3, 4, 567_891_000, time.UTC)
	later = at.Add(time.Hour)
)

// exactly compares resources including trailing zeros of decimals.
var exactly = cmp.Options{
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b }), cmp.Comparer(func(a, b date.Date) bool { return a == b }),
	cmp.Comparer(func(a, b userfield.DateTime) bool { return a == b }), cmpopts.EquateEmpty(),
}

func ptr[T any](value T) *T { return &value }

// fields returns user defined fields of each type, some without a value.
func fields() (fields userfield.Fields) {
	fields.Strings[0], fields.Strings[7] = ptr(""), ptr("Überwachung 🔔\n'\";")
	fields.Floats[1] = ptr(decimal.MustParse("-0.1234567890123456780"))
	moment, err := userfield.ParseDateTime("2015-02-20T16:40:42")
	if err != nil {
		panic(err)
	}
	fields.Dates[3] = &moment
	return fields
}

func unit() *resource.Unit {
	return &resource.Unit{ID: "u", Name: "Unit", CommunityName: "Community"}
}

// agreed returns billing terms with all fields set.
func agreed() terms.Terms {
	return terms.Terms{
		ID: "b", Scheme: "bs", Frequency: terms.Monthly, Every: terms.Length{Months: 1}, CycleDay: 3, LastDay: true, Renewed: true,
		Agreed: date.MustNew(2024, time.March, 1), Effective: date.MustNew(2024, time.April, 1), Expired: date.MustNew(2025, time.April, 1),
		Anchor:  date.MustNew(2024, time.March, 15),
		Binding: &terms.Binding{Period: terms.Month, Length: terms.Length{Months: 1, Days: 1}, Start: date.MustNew(2024, time.April, 1), End: date.MustNew(2024, time.May, 2)},
	}
}

// every returns one resource of each kind with all fields set.
func every(tenant auth.Tenant) []resource.Resource {
	country := &account.Country{ID: "1", Name: "FRANCE", Flag: &account.Flag{ID: "2", URL: "https://flags.example/fr.png"}}
	return []resource.Resource{
		&subscription.Subscription{ID: "s", Number: "S1", State: subscription.Effective, Rating: subscription.RatingPending,
			FirstActivated: date.MustNew(2024, time.February, 29), Account: "a", Type: "t", Group: "g", PrivacyLevel: "l",
			Notes: ptr("notes"), Fields: fields(), Services: []subscription.SubscribedService{
				{ID: "1", Product: "p", Fields: fields(), ServiceLife: subscription.ServiceLife{State: subscription.InResting, Before: subscription.Effective,
					FirstActivated: date.MustNew(2024, time.March, 1), Added: date.MustNew(2024, time.February, 1), Ended: date.MustNew(2024, time.April, 1)}},
				{ID: "2", Product: "p", Components: []catalogue.ProductID{"p"}, ServiceLife: subscription.ServiceLife{State: subscription.Effective}}},
			Items:     []subscription.Installation{{ID: "1", Item: "i", Fields: fields(), Added: date.MustNew(2024, time.March, 1)}},
			PastItems: []subscription.PastInstallation{{ID: "2", Item: "i", Added: date.MustNew(2024, time.March, 1), Ended: date.MustNew(2024, time.April, 1), By: lifecycle.MoveInstalledItem, Destination: "r"}},
			Terms:     terms.History{agreed()}, Since: date.MustNew(2026, time.April, 1),
			Until: date.MustNew(2026, time.May, 1), Before: subscription.NotEffective},
		&account.Account{ID: "a", Number: "A1", Name: "Account", Inactive: true, State: account.Suspended, Classification: "ac", Contact: "pa", PrivacyLevel: "l", Manager: "u",
			Description: "description", Notes: "notes", Fields: fields(),
			Terms: account.Terms{Currency: "EUR", CreditLimit: ptr(decimal.MustParse("1000.50")), CreditPeriod: 30, CreditOperator: account.Minus}, Owner: account.ContactInfo{
				ID: "c", Type: account.Company, State: account.Financial, Name: "Name",
				Demographics: &account.Demographics{Gender: account.Female, IDExpires: date.MustNew(2030, time.May, 6), NameDay: account.PartialDate{Month: 2, Day: 3}, CountryOfResidence: country},
				Profile:      &account.CompanyProfile{Year: ptr(int32(2020)), Employees: ptr(int32(0)), AnnualTurnover: ptr(decimal.MustParse("1000.50")), Country: country}}},
		&catalogue.SubscriptionType{ID: "t", Name: "Type", AlternativeCode: "T", Classification: catalogue.Package, Fields: fields(),
			Rules:    lifecycle.Rules{CoolingOffDays: 14, MaxRestingDays: 90, MaxShortTermDays: 30, VerifyActivation: true, TermsRequired: true, BoundUntilEnd: true, RestsExtend: true},
			Services: []catalogue.TypeService{{Product: "p", Mandatory: true}},
			Log:      catalogue.Log{Created: at, Updated: later, CreatedBy: unit()}},
		&catalogue.Group{ID: "g", Name: "Group", AlternativeCode: "G", Inactive: true},
		&catalogue.PrivacyLevel{ID: "l", Number: "1", Name: "Level", Inactive: true},
		&catalogue.Product{ID: "p", Code: "P", AlternativeCode: "PA", Name: "Product", Type: catalogue.ProductService, Inactive: true,
			Prices: []catalogue.Price{{Frequency: terms.Monthly, Currency: "EUR", Amount: decimal.MustParse("10.50")}}, Components: []catalogue.Component{{Product: "p", Quantity: 2}}, Flexible: true},
		&catalogue.InstalledItem{ID: "i", SerialNumber: "SN", AlternativeCode: "IA", Name: "Device", Inactive: true},
		&organisation.Organisation{ID: organisation.ID(tenant), Name: "Organisation", Inactive: true},
		&organisation.User{ID: "u", Organisation: organisation.ID(tenant), UserName: "user", Unit: unit(), PasswordHash: "password hash", Name: "Ann", Email: "ann@example.com", Disabled: true,
			VisibleGroups: []catalogue.GroupID{"g", "other"}, MaxPrivacyLevel: "l"},
		&organisation.Session{ID: "x", TokenHash: "token hash of " + string(tenant), Organisation: organisation.ID(tenant), User: "u", LastUsed: at},
		&organisation.APIKey{ID: "k", Hash: "key hash of " + string(tenant), User: "u", Name: "Key"},
		&catalogue.BillingTermScheme{ID: "bs", Code: "BS", Name: "Scheme", State: catalogue.SchemeEffective, Type: catalogue.PreRated, Method: catalogue.Anniversary,
			Customs: []catalogue.CustomLength{{Code: "CUSTOM1", Length: terms.Length{Months: 1, Days: 2}}}, EarlyEndPercent: 50},
		&account.Contact{ID: "pa", Notes: "notes", Inactive: true, Info: account.ContactInfo{ID: "pa", Type: account.Person, State: account.Marketing, Name: "Litt Louis",
			Demographics: &account.Demographics{Gender: account.Male, CountryOfResidence: country}}},
		&catalogue.AccountClassification{ID: "ac", Name: "Business", AlternativeCode: "B", Inactive: true},
		&catalogue.ActionType{ID: "at", Name: "By phone", AlternativeCode: "PHONE", Parent: "at", Inactive: true},
		&subscription.Action{ID: "n", Number: "N1", Subscription: "s", Operation: lifecycle.Rest, State: subscription.ActionScheduled, Submitted: at, Submitter: "ann",
			Details: subscription.Details{Reference: "R", Scheduled: later, Performed: at, Performer: "u", PerformerUnit: unit(), Fields: fields(), Type: "at", SubType: "at"},
			Until:   date.MustNew(2026, time.May, 1), Replacement: "r", ReplacementType: "t", Replaced: "r", Settled: later, Automatic: true,
			Items: []subscription.ItemChange{{ID: "1", From: "i", To: "j"}}, Destination: "r",
			Terms: &terms.Change{Scheme: "bs", Frequency: terms.Monthly, CycleDay: 3, LastDay: ptr(false), Period: terms.Month, Start: date.MustNew(2026, time.May, 1), Renewed: ptr(true)},
			Effect: &subscription.Effect{From: subscription.Effective, To: subscription.InResting, Withdrawn: 1, TermsBefore: ptr(agreed()), TermsAfter: ptr(agreed()),
				Cost: &subscription.Cost{Currency: "EUR", Total: decimal.MustParse("1.50"), Unpriced: []catalogue.ProductID{"q"}, Charges: []subscription.Charge{
					{Service: "1", Product: "p", Kind: subscription.EarlyEnd, From: date.MustNew(2026, time.May, 1), Until: date.MustNew(2026, time.June, 1), Amount: decimal.MustParse("1.50")}}},
				Services: []subscription.ServiceEffect{{ID: "1", From: subscription.Effective, To: subscription.InResting}}},
			Rejection: &subscription.Rejection{Reason: reason.LifeCycleState, Message: "m"}},
		&subscription.Settings{Zone: "Europe/London", UserFields: userfield.Definitions{
			{Object: userfield.OfService, Field: "udf_string_1", Label: "Colour", Mandatory: true, Allowed: []string{"red", "blue"}},
		}},
	}
}

// blank returns an empty resource of a kind.
func blank(kind resource.Kind) resource.Resource {
	return map[resource.Kind]resource.Resource{
		resource.KindSubscription: &subscription.Subscription{}, resource.KindAccount: &account.Account{}, resource.KindSubscriptionType: &catalogue.SubscriptionType{},
		resource.KindGroup: &catalogue.Group{}, resource.KindPrivacyLevel: &catalogue.PrivacyLevel{}, resource.KindProduct: &catalogue.Product{},
		resource.KindInstalledItem: &catalogue.InstalledItem{}, resource.KindOrganisation: &organisation.Organisation{}, resource.KindUser: &organisation.User{},
		resource.KindSession: &organisation.Session{}, resource.KindAPIKey: &organisation.APIKey{}, resource.KindAction: &subscription.Action{}, resource.KindSettings: &subscription.Settings{},
		resource.KindContact: &account.Contact{}, resource.KindAccountClassification: &catalogue.AccountClassification{}, resource.KindActionType: &catalogue.ActionType{}, resource.KindBillingTermScheme: &catalogue.BillingTermScheme{},
	}[kind]
}

// write runs do in one transaction. It must succeed.
func write(t testing.TB, store Subject, by auth.Principal, when time.Time, do func(context.Context, writer) error) {
	t.Helper()
	if err := store.Write(t.Context(), by, when, do); err != nil {
		t.Fatalf("writing: %v", err)
	}
}

// create adds resources. It must succeed.
func create(t testing.TB, store Subject, by auth.Principal, resources ...resource.Resource) {
	t.Helper()
	write(t, store, by, at, func(ctx context.Context, w writer) error {
		for _, kept := range resources {
			if err := w.Create(ctx, kept); err != nil {
				return err
			}
		}
		return nil
	})
}

// find reads the resource of into's kind with a key.
func find(t testing.TB, store Subject, tenant auth.Tenant, key resource.Key, into resource.Resource) error {
	t.Helper()
	return store.Read(t.Context(), tenant, func(ctx context.Context, r books.Reader) error { return findIn(ctx, r, key, into) })
}

// expect reads a resource by its id and compares it.
func expect(t testing.TB, store Subject, tenant auth.Tenant, want resource.Resource) {
	t.Helper()
	got := blank(want.Kind())
	if err := find(t, store, tenant, resource.Key{Name: resource.KeyID, Value: want.Key()}, got); err != nil {
		t.Errorf("finding %s: %v", resource.Name(want), err)
	} else if diff := cmp.Diff(want, got, exactly); diff != "" {
		t.Errorf("%s (-want +got):\n%s", resource.Name(want), diff)
	}
}

func expectFault(t testing.TB, what string, err error, kind fault.Kind, why reason.Reason) {
	t.Helper()
	known, ok := fault.As(err)
	if !ok || !errors.Is(err, kind) || known.Reason != why {
		t.Errorf("%s: got error %v, want fault %s %s", what, err, kind, why)
	}
}
