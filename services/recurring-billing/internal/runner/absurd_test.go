package runner_test

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// plain is a world of customers with a monthly line each, from a day on.
func (w *world) plain(customers int, from, monthly string) {
	w.customers(customers, 1)
	w.exec(`UPDATE recurring_lines SET master_account_code = NULL, master_item_code = NULL, bill_to_id = id, bill_cycle = 'M', bill_day = 1, anchor_date = NULL, end_date = NULL`)
	w.begin(from, monthly, 1, customers)
}

// begin has some lines start on a day, and cost so much.
func (w *world) begin(from, monthly string, first, last int) {
	w.exec(`UPDATE recurring_lines SET start_date = $1 WHERE id BETWEEN $2 AND $3`, from, first, last)
	w.exec(`UPDATE line_cycles SET next_cycle_date = $1 WHERE id BETWEEN $2 AND $3`, from, first, last)
	w.exec(`UPDATE line_rates SET effective_date = $1, monthly_amount = $2 WHERE line_id BETWEEN $3 AND $4`, from, monthly, first, last)
}

func TestAbsurdLinesHoldBackNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.plain(4, "2026-01-01", "10.00")
		w.begin("1300-01-01", "9999999999999.00", 1, 2)
		w.begin("1950-01-01", "99999999999999.00", 3, 3)
		var previewed []domain.Invoice
		var problems []domain.Problem
		if err := w.runs.Preview(as, day("2026-03-10"), domain.Filter{}, func(invoices []domain.Invoice, missing []domain.Problem) error {
			previewed, problems = append(previewed, invoices...), append(problems, missing...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		run := w.run("2026-03-10")
		made := w.checkBooks()
		if diff := gocmp.Diff(previewed, made, asPreviewed); diff != "" || len(made) != 1 || made[0].BillTo != 4 {
			t.Errorf("%d invoices (-previewed +made):\n%s", len(made), diff)
		}
		if diff := gocmp.Diff(problems, run.Problems); diff != "" || len(problems) != 3 || run.State != domain.RunFailed {
			t.Fatalf("%+v, problems (-previewed +made):\n%s", run, diff)
		}
		const many = "line 1 has more than 1200 periods due at once, from 1300-01-01 on: see whether its start is right, and if not, " +
			"cancel it as of its start; if it is, bill an earlier date first, no later than 1399-12-01"
		if run.Problems[0].Message != many || !strings.Contains(run.Problems[2].Message, "more than 18 digits of minor units with line 3 from") {
			t.Errorf("%+v", run.Problems)
		}
	})
}

func TestSumsOfAbsurdInvoicesAreExact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.plain(20, "1950-01-01", "9999999999999.00")
		run := w.run("2024-01-01")
		want := domain.Sum{}
		for _, invoice := range w.invoices() {
			want = want.Plus(domain.SumOf(invoice.Total))
		}
		if len(want.String()) < 20 || run.State != domain.RunSucceeded || run.Totals["USD"] != want {
			t.Errorf("%+v, want %s, which 64 bits do not hold", run, want)
		}
		sums, err := w.receivables.SumInvoices(as, domain.InvoiceFilter{})
		if err != nil || len(sums) != 1 || sums[0].Invoiced != want || sums[0].Credited != (domain.Sum{}) {
			t.Errorf("%+v, error %v, want %s", sums, err, want)
		}
	})
}
