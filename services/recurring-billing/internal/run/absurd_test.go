package run_test

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

func TestOutOfRangeLinesBlockNoOthers(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		billingtest.LoadPlain(w, 4, "2026-01-01", "10.00")
		billingtest.Begin(w, "1300-01-01", "9999999999999.00", 1, 2)
		billingtest.Begin(w, "1950-01-01", "99999999999999.00", 3, 3)
		var previewed []invoice.Invoice
		var problems []run.Problem
		if err := w.Runs.Preview(billingtest.As, billingtest.Day("2026-03-10"), run.Filter{}, func(invoices []invoice.Invoice, missing []run.Problem) error {
			previewed, problems = append(previewed, invoices...), append(problems, missing...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		current := w.Bill("2026-03-10")
		made := w.CheckBooks()
		if diff := gocmp.Diff(previewed, made, asPreviewed); diff != "" || len(made) != 1 || made[0].BillTo != 4 {
			t.Errorf("%d invoices (-previewed +made):\n%s", len(made), diff)
		}
		if diff := gocmp.Diff(problems, current.Problems); diff != "" || len(problems) != 3 || current.State != run.Failed {
			t.Fatalf("%+v, problems (-previewed +made):\n%s", current, diff)
		}
		const many = "line 1 has more than 1200 periods due at once, from 1300-01-01 on: see whether its start is right, and if not, " +
			"cancel it as of its start; if it is, bill an earlier date first, no later than 1399-12-01"
		if current.Problems[0].Message != many || !strings.Contains(current.Problems[2].Message, "more than 18 digits of minor units with line 3 from") {
			t.Errorf("%+v", current.Problems)
		}
	})
}
