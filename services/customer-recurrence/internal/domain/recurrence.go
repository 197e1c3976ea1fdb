package domain

import (
	"fmt"
	"github.com/continuo-billing/continuo/gen/reason"
	"strings"
	"time"

	"github.com/govalues/decimal"
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

// Request is what is asked of a recurrence. A nil member keeps what is contracted.
type Request struct {
	// RecurrenceID is the id that the request itself repeats: empty, or the recurrence's own.
	RecurrenceID RecurrenceID
	PackageID    *PackageID
	DisplayName  *string
	Price        *decimal.Decimal
	Currency     *Currency
	// Services are all services wanted from now on: nil keeps them, an empty list removes them all.
	Services *[]RequestedService
}

// RequestedService is one service wanted. A nil member keeps the value of the contracted service of the same id; for a
// service that was not contracted it is zero.
type RequestedService struct {
	ServiceID         ServiceID
	TransactionLimit  *int32
	Value             *string
	ExternalServiceID *string
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

// with is the recurrence as the request wants it. It neither checks the result nor touches the version.
func (r Recurrence) with(request Request) Recurrence {
	if request.PackageID != nil {
		r.PackageID = *request.PackageID
	}
	if request.DisplayName != nil {
		r.DisplayName = *request.DisplayName
	}
	if request.Price != nil {
		r.Price = request.Price.Trim(0)
	}
	if request.Currency != nil {
		r.Currency = *request.Currency
	}
	if request.Services != nil {
		r.Services = merge(r.Services, *request.Services)
	}
	return r
}

func merge(contracted []ContractedService, requested []RequestedService) []ContractedService {
	before := byID(contracted)
	merged := make([]ContractedService, len(requested))
	for i, want := range requested {
		service := before[want.ServiceID]
		service.ServiceID = want.ServiceID
		if want.TransactionLimit != nil {
			service.TransactionLimit = *want.TransactionLimit
		}
		if want.Value != nil {
			service.Value = *want.Value
		}
		if want.ExternalServiceID != nil {
			service.ExternalServiceID = *want.ExternalServiceID
		}
		merged[i] = service
	}
	return merged
}

func byID(services []ContractedService) map[ServiceID]ContractedService {
	index := make(map[ServiceID]ContractedService, len(services))
	for _, service := range services {
		index[service.ServiceID] = service
	}
	return index
}

func (r *Recurrence) check(rules *rules) {
	rules.word("package_id", string(r.PackageID), maxContractedPackageID)
	rules.text("display_name", r.DisplayName, maxDisplayName)
	rules.digits("price", r.Price)
	if r.Price.IsNeg() {
		rules.add("price", reason.OutOfRange, "must not be negative")
	}
	rules.currency("price", r.Currency)
	if len(r.Services) > maxServices {
		rules.add("services", reason.TooMany, "must be at most %d", maxServices)
		return
	}
	seen := make(map[ServiceID]bool, len(r.Services))
	for i := range r.Services {
		service := &r.Services[i]
		rules.in(servicePath(i), func() {
			service.check(rules)
			if seen[service.ServiceID] && strings.TrimSpace(string(service.ServiceID)) != "" {
				rules.add("service_id", reason.Repeated, "names %q again: give each service once", service.ServiceID)
			}
		})
		seen[service.ServiceID] = true
	}
}

// check collects what is wrong with the request as such.
func (request *Request) check(rules *rules, recurrence RecurrenceID) {
	if request.RecurrenceID != "" && request.RecurrenceID != recurrence {
		rules.add("recurrence_id", reason.IDMismatch, "is %q where the path says %q: leave it out or give the path's", request.RecurrenceID, recurrence)
	}
}

func (s *ContractedService) check(r *rules) {
	r.word("service_id", string(s.ServiceID), maxServiceID)
	r.notNegative("transaction_limit", s.TransactionLimit)
	r.text("value", s.Value, maxValue)
	r.text("external_service_id", s.ExternalServiceID, maxExternalServiceID)
}

// checkCatalogue collects the services that an enforced package does not hold. Where the request names no services, it
// is the package asked for that is at fault.
func (r *Recurrence) checkCatalogue(rules *rules, pack Package, request Request) {
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
		if request.Services == nil {
			rules.add("package_id", reason.ServiceNotInPackage,
				"package %q is enforced and does not hold the contracted service %q", pack.ID, service.ServiceID)
			return
		}
		rules.add(servicePath(i)+".service_id", reason.ServiceNotInPackage,
			"%q is not a service of package %q, which is enforced", service.ServiceID, pack.ID)
	}
}

func servicePath(index int) string { return fmt.Sprintf("services[%d]", index) }
