package money

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// Totals are sums by currency.
type Totals map[Currency]Sum

// Currencies are those of the totals in the order of their codes.
func (t Totals) Currencies() []Currency { return slices.Sorted(maps.Keys(t)) }

// Sum is an exact sum of amounts in minor units. It has 128 bits, so that no number of amounts there can be overflows it:
// each of them is bounded, what many sum to is not.
type Sum struct {
	high int64
	low  uint64
}

// SumOf is a sum of one amount.
func SumOf(minor int64) Sum { return Sum{high: minor >> 63, low: uint64(minor)} }

// SumOfHalves is high times 2^32 plus low, as a database adds amounts up in two halves.
func SumOfHalves(high, low int64) Sum {
	shifted := Sum{high: high >> 32, low: uint64(high) << 32}
	return shifted.Plus(SumOf(low))
}

// Plus is the sum of both.
func (s Sum) Plus(other Sum) Sum {
	low, carry := bits.Add64(s.low, other.low, 0)
	return Sum{high: s.high + other.high + int64(carry), low: low}
}

// Minus is what is left without another.
func (s Sum) Minus(other Sum) Sum {
	low, borrow := bits.Sub64(s.low, other.low, 0)
	return Sum{high: s.high - other.high - int64(borrow), low: low}
}

// Minor is the sum as a number of minor units, if 64 bits hold it.
func (s Sum) Minor() (minor int64, ok bool) { return int64(s.low), s.high == int64(s.low)>>63 }

// Equal reports whether both are the same.
func (s Sum) Equal(other Sum) bool { return s == other }

// big is the sum as a number.
func (s Sum) big() *big.Int {
	number := big.NewInt(s.high)
	number.Lsh(number, 64)
	return number.Add(number, new(big.Int).SetUint64(s.low))
}

// sumOfBig is a number as a sum, if it has no more than 128 bits.
func sumOfBig(number *big.Int) (Sum, bool) {
	low := new(big.Int).And(number, new(big.Int).SetUint64(math.MaxUint64))
	high := new(big.Int).Rsh(number, 64)
	return Sum{high: high.Int64(), low: low.Uint64()}, high.IsInt64()
}

// String is the number of minor units.
func (s Sum) String() string { return s.big().String() }

// MarshalJSON is the number of minor units.
func (s Sum) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Sum) UnmarshalJSON(text []byte) error {
	number, ok := new(big.Int).SetString(string(text), 10)
	if ok {
		*s, ok = sumOfBig(number)
	}
	if !ok {
		return fmt.Errorf("%q is no sum of minor units", text)
	}
	return nil
}

// nanosPerUnit is how many of the fractions that an amount on the wire is counted in make a unit.
const nanosPerUnit = 1_000_000_000

// Units is a sum of a currency in whole units and billionths of one, both of its sign. A sum of more units than 64 bits hold
// is the most that they do: ok is false then.
func (c Currency) Units(s Sum) (units int64, nanos int32, ok bool) {
	digits, _ := c.MinorDigits()
	perUnit := int64(math.Pow10(digits))
	whole, rest := new(big.Int).QuoRem(s.big(), big.NewInt(perUnit), new(big.Int))
	if whole.IsInt64() {
		return whole.Int64(), int32(rest.Int64() * (nanosPerUnit / perUnit)), true
	}
	if whole.Sign() < 0 {
		return math.MinInt64, 0, false
	}
	return math.MaxInt64, 0, false
}

// SumOfUnits is the sum that Units gives; ok is false for parts of a minor unit.
func (c Currency) SumOfUnits(units int64, nanos int32) (s Sum, ok bool) {
	digits, known := c.MinorDigits()
	perUnit := int64(math.Pow10(digits))
	nanosPerMinor := int32(nanosPerUnit / perUnit)
	number := new(big.Int).Mul(big.NewInt(units), big.NewInt(perUnit))
	s, _ = sumOfBig(number.Add(number, big.NewInt(int64(nanos/nanosPerMinor))))
	return s, known && nanos%nanosPerMinor == 0
}
