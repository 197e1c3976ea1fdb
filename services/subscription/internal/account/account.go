// Package account holds accounts receivable and the contact information of their owners.
package account

import (
	"strings"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
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
	resource.Fill(&a.Owner.Name, func() string {
		if a.Owner.Type == Company {
			return a.Owner.CompanyName
		}
		return strings.TrimSpace(a.Owner.LastName + " " + a.Owner.FirstName)
	})
}
