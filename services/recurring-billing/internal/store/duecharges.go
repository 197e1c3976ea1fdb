package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// DueCharges reads the one-off charges that are due. They use the index charges_due.
func (r *reader) DueCharges(ctx context.Context, in run.Range, asOf date.Date, filter run.Filter) ([]billing.OneOff, error) {
	if len(filter.Cycles)+len(filter.Masters) > 0 {
		return nil, nil
	}
	scan := func(row database.Row) (o billing.OneOff, err error) {
		var amount string
		if err = row.Scan(&o.Number, &o.Version, &o.BillTo, &o.Currency, &o.Date, &amount, &o.Item, &o.Description, &o.Memo); err == nil {
			o.Amount, o.Err = minorUnits(amount, o.Currency)
		}
		return o, err
	}
	b := bound{tx: r.tx}
	query := `SELECT id, version, bill_to_id, currency, charge_date, amount, item_code, description, memo FROM charges
		WHERE tenant = ` + b.value(string(r.tenant)) + ` AND invoice_id IS NULL AND bill_to_id > ` + b.value(int64(in.After)) +
		` AND bill_to_id <= ` + b.value(int64(in.Upto)) + ` AND charge_date <= ` + b.value(asOf.String()) +
		oneOf(&b, "item_code", filter.Items) + oneOf(&b, "bill_to_id", filter.BillTos)
	if b.err != nil {
		return nil, b.err
	}
	return database.Select(ctx, r.tx, "charge", scan, query, b.values...)
}

// chargeKeys and chargeSet are the columns that a run matches and changes of a charge.
var (
	chargeKeys = []database.Column{{Name: "tenant", Type: "TEXT"}, {Name: "id", Type: "BIGINT"}, {Name: "version", Type: "BIGINT"}}
	chargeSet  = []database.Column{{Name: "invoice_id", Type: "TEXT"}, {Name: "version", Type: "BIGINT"}, {Name: "updated", Type: "BIGINT"}}
)

// BillCharges records the invoices that bill one-off charges.
func (w *writer) BillCharges(ctx context.Context, invoices []invoice.Invoice) error {
	carriers, versions := map[charge.ID]invoice.ID{}, map[charge.ID]int64{}
	var ids []charge.ID
	for i := range invoices {
		for _, one := range invoices[i].OneOffs {
			id := charge.ID(one.Number)
			ids, carriers[id], versions[id] = append(ids, id), invoices[i].ID, one.Version
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := w.ChargesOf(ctx, ids)
	if err != nil {
		return err
	}
	for i := range found {
		if found[i].Version != versions[found[i].ID] || found[i].Invoice != "" {
			return fmt.Errorf("billing charge %d: %w", found[i].ID, mutation.ErrStale)
		}
		found[i].Invoice = string(carriers[found[i].ID])
	}
	if len(found) != len(ids) {
		return fmt.Errorf("billing %d charges, of which %d exist: %w", len(ids), len(found), mutation.ErrStale)
	}
	return w.moveCharges(ctx, found)
}

// ReleaseCharges removes one-off charges from an invoice. A charge that another invoice bills stays.
func (w *writer) ReleaseCharges(ctx context.Context, inv invoice.ID, ids []charge.ID) error {
	return w.releaseCharges(ctx, []invoice.ID{inv}, ids)
}

func (w *writer) releaseCharges(ctx context.Context, invoices []invoice.ID, ids []charge.ID) error {
	found, err := w.ChargesOf(ctx, ids)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(c charge.Charge) bool { return !slices.Contains(invoices, invoice.ID(c.Invoice)) })
	for i := range found {
		found[i].Invoice = ""
	}
	return w.moveCharges(ctx, found)
}

// moveCharges stores the invoices of charges. All transactions change them in the same order, to
// avoid deadlocks.
func (w *writer) moveCharges(ctx context.Context, charges []charge.Charge) error {
	if len(charges) == 0 {
		return nil
	}
	slices.SortFunc(charges, func(a, b charge.Charge) int { return int(a.ID) - int(b.ID) })
	moved := make([][]any, len(charges))
	for i := range charges {
		c := &charges[i]
		before := c.Version
		w.revise(&c.Revision)
		moved[i] = []any{string(w.tenant), int64(c.ID), before, orNull(c.Invoice), c.Version, c.Updated.UnixMicro()}
	}
	updated, err := w.tx.UpdateAll(ctx, "charges", chargeKeys, chargeSet, moved)
	if err == nil && updated != int64(len(charges)) {
		err = mutation.ErrStale
	}
	if err != nil {
		return fmt.Errorf("moving %d charges to or from invoices: %w", len(charges), err)
	}
	return store.RecordAll(ctx, w.Writer, feed.Updated, charges)
}
