package api

import (
	"fmt"

	"google.golang.org/genproto/googleapis/type/money"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

func priceMessage(price catalogue.Price) *customerrecurrencev1.CyclePrice {
	return &customerrecurrencev1.CyclePrice{Cycle: cycles[price.Cycle], Price: amountMessage(price.Amount, price.Currency)}
}

// pricesOf parses prices. Paths in errors begin with at.
func pricesOf(at string, messages []*customerrecurrencev1.CyclePrice) (prices []catalogue.Price, err error) {
	for i, m := range messages {
		price := catalogue.Price{Cycle: cycleOf[m.GetCycle()]}
		if price.Cycle == "" {
			price.Cycle = catalogue.Monthly
		}
		if price.Amount, price.Currency, err = amount(fmt.Sprintf("%sprices[%d].price", at, i), m.GetPrice()); err != nil {
			return nil, err
		}
		prices = append(prices, price)
	}
	return prices, nil
}

func versionMessage(version catalogue.Version) *customerrecurrencev1.PackageVersion {
	return &customerrecurrencev1.PackageVersion{
		ValidFromDate: gtype.Date(version.ValidFrom), Prices: messagesOf(version.Prices, priceMessage),
		IncludedServices: messagesOf(version.Included, includedMessage),
	}
}

// versionsOf parses the versions of a package.
func versionsOf(messages []*customerrecurrencev1.PackageVersion) (versions []catalogue.Version, err error) {
	for i, m := range messages {
		at := fmt.Sprintf("package.versions[%d].", i)
		var version catalogue.Version
		if version.Included, err = includedOf(at, m.GetIncludedServices()); err != nil {
			return nil, err
		}
		if version.ValidFrom, err = day(at+"valid_from_date", m.GetValidFromDate()); err != nil {
			return nil, err
		}
		if version.Prices, err = pricesOf(at, m.GetPrices()); err != nil {
			return nil, err
		}
		versions = append(versions, version)
	}
	return versions, nil
}

func soldVersionMessage(version catalogue.SoldVersion) *customerrecurrencev1.ServiceVersion {
	return &customerrecurrencev1.ServiceVersion{ValidFromDate: gtype.Date(version.ValidFrom), Prices: messagesOf(version.Prices, priceMessage)}
}

// soldVersionsOf parses the versions of a service.
func soldVersionsOf(messages []*customerrecurrencev1.ServiceVersion) (versions []catalogue.SoldVersion, err error) {
	for i, m := range messages {
		at := fmt.Sprintf("service.versions[%d].", i)
		var version catalogue.SoldVersion
		if version.ValidFrom, err = day(at+"valid_from_date", m.GetValidFromDate()); err != nil {
			return nil, err
		}
		if version.Prices, err = pricesOf(at, m.GetPrices()); err != nil {
			return nil, err
		}
		versions = append(versions, version)
	}
	return versions, nil
}

var (
	overages = map[catalogue.Overage]customerrecurrencev1.OveragePolicy{
		catalogue.Free:    customerrecurrencev1.OveragePolicy_OVERAGE_POLICY_UNSPECIFIED,
		catalogue.Charged: customerrecurrencev1.OveragePolicy_OVERAGE_POLICY_CHARGED,
		catalogue.Refused: customerrecurrencev1.OveragePolicy_OVERAGE_POLICY_REFUSED,
	}
	overageOf = inverse(overages)
)

func includedMessage(included catalogue.Included) *customerrecurrencev1.IncludedService {
	return &customerrecurrencev1.IncludedService{
		ServiceId: string(included.ServiceID), TransactionLimit: included.Limit, LimitEnforced: included.Enforced, Overage: overages[included.Overage],
		OveragePrices: messagesOf(included.OveragePrices, func(price catalogue.OveragePrice) *money.Money { return amountMessage(price.Amount, price.Currency) }),
	}
}

// includedOf parses the services that a version includes. Paths in errors begin with at.
func includedOf(at string, messages []*customerrecurrencev1.IncludedService) (all []catalogue.Included, err error) {
	for i, m := range messages {
		included := catalogue.Included{
			ServiceID: catalogue.NewServiceID(m.GetServiceId()), Limit: m.GetTransactionLimit(), Enforced: m.GetLimitEnforced(), Overage: overageOf[m.GetOverage()],
		}
		for n, sent := range m.GetOveragePrices() {
			var price catalogue.OveragePrice
			if price.Amount, price.Currency, err = amount(fmt.Sprintf("%sincluded_services[%d].overage_prices[%d]", at, i, n), sent); err != nil {
				return nil, err
			}
			included.OveragePrices = append(included.OveragePrices, price)
		}
		all = append(all, included)
	}
	return all, nil
}
