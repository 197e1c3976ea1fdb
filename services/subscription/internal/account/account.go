// Package account holds accounts receivable and the contact information of their owners.
package account

import (
	"strings"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// ID is the id of an account.
type ID string

// State is the life cycle state of an account; its text is CRM.COM's word.
type State string

// The states of an account.
const (
	Active     State = "ACTIVE"
	Suspended  State = "SUSPENDED"
	Terminated State = "TERMINATED"
)

// Account is an accounts receivable, which owns subscriptions.
type Account struct {
	mutation.Revision
	ID ID `json:"id"`
	// Number is what people know it by; no two accounts of a tenant have the same.
	Number string  `json:"number"`
	Name   string  `json:"name"`
	State  State   `json:"state"`
	Owner  Contact `json:"owner"`
}

// Kind is KindAccount.
func (*Account) Kind() resource.Kind { return resource.KindAccount }

// Key is the id.
func (a *Account) Key() string { return string(a.ID) }

// Keys are the number.
func (a *Account) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNumber, Value: a.Number}}
}

// Public is the account.
func (a *Account) Public() any { return a }

// Prepare fills what a new account leaves open.
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
