// Package demo holds demo data for a new store, so that the examples on Sedona's pages can be tried
// at once.
package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Load loads the demo data into the default tenant if that is empty. The data are lines 1 to 20 of
// customers 1 to 7, whose bill-tos have the numbers of the customers (9 and 10 are second ones of
// customers 1 and 2), and master account MASTER-1 of customer 8. The master account is billed to
// bill-to 8, the CustomerBillId in the vendor's example.
func Load(ctx context.Context, b *books.Service) error {
	ctx = auth.With(ctx, auth.Principal{Tenant: auth.DefaultTenant, Actor: "demo"})
	if err := b.LoadIntoEmpty(ctx, demoSet()); err != nil {
		return fmt.Errorf("loading the demo data: %w", err)
	}
	return nil
}

func demoSet() books.Set {
	return books.Set{Items: items(), BillTos: billTos(), MasterAccounts: masterAccounts(), Lines: lines()}
}

// master is the number of both the master account's customer and its bill-to.
const master = 8

func dollars(text string) money.Amount {
	return money.Amount{Value: decimal.MustParse(text), Currency: "USD"}
}

func items() []catalogue.Item {
	item := func(code catalogue.ItemCode, description, rate, cost string) catalogue.Item {
		return catalogue.Item{
			Code: code, Description: description, Taxable: true, DefaultRate: dollars(rate), DefaultCost: dollars(cost),
			CategoryCode: "RMR", ServiceItem: true,
		}
	}
	return []catalogue.Item{
		item("RMR-MON", "Alarm monitoring", "29.95", "4.50"),
		item("RMR-SVC", "Service plan", "19.95", "7.25"),
		item("RMR-INSP", "Yearly inspection", "12.50", "9.00"),
		item("RMR-CELL", "Cellular backup", "9.95", "3.10"),
		item("RMR-BASE", "Security package", "49.95", "12.00"),
		item("RMR-FIRE", "Fire alarm monitoring", "59.00", "11.75"),
	}
}

func billTos() []catalogue.BillTo {
	return []catalogue.BillTo{
		{ID: 1, Customer: 1, DisplayName: "Harbour Street Bakery"},
		{ID: 2, Customer: 2, DisplayName: "Northgate Dental Practice"},
		{ID: 3, Customer: 3, DisplayName: "Millbrook Primary School"},
		{ID: 4, Customer: 4, DisplayName: "Old Mill Storage"},
		{ID: 5, Customer: 5, DisplayName: "Castle View Hotel"},
		{ID: 6, Customer: 6, DisplayName: "Riverside Pharmacy"},
		{ID: 7, Customer: 7, DisplayName: "Weaver and Sons"},
		{ID: master, Customer: master, DisplayName: "Crown Property Management"},
		{ID: 9, Customer: 1, DisplayName: "Harbour Street Bakery, second shop"},
		{ID: 10, Customer: 2, DisplayName: "Northgate Dental Practice, accounts"},
	}
}

func masterAccounts() []catalogue.MasterAccount {
	return []catalogue.MasterAccount{
		{Code: "MASTER-1", Description: "Crown Property Management, all buildings", Customer: master, BillTo: master},
	}
}

// lines returns lines of every bill cycle: with bill days at the end of the month, with and without
// an end, alone, rolled up, and receivable to the master account.
func lines() []line.Line {
	all := make([]line.Line, 20)
	set := items()
	cycles := [...]line.BillCycle{line.Monthly, line.Quarterly, line.Monthly, line.SemiAnnual, line.Monthly, line.Annual}
	starts := [...]date.Date{
		date.MustNew(2026, time.January, 1), date.MustNew(2026, time.January, 31),
		date.MustNew(2026, time.February, 15), date.MustNew(2026, time.March, 10),
	}
	for i := range all {
		customer := catalogue.CustomerID(i%7 + 1)
		item := set[i%len(set)]
		all[i] = line.Line{
			ID: line.ID(i + 1), Customer: customer, Site: line.SiteID(customer), System: line.SystemID(i + 1),
			BillTo: catalogue.BillToID(customer), Item: item.Code, BillCycle: cycles[i%len(cycles)],
			Rates: []line.Rate{{MonthlyAmount: item.DefaultRate}}, Start: starts[i%len(starts)],
		}
		if item.Code == "RMR-SVC" || item.Code == "RMR-CELL" {
			all[i].MasterItem = "RMR-BASE"
		}
	}
	all[1].Memo = "Keys are with the neighbour."
	all[4].BillDay = 15
	all[9].End = date.MustNew(2027, time.January, 31)
	// Sold to customers 6 and 7, paid by the owner of their buildings.
	for _, l := range []int{12, 13, 19} {
		all[l].MasterAccount, all[l].BillTo = "MASTER-1", 0
	}
	return all
}
