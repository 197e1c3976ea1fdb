package domain

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Package is an offer that recurrences are contracted on.
type Package struct {
	// ID is the package's id: the vendor's package_id.
	ID PackageID `json:"id"`
	// DisplayName is the package's name for people.
	DisplayName string `json:"display_name,omitempty"`
	// ServiceIDs is the catalogue: the services that belong to the package, none twice.
	ServiceIDs []ServiceID `json:"service_ids,omitempty"`
	// Enforced says that a recurrence of the package holds only services of the catalogue.
	Enforced bool `json:"enforced,omitempty"`
	// Version counts the package's states, from 1.
	Version Version `json:"version"`
	// CreateTime and UpdateTime are when the package was created and last changed, to the microsecond, UTC.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// Etag is the etag of the package's present state.
func (p Package) Etag() string { return p.Version.Etag() }

func (p *Package) check(v *fault.Violations) {
	v.PlainText("display_name", p.DisplayName, maxDisplayName)
	if len(p.ServiceIDs) > maxServices {
		v.Add("service_ids", reason.TooMany, "must be at most %d", maxServices)
		return
	}
	seen := make(map[ServiceID]bool, len(p.ServiceIDs))
	for i, service := range p.ServiceIDs {
		field := fmt.Sprintf("service_ids[%d]", i)
		checkWord(v, field, string(service), maxServiceID)
		if seen[service] {
			v.Add(field, reason.Repeated, "names %q again", service)
		}
		seen[service] = true
	}
}
