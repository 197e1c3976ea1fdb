package recurringbilling_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

func pauseOf(name string, from, until *date.Date) *native.PauseRecurringLineRequest {
	return &native.PauseRecurringLineRequest{Name: name, FromDate: from, UntilDate: until, ReasonCode: "AWAY"}
}

func (f *fixture) paused(t testing.TB, name string, from, until *date.Date) *native.RecurringLine {
	t.Helper()
	return must(f.lines.PauseRecurringLine(t.Context(), pauseOf(name, from, until)))(t)
}

func (f *fixture) resumed(t testing.TB, name string, on *date.Date) *native.RecurringLine {
	t.Helper()
	return must(f.lines.ResumeRecurringLine(t.Context(), &native.ResumeRecurringLineRequest{Name: name, ResumeDate: on}))(t)
}

// vendorNext returns the next cycle date of a line on the vendor's face.
func (f *fixture) vendorNext(t testing.TB, name string) string {
	t.Helper()
	id, err := strconv.Atoi(strings.TrimPrefix(name, "recurringLines/"))
	if err != nil {
		t.Fatal(err)
	}
	return must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: int32(id)}))(t).GetCustomerRecurring().GetNextCycleDate()
}

// secondBillTo gives the customer of bill-to 77 another one.
func (f *fixture) secondBillTo(t testing.TB) {
	t.Helper()
	must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "78", BillTo: &native.BillTo{CustomerId: 77, DisplayName: "Also Ltd"}}))(t)
}

func wantDays(t testing.TB, what string, got []*native.DaySpan, want ...*native.DaySpan) {
	t.Helper()
	if diff := gocmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantParts makes a run of bill-tos 77 and 78 and compares what a preview and the run bill.
func (f *fixture) wantParts(t testing.TB, asOf *date.Date, want ...string) *native.CycleRun {
	t.Helper()
	filter := &native.CycleRunFilter{BillTos: []string{"billTos/77", "billTos/78"}}
	var previewed []string
	stream, err := f.runs.PreviewCycleRun(t.Context(), &native.PreviewCycleRunRequest{AsOfDate: asOf, LineFilter: filter})
	for _, message := range all(t, stream, err) {
		for _, item := range message.GetInvoice().GetItems() {
			for _, part := range item.GetParts() {
				previewed = append(previewed, partText(message.GetInvoice().GetBillTo(), part))
			}
		}
	}
	run := f.run(t, &native.CycleRun{AsOfDate: asOf, LineFilter: filter})
	if diff := gocmp.Diff(want, f.parts(t, run)); diff != "" {
		t.Errorf("billed as of %v (-want +got):\n%s", asOf, diff)
	}
	if diff := gocmp.Diff(want, previewed); diff != "" {
		t.Errorf("previewed as of %v (-want +got):\n%s", asOf, diff)
	}
	return run
}

// wantTable compares the rows of a run's only invoice as a table, as `kind first-day day-after-last amount`,
// and prints it.
func (f *fixture) wantTable(t testing.TB, run *native.CycleRun, want ...string) {
	t.Helper()
	made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})[0]
	must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: made.GetName()}))(t)
	exported := must(f.invoices.ExportInvoice(t.Context(), &native.ExportInvoiceRequest{Name: made.GetName()}))(t)
	var got []string
	for _, row := range table(t, exported.GetData()) {
		got = append(got, strings.Join([]string{row["kind"], row["start_date"], row["end_date"], row["amount"]}, " "))
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestPausedDaysAreCreditedToWhoPaid(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, nil)
		f.secondBillTo(t)
		f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 2800")
		f.moved(t, line.GetName(), "billTos/78")
		f.unchanged(t, func() {
			request := pauseOf(line.GetName(), day(2026, 2, 15), day(2026, 3, 10))
			request.ValidateOnly = true
			if checked := must(f.lines.PauseRecurringLine(t.Context(), request))(t); len(checked.GetCredits()) != 1 {
				t.Errorf("only validated: %v", checked)
			}
		})
		paused := f.paused(t, line.GetName(), day(2026, 2, 15), day(2026, 3, 10))
		credit := &native.LineCredit{
			BillTo: "billTos/77", StartDate: day(2026, 2, 15), EndDate: day(2026, 3, 1), Amount: usd(14, 0), Kind: native.LineCredit_KIND_PAUSE,
			CreditedInvoice: paused.GetCredits()[0].GetCreditedInvoice(), ReasonCode: "AWAY",
		}
		pause := &native.Pause{FromDate: day(2026, 2, 15), UntilDate: day(2026, 3, 10), ReasonCode: "AWAY"}
		if !protoEqual(paused.GetCredits()[0], credit) || !protoEqual(paused.GetPauses()[0], pause) || !protoEqual(paused.GetNextCycleDate(), day(2026, 3, 1)) {
			t.Errorf("paused: %v", paused)
		}
		if told := f.replayed(t)[line.GetName()]; !protoEqual(told, paused) {
			t.Errorf("the change feed tells %v", told)
		}
		first := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/77")})[0]
		wantReason(t, f.voided(t, first), "LINE_CREDITED", "when it was paused")
		if left := f.rest(t, first); left != 1400 {
			t.Errorf("%d cents of February are left, want 1400", left)
		}
		if next := f.vendorNext(t, line.GetName()); !strings.HasPrefix(next, "2026-03-10") && !strings.HasPrefix(next, "03/10/2026") {
			t.Errorf("the vendor's next cycle date is %s", next)
		}
		f.wantTable(t, f.wantParts(t, day(2026, 3, 9), "billTos/77 02-15 -1400"), "CREDIT 2026-02-15 2026-03-01 -14.00")
		f.wantParts(t, day(2026, 3, 10), "billTos/78 03-10 1987") // 22 of 31 days
		resumed := f.resumed(t, line.GetName(), day(2026, 2, 22))
		wantDays(t, "resumed", resumed.GetUnbilledDays(), &native.DaySpan{StartDate: day(2026, 2, 22), EndDate: day(2026, 3, 10)})
		again := f.wantParts(t, day(2026, 3, 10), "billTos/78 02-22 700", "billTos/78 03-01 813")
		after := f.line(t, line.GetName())
		if len(after.GetUnbilledDays()) != 0 || !protoEqual(after.GetNextCycleDate(), day(2026, 4, 1)) {
			t.Errorf("after the run: %v", after)
		}
		// The days that were paused go back to be billed again, although others follow them.
		made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(again.GetName())})[0]
		must(f.void(t, &native.VoidInvoiceRequest{Name: made.GetName(), Reason: "Wrong", ReleasePeriods: true}))(t)
		released := f.line(t, line.GetName())
		wantDays(t, "released", released.GetUnbilledDays(), &native.DaySpan{StartDate: day(2026, 2, 22), EndDate: day(2026, 3, 10)})
		f.wantParts(t, day(2026, 4, 1), "billTos/78 02-22 700", "billTos/78 03-01 813", "billTos/78 04-01 2800")
		f.checkMoved(t, line.GetName())
	})
}

// checkMoved exports everything and imports it into an empty tenant, and checks that the line is the
// same there and that nothing is due again.
func (f *fixture) checkMoved(t *testing.T, name string) {
	t.Helper()
	resources := f.export(t, "default")
	if result := f.importAll(t, "copy", 100, resources...); len(result.GetRejections()) > 0 || int(result.GetCreated()) != len(resources) {
		t.Fatalf("imported %v", result)
	}
	copied := must(f.lines.GetRecurringLine(as(t, "copy"), &native.GetRecurringLineRequest{Name: name}))(t)
	if diff := gocmp.Diff(f.line(t, name), copied, protocmp.Transform(), protocmp.IgnoreFields(copied, "create_time", "update_time", "etag")); diff != "" {
		t.Errorf("moved (-exported +imported):\n%s", diff)
	}
	if result := f.importAll(t, "copy", 100, resources...); int(result.GetUnchanged()) != len(resources) {
		t.Errorf("imported again: %v", result)
	}
}

// A pause that is known before its period is billed leaves its days out of it. What it passed over is
// billed when the line is resumed early. When an invoice is voided or a draft discarded, exactly its own
// days are to be billed again.
func TestPassedDaysAreBilledWhenResumed(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, func(l *native.RecurringLine) { l.BillCycle = native.BillCycle_BILL_CYCLE_QUARTERLY })
		f.secondBillTo(t)
		f.paused(t, line.GetName(), day(2026, 3, 1), day(2026, 4, 1))
		f.paused(t, line.GetName(), day(2026, 4, 15), day(2026, 4, 16))
		f.wantTable(t, f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 2800", "billTos/77 04-01 1307", "billTos/77 04-16 1400"),
			"LINE 2026-02-01 2026-03-01 28.00", "LINE 2026-04-01 2026-04-15 13.07", "LINE 2026-04-16 2026-05-01 14.00")
		f.resumed(t, line.GetName(), day(2026, 3, 22))
		filter := &native.CycleRunFilter{BillTos: []string{"billTos/77"}}
		drafts := f.run(t, &native.CycleRun{AsOfDate: day(2026, 2, 1), LineFilter: filter, LeaveDrafts: true})
		if drafts.GetDraftCount() != 1 {
			t.Errorf("drafts: %v", drafts)
		}
		_, err := f.lines.PauseRecurringLine(t.Context(), pauseOf(line.GetName(), day(2026, 3, 25), day(2026, 3, 27)))
		wantReason(t, err, "INVOICE_DRAFT")
		must(f.runs.DiscardCycleRun(t.Context(), &native.DiscardCycleRunRequest{Name: drafts.GetName()}))(t)
		stream, err := f.runs.WatchCycleRun(t.Context(), &native.WatchCycleRunRequest{Name: drafts.GetName()})
		all(t, stream, err)
		wantDays(t, "discarded", f.line(t, line.GetName()).GetUnbilledDays(), &native.DaySpan{StartDate: day(2026, 3, 22), EndDate: day(2026, 4, 1)})
		f.wantParts(t, day(2026, 5, 1), "billTos/77 03-22 903", "billTos/77 05-01 8400")
		// The first invoice goes back behind the second only as days to bill again.
		invoices := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/77")})
		wantReason(t, f.voidReleasing(t, invoices[0]), "PERIODS_NOT_LATEST")
		if err := f.voidReleasing(t, invoices[1]); err != nil {
			t.Fatal(err)
		}
		released := f.line(t, line.GetName())
		wantDays(t, "released", released.GetUnbilledDays(), &native.DaySpan{StartDate: day(2026, 3, 22), EndDate: day(2026, 4, 1)})
		if !protoEqual(released.GetNextCycleDate(), day(2026, 5, 1)) {
			t.Errorf("released: %v", released)
		}
		if err := f.voidReleasing(t, invoices[0]); err != nil {
			t.Fatal(err)
		}
		f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 2800", "billTos/77 03-22 2210", "billTos/77 04-16 1400")
		f.checkMoved(t, line.GetName())
	})
}

func (f *fixture) voidReleasing(t testing.TB, invoice *native.Invoice) error {
	t.Helper()
	_, err := f.void(t, &native.VoidInvoiceRequest{Name: invoice.GetName(), Reason: "Wrong", ReleasePeriods: true})
	return err
}

func TestPausesAreRefusedWithTheirDays(t *testing.T) {
	f := open(t, true)
	line := f.leaver(t, func(l *native.RecurringLine) { l.EndDate = day(2026, 12, 1) })
	f.paused(t, line.GetName(), day(2026, 3, 1), day(2026, 4, 1))
	f.paused(t, line.GetName(), day(2026, 4, 1), day(2026, 4, 10)) // it follows the other
	f.paused(t, line.GetName(), day(2026, 6, 1), nil)
	f.unchanged(t, func() {
		for _, test := range []struct {
			from, until *date.Date
			want, text  string
		}{
			{day(2026, 2, 20), day(2026, 3, 2), "from_date DAYS_PAUSED", "from 2026-03-01 to 2026-03-31"},
			{day(2026, 3, 31), day(2026, 4, 2), "from_date DAYS_PAUSED", "from 2026-03-01 to 2026-03-31, from 2026-04-01 to 2026-04-09"},
			{day(2026, 7, 1), nil, "from_date DAYS_PAUSED", "from 2026-06-01 on"},
			{day(2026, 1, 31), nil, "from_date BEFORE_START", "2026-02-01"},
			{day(2026, 12, 1), nil, "from_date AFTER_END", "2026-12-01"},
			{day(2926, 1, 1), nil, "from_date OUT_OF_RANGE", "2199-12-31"},
			{day(2026, 5, 2), day(2026, 5, 2), "until_date OUT_OF_RANGE", "after 2026-05-02"},
		} {
			_, err := f.lines.PauseRecurringLine(t.Context(), pauseOf(line.GetName(), test.from, test.until))
			wantFaults(t, err, test.want)
			if !strings.Contains(detail(err), test.text) {
				t.Errorf("%q does not name %q", detail(err), test.text)
			}
		}
		for _, on := range []*date.Date{day(2026, 2, 28), day(2026, 4, 10), day(2026, 5, 31)} {
			_, err := f.lines.ResumeRecurringLine(t.Context(), &native.ResumeRecurringLineRequest{Name: line.GetName(), ResumeDate: on})
			wantFaults(t, err, "resume_date NOT_PAUSED")
			if !strings.Contains(detail(err), "from 2026-03-01 to 2026-03-31, from 2026-04-01 to 2026-04-09, from 2026-06-01 on") {
				t.Errorf("%q names other days", detail(err))
			}
		}
	})
	// A pause to come is withdrawn on its first day, and forgotten.
	if left := f.resumed(t, line.GetName(), day(2026, 6, 1)); len(left.GetPauses()) != 2 {
		t.Errorf("withdrawn: %v", left.GetPauses())
	}
}

// detail returns the descriptions of the violations of an error.
func detail(err error) (text string) {
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				text += v.GetDescription()
			}
		}
	}
	return text
}

// A line that moved here brings its pauses, which are checked against its days to bill again.
func TestCreateChecksPauses(t *testing.T) {
	f := open(t, true)
	pause := func(from, until, resume *date.Date) *native.Pause {
		return &native.Pause{FromDate: from, UntilDate: until, ResumeDate: resume, ReasonCode: "AWAY"}
	}
	for _, test := range []struct {
		pauses   []*native.Pause
		unbilled []*native.DaySpan
		want     []string
	}{
		{[]*native.Pause{pause(day(2026, 2, 10), day(2026, 2, 20), day(2026, 2, 15))}, []*native.DaySpan{{StartDate: day(2026, 2, 15), EndDate: day(2026, 2, 20)}}, nil},
		{[]*native.Pause{pause(day(2026, 2, 10), day(2026, 2, 20), nil)}, []*native.DaySpan{{StartDate: day(2026, 2, 15), EndDate: day(2026, 2, 20)}}, []string{"recurring_line.unbilled_days[0] DAYS_PAUSED"}},
		{nil, []*native.DaySpan{{StartDate: day(2026, 2, 15), EndDate: day(2026, 2, 20)}}, []string{"recurring_line.unbilled_days[0] INCONSISTENT"}},
		{[]*native.Pause{pause(day(2026, 2, 10), day(2026, 2, 20), day(2026, 2, 15)), pause(day(2026, 2, 16), nil, nil)}, []*native.DaySpan{{StartDate: day(2026, 2, 15), EndDate: day(2026, 2, 20)}}, []string{"recurring_line.unbilled_days[0] DAYS_PAUSED"}},
		{[]*native.Pause{pause(day(2026, 2, 10), day(2026, 2, 20), nil), pause(day(2026, 2, 19), nil, nil)}, nil, []string{"recurring_line.pauses[1].from_date OUT_OF_ORDER"}},
		{[]*native.Pause{pause(day(2026, 1, 10), day(2026, 2, 20), nil)}, nil, []string{"recurring_line.pauses[0].from_date OUT_OF_ORDER"}},
		{[]*native.Pause{pause(day(9999, 12, 31), nil, nil)}, nil, []string{"recurring_line.pauses[0].from_date OUT_OF_RANGE"}},
		{[]*native.Pause{pause(day(2026, 2, 10), day(2026, 2, 10), nil)}, nil, []string{"recurring_line.pauses[0].until_date OUT_OF_RANGE"}},
		{[]*native.Pause{pause(day(2026, 2, 10), day(2026, 2, 20), day(2026, 2, 20))}, nil, []string{"recurring_line.pauses[0].resume_date OUT_OF_RANGE"}},
	} {
		line := newLine()
		line.StartDate, line.NextCycleDate, line.Pauses, line.UnbilledDays = day(2026, 2, 1), day(2026, 3, 1), test.pauses, test.unbilled
		made, err := f.create(t, line, "")
		if test.want != nil {
			wantFaults(t, err, test.want...)
			continue
		}
		if err != nil || !slices.EqualFunc(made.GetPauses(), test.pauses, func(a, b *native.Pause) bool { return proto.Equal(a, b) }) {
			t.Errorf("%v, error %v", made, err)
		}
	}
}

// A line that is paused at the end of a month has no recurring revenue in it.
func TestPausedLineHasNoRevenue(t *testing.T) {
	f := open(t, true)
	must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "WATCH", Item: &native.Item{Description: "Watch"}}))(t)
	line := f.leaver(t, func(l *native.RecurringLine) { l.Item = "items/WATCH" })
	f.paused(t, line.GetName(), day(2026, 3, 15), day(2026, 5, 15))
	f.paused(t, line.GetName(), day(2026, 6, 1), day(2026, 6, 30)) // it is not paused when the month ends
	answer := f.revenue(t, t.Context(), &native.QueryRevenueRequest{StartMonth: month(2026, 2), EndMonth: month(2026, 7), GroupBy: native.GroupBy_GROUP_BY_ITEM})
	var got []string
	for _, row := range answer.GetRevenues() {
		if row.GetItem() == "items/WATCH" {
			got = append(got, strings.Join([]string{row.GetNewBusiness().String(), row.GetReactivation().String(), row.GetChurn().String(), row.GetClosing().String()}, " | "))
		}
	}
	text := func(units ...int64) string {
		texts := make([]string, len(units))
		for i, amount := range units {
			texts[i] = usd(amount, 0).String()
		}
		return strings.Join(texts, " | ")
	}
	want := []string{text(28, 0, 0, 28), text(0, 0, -28, 0), text(0, 28, 0, 28), text(0, 0, 0, 28), text(0, 0, 0, 28)}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("new, reactivation, churn, closing (-want +got):\n%s", diff)
	}
}

// A part of a line in arrears is due on the day after its last, whatever changed before. The timing
// can change on any day: no day is billed twice or never.
func TestLinesInArrears(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, func(l *native.RecurringLine) { l.BillingTiming = native.BillingTiming_BILLING_TIMING_IN_ARREARS })
		f.secondBillTo(t)
		timed := func(timing native.BillingTiming) {
			t.Helper()
			must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
				RecurringLine: &native.RecurringLine{Name: line.GetName(), BillingTiming: timing}, UpdateMask: mask("billing_timing"),
			}))(t)
		}
		f.wantParts(t, day(2026, 2, 28))
		if next := f.vendorNext(t, line.GetName()); !strings.HasPrefix(next, "2026-03-01") && !strings.HasPrefix(next, "03/01/2026") {
			t.Errorf("the vendor's next cycle date is %s", next)
		}
		f.wantParts(t, day(2026, 3, 1), "billTos/77 02-01 2800")
		timed(native.BillingTiming_BILLING_TIMING_IN_ADVANCE)
		f.wantParts(t, day(2026, 3, 1), "billTos/77 03-01 2800")
		timed(native.BillingTiming_BILLING_TIMING_IN_ARREARS)
		f.wantParts(t, day(2026, 4, 30))
		f.changeRate(t, line.GetName(), rateOf(day(2026, 4, 16), usd(56, 0), "PRICE"))
		f.wantParts(t, day(2026, 5, 1), "billTos/77 04-01 1400", "billTos/77 04-16 2800")
		f.checkMoved(t, line.GetName())
		must(f.lines.CancelRecurringLine(t.Context(), cancelOf(line.GetName(), day(2026, 5, 11))))(t)
		f.wantParts(t, day(2026, 5, 10))
		f.wantParts(t, day(2026, 5, 11), "billTos/77 05-01 1806")
		f.wantParts(t, day(2026, 12, 31))
	})
}

// A rate never counts for days that were billed elsewhere, even if days before them are billed again.
func TestRatesStayOffDaysBilledElsewhere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		elsewhere := func(l *native.RecurringLine) {
			l.StartDate, l.NextCycleDate, l.LastCycleDate = day(2026, 1, 1), day(2026, 4, 1), day(2026, 3, 1)
		}
		line := f.leaver(t, elsewhere)
		f.changeRate(t, line.GetName(), rateOf(day(2026, 2, 1), usd(56, 0), "PRICE"))
		f.paused(t, line.GetName(), day(2026, 2, 1), day(2026, 3, 1))
		resumed := f.resumed(t, line.GetName(), day(2026, 2, 1))
		if applies := resumed.GetRates()[1].GetAppliesFrom(); !proto.Equal(applies, day(2026, 4, 1)) {
			t.Errorf("after the line was resumed, the rate counts from %v", applies)
		}
		// So does a rate that is given while the days before them are to be billed again.
		changed := f.changeRate(t, line.GetName(), rateOf(day(2026, 2, 15), usd(84, 0), "PRICE"))
		if applies := changed.GetRates()[2].GetAppliesFrom(); !proto.Equal(applies, day(2026, 4, 1)) {
			t.Errorf("the new rate counts from %v", applies)
		}
		if credit := f.credited(t, line.GetName(), day(2026, 3, 1)); credit != 2800 {
			t.Errorf("March is credited %d", credit)
		}
	})
}

// A rate at which no day is billed can be withdrawn, although days behind its first are billed.
func TestWithdrawRateThatNoDayIsBilledAt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, nil)
		f.secondBillTo(t)
		f.wantParts(t, day(2026, 4, 1), "billTos/77 02-01 2800", "billTos/77 03-01 2800", "billTos/77 04-01 2800")
		f.paused(t, line.GetName(), day(2026, 3, 1), day(2026, 4, 1))
		f.changeRate(t, line.GetName(), rateOf(day(2026, 3, 10), usd(56, 0), "PRICE"))
		withdraw := &native.WithdrawRecurringLineRateRequest{Name: line.GetName(), EffectiveDate: day(2026, 3, 10)}
		if left := must(f.lines.WithdrawRecurringLineRate(t.Context(), withdraw))(t); len(left.GetRates()) != 1 {
			t.Errorf("withdrawn: %v", left.GetRates())
		}
		f.changeRate(t, line.GetName(), rateOf(day(2026, 3, 10), usd(56, 0), "PRICE"))
		f.resumed(t, line.GetName(), day(2026, 3, 1))
		f.wantParts(t, day(2026, 4, 1), "billTos/77 03-01 813", "billTos/77 03-10 3974", "billTos/77 03-01 -2800")
		_, err := f.lines.WithdrawRecurringLineRate(t.Context(), withdraw)
		wantReason(t, err, "RATE_BILLED")
	})
}

// A pause that was withdrawn after its days were passed over has none, so another can begin before it.
func TestLineMovesWithWithdrawnPause(t *testing.T) {
	f := open(t, true)
	line := f.leaver(t, nil)
	f.secondBillTo(t)
	f.paused(t, line.GetName(), day(2026, 2, 15), day(2026, 2, 20))
	f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 1400", "billTos/77 02-20 900")
	f.resumed(t, line.GetName(), day(2026, 2, 15))
	f.paused(t, line.GetName(), day(2026, 2, 10), day(2026, 2, 25))
	f.checkMoved(t, line.GetName())
}

// Days that were released before a pause are to be billed again, although they were neither credited nor
// paused.
func TestLineMovesWithReleasedDaysBeforePause(t *testing.T) {
	f := open(t, true)
	line := f.leaver(t, func(l *native.RecurringLine) { l.BillCycle = native.BillCycle_BILL_CYCLE_QUARTERLY })
	f.secondBillTo(t)
	f.paused(t, line.GetName(), day(2026, 3, 1), day(2026, 4, 1))
	f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 2800", "billTos/77 04-01 2800")
	f.resumed(t, line.GetName(), day(2026, 3, 1))
	f.wantParts(t, day(2026, 2, 1), "billTos/77 03-01 2800")
	first := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/77")})[0]
	if err := f.voidReleasing(t, first); err != nil {
		t.Fatal(err)
	}
	wantDays(t, "released", f.line(t, line.GetName()).GetUnbilledDays(), &native.DaySpan{StartDate: day(2026, 2, 1), EndDate: day(2026, 3, 1)})
	f.checkMoved(t, line.GetName())
}

// An imported invoice can bill days of an imported pause: they are not billed again.
func TestResumeLeavesBilledDays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, nil)
		f.secondBillTo(t)
		f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 2800")
		resources := f.export(t, "default")
		for _, resource := range resources {
			if l, ok := resource.(*native.RecurringLine); ok && l.GetName() == line.GetName() {
				l.Pauses = []*native.Pause{{FromDate: day(2026, 2, 10), UntilDate: day(2026, 2, 20), ReasonCode: "AWAY"}}
			}
		}
		if result := f.importAll(t, "copy", 100, resources...); len(result.GetRejections()) > 0 {
			t.Fatalf("imported %v", result)
		}
		resumed := must(f.lines.ResumeRecurringLine(as(t, "copy"), &native.ResumeRecurringLineRequest{Name: line.GetName(), ResumeDate: day(2026, 2, 10)}))(t)
		wantDays(t, "resumed", resumed.GetUnbilledDays())
	})
}

// The vendor's next cycle date is the first date as of which a run bills the line, also before its end.
func TestVendorNextOfLinesWithEnd(t *testing.T) {
	f := open(t, true)
	wantNext := func(line *native.RecurringLine, iso, american string) {
		t.Helper()
		if next := f.vendorNext(t, line.GetName()); !strings.HasPrefix(next, iso) && !strings.HasPrefix(next, american) {
			t.Errorf("the vendor's next cycle date is %s, want %s", next, iso)
		}
	}
	wantNext(f.leaver(t, func(l *native.RecurringLine) {
		l.EndDate, l.BillingTiming = day(2026, 2, 11), native.BillingTiming_BILLING_TIMING_IN_ARREARS
	}), "2026-02-11", "02/11/2026")
	paused := f.leaver(t, func(l *native.RecurringLine) { l.EndDate = day(2026, 3, 1) })
	f.paused(t, paused.GetName(), day(2026, 2, 1), day(2026, 5, 1))
	wantNext(paused, "2026-03-01", "03/01/2026")
}

// A refused move names the days that are still billed, not those of the whole charge.
func TestMoveNamesDaysStillBilled(t *testing.T) {
	f := open(t, true)
	line := f.leaver(t, nil)
	f.secondBillTo(t)
	f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 2800")
	f.paused(t, line.GetName(), day(2026, 2, 11), day(2026, 3, 1))
	move := &native.MoveNextCycleDateRequest{Name: line.GetName(), NextCycleDate: day(2026, 2, 5)}
	_, err := f.lines.MoveNextCycleDate(t.Context(), move)
	wantFaults(t, err, "next_cycle_date PERIOD_BILLED")
	if text := detail(err); !strings.Contains(text, "must not lie before 2026-02-11: invoices bill the line from 2026-02-01 to 2026-02-10") {
		t.Errorf("%q names other days", text)
	}
	move.NextCycleDate = day(2026, 2, 11)
	must(f.lines.MoveNextCycleDate(t.Context(), move))(t)
}

// Days that were billed at nothing are billed no more when they are paused, without an invoice of 0.00.
func TestPausedDaysOfNothingMakeNoInvoice(t *testing.T) {
	f := open(t, true)
	line := f.leaver(t, func(l *native.RecurringLine) { l.MonthlyAmount = usd(0, 0) })
	f.secondBillTo(t)
	f.wantParts(t, day(2026, 2, 1), "billTos/77 02-01 0")
	f.paused(t, line.GetName(), day(2026, 2, 15), day(2026, 2, 20))
	if run := f.wantParts(t, day(2026, 2, 1)); run.GetInvoiceCount() != 0 {
		t.Errorf("%d invoices", run.GetInvoiceCount())
	}
	f.checkMoved(t, line.GetName())
}
