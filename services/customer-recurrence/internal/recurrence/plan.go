package recurrence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Wanted is what a change sets. What is nil stays. Price and Currency are set together.
type Wanted struct {
	PackageID   *catalogue.PackageID `json:"package_id,omitempty"`
	DisplayName *string              `json:"display_name,omitempty"`
	Price       *decimal.Decimal     `json:"price,omitempty"`
	Currency    *Currency            `json:"currency,omitempty"`
	Cycle       *Cycle               `json:"cycle,omitempty"`
	Services    *[]ContractedService `json:"services,omitempty"`
}

// wantedOf returns what leads from one state to another, and whether anything does.
func wantedOf(before, after Recurrence) (wanted Wanted, differs bool) {
	if before.PackageID != after.PackageID {
		wanted.PackageID, differs = &after.PackageID, true
	}
	if before.DisplayName != after.DisplayName {
		wanted.DisplayName, differs = &after.DisplayName, true
	}
	if before.Price.Cmp(after.Price) != 0 || before.Currency != after.Currency {
		wanted.Price, wanted.Currency, differs = &after.Price, &after.Currency, true
	}
	if before.Cycle != after.Cycle {
		wanted.Cycle, differs = &after.Cycle, true
	}
	if !slices.Equal(before.Services, after.Services) {
		wanted.Services, differs = &after.Services, true
	}
	return wanted, differs
}

// Apply sets what is wanted.
func (w Wanted) Apply(r *Recurrence) {
	set(&r.PackageID, w.PackageID)
	set(&r.DisplayName, w.DisplayName)
	set(&r.Price, w.Price)
	set(&r.Currency, w.Currency)
	set(&r.Cycle, w.Cycle)
	set(&r.Services, w.Services)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// plan is a change that was thought through: what it wants, and from which day on.
type plan struct {
	wanted Wanted
	day    date.Date
	atEnd  bool
	// quoted means that the catalogue allowed it when it was quoted. proration is the rule of the quote,
	// empty for the tenant's present one.
	quoted    bool
	proration settings.Proration
}

// newPlan thinks a change through that revise asks for. revise may change only what Wanted holds.
func newPlan(ctx context.Context, reader Reader, present Recurrence, atEnd bool, now time.Time, ask Update, offer Offer) (plan, error) {
	own, err := reader.Settings(ctx)
	if err != nil {
		return plan{}, err
	}
	made := plan{atEnd: atEnd}
	if made.day, err = own.Today(now); err != nil {
		return plan{}, fmt.Errorf("planning a change: %w", err)
	}
	if err := present.changeable(); err != nil {
		return plan{}, err
	}
	if atEnd {
		if present.State == Cancelling {
			return plan{}, present.refused("a change at the period's end, when it ends")
		}
		if made.day, err = present.PeriodEnd(made.day); err != nil {
			return plan{}, err
		}
	}
	after := present
	revise := ask.Revise
	ask.Revise = func(r *Recurrence, v *fault.Violations) error {
		if err := revise(r, v); err != nil {
			return err
		}
		return made.offered(ctx, reader, present, r, v, offer)
	}
	if err := ask.revise(ctx, reader, on(made.day), &after); err != nil {
		return plan{}, err
	}
	v := &fault.Violations{}
	if after.StartDate != present.StartDate {
		v.Add("recurrence.start_date", reason.ImmutableField, "is no part of a change: correct it by an update")
	}
	if after.PaidUntil != present.PaidUntil {
		v.Add("recurrence.paid_until_date", reason.ImmutableField, "is no part of a change: correct it by an update")
	}
	var differs bool
	if made.wanted, differs = wantedOf(present, after); !differs && v.None() {
		v.Add("recurrence", reason.NothingToChange, "is contracted like this already")
	}
	return made, v.Err()
}

// offered sets what another package or another cycle brings with it, as far as the request leaves it out: the price, and with another
// package its services. A change of the cycle alone that undoes the last change brings the price from before that one. It collects a
// violation of the price if it is not given and there is none: what was agreed for one cycle is no price of another.
func (p plan) offered(ctx context.Context, reader Reader, present Recurrence, r *Recurrence, v *fault.Violations, offer Offer) error {
	if r.Cycle == "" {
		r.Cycle = Monthly
	}
	samePackage, sameCycle := r.PackageID == present.PackageID, r.Cycle == present.Cycle
	if samePackage && sameCycle || r.Cycle.Months() == 0 {
		return nil
	}
	if samePackage {
		offer.Services = false
	}
	if samePackage && offer.Price {
		price, known, err := p.formerPrice(ctx, reader, present, r.Cycle)
		if err != nil || known {
			r.Price = price
			return err
		}
	}
	priced, err := offer.take(ctx, reader, r, p.day)
	if err != nil || priced {
		return err
	}
	pack, err := packageOf(ctx, reader, r.PackageID)
	if err != nil {
		return err
	}
	if version, _ := pack.On(p.day); len(version.Prices) > 0 || !sameCycle {
		v.Add("price", reason.Required, "must be given: the catalogue has no one price of package %q for the cycle %s%s on %s",
			r.PackageID, r.Cycle, in(r.Currency), p.day)
	}
	return nil
}

// in names a currency in messages, if it is known.
func in(currency Currency) string {
	if currency == "" {
		return ""
	}
	return " in " + string(currency)
}

// formerPrice returns the price from before the last change, if a change back to a cycle is the inverse of it and it changed neither
// package, currency nor services.
func (p plan) formerPrice(ctx context.Context, reader Reader, present Recurrence, cycle Cycle) (price decimal.Decimal, known bool, err error) {
	last, inverse, err := p.undone(ctx, reader, present, cycle)
	d := last.Difference
	if err != nil || !inverse || d.OldPackageID != d.NewPackageID || !d.SameCurrency() || len(d.Added)+len(d.Removed)+len(d.Changed) > 0 {
		return decimal.Decimal{}, false, err
	}
	return d.OldPrice, true, nil
}

// apply makes the change. Another cycle begins on its day, paid for its first period if days after it
// were paid, or else on the first day that is not paid. The inverse of the last change returns to the
// dates from before that.
func (p plan) apply(ctx context.Context, reader Reader, r *Recurrence) error {
	before := *r
	if err := r.changeable(); err != nil {
		return err
	}
	ask := Update{
		Revise: func(r *Recurrence, _ *fault.Violations) error {
			p.wanted.Apply(r)
			return nil
		},
		Requested: Requested{Package: p.wanted.PackageID != nil, Services: p.wanted.Services != nil},
		allowed:   p.quoted,
	}
	if err := ask.revise(ctx, reader, on(p.day), r); err != nil || r.Cycle == before.Cycle || r.State == Draft {
		return err
	}
	former, inverse, err := p.former(ctx, reader, before, r.Cycle)
	if err != nil {
		return err
	}
	if inverse {
		r.StartDate, r.PaidUntil = former.StartDate, former.PaidUntil
		return nil
	}
	switch {
	case p.day.Before(r.PaidUntil):
		r.StartDate, r.PaidUntil = p.day, p.day.AddMonthsClamped(r.Cycle.Months())
	case r.PaidUntil.IsZero():
		r.StartDate = p.day
	default:
		r.StartDate = r.PaidUntil
	}
	return nil
}

// former returns the terms from before the last change, if a change back to their cycle is its inverse.
func (p plan) former(ctx context.Context, reader Reader, present Recurrence, cycle Cycle) (former Terms, inverse bool, err error) {
	last, inverse, err := p.undone(ctx, reader, present, cycle)
	if err != nil || !inverse {
		return Terms{}, false, err
	}
	return *last.Difference.OldTerms, true, nil
}

// undone returns the last change, and whether a change to a cycle is its inverse: the last change ended that cycle and
// began the present one, and the days that were paid before it are not over, unless it left them as they were.
func (p plan) undone(ctx context.Context, reader Reader, present Recurrence, cycle Cycle) (last Change, inverse bool, err error) {
	last, err = reader.Change(ctx, ChangeKey{Key: present.Key(), Version: present.Version})
	if errors.Is(err, mutation.ErrNotFound) {
		return Change{}, false, nil
	}
	before, after := last.Difference.OldTerms, last.Difference.NewTerms
	if err != nil || before == nil || after == nil || before.Cycle != cycle || after.Cycle == cycle {
		return Change{}, false, err
	}
	if began, err := last.beganCycle(ctx, reader); err != nil || !began {
		return Change{}, false, err
	}
	return last, before.PaidUntil == after.PaidUntil || !before.PaidUntil.Before(p.day), nil
}

// beganCycle reports whether a change of cycle began the new one, as other than an update does, which
// corrects the dates.
func (c Change) beganCycle(ctx context.Context, reader Reader) (bool, error) {
	if c.Quote != "" || c.Scheduled != "" {
		return true, nil
	}
	day, err := settings.Today(ctx, reader, c.CreateTime)
	began := c.Difference.NewTerms
	return began.StartDate == day || began.StartDate == began.PaidUntil, err
}
