package usage

import (
	"context"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Summary is what a recurrence consumed in a window.
type Summary struct {
	Recurrence recurrence.Key
	Window
	// Services are the contracted ones, in their order, then others of which something was consumed.
	Services []Used
}

// Used is what was consumed of a service in a window.
type Used struct {
	ServiceID catalogue.ServiceID
	// Included is the limit. 0 means that there is none.
	Included int32
	Consumed int64
	// Left is what is left of the limit, Overage what is beyond it. They are 0 without a limit.
	Left, Overage int64
	// Amount is what the overage costs, or nil if the package does not charge for it in the currency.
	Amount   *decimal.Decimal
	Currency catalogue.Currency
}

// Summarize returns what a recurrence consumed in the month or cycle that a day is counted in, by default today.
// Faults: NotFound.
func (s *Service) Summarize(ctx context.Context, key recurrence.Key, day date.Date) (Summary, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Summary, error) {
		own, err := r.Settings(ctx)
		if err != nil {
			return Summary{}, err
		}
		today, err := own.Today(s.Clock.Now())
		if err != nil {
			return Summary{}, err
		}
		if day.IsZero() {
			day = today
		}
		contract, err := r.Recurrence(ctx, key)
		if err != nil {
			return Summary{}, mutation.Explain(err, "recurrence", key)
		}
		places, err := newPlacement(ctx, r, own, today, map[recurrence.Key]asked{key: {contract, []date.Date{day}}})
		if err != nil {
			return Summary{}, err
		}
		return summarize(ctx, r, contract, places.window(contract, day), today)
	})
}

// summarize returns what a recurrence consumed in a window. It reads the totals of that window alone,
// of which there is one for each service, however many events were counted.
func summarize(ctx context.Context, r Reader, contract recurrence.Recurrence, window Window, today date.Date) (Summary, error) {
	totals, err := r.UsageTotals(ctx, contract.Key(), listing.Query{Where: listing.Is("month", window.String()), Order: []listing.Order{{Field: "service_id"}}})
	if err != nil {
		return Summary{}, err
	}
	all := placed(contract, totals, today.Before(window.End))
	ids := make([]catalogue.PackageID, len(all))
	for i := range all {
		all[i].Window, ids[i] = window, contract.PackageID
		if all[i].keeps(today) {
			ids[i] = all[i].PackageID
		}
	}
	read := make(packages)
	if err := read.read(ctx, r, ids...); err != nil {
		return Summary{}, err
	}
	found := Summary{Recurrence: contract.Key(), Window: window}
	for i, total := range all {
		version, _ := read[ids[i]].On(window.lastDay(today))
		used, err := usedOf(total, version.Of(total.ServiceID), contract.Currency)
		if err != nil {
			return Summary{}, err
		}
		found.Services = append(found.Services, used)
	}
	return found, nil
}

// placed returns the totals of the contracted services, in their order, then the others. In a window
// that is not over, the limits are those that are contracted.
func placed(contract recurrence.Recurrence, totals []Total, open bool) (all []Total) {
	stored := make(map[catalogue.ServiceID]Total, len(totals))
	for _, total := range totals {
		stored[total.ServiceID] = total
	}
	contracted := make(map[catalogue.ServiceID]bool, len(contract.Services))
	for _, service := range contract.Services {
		contracted[service.ServiceID] = true
		total, counted := stored[service.ServiceID]
		if total.ServiceID = service.ServiceID; open || !counted {
			total.Included = service.TransactionLimit
		}
		all = append(all, total)
	}
	for _, total := range totals {
		if contracted[total.ServiceID] {
			continue
		}
		if open {
			total.Included = 0
		}
		all = append(all, total)
	}
	return all
}

// usedOf returns what a total means for its limit.
func usedOf(total Total, included catalogue.Included, code catalogue.Currency) (Used, error) {
	used := Used{ServiceID: total.ServiceID, Included: total.Included, Consumed: total.Consumed}
	if total.Included == 0 {
		return used, nil
	}
	used.Left, used.Overage = max(int64(total.Included)-total.Consumed, 0), max(total.Consumed-int64(total.Included), 0)
	price, charged := included.OveragePrice(code)
	if !charged {
		return used, nil
	}
	digits, known := currency.GetDigits(string(price.Currency))
	if !known {
		digits = 2
	}
	amount, err := overageAmount(used.Overage, price.Amount, int(digits))
	if err != nil {
		return used, fault.New(fault.FailedPrecondition, reason.OutOfRange, "the overage of service %q costs more than 19 digits", total.ServiceID)
	}
	used.Amount, used.Currency = &amount, price.Currency
	return used, nil
}

// overageAmount returns what a number of transactions costs, rounded half away from zero.
func overageAmount(transactions int64, price decimal.Decimal, digits int) (decimal.Decimal, error) {
	count, err := decimal.New(transactions, 0)
	if err != nil {
		return decimal.Decimal{}, err
	}
	amount, err := count.MulExact(price, price.Scale())
	if err != nil || amount.MinScale() <= digits {
		return amount.Trim(0), err
	}
	half, err := decimal.New(5, digits+1)
	if err == nil {
		amount, err = amount.AddExact(half, price.Scale())
	}
	return amount.Trunc(digits).Trim(0), err
}
