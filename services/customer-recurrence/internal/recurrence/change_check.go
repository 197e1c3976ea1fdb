package recurrence

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Check returns an Invalid fault with all violations of the change, or nil.
func (c Change) Check() error {
	v, d := &fault.Violations{}, c.Difference
	v.PlainText("actor", c.Actor, maxActor)
	v.PlainText("note", c.Note, MaxNote)
	v.PlainText("old_package_id", string(d.OldPackageID), maxContractedPackageID)
	v.PlainText("new_package_id", string(d.NewPackageID), maxContractedPackageID)
	v.PlainText("old_display_name", d.OldDisplayName, catalogue.MaxDisplayName)
	v.PlainText("new_display_name", d.NewDisplayName, catalogue.MaxDisplayName)
	field.Digits(v, "old_price", d.OldPrice)
	field.Digits(v, "new_price", d.NewPrice)
	checkCurrency(v, "old_price", d.OldCurrency)
	checkCurrency(v, "new_price", d.NewCurrency)
	if len(d.Added)+len(d.Removed)+len(d.Changed) > 2*catalogue.MaxServices {
		v.Add("changed_services", reason.TooMany, "must be at most %d, including added and removed services", 2*catalogue.MaxServices)
		return v.Err()
	}
	for field, terms := range map[string]*Terms{"old_terms": d.OldTerms, "new_terms": d.NewTerms} {
		if terms != nil {
			terms.check(v.In("%s", field))
			terms.checkState(v.In("%s", field))
		}
	}
	if len(c.Lines) > 2*maxLines {
		v.Add("lines", reason.TooMany, "must be at most %d", 2*maxLines)
	}
	v.PlainText("quote_id", c.Quote, maxActor)
	v.PlainText("scheduled_change", string(c.Scheduled), maxActor)
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
	if !d.consistent() {
		v.Add("price_difference", reason.Inconsistent,
			"must be the new price minus the old one, absent if the currencies or the cycles differ, and direction that of the price of a month, "+
				"lateral if the currencies differ")
	}
	return v.Err()
}

// consistent reports whether the direction and the price difference follow from the prices. Changes from before the prices of
// different cycles were compared by the month have the direction of the raw difference, which is kept.
func (d *Difference) consistent() bool {
	move, err := d.priceMove()
	if err == nil && move.Cmp(d.PriceDifference) == 0 && d.direction() == d.Direction {
		return true
	}
	move, rawErr := d.rawMove()
	return err == nil && rawErr == nil && d.SameCurrency() && move.Cmp(d.PriceDifference) == 0 && directionOf(move.Sign()) == d.Direction
}

// The maximum lengths of an actor's name and of a note, in UTF-16 units.
const (
	maxActor = 255
	MaxNote  = 1000
)
