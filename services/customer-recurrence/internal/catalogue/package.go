// Package catalogue keeps services and packages with their prices, and the services that belong to
// each package. A recurrence may name
// packages and services that do not exist here, because the caller's CRM owns the catalogue. Only
// an enforced package rejects services that it does not contain.
package catalogue

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// PackageID identifies a package within its tenant. A recurrence may name a package that does not
// exist here. It is in NFC.
type PackageID string

// NewPackageID returns a text as a PackageID.
func NewPackageID(text string) PackageID { return PackageID(id.Normal(text)) }

// ServiceID identifies a service in the catalogue of the caller's CRM. It is in NFC.
type ServiceID string

// NewServiceID returns a text as a ServiceID.
func NewServiceID(text string) ServiceID { return ServiceID(id.Normal(text)) }

// The bounds of a package and of the recurrences contracted on it. Text lengths are in UTF-16
// units.
const (
	MaxDisplayName = 1000
	MaxServices    = 10_000
	MaxServiceID   = 255
)

// Package is an offer that recurrences are contracted on.
type Package struct {
	// ID is the package's id: the vendor's package_id.
	ID PackageID `json:"id"`
	// DisplayName is the package's name, for people.
	DisplayName string `json:"display_name,omitempty"`
	// ServiceIDs lists the services that belong to the package, without repetition.
	ServiceIDs []ServiceID `json:"service_ids,omitempty"`
	// Enforced means that recurrences of the package may only contain services of ServiceIDs.
	Enforced bool `json:"enforced,omitempty"`
	// Inactive means that the package is retired: no other recurrence can take it.
	Inactive bool `json:"inactive,omitempty"`
	// Versions are what the package costs and includes, by their first day.
	Versions []Version `json:"versions,omitempty"`
	// Next are the packages that a recurrence of this one may change to; any if empty.
	Next []PackageID `json:"next_package_ids,omitempty"`
	// Version starts at 1 and rises with each change.
	Version int64 `json:"version"`
	// CreateTime and UpdateTime are in UTC, to the microsecond.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// Etag returns the etag of the package's present state.
func (p Package) Etag() string { return id.Etag(p.Version) }

func (p *Package) check(v *fault.Violations) {
	v.PlainText("display_name", p.DisplayName, MaxDisplayName)
	p.checkVersions(v)
	p.checkNext(v)
	if len(p.ServiceIDs) > MaxServices {
		v.Add("service_ids", reason.TooMany, "must be at most %d", MaxServices)
		return
	}
	seen := make(map[ServiceID]bool, len(p.ServiceIDs))
	for i, service := range p.ServiceIDs {
		path := fmt.Sprintf("service_ids[%d]", i)
		field.Word(v, path, string(service), MaxServiceID)
		if seen[service] {
			v.Add(path, reason.Repeated, "repeats service %q", service)
		}
		seen[service] = true
	}
}
