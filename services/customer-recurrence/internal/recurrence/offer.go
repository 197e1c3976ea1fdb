package recurrence

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Offer tells what a recurrence takes from the catalogue because the request leaves it out.
type Offer struct{ Price, Services bool }

// take takes what the package's version of a day offers: the services that it includes, and its price
// for the cycle, in the recurrence's currency or its only one. Without one, the price is the sum of
// those of the services. priced reports whether there is a price.
func (o Offer) take(ctx context.Context, reader Reader, r *Recurrence, day date.Date) (priced bool, err error) {
	pack, err := packageOf(ctx, reader, r.PackageID)
	if err != nil {
		return false, err
	}
	version, _ := pack.On(day)
	if o.Services && len(version.Included) > 0 {
		r.Services = nil
		for _, included := range version.Included {
			r.Services = append(r.Services, ContractedService{ServiceID: included.ServiceID, TransactionLimit: included.Limit})
		}
	}
	if !o.Price {
		return true, nil
	}
	price, found := catalogue.PriceOf(version.Prices, r.Cycle, r.Currency)
	if !found && len(version.Prices) == 0 {
		if price, found, err = priceOfServices(ctx, reader, r, day); err != nil {
			return false, err
		}
	}
	if found {
		r.Price, r.Currency = price.Amount.Trim(0), price.Currency
	}
	return found, nil
}

// packageOf returns a package, an empty one if it does not exist.
func packageOf(ctx context.Context, reader Reader, id catalogue.PackageID) (catalogue.Package, error) {
	pack, err := reader.Package(ctx, id)
	if errors.Is(err, mutation.ErrNotFound) {
		return catalogue.Package{}, nil
	}
	return pack, err
}

// priceOfServices returns the sum of the prices of the services on a day. ok is false if one has none for the
// cycle and currency.
func priceOfServices(ctx context.Context, reader Reader, r *Recurrence, day date.Date) (sum catalogue.Price, ok bool, err error) {
	sum = catalogue.Price{Cycle: r.Cycle, Currency: r.Currency}
	for _, contracted := range r.Services {
		sold, err := reader.Service(ctx, contracted.ServiceID)
		if errors.Is(err, mutation.ErrNotFound) || sold.Inactive {
			return sum, false, nil
		}
		if err != nil {
			return sum, false, err
		}
		price, found := catalogue.PriceOf(sold.PricesOn(day), r.Cycle, sum.Currency)
		if !found {
			return sum, false, nil
		}
		sum.Currency = price.Currency
		if sum.Amount, err = sum.Amount.Add(price.Amount); err != nil {
			return sum, false, fault.InvalidField("recurrence.services", reason.OutOfRange, "cost more than 19 digits together")
		}
	}
	return sum, len(r.Services) > 0, nil
}

// checkLimits collects the limits that differ from those that the package's version of a day enforces.
func (r *Recurrence) checkLimits(v *fault.Violations, pack catalogue.Package, day date.Date, requested Requested) {
	version, _ := pack.On(day)
	enforced := make(map[catalogue.ServiceID]int32)
	for _, included := range version.Included {
		if included.Enforced {
			enforced[included.ServiceID] = included.Limit
		}
	}
	for i, service := range r.Services {
		limit, fixed := enforced[service.ServiceID]
		switch {
		case !fixed || limit == service.TransactionLimit:
		case requested.Services:
			v.In("services[%d]", i).Add("transaction_limit", reason.LimitEnforced, "must be %d, as package %q enforces", limit, pack.ID)
		default:
			v.Add("package_id", reason.LimitEnforced, "package %q enforces %d transactions of the contracted service %q", pack.ID, limit, service.ServiceID)
			return
		}
	}
}

// checkNext collects a package that cannot follow the one before.
func checkNext(ctx context.Context, reader Reader, v *fault.Violations, before, after catalogue.PackageID) error {
	if before == after {
		return nil
	}
	pack, err := reader.Package(ctx, before)
	if errors.Is(err, mutation.ErrNotFound) {
		return nil
	}
	if err == nil && !pack.MayBecome(after) {
		v.Add("package_id", reason.NotANextPackage, "package %q cannot follow package %q", after, before)
	}
	return err
}
