package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// Origins reads the customers, sites and systems of lines.
func (r *reader) Origins(ctx context.Context, lines []line.ID) (invoice.Origins, error) {
	origins := make(invoice.Origins, len(lines))
	_, err := among(r, "origins of lines", "id", lines,
		func(q *rows.Queries) ([]rows.ListOriginsRow, error) { return q.ListOrigins(ctx, string(r.tenant)) },
		func(row rows.ListOriginsRow) (_ struct{}, err error) {
			origins[line.ID(row.ID)] = invoice.Origin{
				Customer: catalogue.CustomerID(row.CustomerID), Site: line.SiteID(row.SiteID), System: line.SystemID(row.SystemID),
			}
			return struct{}{}, nil
		})
	return origins, err
}

// until returns the column of a former row that holds the last document showing it, and the number
// of the given document. The document shows the first row whose column is at least that number.
func until(issued invoice.Issued) (column string, number int64) {
	if issued.CreditNote != 0 {
		return `last_credit_note`, int64(issued.CreditNote)
	}
	return `last_invoice`, issued.Invoice
}

// NamesAt reads the names of customers when a document was issued: that of the lowest bill-to that
// existed then.
func (r *reader) NamesAt(ctx context.Context, customers []catalogue.CustomerID, issued invoice.Issued) (map[catalogue.CustomerID]string, error) {
	if len(customers) == 0 {
		return nil, nil
	}
	b := bound{tx: r.tx}
	name := `b.display_name`
	if issued != (invoice.Issued{}) {
		column, number := until(issued)
		name = `COALESCE((SELECT f.display_name FROM former_bill_tos f WHERE f.tenant = b.tenant AND f.id = b.id AND f.` + column + ` >= ` +
			b.value(number) + ` ORDER BY f.version LIMIT 1), b.display_name)`
	}
	of := `b.tenant = ` + b.value(string(r.tenant)) + oneOf(&b, "b.customer_id", customers)
	if b.err != nil {
		return nil, b.err
	}
	names := make(map[catalogue.CustomerID]string, len(customers))
	_, err := database.Select(ctx, r.tx, "name of a customer", func(row database.Row) (_ struct{}, err error) {
		var customer catalogue.CustomerID
		var name string
		err = row.Scan(&customer, &name)
		names[customer] = name
		return struct{}{}, err
	}, `SELECT customer_id, name FROM (
			SELECT customer_id, name, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY id) AS place
			FROM (SELECT b.customer_id, b.id, `+name+` AS name FROM bill_tos b WHERE `+of+`) AS called WHERE name <> '') AS placed
		WHERE place = 1`, b.values...)
	return names, err
}

// noteNewBillTo records that documents issued earlier do not know a new bill-to: for them its name
// is empty.
func (w *writer) noteNewBillTo(ctx context.Context, id catalogue.BillToID) error {
	last, err := w.latest(ctx)
	if err != nil || last.Invoice == 0 {
		return err
	}
	return w.keepFormer(ctx, invoice.FormerBillTo{BillTo: id, Last: last}, 0)
}
