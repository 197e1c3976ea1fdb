package invoice

import (
	"context"
	"slices"
)

// readOnce is an ExplainReader that reads an invoice once for all credits of its lines, as long as it
// holds at most invoicesAtOnce.
type readOnce struct {
	ExplainReader
	// known holds the invoices that were read. One that does not exist has no id.
	known map[ID]Invoice
}

func (r *readOnce) InvoicesOf(ctx context.Context, ids []ID) ([]Invoice, error) {
	if len(r.known)+len(ids) > invoicesAtOnce {
		clear(r.known)
	}
	missing := slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { _, known := r.known[id]; return known })
	if len(missing) > 0 {
		read, err := r.ExplainReader.InvoicesOf(ctx, missing)
		if err != nil {
			return nil, err
		}
		for _, id := range missing {
			r.known[id] = Invoice{}
		}
		for i := range read {
			r.known[read[i].ID] = read[i]
		}
	}
	var found []Invoice
	for _, id := range ids {
		if invoice := r.known[id]; invoice.ID != "" {
			found = append(found, invoice)
		}
	}
	return found, nil
}
