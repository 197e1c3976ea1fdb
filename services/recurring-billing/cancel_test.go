package recurringbilling_test

import (
	"context"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

func cancelOf(name string, effective *date.Date) *native.CancelRecurringLineRequest {
	return &native.CancelRecurringLineRequest{Name: name, EffectiveDate: effective, ReasonCode: "MOVED"}
}

func (f *fixture) uncancel(t testing.TB, name string) (*native.RecurringLine, error) {
	t.Helper()
	return f.lines.UncancelRecurringLine(t.Context(), &native.UncancelRecurringLineRequest{Name: name})
}

// credits returns all credits, as `line bill-to from to amount currency reason`.
func (f *fixture) credits(t testing.TB) (rows []string) {
	t.Helper()
	db := databasetest.Open(t, f.url, recurringbilling.Migrations())
	err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		rows, err = database.Select(ctx, tx, "credit", func(r database.Row) (row string, err error) { return row, r.Scan(&row) },
			`SELECT line_id || ' ' || bill_to_id || ' ' || from_date || ' ' || to_date || ' ' || amount || ' ' || currency || ' ' || reason
			 FROM line_credits ORDER BY line_id, number`)
		return err
	})
	if err != nil {
		t.Fatalf("reading the credits: %v", err)
	}
	return rows
}

func TestCancelCreditsOnlyOnRequest(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.billedLine(t, nil)
		got := must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 3, 11))))(t)
		line.EndDate, line.Cancellation = day(2026, 3, 11), &native.Cancellation{ReasonCode: "MOVED", TrackingNumber: 1}
		for _, seen := range []*native.RecurringLine{got, f.line(t, line.GetName())} {
			if diff := gocmp.Diff(line, seen, protocmp.Transform(), protocmp.IgnoreFields(line, "etag", "update_time")); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		}
		if credits := f.credits(t); len(credits) != 0 {
			t.Errorf("credits %v", credits)
		}
		back := must(f.uncancel(t, line.GetName()))(t)
		line.EndDate, line.Cancellation = nil, nil
		if diff := gocmp.Diff(line, back, protocmp.Transform(), protocmp.IgnoreFields(line, "etag", "update_time")); diff != "" {
			t.Errorf("line after uncancel (-want +got):\n%s", diff)
		}
	})
}

func TestCancelCreditsWhatDaysCost(t *testing.T) {
	tests := []struct {
		name      string
		set       func(*native.RecurringLine)
		effective *date.Date
		want      *money.Money
		row       string
	}{
		{"part of a month", nil, day(2026, 3, 11), usd(21, 0), " 1 2026-03-11 2026-04-01 21.00 USD MOVED"},
		{"whole months", nil, day(2026, 2, 1), usd(62, 0), " 1 2026-02-01 2026-04-01 62.00 USD MOVED"},
		{"everything", nil, day(2026, 1, 1), usd(93, 0), " 1 2026-01-01 2026-04-01 93.00 USD MOVED"},
		{"days at several rates", func(l *native.RecurringLine) {
			l.Rates = []*native.Rate{rateOf(day(2026, 1, 1), usd(28, 0), ""), rateOf(day(2026, 2, 22), usd(56, 0), "A"), rateOf(day(2026, 3, 1), usd(62, 0), "B"), rateOf(day(2026, 4, 1), usd(1000, 0), "C")}
		}, day(2026, 2, 15), usd(7+14+62, 0), " 1 2026-02-15 2026-04-01 83.00 USD MOVED"},
		{"a quarter", func(l *native.RecurringLine) {
			l.BillCycle, l.MonthlyAmount = native.BillCycle_BILL_CYCLE_QUARTERLY, usd(30, 0)
		}, day(2026, 3, 31), usd(0, 97), " 1 2026-03-31 2026-04-01 0.97 USD MOVED"},
		{"due from the master's bill-to", func(l *native.RecurringLine) { l.MasterAccount, l.BillTo = "masterAccounts/MASTER-1", "billTos/9" },
			day(2026, 3, 11), usd(21, 0), " 8 2026-03-11 2026-04-01 21.00 USD MOVED"},
		{"nothing that is billed", nil, day(2026, 4, 1), nil, ""},
		{"nothing that costs", func(l *native.RecurringLine) { l.MonthlyAmount = usd(0, 0) }, day(2026, 3, 1), nil, ""},
	}
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				line := f.billedLine(t, test.set)
				request := cancelOf(line.GetName(), test.effective)
				request.Credit, request.ValidateOnly = true, true
				f.unchanged(t, func() {
					if asked := must(f.lines.CancelRecurringLine(t.Context(), request))(t); !proto.Equal(asked.GetCancellation().GetCredit(), test.want) {
						t.Errorf("asked for, credit %v, want %v", asked.GetCancellation().GetCredit(), test.want)
					}
				})
				request.ValidateOnly = false
				got := must(f.lines.CancelRecurringLine(t.Context(), request))(t)
				if !proto.Equal(got.GetCancellation().GetCredit(), test.want) || !proto.Equal(got, f.line(t, got.GetName())) {
					t.Errorf("credit %v, want %v", got.GetCancellation().GetCredit(), test.want)
				}
				var rows []string
				if test.row != "" {
					rows = []string{got.GetName()[len("recurringLines/"):] + test.row}
				}
				if diff := gocmp.Diff(rows, f.credits(t)); diff != "" {
					t.Errorf("credits (-want +got):\n%s", diff)
				}
				must(f.uncancel(t, line.GetName()))(t)
				if credits := f.credits(t); len(credits) != 0 {
					t.Errorf("credits after uncancel: got %v, want none", credits)
				}
			})
		}
	})
}

func TestUncancelFailsAfterCreditIsBilled(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.billedLine(t, nil)
		request := cancelOf(line.GetName(), day(2026, 3, 11))
		request.Credit = true
		must(f.lines.CancelRecurringLine(t.Context(), request))(t)
		db := databasetest.Open(t, f.url, recurringbilling.Migrations())
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE line_credits SET invoice_id = 'I-1'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		f.unchanged(t, func() {
			if _, err := f.uncancel(t, line.GetName()); status.Code(err) != codes.FailedPrecondition {
				t.Errorf("got %v, want FAILED_PRECONDITION", err)
			}
		})
	})
}

func TestUncancelRestoresFormerEnd(t *testing.T) {
	f := open(t, true)
	line := f.billedLine(t, func(l *native.RecurringLine) { l.EndDate = day(2026, 12, 31) })
	cancelled := must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 12, 31))))(t)
	if !proto.Equal(cancelled.GetCancellation().GetFormerEndDate(), day(2026, 12, 31)) {
		t.Errorf("cancelled: %v", cancelled)
	}
	if got := must(f.uncancel(t, line.GetName()))(t); !proto.Equal(got.GetEndDate(), day(2026, 12, 31)) || got.GetCancellation() != nil {
		t.Errorf("after uncancel: got %v", got)
	}
}

func TestRejectedCancellationsChangeNothing(t *testing.T) {
	f := open(t, true)
	ending := f.billedLine(t, func(l *native.RecurringLine) { l.EndDate = day(2026, 7, 1) })
	cancelled := must(f.lines.CancelRecurringLine(t.Context(), cancelOf("recurringLines/1", day(2026, 7, 1))))(t)
	call := func(request *native.CancelRecurringLineRequest) error {
		_, err := f.lines.CancelRecurringLine(t.Context(), request)
		return err
	}
	f.unchanged(t, func() {
		wantFaults(t, call(cancelOf(ending.GetName(), day(2025, 12, 31))), "effective_date BEFORE_START")
		wantFaults(t, call(cancelOf(ending.GetName(), day(2026, 7, 2))), "effective_date AFTER_END")
		wantFaults(t, call(&native.CancelRecurringLineRequest{Name: ending.GetName(), EffectiveDate: day(2025, 12, 31), ReasonCode: "\n"}),
			"effective_date BEFORE_START", "reason_code REQUIRED")
		for name, test := range map[string]struct {
			err  error
			want codes.Code
		}{
			"cancelled already":  {call(cancelOf(cancelled.GetName(), day(2026, 6, 1))), codes.FailedPrecondition},
			"an unknown line":    {call(cancelOf("recurringLines/4711", day(2026, 6, 1))), codes.NotFound},
			"without a reason":   {call(&native.CancelRecurringLineRequest{Name: ending.GetName(), EffectiveDate: day(2026, 6, 1)}), codes.InvalidArgument},
			"without a date":     {call(&native.CancelRecurringLineRequest{Name: ending.GetName(), ReasonCode: "A"}), codes.InvalidArgument},
			"a stale etag":       {call(&native.CancelRecurringLineRequest{Name: ending.GetName(), EffectiveDate: day(2026, 6, 1), ReasonCode: "A", Etag: "stale"}), codes.Aborted},
			"nothing to go back": {func() error { _, err := f.uncancel(t, ending.GetName()); return err }(), codes.FailedPrecondition},
		} {
			if status.Code(test.err) != test.want {
				t.Errorf("%s: %v, want %v", name, test.err, test.want)
			}
		}
	})
}

func TestImportKeepsCancelledLine(t *testing.T) {
	f := open(t, true)
	line := f.billedLine(t, func(l *native.RecurringLine) {
		l.EndDate, l.Cancellation = day(2026, 3, 11), &native.Cancellation{ReasonCode: "MOVED", FormerEndDate: day(2027, 1, 1), Credit: usd(21, 0)}
	})
	if got := f.line(t, line.GetName()); !proto.Equal(got.GetCancellation(), line.GetCancellation()) || got.GetCancellation().GetReasonCode() != "MOVED" {
		t.Errorf("cancellation %v", got.GetCancellation())
	}
	if credits := f.credits(t); len(credits) != 0 {
		t.Errorf("credited again after the import: %v", credits)
	}
	f.unchanged(t, func() {
		bad := newLine()
		bad.Cancellation = &native.Cancellation{ReasonCode: "A", Credit: &money.Money{CurrencyCode: "EUR", Units: 1}}
		_, err := f.create(t, bad, "")
		wantFaults(t, err, "recurring_line.end_date BEFORE_START", "recurring_line.cancellation.credit ANOTHER_CURRENCY")
	})
}
