package recurrence

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
)

// Direction is where a change moves the price.
type Direction string

// The directions.
const (
	Upgrade   Direction = "UPGRADE"
	Downgrade Direction = "DOWNGRADE"
	Lateral   Direction = "LATERAL"
)

// Difference is what lies between the contracted and the asked-for state of a recurrence.
type Difference struct {
	// Direction is an upgrade where the price rises, a downgrade where it falls, else lateral. Prices in different
	// currencies are not compared: lateral.
	Direction Direction `json:"direction"`
	// What the recurrence was before and what it is after.
	OldPackageID   catalogue.PackageID `json:"old_package_id"`
	NewPackageID   catalogue.PackageID `json:"new_package_id"`
	OldDisplayName string              `json:"old_display_name,omitempty"`
	NewDisplayName string              `json:"new_display_name,omitempty"`
	OldPrice       decimal.Decimal     `json:"old_price"`
	NewPrice       decimal.Decimal     `json:"new_price"`
	OldCurrency    Currency            `json:"old_currency,omitempty"`
	NewCurrency    Currency            `json:"new_currency,omitempty"`
	// PriceDifference is the new price less the old one; zero where they are in different currencies.
	PriceDifference decimal.Decimal `json:"price_difference"`
	// Added were not contracted before, in the order asked for.
	Added []ContractedService `json:"added,omitempty"`
	// Removed are contracted no more, as they were.
	Removed []ContractedService `json:"removed,omitempty"`
	// Changed stay with other values, in the order asked for.
	Changed []ChangedService `json:"changed,omitempty"`
}

// ChangedService is one service before and after.
type ChangedService struct {
	Old ContractedService `json:"old"`
	New ContractedService `json:"new"`
}

// Change is a change that was made to a recurrence. It never changes itself.
type Change struct {
	// Customer and Recurrence name what was changed.
	Customer   customer.ID `json:"customer"`
	Recurrence ID          `json:"recurrence"`
	// Version is the recurrence's version that the change made, and the change's id.
	Version Version `json:"version"`
	// Difference is what changed.
	Difference Difference `json:"difference"`
	// Actor made the change.
	Actor string `json:"actor"`
	// CreateTime is when, to the microsecond, UTC.
	CreateTime time.Time `json:"create_time"`
}

// Compare is the difference between two states of a recurrence, services told apart by their ids: their order alone is
// no difference.
func Compare(before, after Recurrence) (Difference, error) {
	difference := Difference{
		OldPackageID: before.PackageID, NewPackageID: after.PackageID,
		OldDisplayName: before.DisplayName, NewDisplayName: after.DisplayName,
		OldPrice: before.Price, NewPrice: after.Price, OldCurrency: before.Currency, NewCurrency: after.Currency,
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

// priceMove is the new price less the old one; zero where they are in different currencies.
func (d *Difference) priceMove() (decimal.Decimal, error) {
	if !d.SameCurrency() {
		return decimal.Decimal{}, nil
	}
	move, err := d.NewPrice.SubExact(d.OldPrice, field.MaxFractionDigits)
	return move.Trim(max(d.OldPrice.Scale(), d.NewPrice.Scale())), err
}

// SameCurrency reports whether both prices are in one currency.
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

// IsEmpty reports whether nothing differs.
func (d *Difference) IsEmpty() bool {
	return d.OldPackageID == d.NewPackageID && d.OldDisplayName == d.NewDisplayName && d.SameCurrency() && d.PriceDifference.IsZero() &&
		len(d.Added) == 0 && len(d.Removed) == 0 && len(d.Changed) == 0
}

func byID(services []ContractedService) map[catalogue.ServiceID]ContractedService {
	index := make(map[catalogue.ServiceID]ContractedService, len(services))
	for _, service := range services {
		index[service.ServiceID] = service
	}
	return index
}
