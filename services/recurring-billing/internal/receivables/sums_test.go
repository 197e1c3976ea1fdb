package receivables_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

func TestSumsOfHugeInvoicesAreExact(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		billingtest.LoadPlain(w, 20, "1950-01-01", "9999999999999.00")
		current := w.Bill("2024-01-01")
		want := money.Sum{}
		for _, inv := range w.Numbered() {
			want = want.Plus(money.SumOf(inv.Total))
		}
		if len(want.String()) < 20 || current.State != run.Succeeded || current.Totals["USD"] != want {
			t.Errorf("%+v, want %s, which 64 bits do not hold", current, want)
		}
		sums, err := w.Receivables.Sum(billingtest.As, nil)
		if err != nil || len(sums) != 1 || sums[0].Invoiced != want || sums[0].Credited != (money.Sum{}) {
			t.Errorf("%+v, error %v, want %s", sums, err, want)
		}
	})
}
