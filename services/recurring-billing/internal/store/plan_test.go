package store_test

import (
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// loadPlans fills the tables of lists with some thousands of rows: every hundredth line is due on
// 1 March, and every tenth invoice is void.
var loadPlans = []string{
	`INSERT INTO items SELECT 't', n, 'C' || n, 'd', FALSE, '0', '', '0', '', '', FALSE, FALSE, FALSE, FALSE, 1, 0, 0, 'C' || n FROM numbers WHERE n <= 100`,
	`INSERT INTO bill_tos (tenant, id, customer_id, display_name, version, created, updated) SELECT 't', n, n / 4, 'Customer ' || n, 1, 0, 0 FROM numbers`,
	`INSERT INTO recurring_lines (tenant, id, customer_id, site_id, system_id, bill_to_id, item_code, bill_cycle, description, memo, currency, start_date, bill_day, created)
		SELECT 't', n, n / 4, 0, 0, n, 'C' || (n % 100 + 1), 'M', '', '', 'EUR', '2026-01-01', 1, 0 FROM numbers`,
	`INSERT INTO line_cycles (tenant, id, next_cycle_date, version, updated)
		SELECT 't', n, CASE WHEN n % 100 = 0 THEN '2026-03-01' ELSE '2026-04-01' END, 1, 0 FROM numbers`,
	`INSERT INTO invoices (tenant, id, number, state, run_id, bill_to_id, customer_id, issue_date, currency, total, version, created, updated)
		SELECT 't', n || '', n, CASE WHEN n % 10 = 0 THEN 'VOID' ELSE 'FINALIZED' END, n / 40, n, n / 4, '2026-01-' || (n % 28 + 1), 'EUR', 1, 1, 0, 0 FROM numbers`,
	`INSERT INTO credit_notes (tenant, id, invoice_id, invoice_number, bill_to_id, customer_id, issue_date, currency, total, reason, items, version, created, updated)
		SELECT 't', n, n || '', n, n, n / 4, '2026-01-' || (n % 28 + 1), 'EUR', 1, '', '', 1, 0, 0 FROM numbers`,
	`ANALYZE`,
}

// TestListsUseIndexes checks that lists by what people look for read an index, in the order of the
// list on SQLite. PostgreSQL rather sorts the few rows that are found here.
func TestListsUseIndexes(t *testing.T) {
	const (
		lines   = `SELECT * FROM recurring_lines l JOIN line_cycles c USING (tenant, id) WHERE l.tenant = $1`
		from    = ` WHERE tenant = $1`
		billTos = `SELECT * FROM bill_tos` + from
		bills   = `SELECT * FROM invoices` + from
		notes   = `SELECT * FROM credit_notes` + from
	)
	is, by := listing.Is, func(fields ...string) (order []listing.Order) {
		for _, field := range fields {
			order = append(order, listing.Order{Field: field})
		}
		return order
	}
	due := listing.All(is("open", true), listing.Compare{Field: "next_cycle_date", Op: listing.LessEqual, Value: "2026-03-01"})
	byDate := listing.Query{Where: due, Order: by("next_cycle_date", "name")}
	// A step of a rate increase goes on behind a line. Each bill-to has one line here, so that sorting the few that are found is best.
	ofSome := listing.Query{
		Where: listing.All(is("open", true), listing.Or{is("item", "C7"), is("item", "C8")}, listing.Or{is("bill_to", 7), is("bill_to", 8), is("bill_to", 9)}),
		Order: by("name"), After: listing.Cursor{int64(5)},
	}
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		databasetest.Execute(t, db, databasetest.Numbers...)
		databasetest.Execute(t, db, loadPlans...)
		for name, test := range map[string]struct {
			fixed   string
			columns map[string]string
			query   listing.Query
			index   string
			sorts   bool
		}{
			"due lines":             {lines, store.LineFieldsFor(byDate), byDate, "line_cycles_due", false},
			"due lines, by name":    {lines, store.LineFieldsFor(listing.Query{}), listing.Query{Where: due, Order: by("name")}, "line_cycles_due", true},
			"lines of an item":      {lines, store.LineFieldsFor(listing.Query{}), listing.Query{Where: is("item", "C7"), Order: by("name")}, "recurring_lines_by_item", false},
			"lines of some items":   {lines, store.LineFieldsFor(ofSome), ofSome, "recurring_lines_by_bill_to", true},
			"bill-tos of a name":    {billTos, store.BillToFields, listing.Query{Where: is("display_name", "Customer 7"), Order: by("name")}, "bill_tos_by_", false},
			"bill-tos by name":      {billTos, store.BillToFields, listing.Query{Order: by("display_name", "name")}, "bill_tos_by_name", false},
			"bill-tos by prefix":    {billTos, store.BillToFields, listing.Query{Where: listing.Prefix{Field: "display_name", Prefix: "Customer 77"}}, "bill_tos_by_", true},
			"bill-tos of customer":  {billTos, store.BillToFields, listing.Query{Where: is("customer_id", 7), Order: by("name")}, "bill_tos_by_customer", false},
			"invoices of a number":  {bills, store.InvoiceFields, listing.Query{Where: is("number", 7), Order: by("number")}, "invoices_", false},
			"invoices of a day":     {bills, store.InvoiceFields, listing.Query{Where: is("issue_date", "2026-01-07"), Order: by("number")}, "invoices_by_date", false},
			"void invoices":         {bills, store.InvoiceFields, listing.Query{Where: is("state", "VOID"), Order: by("number")}, "invoices_void", false},
			"invoices of a bill-to": {bills, store.InvoiceFields, listing.Query{Where: is("bill_to", 7), Order: by("number")}, "invoices_by_bill_to", false},
			"invoices of a run":     {bills, store.InvoiceFields, listing.Query{Where: is("cycle_run", 7), Order: by("number")}, "invoices_by_run", false},
			"credit notes of a day": {notes, store.CreditNoteFields, listing.Query{Where: is("issue_date", "2026-01-07"), Order: by("name")}, "credit_notes_by_date", false},
		} {
			test.query.Limit = 51
			plan := databasetest.Plan(t, db, test.fixed, test.columns, test.query)
			if !strings.Contains(plan, test.index) || databasetest.Sorts(plan) && !test.sorts && db.Engine() == database.SQLite {
				t.Errorf("%s: the plan must use %s, got\n%s", name, test.index, plan)
			}
		}
	})
}
