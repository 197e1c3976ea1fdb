// Package recurrence keeps what customers have contracted, and every change of it.
//
//   - A recurrence belongs to one customer for ever; its id is unique within that customer.
//   - A recurrence holds no service_id twice. Its price and its transaction limits are not negative, and the price is
//     exactly what was asked for.
//   - An enforced package refuses services that it does not hold, but only when package or services are what is being
//     asked for.
//   - A version starts at 1 and rises by one with each change; the etag is made of it. A request that changes nothing
//     leaves version and store alone, so repeating an update is harmless.
//   - Every change is kept as a Change, numbered by the version it made, with the difference by service_id, in the
//     transaction that makes it.
//
// Lengths of texts are counted in UTF-16 units, as the framework behind the vendor contract counts them.
package recurrence

import (
	"fmt"
	"strings"
	"time"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Recurrence is what a customer has contracted: a package at a price, with its services.
type Recurrence struct {
	// Customer owns the recurrence.
	Customer customer.ID `json:"customer"`
	// ID is the recurrence's id: the vendor's recurrence_id.
	ID ID `json:"id"`
	// PackageID is the package contracted, in the catalogue of the caller's CRM.
	PackageID catalogue.PackageID `json:"package_id"`
	// DisplayName is the recurrence's name for people.
	DisplayName string `json:"display_name,omitempty"`
	// Price is the price of one cycle. Not negative.
	Price decimal.Decimal `json:"price"`
	// Currency is what the price is in. Empty: the currency of the customer's defaults.
	Currency Currency `json:"currency,omitempty"`
	// Services are the services contracted, no service_id twice, in the order given.
	Services []ContractedService `json:"services,omitempty"`
	// Version counts the recurrence's states, from 1.
	Version Version `json:"version"`
	// CreateTime and UpdateTime are when the recurrence was contracted and last changed, to the microsecond, UTC.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// ID names a recurrence within its customer: the vendor's recurrence_id.
type ID string

// Version counts the states of a recurrence, from 1.
type Version int64

// Key tells a recurrence from all others of the tenant.
type Key struct {
	Customer   customer.ID
	Recurrence ID
}

// String says which recurrence it is, for messages.
func (k Key) String() string {
	return fmt.Sprintf("%s of customer %s", k.Recurrence, k.Customer)
}

// Key is the recurrence's key.
func (r Recurrence) Key() Key { return Key{r.Customer, r.ID} }

// Etag is the etag of the recurrence's present state.
func (r Recurrence) Etag() string { return id.Etag(int64(r.Version)) }

// Currency is a code of ISO 4217, or empty for none.
type Currency string

// ContractedService is one service of a recurrence.
type ContractedService struct {
	// ServiceID names the service.
	ServiceID catalogue.ServiceID `json:"service_id"`
	// TransactionLimit is how many transactions a cycle includes. Not negative.
	TransactionLimit int32 `json:"transaction_limit,omitempty"`
	// Value is a text that only the caller reads.
	Value string `json:"value,omitempty"`
	// ExternalServiceID is the service's id in a third system: the vendor's serviceid_ext.
	ExternalServiceID string `json:"external_service_id,omitempty"`
}

// The bounds of a recurrence, texts in UTF-16 units. They are those of the vendor contract's proto.
const (
	maxContractedPackageID = 255
	maxValue               = 4000
	maxExternalServiceID   = 255
)

// check collects what is wrong with the recurrence, whatever packages there are.
func (r *Recurrence) check(v *fault.Violations) {
	field.Word(v, "package_id", string(r.PackageID), maxContractedPackageID)
	v.PlainText("display_name", r.DisplayName, catalogue.MaxDisplayName)
	field.Digits(v, "price", r.Price)
	if r.Price.IsNeg() {
		v.Add("price", reason.OutOfRange, "must not be negative")
	}
	checkCurrency(v, "price", r.Currency)
	if len(r.Services) > catalogue.MaxServices {
		v.Add("services", reason.TooMany, "must be at most %d", catalogue.MaxServices)
		return
	}
	seen := make(map[catalogue.ServiceID]bool, len(r.Services))
	for i := range r.Services {
		service, v := &r.Services[i], v.In("services[%d]", i)
		service.check(v)
		if seen[service.ServiceID] && strings.TrimSpace(string(service.ServiceID)) != "" {
			v.Add("service_id", reason.Repeated, "names %q again: give each service once", service.ServiceID)
		}
		seen[service.ServiceID] = true
	}
}

func (s *ContractedService) check(v *fault.Violations) {
	field.Word(v, "service_id", string(s.ServiceID), catalogue.MaxServiceID)
	field.NotNegative(v, "transaction_limit", s.TransactionLimit)
	v.PlainText("value", s.Value, maxValue)
	v.PlainText("external_service_id", s.ExternalServiceID, maxExternalServiceID)
}

// checkCurrency checks a code that may be empty.
func checkCurrency(v *fault.Violations, field string, value Currency) {
	if value != "" && !currency.IsValid(string(value)) {
		v.Add(field, reason.UnknownCurrency, "%q is not a currency of ISO 4217", string(value))
	}
}

// checkCatalogue collects the services that an enforced package does not hold. Where no services are asked for, it is the
// package asked for that is at fault.
func (r *Recurrence) checkCatalogue(v *fault.Violations, pack catalogue.Package, asked Asked) {
	if !pack.Enforced {
		return
	}
	held := make(map[catalogue.ServiceID]bool, len(pack.ServiceIDs))
	for _, service := range pack.ServiceIDs {
		held[service] = true
	}
	for i, service := range r.Services {
		if held[service.ServiceID] {
			continue
		}
		if !asked.Services {
			v.Add("package_id", reason.ServiceNotInPackage,
				"package %q is enforced and does not hold the contracted service %q", pack.ID, service.ServiceID)
			return
		}
		v.In("services[%d]", i).Add("service_id", reason.ServiceNotInPackage,
			"%q is not a service of package %q, which is enforced", service.ServiceID, pack.ID)
	}
}
