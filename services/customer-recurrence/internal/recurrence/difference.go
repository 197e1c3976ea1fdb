package recurrence

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
)

// Direction tells how a change moves the price.
type Direction string

// The values of Direction.
const (
	Upgrade   Direction = "UPGRADE"
	Downgrade Direction = "DOWNGRADE"
	Lateral   Direction = "LATERAL"
)

// Difference is the difference between two states of a recurrence.
type Difference struct {
	// Direction is upgrade if the price rises, downgrade if it falls, and lateral otherwise. Prices
	// in different currencies are not compared: lateral.
	Direction Direction `json:"direction"`
	// The values before and after the change.
	OldPackageID   catalogue.PackageID `json:"old_package_id"`
	NewPackageID   catalogue.PackageID `json:"new_package_id"`
	OldDisplayName string              `json:"old_display_name,omitempty"`
	NewDisplayName string              `json:"new_display_name,omitempty"`
	OldPrice       decimal.Decimal     `json:"old_price"`
	NewPrice       decimal.Decimal     `json:"new_price"`
	OldCurrency    Currency            `json:"old_currency,omitempty"`
	NewCurrency    Currency            `json:"new_currency,omitempty"`
	// PriceDifference is the new price minus the old one, or zero if the currencies differ.
	PriceDifference decimal.Decimal `json:"price_difference"`
	// Added are services that were not contracted before, in the order of the request.
	Added []ContractedService `json:"added,omitempty"`
	// Removed are services that are no longer contracted, with their old values.
	Removed []ContractedService `json:"removed,omitempty"`
	// Changed are services with new values, in the order of the request.
	Changed []ChangedService `json:"changed,omitempty"`
	// OldTerms and NewTerms are nil if the change leaves the terms.
	OldTerms *Terms `json:"old_terms,omitempty"`
	NewTerms *Terms `json:"new_terms,omitempty"`
}

// ChangedService is a service before and after a change.
type ChangedService struct {
	Old ContractedService `json:"old"`
	New ContractedService `json:"new"`
}

// Change records a change to a recurrence. It is immutable.
type Change struct {
	// Customer and Recurrence identify the changed recurrence.
	Customer   customer.ID `json:"customer"`
	Recurrence ID          `json:"recurrence"`
	// Version is the version of the recurrence that the change made. It is also the id of the
	// change.
	Version Version `json:"version"`
	// Difference holds the old and new values.
	Difference Difference `json:"difference"`
	// Actor is the caller who made the change.
	Actor string `json:"actor"`
	// Lines are what the change credits and charges for days that were paid.
	Lines []Line `json:"lines,omitempty"`
	// Quote is the id of the quote that the change was made by, Scheduled that of the scheduled change.
	Quote     string      `json:"quote,omitempty"`
	Scheduled ScheduledID `json:"scheduled,omitempty"`
	// Note is why the change was made, as the caller said.
	Note string `json:"note,omitempty"`
	// CreateTime is the time of the change in UTC, to the microsecond.
	CreateTime time.Time `json:"create_time"`
}

// Compare returns the difference between two states of a recurrence. Services are matched by id;
// their order does not matter.
func Compare(before, after Recurrence) (Difference, error) {
	difference := Difference{
		OldPackageID: before.PackageID, NewPackageID: after.PackageID,
		OldDisplayName: before.DisplayName, NewDisplayName: after.DisplayName,
		OldPrice: before.Price, NewPrice: after.Price, OldCurrency: before.Currency, NewCurrency: after.Currency,
	}
	if before.Terms != after.Terms {
		difference.OldTerms, difference.NewTerms = &before.Terms, &after.Terms
	}
	var err error
	if difference.PriceDifference, err = difference.priceMove(); err != nil {
		return Difference{}, fmt.Errorf("comparing prices: %w", err)
	}
	difference.Direction = direction(difference.PriceDifference)
	contracted, wanted := byID(before.Services), byID(after.Services)
	for _, service := range after.Services {
		old, known := contracted[service.ServiceID]
		switch {
		case !known:
			difference.Added = append(difference.Added, service)
		case old != service:
			difference.Changed = append(difference.Changed, ChangedService{Old: old, New: service})
		}
	}
	for _, service := range before.Services {
		if _, kept := wanted[service.ServiceID]; !kept {
			difference.Removed = append(difference.Removed, service)
		}
	}
	return difference, nil
}

// priceMove returns the new price minus the old one, or zero if the currencies differ.
func (d *Difference) priceMove() (decimal.Decimal, error) {
	if !d.SameCurrency() {
		return decimal.Decimal{}, nil
	}
	move, err := d.NewPrice.SubExact(d.OldPrice, field.MaxFractionDigits)
	return move.Trim(max(d.OldPrice.Scale(), d.NewPrice.Scale())), err
}

// SameCurrency reports whether both prices are in the same currency.
func (d *Difference) SameCurrency() bool { return d.OldCurrency == d.NewCurrency }

func direction(priceDifference decimal.Decimal) Direction {
	switch priceDifference.Sign() {
	case 1:
		return Upgrade
	case -1:
		return Downgrade
	}
	return Lateral
}

// IsEmpty reports whether the two states are equal.
func (d *Difference) IsEmpty() bool {
	return d.OldPackageID == d.NewPackageID && d.OldDisplayName == d.NewDisplayName && d.SameCurrency() && d.PriceDifference.IsZero() &&
		d.NewTerms == nil && len(d.Added) == 0 && len(d.Removed) == 0 && len(d.Changed) == 0
}

func byID(services []ContractedService) map[catalogue.ServiceID]ContractedService {
	index := make(map[catalogue.ServiceID]ContractedService, len(services))
	for _, service := range services {
		index[service.ServiceID] = service
	}
	return index
}
