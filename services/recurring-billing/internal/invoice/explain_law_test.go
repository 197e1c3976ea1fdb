package invoice_test

import (
	"errors"
	"flag"
	"math/big"
	"os"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"pgregory.net/rapid"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// explainers registers the native API without a server.
type explainers struct{ invoices pb.InvoiceServiceServer }

func (e *explainers) RegisterService(_ *grpc.ServiceDesc, server any) {
	if found, ok := server.(pb.InvoiceServiceServer); ok {
		e.invoices = found
	}
}

func explainersOf(w *billingtest.Fixture) pb.InvoiceServiceServer {
	var e explainers
	services := api.Services{Catalogue: w.Catalogue, Lines: w.Lines, Charges: w.Charges, Invoices: w.Invoicing, Documents: w.Documents, Runs: w.Runs}
	api.Register(&e, services, pagetoken.New(w.DB.PageTokenKey), changes.NewTokens(w.DB))
	return e.invoices
}

// A recount computes amounts from an explanation alone: with the calendar of package time, in exact
// fractions.
type recount struct{ *rapid.T }

func day(d *date.Date) time.Time {
	return time.Date(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()), 0, 0, 0, 0, time.UTC)
}

func days(from, to *date.Date) int64 { return int64(day(to).Sub(day(from)) / (24 * time.Hour)) }

// minor returns an amount in minor units, which must be whole.
func (c recount) minor(m *money.Money) int64 {
	unit := map[string]int64{"USD": 100, "JPY": 1, "KWD": 1000}[m.GetCurrencyCode()]
	scaled := int64(m.GetNanos()) * unit
	if unit == 0 || scaled%1e9 != 0 {
		c.Fatalf("%v is not an amount", m)
	}
	return m.GetUnits()*unit + scaled/1e9
}

// share returns the exact share of days, whose months must be those of the calendar.
func (c recount) share(s *pb.DayShare, billDay int32) *big.Rat {
	if s.GetOfDays() != int32(days(s.GetStartDate(), s.GetEndDate())) || s.GetDays() > s.GetOfDays() {
		c.Fatalf("%v does not have its days", s)
	}
	if s.GetWholeMonths() == 0 {
		return big.NewRat(int64(s.GetDays()), int64(s.GetOfDays()))
	}
	from, to := day(s.GetStartDate()), day(s.GetEndDate())
	months := 12*(to.Year()-from.Year()) + int(to.Month()-from.Month())
	if s.GetDays() != s.GetOfDays() || int(s.GetWholeMonths()) != months || !onBillDay(from, billDay) || !onBillDay(to, billDay) {
		c.Fatalf("%v are not whole months from day %d on", s, billDay)
	}
	return new(big.Rat).SetInt64(int64(months))
}

// onBillDay reports whether a day is the bill day, or the last day of a shorter month.
func onBillDay(day time.Time, billDay int32) bool {
	last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return day.Day() == min(int(billDay), last)
}

// reckon computes what a reckoning comes to.
func (c recount) reckon(r *pb.Reckoning, billDay int32) int64 {
	if r == nil {
		return 0
	}
	sum, counted := new(big.Rat), int64(0)
	for _, share := range r.GetShares() {
		sum.Add(sum, c.share(share, billDay))
		counted += int64(share.GetDays())
	}
	if counted != days(r.GetStartDate(), r.GetEndDate()) || sum.Cmp(big.NewRat(r.GetNumerator(), r.GetDenominator())) != 0 {
		c.Fatalf("the shares do not make up the days and the fraction: %v", r)
	}
	amount := rounded(sum.Mul(sum, new(big.Rat).SetInt64(c.minor(r.GetOfAmount()))))
	if amount != c.minor(r.GetAmount()) {
		c.Fatalf("%v comes to %d", r, amount)
	}
	return amount
}

// cost computes what days cost, and checks that the reckonings are for them.
func (c recount) cost(from, to *date.Date, upTo, before *pb.Reckoning, billDay int32) int64 {
	if upTo == nil || days(upTo.GetEndDate(), to) != 0 || before == nil && days(upTo.GetStartDate(), from) != 0 ||
		before != nil && (days(before.GetStartDate(), upTo.GetStartDate()) != 0 || days(before.GetEndDate(), from) != 0) {
		c.Fatalf("%v and %v are not for the days from %v to %v", upTo, before, from, to)
	}
	return c.reckon(upTo, billDay) - c.reckon(before, billDay)
}

func (c recount) part(p *pb.PartExplanation, cycle pb.BillCycle) int64 {
	price := p.GetPrice()
	months := map[pb.BillCycle]int64{
		pb.BillCycle_BILL_CYCLE_MONTHLY: 1, pb.BillCycle_BILL_CYCLE_QUARTERLY: 3, pb.BillCycle_BILL_CYCLE_SEMIANNUAL: 6, pb.BillCycle_BILL_CYCLE_ANNUAL: 12,
	}[cycle]
	of := price.GetMonthlyAmount()
	if price.GetProration() == pb.Proration_PRORATION_BY_PERIOD {
		of = price.GetCycleAmount()
	}
	if p.GetNotKnown() != "" || int64(p.GetDays()) != days(p.GetStartDate(), p.GetEndDate()) ||
		c.minor(price.GetCycleAmount()) != months*c.minor(price.GetMonthlyAmount()) || c.minor(of) != c.minor(p.GetReckoning().GetOfAmount()) ||
		day(p.GetStartDate()).Before(day(price.GetRateAppliesFrom())) || day(price.GetRateAppliesFrom()).Before(day(price.GetRateEffectiveDate())) {
		c.Fatalf("the price of %v", p)
	}
	return c.cost(p.GetStartDate(), p.GetEndDate(), p.GetReckoning(), p.GetReckonedBefore(), price.GetBillDay())
}

func (c recount) credit(credit *pb.CreditExplanation) (sum int64) {
	if credit.GetGiven() != "" || len(credit.GetCharges()) == 0 {
		c.Fatalf("a credit without its charges: %v", credit)
	}
	next := credit.GetStartDate()
	for _, of := range credit.GetCharges() {
		if days(next, of.GetStartDate()) != 0 {
			c.Fatalf("a gap in %v", credit)
		}
		next = of.GetEndDate()
		amount := c.cost(of.GetStartDate(), of.GetEndDate(), of.GetReckoning(), of.GetReckonedBefore(), of.GetPrice().GetBillDay())
		if amount != c.minor(of.GetAmount()) {
			c.Fatalf("%v is credited %d", of, amount)
		}
		sum += amount
	}
	if days(next, credit.GetEndDate()) != 0 {
		c.Fatalf("a gap at the end of %v", credit)
	}
	return sum
}

// item computes the amount of an item.
func (c recount) item(item *pb.ItemExplanation) (amount int64) {
	switch {
	case item.GetCharge() != "":
		amount = c.minor(item.GetAmount())
	case item.GetCredit() != nil:
		amount = -c.credit(item.GetCredit())
	}
	for _, part := range item.GetParts() {
		cost := c.part(part, item.GetBillCycle())
		if cost != c.minor(part.GetAmount()) {
			c.Fatalf("%v costs %d", part, cost)
		}
		amount += cost
	}
	return amount
}

// explained is a life whose invoices are explained. It keeps the lines as they were at each run.
type explained struct {
	*history
	server pb.InvoiceServiceServer
	rates  map[invoice.RunID]map[line.ID][]line.Rate
}

// bill makes a run, and keeps the rates that it billed at.
func (x *explained) bill(asOf string) {
	rates := map[line.ID][]line.Rate{}
	for _, id := range x.Lines {
		rates[id] = x.line(id).Rates
	}
	x.run(billingtest.Day(asOf))
	runs, err := x.w.Runs.List(billingtest.As, lastRun)
	x.check(err)
	x.rates[runs[0].ID] = rates
}

// lastRun asks for the run that was made last.
var lastRun = listing.Query{Order: []listing.Order{{Field: "name", Descending: true}}, Limit: 1}

// whole reads an explanation page by page.
func (x *explained) whole(inv *invoice.Invoice) *pb.InvoiceExplanation {
	whole := &pb.InvoiceExplanation{}
	for token := ""; ; {
		page, err := x.server.ExplainInvoice(billingtest.As, &pb.ExplainInvoiceRequest{Name: "invoices/" + string(inv.ID), PageSize: 3, PageToken: token})
		x.check(err)
		whole.Items, whole.Total = append(whole.GetItems(), page.GetItems()...), page.GetTotal()
		if token = page.GetNextPageToken(); token == "" {
			return whole
		}
	}
}

// checkExplained checks that the amounts of an invoice follow from its explanation.
func (x *explained) checkExplained(inv *invoice.Invoice) {
	explanation, c, total := x.whole(inv), recount{x.T}, int64(0)
	if len(explanation.GetItems()) != len(inv.Items) {
		x.Fatalf("%d items of %d are explained", len(explanation.GetItems()), len(inv.Items))
	}
	for i, item := range explanation.GetItems() {
		amount := c.item(item)
		if amount != inv.Items[i].Amount || amount != c.minor(item.GetAmount()) || int(item.GetPosition()) != i+1 {
			x.Fatalf("item %d of invoice %s comes to %d, not %d: %v", i+1, inv.ID, amount, inv.Items[i].Amount, item)
		}
		for j, part := range item.GetParts() {
			x.checkRate(inv, line.ID(inv.Items[i].Parts[j].Line), part)
		}
		total += amount
	}
	if total != inv.Total || total != c.minor(explanation.GetTotal()) {
		x.Fatalf("invoice %s comes to %d, not %d", inv.ID, total, inv.Total)
	}
}

// checkRate checks that a part is explained by the rate that the line had when it was billed.
func (x *explained) checkRate(inv *invoice.Invoice, l line.ID, part *pb.PartExplanation) {
	var of line.Rate
	for i, rate := range x.rates[inv.Run][l] {
		if i == 0 || !day(part.GetStartDate()).Before(rate.From().Time()) {
			of = rate
		}
	}
	price := part.GetPrice()
	if (recount{x.T}).minor(price.GetMonthlyAmount()) != of.MonthlyAmount.Minor() || !day(price.GetRateEffectiveDate()).Equal(of.Effective.Time()) ||
		!day(price.GetRateAppliesFrom()).Equal(of.From().Time()) {
		x.Fatalf("line %d on invoice %s was billed at %+v, not at %v", l, inv.ID, of, price)
	}
}

// surprise does something to the account, which may be refused.
func (x *explained) surprise() {
	id := rapid.SampledFrom(x.Lines).Draw(x.T, "surprised")
	l := x.line(id)
	var err error
	switch rapid.IntRange(0, 8).Draw(x.T, "surprise") {
	case 0:
		_, err = x.w.Lines.ChangeRate(billingtest.As, id, line.RateChange{AdjustBilled: true, Rate: line.Rate{
			Effective: x.day(l.Start, 150), MonthlyAmount: x.amount(l.MonthlyAmount().Currency), Reason: "PRICE",
		}})
	case 1:
		_, err = x.w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: x.day(l.Start, 150), Reason: "LEFT", Credit: true})
	case 2:
		_, err = x.w.Lines.Uncancel(billingtest.As, id, "")
	case 3:
		_, err = x.w.Charges.Create(billingtest.As, charge.Charge{
			BillTo: l.BillTo, Item: "MON", Date: l.Start, Amount: billingtest.USD(rapid.SampledFrom([]string{"5.00", "-3.10"}).Draw(x.T, "charge")),
		})
	case 4:
		_, err = x.w.Lines.Change(billingtest.As, id, line.Change{BillCycle: new(rapid.SampledFrom(cycles).Draw(x.T, "cycle")), Restart: true})
	case 5:
		if billed := x.invoices(); len(billed) > 0 {
			place := rapid.IntRange(0, len(billed)-1).Draw(x.T, "void")
			_, err = x.w.Invoicing.Void(billingtest.As, billed[place].ID, "Wrong", rapid.Bool().Draw(x.T, "release"), "")
		}
	case 6:
		from := x.day(l.Start, 150)
		_, err = x.w.Lines.Pause(billingtest.As, id, line.Pausing{From: from, Until: x.day(from, 60), Reason: "AWAY"})
	case 7:
		_, err = x.w.Lines.Resume(billingtest.As, id, x.day(l.Start, 150), "")
	case 8:
		_, err = x.w.Lines.Change(billingtest.As, id, line.Change{Timing: new(line.InArrears)})
	}
	if refused, ok := fault.As(err); err != nil && (!ok || !errors.Is(refused, fault.FailedPrecondition) && !errors.Is(refused, fault.Invalid)) {
		x.Fatal(err)
	}
}

// lives makes rapid check as many lives as LIVES says.
func lives(t *testing.T) {
	if n := os.Getenv("LIVES"); n != "" {
		if err := flag.Set("rapid.checks", n); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever happened to a line before and after it was billed, every amount of every invoice follows
// from its explanation alone, which has the rate at which it was billed.
func TestExplanationsGiveEveryAmount(t *testing.T) {
	lives(t)
	for _, method := range []billing.Method{billing.ByMonth, billing.ByPeriod} {
		t.Run(string(method), func(t *testing.T) {
			billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
				w.LoadCustomers(1, 1)
				if method == billing.ByPeriod {
					w.Exec(`INSERT INTO billed_by_period (tenant) VALUES ($1)`, string(billingtest.Caller.Tenant))
				}
				server, last := explainersOf(w), catalogue.BillToID(100)
				rapid.Check(t, func(r *rapid.T) {
					last++
					h := &history{T: r, w: w, billTo: last, least: rapid.SampledFrom([]int64{0, -50_000}).Draw(r, "least")}
					live(&explained{history: h, server: server, rates: map[invoice.RunID]map[line.ID][]line.Rate{}})
				})
			})
		})
	}
}

// live is a life of a customer, after which all of its invoices are explained.
func live(x *explained) {
	x.open()
	asOf := billingtest.Day("2026-01-15")
	for range rapid.IntRange(1, 4).Draw(x.T, "runs") {
		x.bill(asOf.String())
		if id := rapid.SampledFrom(x.Lines).Draw(x.T, "changed"); !x.line(id).Cancelled() {
			x.change(id)
		}
		x.surprise()
		if rapid.Bool().Draw(x.T, "another") {
			x.surprise()
		}
		asOf = x.day(asOf, 90)
	}
	x.bill(asOf.String())
	billed := x.invoices()
	for i := range billed {
		x.checkExplained(&billed[i])
	}
}
