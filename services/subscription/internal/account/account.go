// Package account holds accounts receivable and the contact information of their owners.
package account

import (
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
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
	Number string  `json:"number"`
	Name   string  `json:"name"`
	State  State   `json:"state"`
	Owner  Contact `json:"owner"`
	// Classification is empty if there is none.
	Classification catalogue.AccountClassificationID `json:"classification,omitempty"`
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
	resource.Fill(&a.Owner.ID, id.New)
	resource.Fill(&a.Owner.State, func() ContactState { return Financial })
	resource.Fill(&a.Owner.Name, a.Owner.madeName)
}

// keep takes from the account before a change what the change leaves open: the owner's id, and a name
// of the owner that was made of other names, which may have changed.
func (a *Account) keep(present *Account) {
	resource.Fill(&a.Owner.ID, func() string { return present.Owner.ID })
	if a.Owner.Name == present.Owner.Name && present.Owner.Name == present.Owner.madeName() {
		a.Owner.Name = ""
	}
}
