package billingtest

import (
	"math/big"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"pgregory.net/rapid"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// Recount computes amounts from an explanation alone: with the calendar of package time, in exact
// fractions. It shares no code with the engine.
type Recount struct{ rapid.TB }

// DayOf converts a date.
func DayOf(d *date.Date) time.Time {
	return time.Date(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()), 0, 0, 0, 0, time.UTC)
}

func days(from, to *date.Date) int64 { return int64(DayOf(to).Sub(DayOf(from)) / (24 * time.Hour)) }

// Minor returns an amount in minor units, which must be whole.
func (c Recount) Minor(m *money.Money) int64 {
	unit := map[string]int64{"USD": 100, "JPY": 1, "KWD": 1000}[m.GetCurrencyCode()]
	scaled := int64(m.GetNanos()) * unit
	if unit == 0 || scaled%1e9 != 0 {
		c.Fatalf("%v is not an amount", m)
	}
	return m.GetUnits()*unit + scaled/1e9
}

// share returns the exact share of days, whose months must be those of the calendar.
func (c Recount) share(s *pb.DayShare, billDay int32) *big.Rat {
	if s.GetOfDays() != int32(days(s.GetStartDate(), s.GetEndDate())) || s.GetDays() > s.GetOfDays() {
		c.Fatalf("%v does not have its days", s)
	}
	if s.GetWholeMonths() == 0 {
		return big.NewRat(int64(s.GetDays()), int64(s.GetOfDays()))
	}
	from, to := DayOf(s.GetStartDate()), DayOf(s.GetEndDate())
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
func (c Recount) reckon(r *pb.Reckoning, billDay int32) int64 {
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
	amount := Rounded(sum.Mul(sum, new(big.Rat).SetInt64(c.Minor(r.GetOfAmount()))))
	if amount != c.Minor(r.GetAmount()) {
		c.Fatalf("%v comes to %d", r, amount)
	}
	return amount
}

// cost computes what days cost, and checks that the reckonings are for them.
func (c Recount) cost(from, to *date.Date, upTo, before *pb.Reckoning, billDay int32) int64 {
	if upTo == nil || days(upTo.GetEndDate(), to) != 0 || before == nil && days(upTo.GetStartDate(), from) != 0 ||
		before != nil && (days(before.GetStartDate(), upTo.GetStartDate()) != 0 || days(before.GetEndDate(), from) != 0) {
		c.Fatalf("%v and %v are not for the days from %v to %v", upTo, before, from, to)
	}
	return c.reckon(upTo, billDay) - c.reckon(before, billDay)
}

func (c Recount) part(p *pb.PartExplanation, cycle pb.BillCycle) int64 {
	price := p.GetPrice()
	months := map[pb.BillCycle]int64{
		pb.BillCycle_BILL_CYCLE_MONTHLY: 1, pb.BillCycle_BILL_CYCLE_QUARTERLY: 3, pb.BillCycle_BILL_CYCLE_SEMIANNUAL: 6, pb.BillCycle_BILL_CYCLE_ANNUAL: 12,
	}[cycle]
	of := price.GetMonthlyAmount()
	if price.GetProration() == pb.Proration_PRORATION_BY_PERIOD {
		of = price.GetCycleAmount()
	}
	if p.GetNotKnown() != "" || int64(p.GetDays()) != days(p.GetStartDate(), p.GetEndDate()) ||
		c.Minor(price.GetCycleAmount()) != months*c.Minor(price.GetMonthlyAmount()) || c.Minor(of) != c.Minor(p.GetReckoning().GetOfAmount()) ||
		DayOf(p.GetStartDate()).Before(DayOf(price.GetRateAppliesFrom())) || DayOf(price.GetRateAppliesFrom()).Before(DayOf(price.GetRateEffectiveDate())) {
		c.Fatalf("the price of %v", p)
	}
	return c.cost(p.GetStartDate(), p.GetEndDate(), p.GetReckoning(), p.GetReckonedBefore(), price.GetBillDay())
}

func (c Recount) credit(credit *pb.CreditExplanation) (sum int64) {
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
		if amount != c.Minor(of.GetAmount()) {
			c.Fatalf("%v is credited %d", of, amount)
		}
		sum += amount
	}
	if days(next, credit.GetEndDate()) != 0 {
		c.Fatalf("a gap at the end of %v", credit)
	}
	return sum
}

// Item computes the amount of an item.
func (c Recount) Item(item *pb.ItemExplanation) (amount int64) {
	switch {
	case item.GetCharge() != "":
		amount = c.Minor(item.GetAmount())
	case item.GetCredit() != nil:
		amount = -c.credit(item.GetCredit())
	}
	for _, part := range item.GetParts() {
		cost := c.part(part, item.GetBillCycle())
		if cost != c.Minor(part.GetAmount()) {
			c.Fatalf("%v costs %d", part, cost)
		}
		amount += cost
	}
	return amount
}

// Rounded rounds half away from zero.
func Rounded(exact *big.Rat) int64 {
	whole, _ := new(big.Int).SetString(exact.FloatString(0), 10)
	return whole.Int64()
}
