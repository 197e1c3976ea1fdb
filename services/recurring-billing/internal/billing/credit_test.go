package billing_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

func span(t testing.TB, from, to string) billing.Span {
	t.Helper()
	return billing.Span{Start: parse(t, from), End: parse(t, to)}
}

func TestDocumentedCredits(t *testing.T) {
	rows := table(t, "charged from")
	if len(rows) != 7 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		charge := billing.Charge{Span: span(t, row[0], row[1]), Amount: cents(t, row[2])}
		if got := money(charge.For(span(t, row[3], row[4]))); got != row[5] {
			t.Errorf("%s: %s", strings.Join(row, " "), got)
		}
	}
}

func TestChargedReturnsMissingDays(t *testing.T) {
	charges := []billing.Charge{
		{Span: span(t, "2026-01-11", "2026-01-21"), Amount: 1000}, {Span: span(t, "2026-02-01", "2026-03-01"), Amount: 2800},
	}
	for _, test := range []struct {
		days    billing.Span
		amount  int64
		missing []string
	}{
		{span(t, "2026-01-01", "2026-03-11"), 3800, []string{"[2026-01-01, 2026-01-11)", "[2026-01-21, 2026-02-01)", "[2026-03-01, 2026-03-11)"}},
		{span(t, "2026-01-11", "2026-01-16"), 500, nil},
		{span(t, "2026-01-20", "2026-02-02"), 200, []string{"[2026-01-21, 2026-02-01)"}},
		{span(t, "2026-04-01", "2026-05-01"), 0, []string{"[2026-04-01, 2026-05-01)"}},
	} {
		amount, missing, err := billing.Charged(test.days, charges)
		var got []string
		for _, span := range missing {
			got = append(got, span.String())
		}
		if diff := gocmp.Diff(test.missing, got); diff != "" || amount != test.amount || err != nil {
			t.Errorf("%s: %d, %v, missing (-want +got):\n%s", test.days, amount, err, diff)
		}
	}
	largest := []billing.Charge{charges[0], charges[1]}
	largest[0].Amount, largest[1].Amount = 1<<62, 1<<62
	if _, _, err := billing.Charged(span(t, "2026-01-01", "2026-03-11"), largest); err == nil {
		t.Error("a sum that cannot be held")
	}
	if _, err := billing.Spread(1, span(t, "2026-01-01", "2026-03-11"), largest); err == nil {
		t.Error("spread over a sum that cannot be held")
	}
}

func TestSpreadOfOtherAmountsOverCharges(t *testing.T) {
	charges := []billing.Charge{
		{Span: span(t, "2026-02-01", "2026-03-01"), Amount: 2800}, {Span: span(t, "2026-03-01", "2026-04-01"), Amount: 3100},
	}
	for _, test := range []struct {
		name   string
		credit int64
		days   billing.Span
		want   []int64
	}{
		{"what was charged", 1400 + 3100, span(t, "2026-02-15", "2026-04-01"), []int64{1400, 3100}},
		{"less", 45, span(t, "2026-02-15", "2026-04-01"), []int64{14, 31}},
		{"a cent", 1, span(t, "2026-02-15", "2026-04-01"), []int64{0, 1}},
		{"more", 1400 + 3100 + 59, span(t, "2026-02-15", "2026-04-01"), []int64{1459, 3100}},
		{"more than there is", 9999, span(t, "2026-02-15", "2026-04-01"), []int64{2800, 3100}},
		{"more, for days charged elsewhere too", 9999, span(t, "2026-01-15", "2026-03-02"), []int64{2800, 100}},
	} {
		got, err := billing.Spread(test.credit, test.days, charges)
		if diff := gocmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s, error %v (-want +got):\n%s", test.name, err, diff)
		}
		got, err = billing.Spread(-test.credit, test.days, negated(charges))
		if diff := gocmp.Diff(negatives(test.want), got); diff != "" || err != nil {
			t.Errorf("%s, of discounts, error %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}

func negatives(amounts []int64) []int64 {
	negative := make([]int64, len(amounts))
	for i, amount := range amounts {
		negative[i] = -amount
	}
	return negative
}

// negated returns discounts of what charges cost.
func negated(charges []billing.Charge) []billing.Charge {
	discounts := slices.Clone(charges)
	for i := range discounts {
		discounts[i].Amount = -discounts[i].Amount
	}
	return discounts
}

// A line that becomes a discount, or is one no more, is credited what each charge was.
func TestSpreadOverChargesAndDiscounts(t *testing.T) {
	february, march := span(t, "2026-02-01", "2026-03-01"), span(t, "2026-03-01", "2026-04-01")
	discountFirst := []billing.Charge{{Span: february, Amount: -2800}, {Span: march, Amount: 3100}}
	days := span(t, "2026-02-15", "2026-04-01")
	for credit, want := range map[int64][]int64{1700: {-1400, 3100}, 17: {-14, 31}, 9999: {-1400, 3100}} {
		got, err := billing.Spread(credit, days, discountFirst)
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("a credit of %d, error %v (-want +got):\n%s", credit, err, diff)
		}
		got, err = billing.Spread(-credit, days, negated(discountFirst))
		if diff := gocmp.Diff(negatives(want), got); diff != "" || err != nil {
			t.Errorf("a credit of %d, error %v (-want +got):\n%s", -credit, err, diff)
		}
	}
}

// drawCharges draws the charges of a line for consecutive days, in order.
func drawCharges(t *rapid.T) (charges []billing.Charge) {
	next := date.MustNew(2026, time.January, 1)
	for range rapid.IntRange(1, 6).Draw(t, "charges") {
		charge := billing.Charge{
			Span:   billing.Span{Start: next, End: next.AddDays(rapid.IntRange(1, 400).Draw(t, "days"))},
			Amount: rapid.Int64Range(0, 1_000_000).Draw(t, "amount"),
		}
		charges, next = append(charges, charge), charge.Span.End
	}
	return charges
}

// However days are cut, each piece costs at most its charge, and the pieces sum to what was
// charged.
func TestCreditAndRemainderSumToCharge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		charges := drawCharges(t)
		all := billing.Span{Start: charges[0].Span.Start, End: charges[len(charges)-1].Span.End}
		total := int64(0)
		for _, charge := range charges {
			total += charge.Amount
		}
		sum, next := int64(0), all.Start
		for next.Before(all.End) {
			piece := billing.Span{Start: next, End: next.AddDays(rapid.IntRange(1, 500).Draw(t, "piece"))}
			amount, missing, err := billing.Charged(piece, charges)
			given, spreadErr := billing.Spread(amount, piece, charges)
			if err != nil || spreadErr != nil || all.End.Before(piece.End) != (len(missing) > 0) {
				t.Fatalf("%v, %v, missing %v", err, spreadErr, missing)
			}
			for i, part := range given {
				if part != charges[i].For(piece) || part < 0 || part > charges[i].Amount {
					t.Fatalf("credit %s: got share %d of %+v", piece, part, charges[i])
				}
				amount -= part
			}
			if amount != 0 {
				t.Fatalf("%s: the credit exceeds the shares by %d", piece, amount)
			}
			for _, part := range given {
				sum += part
			}
			next = piece.End
		}
		if sum != total {
			t.Fatalf("pieces sum to %d of %d", sum, total)
		}
	})
}

// For any amount of a credit, no charge is credited more than its amount, and everything that can
// be is credited.
func TestSpreadStopsAtCharges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		charges := drawCharges(t)
		from := charges[0].Span.Start.AddDays(rapid.IntRange(0, charges[0].Span.Days()-1).Draw(t, "from"))
		days := billing.Span{Start: from, End: charges[len(charges)-1].Span.End}
		credit := rapid.Int64Range(0, 8_000_000).Draw(t, "credit")
		given, err := billing.Spread(credit, days, charges)
		if err != nil {
			t.Fatal(err)
		}
		sum, maxAmount := int64(0), int64(0)
		for i, part := range given {
			if part < 0 || part > charges[i].Amount {
				t.Fatalf("%d of %+v", part, charges[i])
			}
			sum, maxAmount = sum+part, maxAmount+charges[i].Amount
		}
		if sum != min(credit, maxAmount) {
			t.Fatalf("%d of %d are spread over %d: %v", sum, credit, maxAmount, given)
		}
	})
}

// share formats a share as a row of the documented table.
func share(s billing.Share) []string {
	return []string{fmt.Sprint(s.BillTo), s.Start.String(), s.End.String(), money(s.Amount)}
}

func TestDocumentedShares(t *testing.T) {
	var paid []billing.Paid
	var want, got [][]string
	for _, row := range table(t, "charged to  from") {
		billTo, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		paid = append(paid, billing.Paid{Charge: billing.Charge{Span: span(t, row[1], row[2]), Amount: cents(t, row[3])}, BillTo: int32(billTo)})
		want = append(want, []string{row[0], row[4], row[5], row[6]})
	}
	shares, err := billing.Shares(span(t, "2026-01-15", "2026-05-01"), paid, 42, func(days billing.Span) (int64, error) {
		t.Errorf("%s were charged", days)
		return 0, nil
	})
	for _, s := range shares {
		got = append(got, share(s))
	}
	if diff := gocmp.Diff(want, got); diff != "" || err != nil || len(want) != 4 {
		t.Errorf("error %v (-documented +got):\n%s", err, diff)
	}
}

// Days that nobody was charged for here go to the present bill-to, those of one bill-to together.
func TestSharesOfDaysChargedElsewhere(t *testing.T) {
	paid := []billing.Paid{
		{Charge: billing.Charge{Span: span(t, "2026-02-01", "2026-03-01"), Amount: 2800}, BillTo: 7},
		{Charge: billing.Charge{Span: span(t, "2026-03-01", "2026-04-01"), Amount: 3100}, BillTo: 8},
		{Charge: billing.Charge{Span: span(t, "2026-05-01", "2026-06-01"), Amount: 0}, BillTo: 9},
	}
	shares, err := billing.Shares(span(t, "2026-01-22", "2026-06-03"), paid, 7, func(days billing.Span) (int64, error) { return int64(days.Days()), nil })
	var got [][]string
	for _, s := range shares {
		got = append(got, share(s))
	}
	want := [][]string{
		{"7", "2026-01-22", "2026-03-01", "28.10"}, {"8", "2026-03-01", "2026-04-01", "31.00"}, {"7", "2026-04-01", "2026-05-01", "0.30"},
		{"7", "2026-06-01", "2026-06-03", "0.02"},
	}
	if diff := gocmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}
