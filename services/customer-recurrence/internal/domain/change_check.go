package domain

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// trimPrices leaves off the zeros at the ends of the prices: a store keeps those that were sent, messages have none.
func (d *Difference) trimPrices() {
	d.OldPrice, d.NewPrice, d.PriceDifference = d.OldPrice.Trim(0), d.NewPrice.Trim(0), d.PriceDifference.Trim(0)
}

// check is nil if the change may be kept; else an Invalid fault of all its violations.
func (c Change) check() error {
	v, d := &fault.Violations{}, c.Difference
	v.PlainText("actor", c.Actor, maxActor)
	v.PlainText("old_package_id", string(d.OldPackageID), maxContractedPackageID)
	v.PlainText("new_package_id", string(d.NewPackageID), maxContractedPackageID)
	v.PlainText("old_display_name", d.OldDisplayName, maxDisplayName)
	v.PlainText("new_display_name", d.NewDisplayName, maxDisplayName)
	checkDigits(v, "old_price", d.OldPrice)
	checkDigits(v, "new_price", d.NewPrice)
	checkCurrency(v, "old_price", d.OldCurrency)
	checkCurrency(v, "new_price", d.NewCurrency)
	if len(d.Added)+len(d.Removed)+len(d.Changed) > 2*maxServices {
		v.Add("changed_services", reason.TooMany, "must be at most %d with those added and removed", 2*maxServices)
		return v.Err()
	}
	each := func(list string, services []ContractedService) {
		for i := range services {
			services[i].check(v.In("%s[%d]", list, i))
		}
	}
	each("added_services", d.Added)
	each("removed_services", d.Removed)
	for i := range d.Changed {
		v := v.In("changed_services[%d]", i)
		d.Changed[i].Old.check(v)
		d.Changed[i].New.check(v)
	}
	if err := v.Err(); err != nil {
		return err
	}
	move, err := d.priceMove()
	if err != nil || move.Cmp(d.PriceDifference) != 0 || direction(move) != d.Direction {
		v.Add("price_difference", reason.Inconsistent,
			"must be the new price less the old one, and the direction that way; of two currencies, nothing and lateral")
	}
	return v.Err()
}

// maxActor is the longest name of who made a change, in UTF-16 units.
const maxActor = 255
