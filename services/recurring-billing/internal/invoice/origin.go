package invoice

import (
	"context"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Origin is whose a line is, and where.
type Origin struct {
	Customer catalogue.CustomerID
	Site     line.SiteID
	System   line.SystemID
	// Name is what the customer was called when the document was issued: by its account with the lowest number of those that
	// there were. Empty where there was none, and for the customer who is invoiced.
	Name string
}

// Origins are those of lines.
type Origins map[line.ID]Origin

// OriginReader reads where lines come from. What the change of a line cannot change is read as it is, names as they were.
type OriginReader interface {
	// Origins is those of lines, without names.
	Origins(ctx context.Context, lines []line.ID) (Origins, error)
	// NamesAt is what customers were called when a document was issued, or what they are called now for one that is not.
	NamesAt(ctx context.Context, customers []catalogue.CustomerID, issued Issued) (map[catalogue.CustomerID]string, error)
}

// originsAtOnce bounds what one query asks for.
const originsAtOnce = 1000

// originsOf is where the lines of each of some invoices come from.
func originsOf(ctx context.Context, r OriginReader, invoices []Invoice) ([]Origins, error) {
	lines := map[line.ID]bool{}
	for i := range invoices {
		for _, item := range invoices[i].Items {
			for _, part := range item.Parts {
				lines[line.ID(part.Line)] = true
			}
		}
	}
	known, err := inPages(ctx, slices.Sorted(maps.Keys(lines)), r.Origins)
	if err != nil {
		return nil, err
	}
	origins := make([]Origins, len(invoices))
	for i := range invoices {
		if origins[i], err = namedOrigins(ctx, r, &invoices[i], known); err != nil {
			return nil, err
		}
	}
	return origins, nil
}

// namedOrigins is those of an invoice's lines, with the names of customers other than its own.
func namedOrigins(ctx context.Context, r OriginReader, invoice *Invoice, known Origins) (Origins, error) {
	origins, others := Origins{}, map[catalogue.CustomerID]bool{}
	for _, item := range invoice.Items {
		for _, part := range item.Parts {
			l := line.ID(part.Line)
			origins[l] = known[l]
			if customer := known[l].Customer; customer != invoice.Customer {
				others[customer] = true
			}
		}
	}
	if len(others) == 0 {
		return origins, nil
	}
	names, err := inPages(ctx, slices.Sorted(maps.Keys(others)), func(ctx context.Context, customers []catalogue.CustomerID) (map[catalogue.CustomerID]string, error) {
		return r.NamesAt(ctx, customers, invoice.Issued())
	})
	if err != nil {
		return nil, err
	}
	for l, origin := range origins {
		if origin.Customer != invoice.Customer {
			origin.Name = names[origin.Customer]
			origins[l] = origin
		}
	}
	return origins, nil
}

// inPages reads what is known of many keys, a bounded number at once.
func inPages[K comparable, V any, M ~map[K]V](ctx context.Context, keys []K, read func(context.Context, []K) (M, error)) (M, error) {
	all := M{}
	for page := range slices.Chunk(keys, originsAtOnce) {
		known, err := read(ctx, page)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, known)
	}
	return all, nil
}
