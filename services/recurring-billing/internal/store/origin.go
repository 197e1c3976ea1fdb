package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Origins reads whose lines are, and where.
func (r *reader) Origins(ctx context.Context, lines []line.ID) (invoice.Origins, error) {
	origins := make(invoice.Origins, len(lines))
	_, err := among(ctx, r, "origin of a line", func(row database.Row) (_ struct{}, err error) {
		var l line.ID
		var origin invoice.Origin
		err = row.Scan(&l, &origin.Customer, &origin.Site, &origin.System)
		origins[l] = origin
		return struct{}{}, err
	}, `SELECT id, customer_id, site_id, system_id FROM recurring_lines WHERE tenant = $1 AND id`, lines)
	return origins, err
}

// NamesAt reads what customers were called when a document was issued: by the lowest bill-to that was there then.
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

// noteNewBillTo keeps that documents that were issued know nothing of a bill-to that is new: to them its name is empty.
func (w *writer) noteNewBillTo(ctx context.Context, id catalogue.BillToID) error {
	last, err := w.latest(ctx)
	if err != nil || last.Invoice == 0 {
		return err
	}
	return w.keepFormer(ctx, invoice.FormerBillTo{BillTo: id, Last: last}, 0)
}
