// Package demo holds the data that a new store starts with where it is asked for, so that the examples of Sedona's
// pages can be tried at once.
package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// Load loads the demo data into the default tenant if that is empty: lines 1 to 20 of customers 1 to 7, whose bill-tos
// have the numbers of the customers (9 and 10 are second ones of customers 1 and 2), and master account MASTER-1 of
// customer 8, billed to bill-to 8, which is the CustomerBillId of the vendor's example.
func Load(ctx context.Context, books *domain.BookService) error {
	ctx = auth.With(ctx, auth.Principal{Tenant: auth.DefaultTenant, Actor: "demo"})
	if err := books.LoadIntoEmpty(ctx, demoSet()); err != nil {
		return fmt.Errorf("loading the demo data: %w", err)
	}
	return nil
}

func demoSet() domain.Catalogue {
	return domain.Catalogue{Items: items(), BillTos: billTos(), MasterAccounts: masterAccounts(), Lines: lines()}
}

// master is the number of the master account's customer and of its bill-to.
const master = 8

func dollars(text string) domain.Amount {
	return domain.Amount{Value: decimal.MustParse(text), Currency: "USD"}
}

func items() []domain.Item {
	item := func(code domain.ItemCode, description, rate, cost string) domain.Item {
		return domain.Item{
			Code: code, Description: description, Taxable: true, DefaultRate: dollars(rate), DefaultCost: dollars(cost),
			CategoryCode: "RMR", ServiceItem: true,
		}
	}
	return []domain.Item{
		item("RMR-MON", "Alarm monitoring", "29.95", "4.50"),
		item("RMR-SVC", "Service plan", "19.95", "7.25"),
		item("RMR-INSP", "Yearly inspection", "12.50", "9.00"),
		item("RMR-CELL", "Cellular backup", "9.95", "3.10"),
		item("RMR-BASE", "Security package", "49.95", "12.00"),
		item("RMR-FIRE", "Fire alarm monitoring", "59.00", "11.75"),
	}
}

func billTos() []domain.BillTo {
	return []domain.BillTo{
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

func masterAccounts() []domain.MasterAccount {
	return []domain.MasterAccount{
		{Code: "MASTER-1", Description: "Crown Property Management, all buildings", Customer: master, BillTo: master},
	}
}

// lines are of all cycles, with bill days at the end of the month, with and without an end, alone, rolled up, and
// receivable to the master account.
func lines() []domain.Line {
	all := make([]domain.Line, 20)
	catalogue := items()
	cycles := [...]domain.BillCycle{domain.Monthly, domain.Quarterly, domain.Monthly, domain.SemiAnnual, domain.Monthly, domain.Annual}
	starts := [...]date.Date{
		date.MustNew(2026, time.January, 1), date.MustNew(2026, time.January, 31),
		date.MustNew(2026, time.February, 15), date.MustNew(2026, time.March, 10),
	}
	for i := range all {
		customer := domain.CustomerID(i%7 + 1)
		item := catalogue[i%len(catalogue)]
		all[i] = domain.Line{
			ID: domain.LineID(i + 1), Customer: customer, Site: domain.SiteID(customer), System: domain.SystemID(i + 1),
			BillTo: domain.BillToID(customer), Item: item.Code, BillCycle: cycles[i%len(cycles)],
			Rates: []domain.Rate{{MonthlyAmount: item.DefaultRate}}, Start: starts[i%len(starts)],
		}
		if item.Code == "RMR-SVC" || item.Code == "RMR-CELL" {
			all[i].MasterItem = "RMR-BASE"
		}
	}
	all[1].Memo = "Keys are with the neighbour."
	all[4].BillDay = 15
	all[9].End = date.MustNew(2027, time.January, 31)
	// Sold to customers 6 and 7, paid by the owner of their buildings.
	for _, line := range []int{12, 13, 19} {
		all[line].MasterAccount, all[line].BillTo = "MASTER-1", 0
	}
	return all
}
