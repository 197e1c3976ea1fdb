package domain

import (
	"fmt"
	"strings"
	"time"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Recurrence is what a customer has contracted: a package at a price, with its services.
type Recurrence struct {
	// Customer owns the recurrence.
	Customer CustomerID `json:"customer"`
	// ID is the recurrence's id: the vendor's recurrence_id.
	ID RecurrenceID `json:"id"`
	// PackageID is the package contracted, in the catalogue of the caller's CRM.
	PackageID PackageID `json:"package_id"`
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

// RecurrenceKey tells a recurrence from all others of the tenant.
type RecurrenceKey struct {
	Customer   CustomerID
	Recurrence RecurrenceID
}

// String says which recurrence it is, for messages.
func (k RecurrenceKey) String() string {
	return fmt.Sprintf("%s of customer %s", k.Recurrence, k.Customer)
}

// Key is the recurrence's key.
func (r Recurrence) Key() RecurrenceKey { return RecurrenceKey{r.Customer, r.ID} }

// Etag is the etag of the recurrence's present state.
func (r Recurrence) Etag() string { return r.Version.Etag() }

// Currency is a code of ISO 4217, or empty for none.
type Currency string

// ContractedService is one service of a recurrence.
type ContractedService struct {
	// ServiceID names the service.
	ServiceID ServiceID `json:"service_id"`
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
	maxDisplayName         = 1000
	maxServices            = 10_000
	maxServiceID           = 255
	maxValue               = 4000
	maxExternalServiceID   = 255
)

// check collects what is wrong with the recurrence, whatever packages there are.
func (r *Recurrence) check(v *fault.Violations) {
	checkWord(v, "package_id", string(r.PackageID), maxContractedPackageID)
	v.PlainText("display_name", r.DisplayName, maxDisplayName)
	checkDigits(v, "price", r.Price)
	if r.Price.IsNeg() {
		v.Add("price", reason.OutOfRange, "must not be negative")
	}
	checkCurrency(v, "price", r.Currency)
	if len(r.Services) > maxServices {
		v.Add("services", reason.TooMany, "must be at most %d", maxServices)
		return
	}
	seen := make(map[ServiceID]bool, len(r.Services))
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
	checkWord(v, "service_id", string(s.ServiceID), maxServiceID)
	checkNotNegative(v, "transaction_limit", s.TransactionLimit)
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
func (r *Recurrence) checkCatalogue(v *fault.Violations, pack Package, asked Asked) {
	if !pack.Enforced {
		return
	}
	catalogue := make(map[ServiceID]bool, len(pack.ServiceIDs))
	for _, service := range pack.ServiceIDs {
		catalogue[service] = true
	}
	for i, service := range r.Services {
		if catalogue[service.ServiceID] {
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
