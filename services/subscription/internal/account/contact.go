package account

import (
	"context"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// ContactID identifies a contact.
type ContactID string

// Contact is a person or a company that can own several accounts.
type Contact struct {
	mutation.Revision
	ID ContactID `json:"id"`
	// Info is who it is. Its id is that of the contact.
	Info ContactInfo `json:"info"`
	// Notes are empty if not given.
	Notes string `json:"notes,omitempty"`
	// Inactive contacts are archived: they keep their accounts and can own no further ones.
	Inactive bool `json:"inactive,omitempty"`
}

// FieldContact is the field of the list of accounts that holds the contact that owns an account.
const FieldContact = "contact"

// Kind returns KindContact.
func (*Contact) Kind() resource.Kind { return resource.KindContact }

// Key returns the id.
func (p *Contact) Key() string { return string(p.ID) }

// Keys returns nothing: a contact is identified by its id alone.
func (*Contact) Keys() []resource.Key { return nil }

// Public returns the contact. It has no secrets.
func (p *Contact) Public() any { return p }

// Prepare sets the defaults of a new contact.
func (p *Contact) Prepare() {
	resource.Fill(&p.ID, id.New)
	p.Info.ID = string(p.ID)
	p.Info.complete()
}

// complete sets the defaults of a contact.
func (c *ContactInfo) complete() {
	resource.Fill(&c.State, func() ContactState { return Financial })
	resource.Fill(&c.Name, c.madeName)
}

// correct takes from the contact before a change a name that was made of other names, which may have changed.
func (c *ContactInfo) correct(present *ContactInfo) {
	if c.Name == present.Name && present.Name == present.madeName() {
		c.Name = ""
	}
}

// isEmpty reports whether nothing of a contact was given.
func (c *ContactInfo) isEmpty() bool { return reflect.DeepEqual(*c, ContactInfo{ID: c.ID}) }

// prepareContact prepares a new or changed contact. The accounts that it owns change with it.
func prepareContact(ctx context.Context, w Writer, given, present *Contact) error {
	if present != nil {
		given.Info.correct(&present.Info)
	}
	asked := given.Info.ID
	given.Prepare()
	if asked != "" && asked != given.Info.ID {
		return fault.InvalidField("contact.info.id", reason.Inconsistent, "must be the id of the contact, %s; leave it out", given.ID)
	}
	if present == nil || reflect.DeepEqual(given.Info, present.Info) {
		return nil
	}
	query := listing.Query{Where: listing.Is(FieldContact, given.ID), Order: []listing.Order{{Field: "name"}}, Limit: pageOfAccounts}
	cursor := func(owned Account) any { return string(owned.ID) }
	return listing.Each(ctx, w.Accounts, query, cursor, func(owned Account) error {
		_, _, err := mutation.Revise(ctx, w, keptAccounts, owned.ID, "", func(_ context.Context, _ Writer, changed *Account) error {
			// Programs before 00151 drop the contact of an account and leave it in the list until the next change.
			if changed.Contact == given.ID {
				changed.Owner = given.Info
				return changed.checkManaged("contact.info.type")
			}
			return nil
		})
		return err
	})
}

// maxAccounts bounds the accounts of a contact, which all change with it at once, and pageOfAccounts is how many accounts of a contact are read at once.
const (
	maxAccounts    = 1000
	pageOfAccounts = 200
)

// own sets the owner of an account that a contact owns, and checks that what is given of the owner is not something else. present is the account
// before a change, or nil if it is new. An imported account can have an inactive contact.
// Faults: NOT_FOUND, INACTIVE, TOO_MANY, INCONSISTENT.
func (a *Account) own(ctx context.Context, r Contacts, present *Account, imported bool) error {
	if a.Contact == "" {
		return nil
	}
	const owner = "account.account_owner"
	const field = "account." + FieldContact
	found, err := resource.FindID(ctx, field, string(a.Contact), r.Contact)
	if err != nil {
		return err
	}
	if present == nil || present.Contact != a.Contact {
		if err := resource.CheckActive(field, found.Inactive && !imported); err != nil {
			return err
		}
		if err := a.checkRoom(ctx, r); err != nil {
			return err
		}
	}
	kept := present != nil && a.Owner.ID == present.Owner.ID
	if a.Owner.ID != "" && a.Owner.ID != found.Info.ID && !kept {
		return fault.InvalidField(owner+".id", reason.Inconsistent, "must be the id of the contact, %s; leave it out", a.Contact)
	}
	given := a.Owner
	given.ID = found.Info.ID
	given.complete()
	asBefore := present != nil && reflect.DeepEqual(a.Owner, present.Owner)
	if !a.Owner.isEmpty() && !asBefore && !reflect.DeepEqual(given, found.Info) {
		return fault.InvalidField(owner, reason.Inconsistent, "is what the contact %s has; change that, or take it from the account", a.Contact)
	}
	a.Owner = found.Info
	return nil
}

// checkRoom returns a TOO_MANY fault if the contact of an account owns as many other ones as it can.
func (a *Account) checkRoom(ctx context.Context, r Contacts) error {
	others := listing.All(listing.Is(FieldContact, a.Contact), listing.Compare{Field: "name", Op: listing.NotEqual, Value: string(a.ID)})
	full, err := r.Accounts(ctx, listing.Query{Where: others, Order: []listing.Order{{Field: "name"}}, Offset: maxAccounts - 1, Limit: 1})
	if err == nil && len(full) > 0 {
		err = fault.AtField(fault.FailedPrecondition, "account."+FieldContact, reason.TooMany, "the contact %s owns %d accounts already", a.Contact, maxAccounts)
	}
	return err
}
