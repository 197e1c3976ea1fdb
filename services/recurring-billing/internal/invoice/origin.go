package invoice

import (
	"context"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Origin is the customer, site and system of a line.
type Origin struct {
	Customer catalogue.CustomerID
	Site     line.SiteID
	System   line.SystemID
	// Name is the customer's name when the document was issued: that of its account with the lowest
	// number. It is empty if there was none, and for the invoiced customer.
	Name string
}

// Origins maps lines to their origins.
type Origins map[line.ID]Origin

// OriginReader reads the origins of lines. Customer, site and system of a line never change; names
// are read as they were when the document was issued.
type OriginReader interface {
	// Origins returns the origins of lines, without names.
	Origins(ctx context.Context, lines []line.ID) (Origins, error)
	// NamesAt returns the names of customers when a document was issued, or their present names if
	// it is not issued.
	NamesAt(ctx context.Context, customers []catalogue.CustomerID, issued Issued) (map[catalogue.CustomerID]string, error)
}

// originsAtOnce limits the number of keys in one query.
const originsAtOnce = 1000

// originsOf returns the origins of the lines of each invoice.
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

// namedOrigins returns the origins of an invoice's lines, with the names of customers other than
// its own.
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

// inPages reads the values of many keys, a limited number at once.
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
