package recurrence

import (
	"fmt"
	"math/big"
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
	// Direction is upgrade if the price of a month rises, downgrade if it falls, and lateral otherwise. Prices
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
	// PriceDifference is the new price minus the old one, or zero if the currencies or the cycles differ.
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
	difference.Direction = difference.direction()
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

// priceMove returns the new price minus the old one, or zero if the prices are not of the same kind.
func (d *Difference) priceMove() (decimal.Decimal, error) {
	if !d.SameKind() {
		return decimal.Decimal{}, nil
	}
	return d.rawMove()
}

// rawMove returns the new price minus the old one, whatever they are for.
func (d *Difference) rawMove() (decimal.Decimal, error) {
	move, err := d.NewPrice.SubExact(d.OldPrice, field.MaxFractionDigits)
	return move.Trim(max(d.OldPrice.Scale(), d.NewPrice.Scale())), err
}

// SameCurrency reports whether both prices are in the same currency.
func (d *Difference) SameCurrency() bool { return d.OldCurrency == d.NewCurrency }

// SameKind reports whether both prices are in the same currency and for the same cycle, so that one minus the other says something.
func (d *Difference) SameKind() bool {
	before, after := d.cycles()
	return d.SameCurrency() && before == after
}

// cycles returns the cycles before and after the change. They are equal if the change leaves the terms.
func (d *Difference) cycles() (before, after Cycle) {
	if d.OldTerms == nil || d.NewTerms == nil {
		return "", ""
	}
	return d.OldTerms.Cycle, d.NewTerms.Cycle
}

// direction compares what a month costs before and after, exactly. Prices in different currencies are lateral.
func (d *Difference) direction() Direction {
	if !d.SameCurrency() {
		return Lateral
	}
	before, after := d.cycles()
	return directionOf(perMonth(d.NewPrice, after).Cmp(perMonth(d.OldPrice, before)))
}

// perMonth returns what a month costs at the price of a cycle. A cycle that is not known counts as a month.
func perMonth(price decimal.Decimal, cycle Cycle) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(price.Scale())), nil)
	amount := new(big.Int).SetUint64(price.Coef())
	if price.IsNeg() {
		amount.Neg(amount)
	}
	return new(big.Rat).SetFrac(amount, unit.Mul(unit, big.NewInt(int64(max(cycle.Months(), 1)))))
}

// directionOf returns the direction of a price that rises, 1, falls, -1, or stays, 0.
func directionOf(sign int) Direction {
	switch sign {
	case 1:
		return Upgrade
	case -1:
		return Downgrade
	}
	return Lateral
}

// IsEmpty reports whether the two states are equal.
func (d *Difference) IsEmpty() bool {
	return d.OldPackageID == d.NewPackageID && d.OldDisplayName == d.NewDisplayName && d.SameKind() && d.PriceDifference.IsZero() &&
		d.NewTerms == nil && len(d.Added) == 0 && len(d.Removed) == 0 && len(d.Changed) == 0
}

func byID(services []ContractedService) map[catalogue.ServiceID]ContractedService {
	index := make(map[catalogue.ServiceID]ContractedService, len(services))
	for _, service := range services {
		index[service.ServiceID] = service
	}
	return index
}
