// Package pricing computes what services cost from prices and billing terms: to the cent, for any days. It reads neither clock nor store.
//
// A cycle costs the price of the service for the frequency of the terms. A part of a cycle costs its share of the cycle's days, rounded half
// away from zero to the currency's smallest unit, so that the parts of a cycle sum to its price. The vendor's own rating is not public; this
// is inferred.
package pricing

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// Units is an amount in the smallest unit of a currency.
type Units struct{ *big.Int }

// UnitsOf returns an amount in the smallest unit of a currency. The error is not nil if the amount has more decimal places than the currency.
func UnitsOf(amount decimal.Decimal, code string) (Units, error) {
	digits, known := currency.GetDigits(code)
	if !known {
		return Units{}, fmt.Errorf("%q is not a currency", code)
	}
	amount = amount.Trim(int(digits))
	if amount.Scale() > int(digits) {
		return Units{}, fmt.Errorf("%s has more than %d decimal places, which %s has", amount, digits, code)
	}
	units := new(big.Int).SetUint64(amount.Coef())
	for range int(digits) - amount.Scale() {
		units.Mul(units, big.NewInt(10))
	}
	if amount.IsNeg() {
		units.Neg(units)
	}
	return Units{units}, nil
}

// Amount returns units of a currency as a decimal.
func (u Units) Amount(code string) (decimal.Decimal, error) {
	digits, _ := currency.GetDigits(code)
	text, sign := new(big.Int).Abs(u.Int).String(), ""
	if u.Sign() < 0 {
		sign = "-"
	}
	if missing := int(digits) + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	whole, fraction := text[:len(text)-int(digits)], text[len(text)-int(digits):]
	amount, err := decimal.Parse(strings.TrimSuffix(sign+whole+"."+fraction, "."))
	if err != nil {
		return amount, fmt.Errorf("an amount is too large: %w", err)
	}
	return amount, nil
}

// Plus returns the sum of two amounts.
func (u Units) Plus(other Units) Units { return Units{new(big.Int).Add(u.Int, other.Int)} }

// Times returns a multiple of the amount.
func (u Units) Times(count int) Units {
	return Units{new(big.Int).Mul(u.Int, big.NewInt(int64(count)))}
}

// Minus returns the negative amount.
func (u Units) Minus() Units { return Units{new(big.Int).Neg(u.Int)} }

// Share returns a part of the amount, rounded half away from zero. whole is positive, part not negative.
func (u Units) Share(part, whole int64) Units {
	share := new(big.Int).Mul(new(big.Int).Abs(u.Int), big.NewInt(2*part))
	share.Add(share, big.NewInt(whole))
	share.Quo(share, big.NewInt(2*whole))
	if u.Sign() < 0 {
		share.Neg(share)
	}
	return Units{share}
}

// Zero is no amount.
func Zero() Units { return Units{new(big.Int)} }

// Between returns what the days from one until another cost by terms, where each cycle has a price.
func Between(of terms.Terms, price Units, from, until date.Date) Units {
	cost := Zero()
	for from.Before(until) {
		cycle := of.Cycle(from)
		end := cycle.End
		if until.Before(end) {
			end = until
		}
		cost = cost.Plus(upTo(cycle, price, end)).Plus(upTo(cycle, price, from).Minus())
		from = end
	}
	return cost
}

// upTo returns what the days of a cycle before a day cost.
func upTo(cycle terms.Cycle, price Units, day date.Date) Units {
	return price.Share(int64(cycle.Start.DaysUntil(day)), int64(cycle.Start.DaysUntil(cycle.End)))
}
