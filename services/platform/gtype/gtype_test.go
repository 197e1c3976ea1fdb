package gtype_test

import (
	"testing"

	"github.com/govalues/decimal"
	googledecimal "google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/gtype"
)

func TestMoneyRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount, err := decimal.New(rapid.Int64().Draw(t, "coefficient"), rapid.IntRange(0, 9).Draw(t, "scale"))
		if err != nil {
			t.Fatal(err)
		}
		message, err := gtype.Money(amount, "MXN")
		if err != nil {
			t.Fatal(err)
		}
		back, currency, err := gtype.FromMoney(message)
		if err != nil || back.Cmp(amount) != 0 || currency != "MXN" {
			t.Fatalf("%s as %v: got %s %s, %v", amount, message, back, currency, err)
		}
	})
}

func TestFromDecimalRejectsInexactNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"": "0", "1.50": "1.50", "-0.01": "-0.01", "1e2": "100", "9999999999999999999": "9999999999999999999",
		"99999999999999999999": "", "0.00000000000000000001": "", "1.00000000000000000000": "1", "abc": "", "1e400": "", " 1": "", "NaN": "",
	} {
		got, err := gtype.FromDecimal(&googledecimal.Decimal{Value: text})
		if want == "" {
			if err == nil {
				t.Errorf("%q: got %s, want an error", text, got)
			}
			continue
		}
		if err != nil || got.Cmp(decimal.MustParse(want)) != 0 {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, wrong := range []*money.Money{{Units: 1, Nanos: -1}, {Units: -1, Nanos: 1}, {Nanos: 1_000_000_000}} {
		if got, _, err := gtype.FromMoney(wrong); err == nil {
			t.Errorf("%v: got %s, want an error", wrong, got)
		}
	}
	if got, err := gtype.Money(decimal.MustParse("0.0000000001"), "USD"); err == nil {
		t.Errorf("ten decimal places: got %v, want an error", got)
	}
}
