// Package demo holds the data of the vendor's documented example, so that the example request can
// be pasted and gets the documented response. Source: CRM.COM, "POST subscriptions/update",
// "Example 1".
package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Ids and codes that the documented example does not give.
const (
	managers   = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A00"
	internet   = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01"
	television = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A02"
	router     = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A03"
	decoder    = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A04"
	private    = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A05"
	monthly    = "0D0CE3C6F4C84B0E9C7B4C1C0F6E2A06"
)

// Values that the documented example uses in more than one place.
const (
	accountID = "1C414B9447E158F4CFE85BFE049704E3"
	typeID    = "1C81FBB1E5D90040F440ECE98D6A368D"
)

// demo is the name of the organisation and of its user, and also the password.
const demo = "demo"

// Services are the services used to load the data.
type Services struct {
	Subscriptions *subscription.Service
	Organisations *organisation.Service
	Books         *books.Service
}

// Load adds the demo data to the default tenant if its store is empty, all or nothing.
func Load(ctx context.Context, services Services) error {
	ctx = auth.With(ctx, auth.Principal{Tenant: auth.DefaultTenant, Actor: demo})
	present, err := services.Organisations.Organisations.List(ctx, listing.Query{Limit: 1})
	if err != nil {
		return fmt.Errorf("checking for an empty store: %w", err)
	}
	subscriptions, err := services.Subscriptions.List(ctx, listing.Query{Limit: 1})
	if err != nil {
		return fmt.Errorf("checking for an empty store: %w", err)
	}
	if len(present) > 0 || len(subscriptions) > 0 {
		return nil
	}
	passwordHash, err := services.Organisations.HashPassword(ctx, demo)
	if err != nil {
		return fmt.Errorf("loading the demo data: %w", err)
	}
	resources := append(offers(), signIn(passwordHash)...)
	if err := services.Books.Load(ctx, append(resources, louisLitt(), contract())...); err != nil {
		return fmt.Errorf("loading the demo data: %w", err)
	}
	return nil
}

// signIn returns the organisation, its user, and the session whose token the documented request
// contains. The user's unit is granted the group to which that request gives the subscription, so that it can be repeated.
func signIn(passwordHash string) []resource.Resource {
	return []resource.Resource{
		&organisation.Organisation{ID: demo, Name: "Demo"},
		&organisation.User{ID: demo, Organisation: demo, UserName: demo, PasswordHash: passwordHash, Unit: adminUnit(), VisibleGroups: []catalogue.GroupID{managers}},
		&organisation.Session{ID: demo, Organisation: demo, User: demo, TokenHash: organisation.HashToken("68AE293767E642338983F52D879D56E7"), Lasting: true},
	}
}

func adminUnit() *resource.Unit {
	return &resource.Unit{
		ID: "48305F8849E3C18B227C5BE3A27BA6DF", Name: "Admin Unit", AlternativeCode: "MG", Description: "r1",
		CommunityName: "Internal Community", GroupName: "Main Group",
	}
}

func offers() []resource.Resource {
	return []resource.Resource{
		&catalogue.SubscriptionType{
			ID: typeID, Name: "United Kingdom", AlternativeCode: "UK", Description: "United Kingdom",
			Rules: lifecycle.Rules{CoolingOffDays: 14},
			Log: catalogue.Log{
				Created:   time.Date(2014, time.June, 25, 15, 44, 4, 0, time.UTC),
				Updated:   time.Date(2015, time.February, 20, 16, 40, 42, 0, time.UTC),
				CreatedBy: adminUnit(), UpdatedBy: adminUnit(),
			},
		},
		&catalogue.AccountClassification{ID: private, Name: "Private", AlternativeCode: "PRIVATE"},
		&catalogue.BillingTermScheme{
			ID: monthly, Code: "MONTHLY", Name: "Billed before each month", State: catalogue.SchemeEffective, Type: catalogue.PreBill, Method: catalogue.ByPeriod, EarlyEndPercent: 50,
		},
		&catalogue.Group{ID: managers, Name: "Managers Group", AlternativeCode: "MGRS"},
		&catalogue.PrivacyLevel{ID: "BFF5D07F43CAD23390C2B07678FE3074", Number: "1", Name: "Public"},
		&catalogue.Product{ID: internet, Code: "INTERNET", AlternativeCode: "NET", Name: "Internet 100"},
		&catalogue.Product{ID: television, Code: "TELEVISION", AlternativeCode: "TV", Name: "Television"},
		&catalogue.InstalledItem{ID: router, SerialNumber: "SN-ROUTER-1", AlternativeCode: "ROUTER-1", Name: "Router"},
		&catalogue.InstalledItem{ID: decoder, SerialNumber: "SN-DECODER-1", AlternativeCode: "DECODER-1", Name: "Decoder"},
	}
}

func louisLitt() *account.Account {
	return &account.Account{
		ID: accountID, Number: "180", Name: "Louis Litt 2", State: account.Active,
		Owner: account.ContactInfo{
			ID: "401DEC346B0E70A8F0DDD9FC857763FA", Type: account.Person, State: account.Financial,
			Name: "Litt Louis", FirstName: "Louis", LastName: "Litt",
			Demographics: &account.Demographics{
				IDNumber:           "154859",
				CountryOfResidence: &account.Country{ID: "127", Name: "UNITED STATES", TwoCharacterCode: "US", ThreeCharacterCode: "USA"},
			},
		},
	}
}

func contract() *subscription.Subscription {
	return &subscription.Subscription{
		ID: "08E04C64110A44FF79F4431E1F4E1765", Number: "S60117", State: subscription.Effective, Rating: subscription.RatingCompleted,
		FirstActivated: date.MustNew(2014, time.June, 25), Account: accountID, Type: typeID,
		Services: []subscription.SubscribedService{
			{ID: "0D0CE3C6F4C84B0E9C7B4C1C0F6E2B01", Product: internet}, {ID: "0D0CE3C6F4C84B0E9C7B4C1C0F6E2B02", Product: television},
		},
		Items: []subscription.Installation{
			{ID: "0D0CE3C6F4C84B0E9C7B4C1C0F6E2B03", Item: router}, {ID: "0D0CE3C6F4C84B0E9C7B4C1C0F6E2B04", Item: decoder},
		},
	}
}
