package catalogue

import (
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Version is what a package costs and includes from a day on, until the next version.
type Version struct {
	// ValidFrom is the first day. It is zero, in the first version alone, for since ever.
	ValidFrom date.Date `json:"valid_from_date"`
	// Prices are the prices, each cycle and currency once.
	Prices []Price `json:"prices,omitempty"`
	// Included are the services that a recurrence gets if it names none, without repetition.
	Included []Included `json:"included,omitempty"`
}

// Included is a service that a package includes.
type Included struct {
	ServiceID ServiceID `json:"service_id"`
	// Limit is the number of transactions that it includes. If Enforced, a recurrence of the package
	// cannot contract another one.
	Limit    int32 `json:"limit,omitempty"`
	Enforced bool  `json:"enforced,omitempty"`
	// Overage is what happens to transactions beyond the limit that a recurrence contracts.
	Overage Overage `json:"overage,omitempty"`
	// OveragePrices are what one of them costs, each currency once, if they are Charged.
	OveragePrices []OveragePrice `json:"overage_prices,omitempty"`
}

// The bounds of versions and of the packages that may follow one.
const (
	maxVersions     = 100
	maxNextPackages = 1000
)

// On returns the version of a day. ok is false if there is none.
func (p Package) On(day date.Date) (version Version, ok bool) {
	for _, one := range p.Versions {
		if !day.Before(one.ValidFrom) {
			version, ok = one, true
		}
	}
	return version, ok
}

// MayBecome reports whether a recurrence of the package may change to another.
func (p Package) MayBecome(other PackageID) bool {
	for _, next := range p.Next {
		if next == other {
			return true
		}
	}
	return len(p.Next) == 0 || p.ID == other
}

func (p *Package) checkVersions(v *fault.Violations) {
	if len(p.Versions) > maxVersions {
		v.Add("versions", reason.TooMany, "must be at most %d", maxVersions)
		return
	}
	for i := range p.Versions {
		v := v.In("versions[%d]", i)
		if i > 0 {
			checkFollows(v, p.Versions[i-1].ValidFrom, p.Versions[i].ValidFrom)
		}
		checkPrices(v, p.Versions[i].Prices)
		p.Versions[i].checkIncluded(v)
	}
}

// checkFollows checks that the first day of a version is after that of the version before.
func checkFollows(v *fault.Violations, before, day date.Date) {
	if !before.Before(day) {
		v.Add("valid_from_date", reason.OutOfOrder, "must be after that of the version before")
	}
}

func (version *Version) checkIncluded(v *fault.Violations) {
	if len(version.Included) > MaxServices {
		v.Add("included_services", reason.TooMany, "must be at most %d", MaxServices)
		return
	}
	seen := make(map[ServiceID]bool, len(version.Included))
	for i, included := range version.Included {
		v := v.In("included_services[%d]", i)
		field.Word(v, "service_id", string(included.ServiceID), MaxServiceID)
		field.NotNegative(v, "transaction_limit", included.Limit)
		if seen[included.ServiceID] {
			v.Add("service_id", reason.Repeated, "repeats service %q", included.ServiceID)
		}
		seen[included.ServiceID] = true
		included.checkOverage(v)
	}
}

func (p *Package) checkNext(v *fault.Violations) {
	if len(p.Next) > maxNextPackages {
		v.Add("next_package_ids", reason.TooMany, "must be at most %d", maxNextPackages)
		return
	}
	seen := make(map[PackageID]bool, len(p.Next))
	for i, next := range p.Next {
		path := fmt.Sprintf("next_package_ids[%d]", i)
		field.Word(v, path, string(next), MaxServiceID)
		if seen[next] {
			v.Add(path, reason.Repeated, "repeats package %q", next)
		}
		seen[next] = true
	}
}
