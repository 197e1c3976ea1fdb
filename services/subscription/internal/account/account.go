// Package account holds accounts receivable and the contact information of their owners.
package account

import (
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// ID identifies an account.
type ID string

// State is the life cycle state of an account, in CRM.COM's spelling.
type State string

// The values of State.
const (
	Active     State = "ACTIVE"
	Suspended  State = "SUSPENDED"
	Terminated State = "TERMINATED"
)

// Account is an accounts receivable account. It owns subscriptions.
type Account struct {
	mutation.Revision
	ID ID `json:"id"`
	// Number is the account number shown to people, unique within the tenant.
	Number string `json:"number"`
	Name   string `json:"name"`
	State  State  `json:"state"`
	// Owner is what Contact has, if there is one.
	Owner ContactInfo `json:"owner"`
	// Contact is the contact that owns the account, or empty if its owner is of this account alone.
	Contact ContactID `json:"contact,omitempty"`
	// Description and Notes are empty if not given.
	Description string           `json:"description,omitempty"`
	Notes       string           `json:"notes,omitempty"`
	Fields      userfield.Fields `json:"fields,omitzero"`
	// Classification is empty if there is none.
	Classification catalogue.AccountClassificationID `json:"classification,omitempty"`
	// PrivacyLevel decides which users see the account and its subscriptions; empty for all.
	PrivacyLevel catalogue.PrivacyLevelID `json:"privacy_level,omitempty"`
	// Manager is the user who looks after an account that a company owns, or empty.
	Manager organisation.UserID `json:"manager,omitempty"`
	// Terms say what the account may owe, and for how long.
	Terms
	// Inactive accounts are archived: they keep their subscriptions and can own no further ones.
	Inactive bool `json:"inactive,omitempty"`
}

// Kind returns KindAccount.
func (*Account) Kind() resource.Kind { return resource.KindAccount }

// Key returns the id.
func (a *Account) Key() string { return string(a.ID) }

// Keys returns the number.
func (a *Account) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNumber, Value: a.Number}}
}

// Public returns the account. It has no secrets.
func (a *Account) Public() any { return a }

// Prepare sets the defaults of a new account.
func (a *Account) Prepare() {
	resource.Fill(&a.ID, id.New)
	resource.Fill(&a.State, func() State { return Active })
	if a.Contact == "" {
		resource.Fill(&a.Owner.ID, id.New)
		a.Owner.complete()
	}
}

// keep takes from the account before a change what the change leaves open: the owner's id, and a name
// of the owner that was made of other names, which may have changed. An account that loses its contact does
// not keep the contact's id.
func (a *Account) keep(present *Account) {
	if present.Contact != "" && a.Contact == "" {
		if a.Owner.ID == present.Owner.ID {
			a.Owner.ID = ""
		}
		a.Owner.correct(&present.Owner)
		return
	}
	resource.Fill(&a.Owner.ID, func() string { return present.Owner.ID })
	if a.Contact == "" {
		a.Owner.correct(&present.Owner)
	}
}
