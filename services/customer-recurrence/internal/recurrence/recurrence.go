// Package recurrence keeps what customers have contracted, and every change to it.
//
//   - A recurrence belongs to one customer permanently. Its id is unique within that customer.
//   - A recurrence contains each service_id at most once. Its price and transaction limits are not
//     negative, and the price keeps the exact value of the request.
//   - An enforced package rejects services that it does not contain, but only if the request sets
//     the package or the services.
//   - An inactive customer contracts no other recurrence, and no other recurrence takes an inactive
//     package. Imports may, so that an export can be imported again.
//   - A recurrence can be deleted until it changes.
//   - The version starts at 1 and rises by one with each change. The etag is derived from it. A
//     request that changes nothing leaves version and store as they are, so an update can be
//     repeated safely.
//   - It moves through its life by the state table in state.go, on days of the tenant's time zone.
//     A cancelled recurrence cannot be changed.
//   - Every change is recorded in the transaction that makes it, as a Change with the version it
//     made and the differences by service_id.
//
// Text lengths are counted in UTF-16 units, as the framework behind the vendor contract counts
// them.
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
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Recurrence is what a customer has contracted: a package at a price, with its services.
type Recurrence struct {
	// Customer owns the recurrence.
	Customer customer.ID `json:"customer"`
	// ID is the vendor's recurrence_id.
	ID ID `json:"id"`
	// PackageID is the contracted package in the catalogue of the caller's CRM.
	PackageID catalogue.PackageID `json:"package_id"`
	// DisplayName is the recurrence's name, for people.
	DisplayName string `json:"display_name,omitempty"`
	// Price is the price of one cycle. It is not negative.
	Price decimal.Decimal `json:"price"`
	// Currency is the currency of the price. If empty, it is the currency of the customer's
	// defaults.
	Currency Currency `json:"currency,omitempty"`
	// Services are the contracted services in the order given. No service_id repeats.
	Services []ContractedService `json:"services,omitempty"`
	Terms
	// Version starts at 1 and rises with each change.
	Version Version `json:"version"`
	// CreateTime and UpdateTime are in UTC, to the microsecond.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// ID identifies a recurrence within its customer: the vendor's recurrence_id. It is in NFC.
type ID string

// NewID returns a text as an ID.
func NewID(text string) ID { return ID(id.Normal(text)) }

// Version is the version of a recurrence, from 1.
type Version int64

// Key identifies a recurrence within the tenant.
type Key struct {
	Customer   customer.ID
	Recurrence ID
}

// String names the recurrence in messages.
func (k Key) String() string {
	return fmt.Sprintf("%s of customer %s", k.Recurrence, k.Customer)
}

// Key returns the recurrence's key.
func (r Recurrence) Key() Key { return Key{r.Customer, r.ID} }

// Etag returns the etag of the recurrence's present state.
func (r Recurrence) Etag() string { return id.Etag(int64(r.Version)) }

// Currency is an ISO 4217 code, or empty if not set.
type Currency = catalogue.Currency

// ContractedService is one service of a recurrence.
type ContractedService struct {
	// ServiceID identifies the service.
	ServiceID catalogue.ServiceID `json:"service_id"`
	// TransactionLimit is the number of transactions included in a month, or in a cycle, as the settings say. It is not
	// negative; 0 is no limit.
	TransactionLimit int32 `json:"transaction_limit,omitempty"`
	// Value is a text for the caller's own use.
	Value string `json:"value,omitempty"`
	// ExternalServiceID is the service's id in a third system: the vendor's serviceid_ext.
	ExternalServiceID string `json:"external_service_id,omitempty"`
}

// Limit returns the number of transactions of a service that a month or a cycle includes. 0 means that there is no
// limit, or that the service is not contracted.
func (r Recurrence) Limit(service catalogue.ServiceID) int32 {
	for _, contracted := range r.Services {
		if contracted.ServiceID == service {
			return contracted.TransactionLimit
		}
	}
	return 0
}

// The bounds of a recurrence, as in the vendor contract's proto. Text lengths are in UTF-16 units.
const (
	maxContractedPackageID = 255
	maxValue               = 4000
	maxExternalServiceID   = 255
)

// check collects the violations that do not depend on packages.
func (r *Recurrence) check(v *fault.Violations) {
	field.Word(v, "package_id", string(r.PackageID), maxContractedPackageID)
	v.PlainText("display_name", r.DisplayName, catalogue.MaxDisplayName)
	field.Digits(v, "price", r.Price)
	if r.Price.IsNeg() {
		v.Add("price", reason.OutOfRange, "must not be negative")
	}
	checkCurrency(v, "price", r.Currency)
	r.Terms.check(v)
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

// checkCurrency checks a currency code. It may be empty.
func checkCurrency(v *fault.Violations, field string, value Currency) {
	if value != "" && !currency.IsValid(string(value)) {
		v.Add(field, reason.UnknownCurrency, "%q is not a currency of ISO 4217", string(value))
	}
}

// checkCatalogue collects the services that an enforced package does not contain, and the limits that
// its version of a day enforces. If the request did not set the services, the violation is on the
// package.
func (r *Recurrence) checkCatalogue(v *fault.Violations, pack catalogue.Package, day date.Date, requested Requested) {
	r.checkLimits(v, pack, day, requested)
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
		if !requested.Services {
			v.Add("package_id", reason.ServiceNotInPackage,
				"package %q is enforced and does not hold the contracted service %q", pack.ID, service.ServiceID)
			return
		}
		v.In("services[%d]", i).Add("service_id", reason.ServiceNotInPackage,
			"%q is not a service of package %q, which is enforced", service.ServiceID, pack.ID)
	}
}
