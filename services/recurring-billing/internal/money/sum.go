package money

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// Totals holds one sum for each currency.
type Totals map[Currency]Sum

// Currencies returns the currencies of the totals, sorted by code.
func (t Totals) Currencies() []Currency { return slices.Sorted(maps.Keys(t)) }

// Sum is an exact sum of amounts in minor units. It has 128 bits, so no number of valid amounts can
// overflow it.
type Sum struct {
	high int64
	low  uint64
}

// SumOf returns the sum of a single amount.
func SumOf(minor int64) Sum { return Sum{high: minor >> 63, low: uint64(minor)} }

// SumOfHalves returns high times 2^32 plus low. Databases add amounts up in these two halves.
func SumOfHalves(high, low int64) Sum {
	shifted := Sum{high: high >> 32, low: uint64(high) << 32}
	return shifted.Plus(SumOf(low))
}

// Plus returns s + other.
func (s Sum) Plus(other Sum) Sum {
	low, carry := bits.Add64(s.low, other.low, 0)
	return Sum{high: s.high + other.high + int64(carry), low: low}
}

// Minus returns s - other.
func (s Sum) Minus(other Sum) Sum {
	low, borrow := bits.Sub64(s.low, other.low, 0)
	return Sum{high: s.high - other.high - int64(borrow), low: low}
}

// Minor returns the sum in minor units; ok is false if it does not fit in 64 bits.
func (s Sum) Minor() (minor int64, ok bool) { return int64(s.low), s.high == int64(s.low)>>63 }

// Equal reports whether both sums are the same.
func (s Sum) Equal(other Sum) bool { return s == other }

// big converts the sum to a big.Int.
func (s Sum) big() *big.Int {
	number := big.NewInt(s.high)
	number.Lsh(number, 64)
	return number.Add(number, new(big.Int).SetUint64(s.low))
}

// sumOfBig converts a number to a Sum; ok is false if it does not fit in 128 bits.
func sumOfBig(number *big.Int) (Sum, bool) {
	low := new(big.Int).And(number, new(big.Int).SetUint64(math.MaxUint64))
	high := new(big.Int).Rsh(number, 64)
	return Sum{high: high.Int64(), low: low.Uint64()}, high.IsInt64()
}

// String returns the number of minor units in decimal.
func (s Sum) String() string { return s.big().String() }

// MarshalJSON returns the number of minor units as a JSON number.
func (s Sum) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Sum) UnmarshalJSON(text []byte) error {
	number, ok := new(big.Int).SetString(string(text), 10)
	if ok {
		*s, ok = sumOfBig(number)
	}
	if !ok {
		return fmt.Errorf("%q is not a whole number of minor units", text)
	}
	return nil
}

// nanosPerUnit is the number of nanos in one unit of google.type.Money.
const nanosPerUnit = 1_000_000_000

// Units converts a sum to whole units and nanos of the currency, both with the sign of the sum. If
// the units do not fit in 64 bits, it returns the largest value that does, and ok is false.
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

// SumOfUnits is the inverse of Units; ok is false if the value has fractions of a minor unit.
func (c Currency) SumOfUnits(units int64, nanos int32) (s Sum, ok bool) {
	digits, known := c.MinorDigits()
	perUnit := int64(math.Pow10(digits))
	nanosPerMinor := int32(nanosPerUnit / perUnit)
	number := new(big.Int).Mul(big.NewInt(units), big.NewInt(perUnit))
	s, _ = sumOfBig(number.Add(number, big.NewInt(int64(nanos/nanosPerMinor))))
	return s, known && nanos%nanosPerMinor == 0
}
