package invoice_test

import (
	"errors"
	"flag"
	"os"
	"testing"

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
	explanation, c, total := x.whole(inv), billingtest.Recount{TB: x.T}, int64(0)
	if len(explanation.GetItems()) != len(inv.Items) {
		x.Fatalf("%d items of %d are explained", len(explanation.GetItems()), len(inv.Items))
	}
	for i, item := range explanation.GetItems() {
		amount := c.Item(item)
		if amount != inv.Items[i].Amount || amount != c.Minor(item.GetAmount()) || int(item.GetPosition()) != i+1 {
			x.Fatalf("item %d of invoice %s comes to %d, not %d: %v", i+1, inv.ID, amount, inv.Items[i].Amount, item)
		}
		for j, part := range item.GetParts() {
			x.checkRate(inv, line.ID(inv.Items[i].Parts[j].Line), part)
		}
		total += amount
	}
	if total != inv.Total || total != c.Minor(explanation.GetTotal()) {
		x.Fatalf("invoice %s comes to %d, not %d", inv.ID, total, inv.Total)
	}
}

// checkRate checks that a part is explained by the rate that the line had when it was billed.
func (x *explained) checkRate(inv *invoice.Invoice, l line.ID, part *pb.PartExplanation) {
	var of line.Rate
	for i, rate := range x.rates[inv.Run][l] {
		if i == 0 || !billingtest.DayOf(part.GetStartDate()).Before(rate.From().Time()) {
			of = rate
		}
	}
	price := part.GetPrice()
	if (billingtest.Recount{TB: x.T}).Minor(price.GetMonthlyAmount()) != of.MonthlyAmount.Minor() || !billingtest.DayOf(price.GetRateEffectiveDate()).Equal(of.Effective.Time()) ||
		!billingtest.DayOf(price.GetRateAppliesFrom()).Equal(of.From().Time()) {
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
