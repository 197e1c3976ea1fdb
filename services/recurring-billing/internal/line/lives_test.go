package line_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// memory is a store of one line and its invoices, fast enough for 100,000 lives.
type memory struct {
	line.Writer
	books
}

// books is what a memory holds. A write that fails leaves it as it was.
type books struct {
	line     line.Line
	credits  []line.Credit
	invoices []invoice.Invoice
	// held holds the billed days, in order.
	held      []invoice.BilledPeriod
	oneOffs   []billing.OneOff
	proration billing.Proration
}

func (m *memory) Read(ctx context.Context, _ auth.Tenant, do func(context.Context, line.Reader) error) error {
	return do(ctx, m)
}

func (m *memory) Find(ctx context.Context, _ auth.Tenant, _ string, do func(context.Context, line.Reader) error) error {
	return do(ctx, m)
}

func (m *memory) Write(ctx context.Context, _ auth.Principal, _ time.Time, do func(context.Context, line.Writer) error) error {
	before := m.books
	m.credits, m.held = slices.Clone(m.credits), slices.Clone(m.held)
	err := do(ctx, m)
	if err != nil {
		m.books = before
	}
	return err
}

func (m *memory) WriteGuarded(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, line.Writer) error) error {
	return m.Write(ctx, by, at, do)
}

func (m *memory) Line(context.Context, line.ID) (line.Line, error) {
	l := m.line
	l.Credits = slices.Clone(m.credits)
	l.Cancellation.Pending = slices.ContainsFunc(m.credits, func(c line.Credit) bool { return c.Kind == "" && c.Invoice == "" })
	return l, nil
}

func (m *memory) UpdateLine(_ context.Context, l *line.Line) error { m.line = *l; return nil }

func (m *memory) ReplaceRates(context.Context, line.ID, []line.Rate) error { return nil }

func (m *memory) Proration(context.Context) (billing.Proration, error) { return m.proration, nil }

func (m *memory) FindItem(_ context.Context, code catalogue.ItemCode) (catalogue.Item, error) {
	return catalogue.Item{Code: code, Description: "Monitoring"}, nil
}

func (m *memory) BillTo(_ context.Context, id catalogue.BillToID) (catalogue.BillTo, error) {
	return catalogue.BillTo{ID: id, Customer: 1}, nil
}

func (m *memory) BeginsOnFirst(context.Context) (bool, error) { return false, nil }

func (m *memory) CreateLine(_ context.Context, l *line.Line) error {
	l.ID = 1
	m.line = *l
	return nil
}

func (m *memory) CreateCredit(_ context.Context, _ line.ID, credit line.Credit) error {
	m.credits = append(m.credits, credit)
	return nil
}

func (m *memory) DeleteCredits(context.Context, line.ID) error {
	ofCancellation := func(c line.Credit) bool { return c.Kind == "" }
	if !slices.ContainsFunc(m.credits, ofCancellation) || slices.ContainsFunc(m.credits, func(c line.Credit) bool { return ofCancellation(c) && c.Invoice != "" }) {
		return mutation.ErrNotFound
	}
	m.credits = slices.DeleteFunc(m.credits, ofCancellation)
	return nil
}

func (m *memory) ReleaseDays(_ context.Context, _ line.ID, days billing.Span) error {
	var kept []invoice.BilledPeriod
	for _, period := range m.held {
		for _, rest := range period.Minus([]billing.Span{days}) {
			kept = append(kept, invoice.BilledPeriod{Line: 1, Span: rest, Invoice: period.Invoice})
		}
	}
	m.held = kept
	return nil
}

func (m *memory) PeriodsOf(_ context.Context, _ []line.ID, days billing.Span) (found []invoice.BilledPeriod, _ error) {
	for _, period := range m.held {
		if period.Overlaps(days) {
			found = append(found, period)
		}
	}
	return found, nil
}

func (m *memory) InvoicesOf(_ context.Context, ids []invoice.ID) (found []invoice.Invoice, _ error) {
	for _, inv := range m.invoices {
		if slices.Contains(ids, inv.ID) {
			found = append(found, inv)
		}
	}
	return found, nil
}

func (m *memory) GivenCredits(context.Context, []line.ID) (given []invoice.GivenCredit, _ error) {
	for _, credit := range m.credits {
		given = append(given, invoice.GivenCredit{
			Line: 1, Kind: credit.Kind, Of: invoice.ID(credit.Of), Span: credit.Span(), Amount: credit.Amount.Minor(), Currency: "USD", Invoice: invoice.ID(credit.Invoice),
		})
	}
	return given, nil
}

func (m *memory) Charged(ctx context.Context, l line.ID, days billing.Span, currency money.Currency) (line.Charged, error) {
	return invoice.ChargedTo(ctx, m, l, days, currency)
}

func (m *memory) CreditCarrier(ctx context.Context, l line.ID) (line.Bill, bool, error) {
	return invoice.CreditCarrierOf(ctx, m, l)
}

func (m *memory) BilledPeriods(_ context.Context, of invoice.ID, _ []line.ID) (found []invoice.BilledPeriod, _ error) {
	for _, period := range m.held {
		if period.Invoice == of {
			found = append(found, period)
		}
	}
	return found, nil
}

func (m *memory) BilledBefore(_ context.Context, _ line.ID, day date.Date) (last date.Date, _ error) {
	for _, period := range m.held {
		if period.Start.Before(day) {
			last = period.Start
		}
	}
	return last, nil
}

func (m *memory) HeldLines(ctx context.Context, ids []invoice.ID, lines []line.ID) ([]invoice.HeldLine, error) {
	periods, err := m.BilledPeriods(ctx, ids[0], lines)
	if err != nil || len(periods) == 0 {
		return nil, err
	}
	first := periods[0].Start
	before, err := m.BilledBefore(ctx, 1, first)
	return []invoice.HeldLine{{
		Line: 1, Invoice: ids[0], Span: billing.Span{Start: first, End: periods[len(periods)-1].End}, Next: m.line.NextCycle, Before: before,
		Started: m.line.Start, BillDay: m.line.BillDay, Anchor: m.line.Anchor, Cycle: m.line.BillCycle, Paused: len(m.line.Pauses) > 0,
	}}, err
}

// life is a random life of a line, billed by the engine and by the reference.
type life struct {
	*rapid.T
	*memory
	lines *line.Service
	ref   *reference
	asOf  date.Date
	runs  int32
	// owed holds the credits and one-off charges that the reference expects on the next invoices.
	owed map[int32]int64
}

func (l *life) amount() int64 {
	return rapid.OneOf(rapid.Int64Range(-20_000, 100_000), rapid.Just(int64(10_000))).Draw(l.T, "amount")
}

func usd(minor int64) money.Amount {
	return money.Amount{Value: decimal.MustNew(minor, 2), Currency: "USD"}
}

// day draws a day of the line's life, often one on which something begins.
func (l *life) day(name string) date.Date {
	switch rapid.IntRange(0, 3).Draw(l.T, name+" at") {
	case 0:
		return l.line.NextCycle.AddDays(rapid.IntRange(-1, 1).Draw(l.T, name))
	case 1:
		return inMonth(l.asOf, rapid.IntRange(-4, 4).Draw(l.T, name), l.line.BillDay)
	}
	return l.asOf.AddDays(rapid.IntRange(-150, 150).Draw(l.T, name))
}

func begin(t *rapid.T) *life {
	l := &life{T: t, memory: &memory{}, owed: map[int32]int64{}}
	l.lines = &line.Service{Service: mutation.Service[line.Reader, line.Writer]{Store: l.memory, Clock: clock.NewFake(billingtest.Today.Time())}}
	l.proration.Method = rapid.SampledFrom([]billing.Method{billing.ByMonth, billing.ByPeriod}).Draw(t, "proration")
	if rapid.Bool().Draw(t, "chosen later") {
		l.proration.From = date.MustNew(2024, 1, 1).AddDays(rapid.IntRange(0, 700).Draw(t, "chosen on"))
	}
	start := date.MustNew(2024, 1, 1).AddDays(rapid.IntRange(0, 400).Draw(t, "start"))
	created := line.Line{
		Customer: 1, BillTo: 1, Item: "MON", BillCycle: rapid.SampledFrom(cyclesOfLives).Draw(t, "cycle"), Start: start,
		BillDay: rapid.SampledFrom([]int{0, 1, 15, 29, 31}).Draw(t, "bill day"), Rates: []line.Rate{{MonthlyAmount: usd(l.amount())}},
		Timing: rapid.SampledFrom([]line.Timing{line.InAdvance, line.InAdvance, line.InArrears}).Draw(t, "timing"),
	}
	if rapid.Bool().Draw(t, "ends") {
		created.End = start.AddDays(rapid.IntRange(1, 900).Draw(t, "days"))
	}
	next := start
	if rapid.IntRange(0, 2).Draw(t, "billed elsewhere") == 0 {
		next = start.AddDays(rapid.IntRange(1, 200).Draw(t, "days billed elsewhere"))
		if !created.End.IsZero() && created.End.Before(next) {
			next = created.End
		}
		created.NextCycle = next
	}
	made, err := l.lines.Create(billingtest.As, created)
	if err != nil {
		t.Fatal(err)
	}
	anchor := inMonth(start, 0, made.BillDay)
	if anchor.Before(start) {
		anchor = inMonth(start, 1, made.BillDay)
	}
	l.asOf = start
	l.ref = &reference{
		start: start, end: created.End, anchor: anchor, billDay: made.BillDay, months: made.BillCycle.Months(), billTo: 1,
		arrears: created.Timing == line.InArrears, byMonth: l.proration.Method == billing.ByMonth, chosen: l.proration.From, next: next, billed: map[date.Date]*referenceCharge{},
	}
	l.ref.rate(start, made.MonthlyAmount().Minor())
	for day := start; day.Before(next); day = day.AddDays(1) {
		l.ref.billed[day] = &referenceCharge{elsewhere: true, monthly: made.MonthlyAmount().Minor()}
	}
	return l
}

var cyclesOfLives = []line.BillCycle{line.Monthly, line.Quarterly, line.SemiAnnual, line.Annual}

// refused reports whether a request was refused for one of some reasons. Any other error is fatal.
func (l *life) refused(err error, reasons ...string) bool {
	if err == nil {
		return false
	}
	known, ok := fault.As(err)
	if !ok {
		l.Fatal(err)
	}
	for _, violation := range known.Violations {
		if !slices.Contains(reasons, string(violation.Reason)) {
			l.Fatal(err)
		}
	}
	if len(known.Violations) == 0 && !slices.Contains(reasons, string(known.Reason)) {
		l.Fatal(err)
	}
	return true
}

// granted compares the credits that a change grants with those of the reference.
func (l *life) granted(before int, want map[int32]int64) {
	got := map[int32]int64{}
	for _, credit := range l.credits[before:] {
		if got[int32(credit.BillTo)] += credit.Amount.Minor(); got[int32(credit.BillTo)] == 0 {
			delete(got, int32(credit.BillTo))
		}
	}
	if !maps.Equal(got, want) {
		l.Fatalf("credited %v, want %v: %+v", got, want, l.line)
	}
	for billTo, amount := range want {
		l.owed[billTo] -= amount
	}
}

func (l *life) pauses() {
	pausing := line.Pausing{From: l.day("paused from"), Reason: "AWAY"}
	if rapid.IntRange(0, 3).Draw(l.T, "has an end") > 0 {
		pausing.Until = pausing.From.AddDays(rapid.IntRange(1, 200).Draw(l.T, "paused for"))
	}
	credited, want := len(l.credits), l.ref.refusal(pausing.From, pausing.Until)
	_, err := l.lines.Pause(billingtest.As, 1, pausing)
	if got := l.reason(err); got != want {
		l.Fatalf("paused from %s until %s: %q, want %q: %+v", pausing.From, pausing.Until, got, want, l.line)
	}
	if err == nil {
		l.granted(credited, l.ref.pause(pausing.From, pausing.Until))
	}
}

// reason returns the first reason for which a request was refused, or an empty string if it was not.
func (l *life) reason(err error) string {
	if err == nil {
		return ""
	}
	known, ok := fault.As(err)
	if !ok {
		l.Fatal(err)
	}
	if len(known.Violations) > 0 {
		return string(known.Violations[0].Reason)
	}
	return string(known.Reason)
}

// withdraws withdraws a rate, if it is the only one that was given for its date, and the only one of its
// amount, by which a charge tells its rate.
func (l *life) withdraws() {
	place := rapid.IntRange(0, len(l.ref.rates)-1).Draw(l.T, "withdrawn rate")
	from := l.ref.rates[place].from
	for i, rate := range l.ref.rates {
		if i != place && (rate.from == from || rate.monthly == l.ref.rates[place].monthly) {
			return
		}
	}
	_, err := l.lines.WithdrawRate(billingtest.As, 1, from, "")
	if got, want := l.reason(err), l.ref.withdraw(place); got != want {
		l.Fatalf("withdrew the rate of %s: %q, want %q: %+v", from, got, want, l.line)
	}
}

// moved checks that the line could be imported elsewhere as it is.
func (l *life) moved() {
	exported, _ := l.Line(billingtest.As, 1)
	imported, err := line.SettleImported(billingtest.As, l.memory, exported, false)
	if err != nil {
		l.Fatalf("the line cannot be imported: %v: %+v", err, exported)
	}
	if !slices.Equal(imported.Unbilled, exported.Unbilled) || !slices.Equal(imported.Pauses, exported.Pauses) || !slices.Equal(imported.Rates, exported.Rates) ||
		imported.NextCycle != exported.NextCycle || imported.AnchorDate() != exported.AnchorDate() {
		l.Fatalf("imported %+v, exported %+v", imported, exported)
	}
}

func (l *life) resumes() {
	on := l.day("resumed on")
	if len(l.line.Pauses) > 0 && rapid.Bool().Draw(l.T, "inside a pause") {
		days := rapid.SampledFrom(l.line.Pauses).Draw(l.T, "resumed pause").Days()
		on = days.Start.AddDays(rapid.IntRange(0, min(300, days.Days()-1+1)).Draw(l.T, "days paused"))
	}
	_, err := l.lines.Resume(billingtest.As, 1, on, "")
	if found := l.ref.resume(on); found == l.refused(err, "NOT_PAUSED") {
		l.Fatalf("resumed on %s: %v", on, err)
	}
}

func (l *life) changesRate() {
	change := line.RateChange{AdjustBilled: rapid.Bool().Draw(l.T, "adjusts"), Rate: line.Rate{Effective: l.day("rate from"), MonthlyAmount: usd(l.amount()), Reason: "PRICE"}}
	credited := len(l.credits)
	_, err := l.lines.ChangeRate(billingtest.As, 1, change)
	if l.refused(err, "BEFORE_START", "LINE_ENDED", "ALREADY_CANCELLED") {
		return
	}
	l.ref.rate(change.Effective, change.MonthlyAmount.Minor())
	want := map[int32]int64{}
	if change.AdjustBilled {
		want = l.ref.adjust(change.Effective)
	}
	l.granted(credited, want)
}

// changes gives the line another cycle, bill-to or timing.
func (l *life) changes() {
	change := line.Change{}
	if rapid.Bool().Draw(l.T, "another cycle") {
		change.BillCycle, change.Restart = new(rapid.SampledFrom(cyclesOfLives).Draw(l.T, "cycle")), rapid.Bool().Draw(l.T, "restarts")
	}
	if rapid.Bool().Draw(l.T, "another bill-to") {
		change.BillTo = new(3 - l.line.BillTo)
	}
	if rapid.Bool().Draw(l.T, "another timing") {
		change.Timing = new(rapid.SampledFrom([]line.Timing{line.InAdvance, line.InArrears}).Draw(l.T, "timing"))
	}
	changed, err := l.lines.Change(billingtest.As, 1, change)
	if err != nil {
		l.Fatal(err)
	}
	l.ref.months, l.ref.billTo, l.ref.arrears = changed.BillCycle.Months(), int32(changed.BillTo), changed.Timing == line.InArrears
	if change.Restart {
		l.ref.anchor = l.ref.next
		if inMonth(l.ref.next, 0, l.ref.billDay) != l.ref.next {
			l.ref.billDay = l.ref.next.Day()
		}
	}
}

func (l *life) cancels() {
	cancel := line.Cancel{Effective: l.day("cancelled as of"), Reason: "LEFT", Credit: rapid.Bool().Draw(l.T, "with credit")}
	credited := len(l.credits)
	_, err := l.lines.Cancel(billingtest.As, 1, cancel)
	if l.refused(err, "BEFORE_START", "AFTER_END", "ALREADY_CANCELLED") {
		return
	}
	l.ref.end, l.ref.cancelled = cancel.Effective, true
	want := map[int32]int64{}
	if cancel.Credit {
		want = l.ref.credit(false, func(day date.Date, _ *referenceCharge) bool { return l.ref.ended(day) })
	}
	l.granted(credited, want)
}

func (l *life) uncancels() {
	withdrawn := map[int32]int64{}
	for _, credit := range l.credits {
		if credit.Kind == "" {
			withdrawn[int32(credit.BillTo)] += credit.Amount.Minor()
		}
	}
	back, err := l.lines.Uncancel(billingtest.As, 1, "")
	if l.refused(err, "NOT_CANCELLED", "CREDIT_BILLED") {
		return
	}
	for billTo, amount := range withdrawn {
		l.owed[billTo] += amount
	}
	l.ref.end, l.ref.cancelled = back.End, false
}

func (l *life) charges() {
	one := billing.OneOff{
		Number: int32(len(l.oneOffs) + 1), BillTo: rapid.Int32Range(1, 2).Draw(l.T, "charged bill-to"), Currency: "USD", Date: l.asOf,
		Amount: rapid.Int64Range(-5000, 5000).Draw(l.T, "charged"), Item: "VISIT",
	}
	l.oneOffs = append(l.oneOffs, one)
	l.owed[one.BillTo] += one.Amount
}

// moves sets the first day that is not billed, where no day is billed twice or never by it.
func (l *life) moves() {
	to, allowed := l.day("moved to"), true
	for day := to; day.Before(l.ref.next); day = day.AddDays(1) {
		allowed = allowed && (l.ref.billed[day] == nil || l.ref.billed[day].elsewhere)
	}
	for day := l.ref.next; day.Before(to); day = day.AddDays(1) {
		allowed = allowed && l.ref.paused(day)
	}
	_, err := l.lines.MoveNextCycle(billingtest.As, 1, to, "")
	if known, ok := fault.As(err); ok && known.Violations[0].Reason != reason.PeriodBilled && known.Violations[0].Reason != reason.DaysSkipped {
		l.refused(err, "BEFORE_START", "AFTER_END")
	} else if allowed == l.refused(err, "PERIOD_BILLED", "DAYS_SKIPPED") {
		l.Fatalf("moved from %s to %s: %v", l.ref.next, to, err)
	} else if allowed && to != l.ref.next {
		l.ref.next = to
		maps.DeleteFunc(l.ref.billed, func(day date.Date, charge *referenceCharge) bool { return charge.elsewhere && !day.Before(to) })
		l.ref.returnRates()
	}
}

// billable returns what the store would read of the line for a run.
func (l *life) billable() billing.Billable {
	of := billing.Billable{
		ID: 1, BillTo: int32(l.line.BillTo), Currency: "USD", Item: "MON", Start: l.line.Start, End: l.line.End, BillDay: l.line.BillDay, Anchor: l.line.Anchor,
		Months: l.line.BillCycle.Months(), Unbilled: l.line.NextCycle, Again: l.line.Unbilled, Paused: line.PausedDays(l.line.Pauses), InArrears: l.line.Timing == line.InArrears,
	}
	for _, rate := range l.line.Rates {
		of.Rates = billing.Then(of.Rates, billing.Price{From: rate.From(), Monthly: rate.MonthlyAmount.Minor()})
	}
	return of
}

// bills runs as of a date, and compares the invoices with those of the reference.
func (l *life) bills() {
	l.asOf = l.asOf.AddDays(rapid.IntRange(0, 130).Draw(l.T, "days to the run"))
	l.runs++
	due := billing.Due{Lines: []billing.Billable{l.billable()}, Proration: l.proration}
	for i, credit := range l.credits {
		if credit.Invoice == "" {
			due.Credits = append(due.Credits, billing.Grant{Line: 1, Number: int32(i + 1), BillTo: int32(credit.BillTo), Currency: "USD", Span: credit.Span(), Amount: credit.Amount.Minor()})
		}
	}
	for _, one := range l.oneOffs {
		if one.Version == 0 {
			due.OneOffs = append(due.OneOffs, one)
		}
	}
	made, problems := billing.Bill(due, l.asOf)
	if len(problems) > 0 {
		l.Fatalf("%+v", problems)
	}
	want := l.owed
	l.owed = map[int32]int64{}
	charged := l.ref.bill(l.asOf, string(invoice.IDOf(1, catalogue.BillToID(l.runs), "USD")))
	for _, charge := range charged {
		want[charge.billTo] += charge.amount
	}
	for _, statement := range made {
		if want[statement.BillTo] -= statement.Total; want[statement.BillTo] == 0 {
			delete(want, statement.BillTo)
		}
		l.compare(statement, charged)
		l.keep(statement)
	}
	for billTo, amount := range want {
		if amount != 0 {
			l.Fatalf("bill-to %d is billed %d too little as of %s: %+v", billTo, amount, l.asOf, l.line)
		}
	}
}

// compare compares the charges of an invoice with those of the reference.
func (l *life) compare(statement billing.Statement, want []*referenceCharge) {
	var got []billing.Charge
	for _, item := range statement.Items {
		if !item.Credit && item.OneOff == 0 {
			got = append(got, item.Parts...)
		}
	}
	if len(got) == 0 && int32(l.line.BillTo) != statement.BillTo {
		return
	}
	slices.SortFunc(got, func(a, b billing.Charge) int { return a.Span.Start.Compare(b.Span.Start) })
	same := slices.EqualFunc(got, want, func(a billing.Charge, b *referenceCharge) bool {
		return a.Span.Start == b.from && a.Span.End == b.to && a.Period.Start == b.begins && a.Period.End == b.ends && a.Amount == b.amount
	})
	if !same {
		texts := ""
		for _, charge := range want {
			texts += fmt.Sprintf(" [%s, %s) %d", charge.from, charge.to, charge.amount)
		}
		l.Fatalf("charges %+v, want%s", got, texts)
	}
}

// keep stores an invoice and moves the line on, as a run does.
func (l *life) keep(statement billing.Statement) {
	id := invoice.IDOf(1, catalogue.BillToID(1000*l.runs+statement.BillTo), "USD")
	l.invoices = append(slices.Clip(l.invoices), invoice.Invoice{
		ID: id, Number: int64(len(l.invoices) + 1), State: invoice.Finalized, BillTo: catalogue.BillToID(statement.BillTo), Currency: "USD", Total: statement.Total, Items: statement.Items,
	})
	for _, item := range statement.Items {
		if item.Credit {
			l.credits[item.Grant-1].Invoice = string(id)
		}
		if item.OneOff > 0 {
			l.oneOffs[item.OneOff-1].Version = int64(len(l.invoices))
		}
	}
	for _, moved := range statement.Lines {
		for _, part := range moved.Parts {
			l.held = append(l.held, invoice.BilledPeriod{Line: 1, Span: part, Invoice: id})
			for day := part.Start; day.Before(part.End); day = day.AddDays(1) {
				l.ref.billed[day].invoice = string(id)
			}
		}
		if moved.Again > 0 {
			l.line.Unbilled = moved.Rest
		}
		if moved.Moves() {
			l.line.NextCycle, l.line.LastCycle = moved.Next(), moved.Last()
		}
	}
	slices.SortFunc(l.held, func(a, b invoice.BilledPeriod) int { return a.Start.Compare(b.Start) })
}

// voids voids an invoice and releases its days, if that is possible.
func (l *life) voids() {
	if len(l.invoices) == 0 {
		return
	}
	place := len(l.invoices) - 1 - rapid.IntRange(0, min(2, len(l.invoices)-1)).Draw(l.T, "voided")
	inv := &l.invoices[place]
	given, _ := l.GivenCredits(billingtest.As, nil)
	if inv.State != invoice.Finalized || inv.CreditedBy(given) {
		return
	}
	plan, err := invoice.PlanDiscard(billingtest.As, l.memory, []invoice.Invoice{*inv})
	if err != nil {
		l.Fatal(err)
	}
	if len(plan.Kept) > 0 {
		for _, day := range l.ref.billedDays() {
			if !day.Before(l.ref.next.AddDays(-1)) && l.ref.billed[day].invoice == string(inv.ID) {
				l.Fatalf("invoice %s cannot be voided: %+v", inv.ID, l.line)
			}
		}
		return
	}
	l.invoices = slices.Clone(l.invoices)
	l.invoices[place].State = invoice.Void
	for _, item := range inv.Items {
		switch {
		case item.OneOff > 0:
			l.oneOffs[item.OneOff-1].Version = 0
			l.owed[int32(inv.BillTo)] += item.Amount
		case item.Credit:
			l.owed[int32(inv.BillTo)] += item.Amount
		}
	}
	for i := range l.credits {
		if l.credits[i].Invoice == string(inv.ID) {
			l.credits[i].Invoice = ""
		}
	}
	l.held = slices.DeleteFunc(slices.Clone(l.held), func(p invoice.BilledPeriod) bool { return p.Invoice == inv.ID })
	for _, returned := range plan.Lines {
		l.line.NextCycle, l.line.LastCycle = returned.Next, returned.Last
		if returned.SetsUnbilled {
			l.line.Unbilled = returned.Unbilled
		}
		if _, err := l.line.ReturnRates(billingtest.As, l.memory); err != nil {
			l.Fatal(err)
		}
	}
	// The line goes back to days of the invoice, or stays where it was.
	if next := l.line.NextCycle; l.ref.next.Before(next) || next != l.ref.next && (l.ref.billed[next] == nil || l.ref.billed[next].invoice != string(inv.ID)) {
		l.Fatalf("the line went from %s to %s when invoice %s was voided: %+v", l.ref.next, next, inv.ID, l.line)
	}
	maps.DeleteFunc(l.ref.billed, func(_ date.Date, charge *referenceCharge) bool { return charge.invoice == string(inv.ID) })
	l.ref.next = l.line.NextCycle
	l.ref.returnRates()
}

// check checks that the line and the reference agree on every day.
func (l *life) check() {
	if l.line.NextCycle != l.ref.next {
		l.Fatalf("the first day not billed is %s, want %s: %+v", l.line.NextCycle, l.ref.next, l.line)
	}
	held := map[date.Date]bool{}
	for day, charge := range l.ref.billed {
		if charge.elsewhere {
			held[day] = true
		}
	}
	for _, period := range l.held {
		for day := period.Start; day.Before(period.End); day = day.AddDays(1) {
			if held[day] {
				l.Fatalf("%s is billed twice: %+v", day, l.held)
			}
			if held[day] = true; l.ref.billed[day] == nil || l.ref.paused(day) || !day.Before(l.ref.next) {
				l.Fatalf("%s is billed: %+v", day, l.line)
			}
		}
	}
	again := map[date.Date]bool{}
	for _, days := range l.line.Unbilled {
		for day := days.Start; day.Before(days.End); day = day.AddDays(1) {
			again[day] = true
		}
	}
	for day := l.ref.start; day.Before(l.ref.next); day = day.AddDays(1) {
		if open := !held[day] && !l.ref.paused(day); open != again[day] || held[day] != (l.ref.billed[day] != nil) {
			l.Fatalf("%s is not billed: %t, to be billed again: %t: %+v", day, open, again[day], l.line)
		}
	}
}

// Whatever happens to a line, each day is billed once that is neither paused nor after its end, at
// the rate and in the period that it has, and credited to who paid if it is billed no more. The
// reference says the same of every invoice, credit and day. 100,000 lives take about two minutes:
//
//	go test ./internal/line -run TestLivesAgreeWithReference -rapid.checks=100000 -timeout 1h
func TestLivesAgreeWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := begin(t)
		events := []func(){l.bills, l.bills, l.bills, l.pauses, l.pauses, l.resumes, l.changesRate, l.withdraws, l.changes, l.cancels, l.uncancels, l.charges, l.voids, l.moves}
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			events[rapid.IntRange(0, len(events)-1).Draw(t, "event")]()
			l.check()
		}
		l.moved()
	})
}
