package store_test

import (
	"errors"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// creation asks for a draft of the account `a` with a reference and a value of a field.
func creation(reference, value string) subscription.Creation {
	to := func(id string) resource.Reference {
		return resource.Reference{Field: "x", Keys: []resource.Key{resource.ByID(id)}}
	}
	owner, group := to("a"), to("g")
	asked := subscription.Creation{
		Operation: lifecycle.CreateDraft, Details: subscription.Details{Reference: reference}, Type: to("t"),
		Owner: subscription.Owner{Existing: &owner}, Group: &group, Notes: userfield.Set("n"), Services: []resource.Reference{to("p")},
	}
	asked.Fields.Strings[0] = userfield.Set(value)
	return asked
}

// creations repeats creations with the reference of the first one, to which its unique field is no hindrance, and others with it.
func (l *life) creations(t *testing.T) {
	l.clock.Set(noon)
	l.load(t, &catalogue.Group{ID: "g", Name: "G"})
	l.define(t, userfield.Definition{Object: userfield.OfSubscription, Field: "udf_string_1", Label: "Contract no.", Unique: true})
	first := l.become(t, creation("C-1", "c1"))
	if again := l.become(t, creation("C-1", "c1")); again.Action.ID != first.Action.ID || again.View.Subscription.ID != first.View.Subscription.ID {
		t.Errorf("the same again: got %+v, want %+v", again.Action, first.Action)
	}
	taken := func(what string, by subscription.Creation) {
		t.Helper()
		known, isFault := fault.As(second(l.service.Become(l.ctx, by)))
		if !isFault || known.Kind != fault.AlreadyExists || known.Violations[0].Field != subscription.FieldReference {
			t.Errorf("%s: got %v", what, known)
		}
	}
	exported := first.Action
	exported.Asked = ""
	if outcomes, err := l.books.Import(l.ctx, []resource.Resource{&exported}); err != nil || outcomes[0].Err != nil {
		t.Errorf("importing it again: got %v, %v", outcomes, err)
	}
	taken("another value", creation("C-1", "c2"))
	for what, change := range map[string]func(*subscription.Creation){
		"other notes": func(c *subscription.Creation) { c.Notes = userfield.Clear[string]() },
		"no group":    func(c *subscription.Creation) { c.Group = nil },
		"terms":       func(c *subscription.Creation) { c.Terms = &terms.Change{CycleDay: 1} },
		"an item":     func(c *subscription.Creation) { c.Items = c.Services },
	} {
		other := creation("C-1", "c1")
		change(&other)
		taken(what, other)
	}
	l.become(t, creation("C-2", "c2")) // which no refused creation took
	everything := l.ctx
	l.ctx = auth.With(t.Context(), auth.Principal{Tenant: auth.DefaultTenant, Actor: "bob", Restriction: &visibility.Visibility{Groups: []catalogue.GroupID{"other"}}})
	taken("by somebody who does not see the subscription", creation("C-1", "c1"))
	l.ctx = everything
	l.expectOldCreation(t, first)
	l.expectOldAccount(t)
	l.expectImportedCreation(t)
	l.define(t)
}

// expectImportedCreation repeats a creation of the native API after an export and an import, which keep no digest.
func (l *life) expectImportedCreation(t *testing.T) {
	t.Helper()
	l.load(t, &catalogue.ActionType{ID: "imported", Name: "Imported"})
	asked := func(change func(*subscription.New)) subscription.New {
		asked := subscription.New{
			Subscription: subscription.Subscription{State: subscription.Draft, Account: "a", Type: "t", Services: []subscription.SubscribedService{{Product: "p"}}},
			Details:      subscription.Details{Reference: "C-6"},
		}
		change(&asked)
		return asked
	}
	typed := func(asked *subscription.New) { asked.Type = refer("imported") }
	made, err := l.service.Create(l.ctx, asked(typed))
	if err != nil {
		t.Fatal(err)
	}
	actions, err := l.service.Actions(l.ctx, listing.Query{Where: listing.Is(subscription.FieldOfSubscription, made.ID)})
	if err != nil || len(actions) != 1 {
		t.Fatalf("got %v, %v, want the creation", actions, err)
	}
	imported := actions[0]
	imported.ID, imported.Number, imported.Reference, imported.Asked = "imported", "imported", "C-7", ""
	l.load(t, &imported)
	for what, change := range map[string]func(*subscription.New){
		"the same":           typed,
		"without its type":   func(*subscription.New) {},
		"active":             func(asked *subscription.New) { typed(asked); asked.Subscription.State = subscription.Effective },
		"of another account": func(asked *subscription.New) { typed(asked); asked.Subscription.Account = "b" },
		"without services":   func(asked *subscription.New) { typed(asked); asked.Subscription.Services = nil },
	} {
		again := asked(change)
		again.Details.Reference = "C-7"
		got, err := l.service.Create(l.ctx, again)
		if what == "the same" {
			if err != nil || got.ID != made.ID {
				t.Errorf("%s: got %s, %v, want %s", what, got.ID, err, made.ID)
			}
		} else if !errors.Is(err, fault.AlreadyExists) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

// expectOldAccount repeats a creation of an account and a subscription that a version before has kept. A
// definition that came later refuses only new ones.
func (l *life) expectOldAccount(t *testing.T) {
	t.Helper()
	l.load(t, &catalogue.AccountClassification{ID: "old", Name: "Old"})
	asked := creation("C-3", "c4")
	asked.Owner = subscription.Owner{
		New:            account.Account{Name: "Donna", Owner: account.ContactInfo{Type: account.Person, LastName: "Paulsen"}},
		Classification: resource.Reference{Field: "x", Keys: []resource.Key{resource.ByID("old")}},
	}
	old := l.become(t, asked).Action
	old.ID, old.Number, old.Reference, old.Asked = "old2", "old2", "C-4", ""
	l.load(t, &old)
	l.define(t, userfield.Definition{Object: userfield.OfAccount, Field: "udf_string_1", Label: "Region", Mandatory: true})
	asked.Details.Reference = "C-4"
	if again := l.become(t, asked); again.Action.ID != "old2" {
		t.Errorf("got %+v, want the old action", again.Action)
	}
	asked.Details.Reference = "C-5"
	if _, err := l.service.Become(l.ctx, asked); !errors.Is(err, fault.Invalid) {
		t.Errorf("a new account without a mandatory field: got %v", err)
	}
}

// expectOldCreation repeats a creation that a version before has kept, with other notes, which it has not compared.
func (l *life) expectOldCreation(t *testing.T, like subscription.Done) {
	t.Helper()
	l.load(t, &catalogue.ActionType{ID: "kind", Name: "Kind"})
	old := like.Action
	old.ID, old.Number, old.Reference, old.Asked = "old", "old", "C-0", ""
	l.load(t, &old)
	asked := creation("C-0", "c3")
	asked.Notes = userfield.Set("other")
	if again := l.become(t, asked); again.Action.ID != "old" {
		t.Errorf("got %+v, want the old action", again.Action)
	}
	asked.ActionType = refer("kind")
	if _, err := l.service.Become(l.ctx, asked); !errors.Is(err, fault.AlreadyExists) {
		t.Errorf("with a type: got %v", err)
	}
	typed := old
	typed.ID, typed.Number, typed.Reference, typed.Type = "typed", "typed", "C-00", "kind"
	l.load(t, &typed)
	asked.Details.Reference = "C-00"
	if again := l.become(t, asked); again.Action.ID != "typed" {
		t.Errorf("got %+v, want the old action of the type", again.Action)
	}
	asked.Details.Reference, asked.ActionType = "C-0", nil
	asked.Services = nil
	if _, err := l.service.Become(l.ctx, asked); !errors.Is(err, fault.AlreadyExists) {
		t.Errorf("another creation with an old reference: got %v", err)
	}
}

func (l *life) become(t *testing.T, asked subscription.Creation) subscription.Done {
	t.Helper()
	done, err := l.service.Become(l.ctx, asked)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// define defines what user defined fields mean.
func (l *life) define(t *testing.T, definitions ...userfield.Definition) {
	t.Helper()
	if _, err := l.service.UpdateSettings(l.ctx, "", func(s *subscription.Settings) error { s.UserFields = definitions; return nil }); err != nil {
		t.Fatal(err)
	}
}

// second returns the second of two values.
func second[T any](_ T, err error) error { return err }
