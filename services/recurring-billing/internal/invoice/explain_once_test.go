package invoice

import (
	"context"
	"fmt"
	"testing"
)

// counting counts the invoices that are read. Those without an id do not exist.
type counting struct {
	ExplainReader
	read int
}

func (c *counting) InvoicesOf(_ context.Context, ids []ID) (found []Invoice, err error) {
	for _, id := range ids {
		if c.read++; id != "none" {
			found = append(found, Invoice{ID: id})
		}
	}
	return found, nil
}

// However many credits name an invoice, it is read once, and few are held in memory.
func TestInvoicesAreReadOnce(t *testing.T) {
	from := counting{}
	once := readOnce{&from, map[ID]Invoice{}}
	for range 3 {
		if found, err := once.InvoicesOf(t.Context(), []ID{"1", "none", "2"}); err != nil || len(found) != 2 || found[0].ID != "1" || found[1].ID != "2" {
			t.Fatal(found, err)
		}
	}
	if from.read != 3 {
		t.Errorf("%d invoices were read, want 3", from.read)
	}
	for i := range 3 * invoicesAtOnce {
		if _, err := once.InvoicesOf(t.Context(), []ID{ID(fmt.Sprint(i))}); err != nil || len(once.known) > invoicesAtOnce {
			t.Fatal(len(once.known), err)
		}
	}
}
