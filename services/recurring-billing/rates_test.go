package recurringbilling_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// billedLine creates a line of 31.00 a month from 2026-01-01 that is billed up to 2026-04-01. set
// changes it first.
func (f *fixture) billedLine(t testing.TB, set func(*native.RecurringLine)) *native.RecurringLine {
	t.Helper()
	line := &native.RecurringLine{
		CustomerId: 1, BillTo: "billTos/1", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY,
		MonthlyAmount: usd(31, 0), StartDate: day(2026, 1, 1), NextCycleDate: day(2026, 4, 1), LastCycleDate: day(2026, 3, 1),
	}
	if set != nil {
		set(line)
	}
	return must(f.create(t, line, ""))(t)
}

func rateOf(effective *date.Date, amount *money.Money, reason string) *native.Rate {
	return &native.Rate{EffectiveDate: effective, AppliesFrom: effective, MonthlyAmount: amount, ReasonCode: reason}
}

// from returns a rate that counts from a later day on than its date.
func from(day *date.Date, rate *native.Rate) *native.Rate {
	rate.AppliesFrom = day
	return rate
}

// tooPrecise is an amount with a fraction of a cent.
var tooPrecise = &money.Money{CurrencyCode: "USD", Units: -1, Nanos: -1_000_000}

func changeOf(name string, rate *native.Rate) *native.ChangeRecurringLineRateRequest {
	return &native.ChangeRecurringLineRateRequest{
		Name: name, EffectiveDate: rate.GetEffectiveDate(), MonthlyAmount: rate.GetMonthlyAmount(), ReasonCode: rate.GetReasonCode(),
	}
}

func (f *fixture) changeRate(t testing.TB, name string, rate *native.Rate) *native.RecurringLine {
	t.Helper()
	return must(f.lines.ChangeRecurringLineRate(t.Context(), changeOf(name, rate)))(t)
}

func wantRates(t *testing.T, line *native.RecurringLine, want ...*native.Rate) {
	t.Helper()
	if diff := gocmp.Diff(want, line.GetRates(), protocmp.Transform()); diff != "" {
		t.Errorf("rates (-want +got):\n%s", diff)
	}
}

func TestRatesTakeEffectOnTheirDates(t *testing.T) {
	first := rateOf(day(2026, 1, 1), usd(31, 0), "")
	tests := []struct {
		name    string
		changes []*native.Rate
		want    []*native.Rate
		monthly *money.Money
	}{
		{"one to come is not what the next period costs", []*native.Rate{rateOf(day(2026, 6, 1), usd(40, 0), "PRICE")},
			[]*native.Rate{first, rateOf(day(2026, 6, 1), usd(40, 0), "PRICE")}, usd(31, 0)},
		{"one of the next cycle date is", []*native.Rate{rateOf(day(2026, 4, 1), usd(40, 0), "PRICE")},
			[]*native.Rate{first, rateOf(day(2026, 4, 1), usd(40, 0), "PRICE")}, usd(40, 0)},
		{"one in a billed period keeps its date and counts from the next cycle date", []*native.Rate{rateOf(day(2026, 2, 10), usd(40, 0), "PRICE")},
			[]*native.Rate{first, from(day(2026, 4, 1), rateOf(day(2026, 2, 10), usd(40, 0), "PRICE"))}, usd(40, 0)},
		{"one of an earlier date counts until the other", []*native.Rate{rateOf(day(2026, 3, 10), usd(40, 0), "A"), rateOf(day(2026, 2, 10), usd(50, 0), "B")},
			[]*native.Rate{first, from(day(2026, 4, 1), rateOf(day(2026, 2, 10), usd(50, 0), "B")), from(day(2026, 4, 1), rateOf(day(2026, 3, 10), usd(40, 0), "A"))}, usd(40, 0)},
		{"one of the same date counts for the days that are not billed", []*native.Rate{rateOf(day(2026, 1, 1), usd(40, 0), "A"), rateOf(day(2026, 1, 1), usd(41, 0), "B")},
			[]*native.Rate{first, from(day(2026, 4, 1), rateOf(day(2026, 1, 1), usd(41, 0), "B"))}, usd(41, 0)},
		{"what is not billed can be replaced", []*native.Rate{rateOf(day(2026, 6, 1), usd(40, 0), "A"), rateOf(day(2026, 6, 1), usd(41, 0), "B")},
			[]*native.Rate{first, rateOf(day(2026, 6, 1), usd(41, 0), "B")}, usd(31, 0)},
		{"they are kept in the order of their dates", []*native.Rate{rateOf(day(2026, 8, 1), usd(50, 0), "A"), rateOf(day(2026, 6, 1), usd(0, 0), "B")},
			[]*native.Rate{first, rateOf(day(2026, 6, 1), usd(0, 0), "B"), rateOf(day(2026, 8, 1), usd(50, 0), "A")}, usd(31, 0)},
	}
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				line := f.billedLine(t, nil)
				for _, rate := range test.changes {
					line = f.changeRate(t, line.GetName(), rate)
				}
				wantRates(t, line, test.want...)
				if !proto.Equal(line.GetMonthlyAmount(), test.monthly) {
					t.Errorf("monthly amount %v, want %v", line.GetMonthlyAmount(), test.monthly)
				}
				if diff := gocmp.Diff(line, f.line(t, line.GetName()), protocmp.Transform()); diff != "" {
					t.Errorf("line (-response +read):\n%s", diff)
				}
			})
		}
	})
}

func TestChangeRateBeforeFirstBill(t *testing.T) {
	f := open(t, true)
	line := f.changeRate(t, "recurringLines/1", rateOf(day(2026, 1, 1), usd(5, 0), "TYPO"))
	wantRates(t, line, rateOf(day(2026, 1, 1), usd(5, 0), "TYPO"))
}

func TestChangeRateCanChangeBillCycle(t *testing.T) {
	f := open(t, true)
	change := changeOf("recurringLines/1", rateOf(day(2026, 1, 1), usd(5, 0), "TYPO"))
	change.BillCycle = native.BillCycle_BILL_CYCLE_ANNUAL
	line := must(f.lines.ChangeRecurringLineRate(t.Context(), change))(t)
	if line.GetBillCycle() != change.BillCycle || !proto.Equal(line.GetCycleAmount(), usd(60, 0)) {
		t.Errorf("the line is %v", line)
	}
}

// A change of the rate with another cycle keeps the periods, so the rest of a quarter is billed first, or
// begins full ones on the next cycle date. With the cycle kept, a full period can begin there too.
func TestChangeRateCanRestartPeriods(t *testing.T) {
	monthly, quarterly := native.BillCycle_BILL_CYCLE_UNSPECIFIED, native.BillCycle_BILL_CYCLE_QUARTERLY
	for name, test := range map[string]struct {
		cycle          native.BillCycle
		adjusts        bool
		restart        bool
		anchor, billed int32
		next           int32
		then           int64 // what the run as of March 1 bills
	}{
		"quarters kept":                   {quarterly, false, false, 1, 3, 4, 5000},
		"quarters restarted":              {quarterly, false, true, 3, 3, 6, 15000},
		"months kept":                     {monthly, false, false, 1, 3, 4, 5000},
		"months restarted":                {monthly, false, true, 3, 3, 4, 5000},
		"restarted, billed days adjusted": {quarterly, true, true, 3, 3, 6, 15000 + 5000 - 10000},
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, f *fixture) {
				line := f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount, l.StartDate = usd(100, 0), day(2026, 1, 1) })
				f.totals(t, day(2026, 2, 1))
				change := changeOf(line.GetName(), rateOf(day(2026, 3, 1), usd(50, 0), "PRICE"))
				if change.BillCycle, change.RestartPeriods = test.cycle, test.restart; test.adjusts {
					change.EffectiveDate, change.AdjustBilled = day(2026, 2, 1), true
				}
				change.ValidateOnly = true
				foreseen := must(f.lines.ChangeRecurringLineRate(t.Context(), change))(t)
				change.ValidateOnly = false
				changed := must(f.lines.ChangeRecurringLineRate(t.Context(), change))(t)
				for _, answer := range []*native.RecurringLine{foreseen, changed, f.line(t, line.GetName())} {
					if answer.GetAnchorDate().GetMonth() != test.anchor || answer.GetNextCycleDate().GetMonth() != test.billed || answer.GetBillDay() != 1 {
						t.Errorf("changed to %v", answer)
					}
				}
				wantTotals(t, f.totals(t, day(2026, 3, 1)), test.then)
				if next := f.line(t, line.GetName()).GetNextCycleDate().GetMonth(); next != test.next {
					t.Errorf("the next cycle begins in month %d", next)
				}
			})
		})
	}
}

func TestRejectedRateChangesChangeNothing(t *testing.T) {
	f := open(t, true)
	ending := f.billedLine(t, func(l *native.RecurringLine) { l.EndDate = day(2026, 7, 1) })
	tests := []struct {
		name string
		set  func(*native.ChangeRecurringLineRateRequest)
		code codes.Code
		want []string
	}{
		{"before the start", func(r *native.ChangeRecurringLineRateRequest) { r.EffectiveDate = day(2025, 12, 31) }, codes.InvalidArgument, []string{"effective_date BEFORE_START"}},
		{"no day of the calendar", func(r *native.ChangeRecurringLineRateRequest) { r.EffectiveDate = day(2026, 2, 30) }, codes.InvalidArgument, []string{"effective_date INVALID_DATE"}},
		{"on the end", func(r *native.ChangeRecurringLineRateRequest) { r.EffectiveDate = day(2026, 7, 1) }, codes.FailedPrecondition, nil},
		{"another currency", func(r *native.ChangeRecurringLineRateRequest) { r.MonthlyAmount.CurrencyCode = "EUR" }, codes.InvalidArgument, []string{"monthly_amount ANOTHER_CURRENCY"}},
		{"parts of cents", func(r *native.ChangeRecurringLineRateRequest) { r.MonthlyAmount = tooPrecise }, codes.InvalidArgument, []string{"monthly_amount TOO_PRECISE"}},
		{"a blank reason", func(r *native.ChangeRecurringLineRateRequest) { r.ReasonCode = " " }, codes.InvalidArgument, []string{"reason_code REQUIRED"}},
		{"a reason of two lines", func(r *native.ChangeRecurringLineRateRequest) { r.ReasonCode = "a\nb" }, codes.InvalidArgument, []string{"reason_code INVALID_TEXT"}},
		{"everything at once", func(r *native.ChangeRecurringLineRateRequest) {
			r.EffectiveDate, r.MonthlyAmount, r.ReasonCode = day(2025, 1, 1), tooPrecise, "\t"
		}, codes.InvalidArgument, []string{"effective_date BEFORE_START", "monthly_amount TOO_PRECISE", "reason_code REQUIRED"}},
		{"a stale etag", func(r *native.ChangeRecurringLineRateRequest) { r.Etag = "stale" }, codes.Aborted, nil},
		{"an unknown line", func(r *native.ChangeRecurringLineRateRequest) { r.Name = "recurringLines/4711" }, codes.NotFound, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := changeOf(ending.GetName(), rateOf(day(2026, 5, 1), usd(40, 0), "PRICE"))
			test.set(request)
			f.unchanged(t, func() {
				_, err := f.lines.ChangeRecurringLineRate(t.Context(), request)
				if test.want != nil {
					wantFaults(t, err, test.want...)
				} else if status.Code(err) != test.code {
					t.Errorf("got %v, want %v", err, test.code)
				}
			})
		})
	}
	t.Run("validate only", func(t *testing.T) {
		request := changeOf(ending.GetName(), rateOf(day(2026, 4, 1), usd(40, 0), "PRICE"))
		request.ValidateOnly = true
		f.unchanged(t, func() {
			if got := must(f.lines.ChangeRecurringLineRate(t.Context(), request))(t); !proto.Equal(got.GetMonthlyAmount(), usd(40, 0)) {
				t.Errorf("got %v, want the line that would result", got)
			}
		})
	})
}

func TestWithdrawFutureRate(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.billedLine(t, func(l *native.RecurringLine) {
			l.MonthlyAmount = nil
			l.Rates = []*native.Rate{rateOf(day(2026, 1, 1), usd(31, 0), ""), rateOf(day(2026, 3, 1), usd(32, 0), "A")}
		})
		line = f.changeRate(t, line.GetName(), rateOf(day(2026, 9, 1), usd(40, 0), "B"))
		withdraw := func(effective *date.Date) error {
			_, err := f.lines.WithdrawRecurringLineRate(t.Context(), &native.WithdrawRecurringLineRateRequest{Name: line.GetName(), EffectiveDate: effective})
			return err
		}
		f.unchanged(t, func() {
			if err := withdraw(day(2026, 3, 1)); status.Code(err) != codes.FailedPrecondition {
				t.Errorf("a rate that was billed at: %v, want FAILED_PRECONDITION", err)
			}
			if err := withdraw(day(2026, 1, 1)); status.Code(err) != codes.FailedPrecondition {
				t.Errorf("the first rate: %v, want FAILED_PRECONDITION", err)
			}
			wantFaults(t, withdraw(day(2026, 9, 2)), "effective_date NOT_FOUND")
		})
		if err := withdraw(day(2026, 9, 1)); err != nil {
			t.Fatal(err)
		}
		wantRates(t, f.line(t, line.GetName()), line.GetRates()[:2]...)
	})
}

// A rate dated inside billed days counts for those that are released, and is withdrawn by its date.
func TestRateCountsForReleasedDays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.billedLine(t, func(l *native.RecurringLine) { l.BillTo = "billTos/9" })
		of := &native.CycleRunFilter{BillTos: []string{"billTos/9"}}
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 5, 1), LineFilter: of})
		dated := rateOf(day(2026, 4, 11), usd(61, 0), "PRICE")
		wantRates(t, f.changeRate(t, line.GetName(), dated), line.GetRates()[0], from(day(2026, 6, 1), dated))
		invoices := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/9")})
		must(f.void(t, &native.VoidInvoiceRequest{Name: invoices[0].GetName(), Reason: "Wrong", ReleasePeriods: true}))(t)
		wantRates(t, f.line(t, line.GetName()), line.GetRates()[0], from(day(2026, 4, 11), dated))
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 1), LineFilter: of})
		invoices = f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/9")})
		again := must(f.invoices.GetInvoice(t.Context(), &native.GetInvoiceRequest{Name: invoices[len(invoices)-1].GetName()}))(t)
		// 10 of April's 30 days at 31.00, and 20 at 61.00.
		if total := again.GetTotal(); !proto.Equal(total, usd(51, 0)) {
			t.Errorf("April again: %v", again)
		}
		_, err := f.lines.WithdrawRecurringLineRate(t.Context(), &native.WithdrawRecurringLineRateRequest{Name: line.GetName(), EffectiveDate: day(2026, 4, 11)})
		if reasonOf(err) != "RATE_BILLED" {
			t.Errorf("withdrawn after days were billed at it: %v", err)
		}
	})
}

func TestWithdrawRateInBilledDays(t *testing.T) {
	f := open(t, true)
	line := f.billedLine(t, nil)
	f.changeRate(t, line.GetName(), rateOf(day(2026, 1, 1), usd(41, 0), "PRICE"))
	withdrawn := must(f.lines.WithdrawRecurringLineRate(t.Context(), &native.WithdrawRecurringLineRateRequest{Name: line.GetName(), EffectiveDate: day(2026, 1, 1)}))(t)
	wantRates(t, withdrawn, line.GetRates()...)
}

func TestCreateChecksRates(t *testing.T) {
	f := open(t, true)
	const at = "recurring_line.rates[1]."
	tests := map[string]struct {
		rates []*native.Rate
		want  []string
	}{
		"a first rate after the start": {[]*native.Rate{rateOf(day(2026, 2, 1), usd(1, 0), "")}, []string{"recurring_line.rates[0].effective_date NOT_AT_START"}},
		"one date twice":               {[]*native.Rate{rateOf(day(2026, 1, 31), usd(1, 0), ""), rateOf(day(2026, 1, 31), usd(1, 0), "A")}, []string{at + "effective_date OUT_OF_ORDER"}},
		"one that counts before its date": {[]*native.Rate{rateOf(day(2026, 1, 31), usd(1, 0), ""), from(day(2026, 2, 1), rateOf(day(2026, 2, 2), usd(1, 0), "A"))},
			[]string{at + "applies_from OUT_OF_RANGE"}},
		"one that counts after unbilled days": {[]*native.Rate{rateOf(day(2026, 1, 31), usd(1, 0), ""), from(day(2026, 2, 3), rateOf(day(2026, 2, 2), usd(1, 0), "A"))},
			[]string{at + "applies_from OUT_OF_RANGE"}},
		"two currencies":            {[]*native.Rate{rateOf(day(2026, 1, 31), usd(1, 0), ""), rateOf(day(2026, 2, 1), &money.Money{CurrencyCode: "EUR"}, "A")}, []string{at + "monthly_amount ANOTHER_CURRENCY"}},
		"a change without a reason": {[]*native.Rate{rateOf(day(2026, 1, 31), usd(1, 0), ""), rateOf(day(2026, 2, 1), tooPrecise, "")}, []string{at + "reason_code REQUIRED", at + "monthly_amount TOO_PRECISE"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			line := newLine()
			line.Rates = test.rates
			f.unchanged(t, func() {
				_, err := f.create(t, line, "")
				wantFaults(t, err, test.want...)
			})
		})
	}
}

func TestRepeatedRateChangeIsAppliedOnce(t *testing.T) {
	f := open(t, true)
	request := changeOf("recurringLines/1", rateOf(day(2026, 5, 1), usd(40, 0), "PRICE"))
	request.RequestId = "once"
	first := must(f.lines.ChangeRecurringLineRate(t.Context(), request))(t)
	f.changeRate(t, "recurringLines/1", rateOf(day(2026, 5, 1), usd(41, 0), "PRICE"))
	f.unchanged(t, func() {
		if diff := gocmp.Diff(first, must(f.lines.ChangeRecurringLineRate(t.Context(), request))(t), protocmp.Transform()); diff != "" {
			t.Errorf("the repeated call has another response (-first +second):\n%s", diff)
		}
	})
}
