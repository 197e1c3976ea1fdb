package money_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

func TestSumIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SliceOfN(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64, -1})), 0, 20).Draw(t, "amounts")
		sum, want, high, low := money.Sum{}, new(big.Int), int64(0), int64(0)
		for _, amount := range amounts {
			sum = sum.Plus(money.SumOf(amount))
			want.Add(want, big.NewInt(amount))
			high, low = high+amount>>32, low+amount&math.MaxUint32
		}
		if sum.String() != want.String() || money.SumOfHalves(high, low) != sum {
			t.Fatalf("%v sum to %s, in halves to %s, want %s", amounts, sum, money.SumOfHalves(high, low), want)
		}
		if sum.Minus(sum) != (money.Sum{}) {
			t.Fatalf("%s less itself is %s", sum, sum.Minus(sum))
		}
		text, err := json.Marshal(money.Totals{"USD": sum})
		if err != nil || string(text) != `{"USD":`+want.String()+`}` {
			t.Fatalf("MarshalJSON of %s: got %s, error %v", want, text, err)
		}
		var back money.Totals
		if err := json.Unmarshal(text, &back); err != nil || back["USD"] != sum {
			t.Fatalf("UnmarshalJSON of %s: got %v, error %v", text, back, err)
		}
		currency := rapid.SampledFrom([]money.Currency{"JPY", "USD", "KWD", "CLF"}).Draw(t, "currency")
		units, nanos, ok := currency.Units(sum)
		if again, whole := currency.SumOfUnits(units, nanos); ok && (again != sum || !whole) {
			t.Fatalf("%s minor units of %s are %d.%09d, and those %s", sum, currency, units, nanos, again)
		}
		perUnit := map[money.Currency]int64{"JPY": 1, "USD": 100, "KWD": 1000, "CLF": 10000}[currency]
		if ok != new(big.Int).Quo(want, big.NewInt(perUnit)).IsInt64() {
			t.Fatalf("%s minor units of %s are %d.%09d: %v", sum, currency, units, nanos, ok)
		}
	})
}

func TestUnitsClampsSumThatDoesNotFit(t *testing.T) {
	most := money.SumOf(math.MaxInt64)
	if units, nanos, ok := money.Currency("JPY").Units(most.Plus(money.SumOf(1))); units != math.MaxInt64 || nanos != 0 || ok {
		t.Errorf("%d.%09d, %v", units, nanos, ok)
	}
	if units, nanos, ok := money.Currency("JPY").Units(money.Sum{}.Minus(most).Minus(most)); units != math.MinInt64 || nanos != 0 || ok {
		t.Errorf("%d.%09d, %v", units, nanos, ok)
	}
	if _, whole := money.Currency("USD").SumOfUnits(1, 5_000_000); whole {
		t.Error("SumOfUnits accepted half a cent")
	}
	for _, text := range []string{`"1"`, `1.5`, `null`, `1e3`, `999999999999999999999999999999999999999999`} {
		var sum money.Sum
		if err := sum.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("UnmarshalJSON accepted %s as %s", text, sum)
		}
	}
}
