package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// page runs a list query, whose last parameter is its limit, for no more rows than fit on a page: it asks for the size of
// their documents first, so that rows which do not fit are never read.
type page struct {
	*database.Tx
	// document is the column that makes a row large.
	document string
	size     int
	// more reports, once the query has run, that rows follow the page.
	more bool
}

func (r *reader) page(document string, size int) *page {
	return &page{Tx: r.tx, document: document, size: size}
}

// limit is one row more than a page has, which tells whether rows follow.
func (p *page) limit() int32 { return int32(p.size) + 1 }

// QueryContext is the rows on the page.
func (p *page) QueryContext(ctx context.Context, query string, values ...any) (*sql.Rows, error) {
	sizes, err := database.Select(ctx, p.Tx, "size", scanInt,
		fmt.Sprintf("SELECT octet_length(%s) FROM (%s) AS page", p.document, query), values...)
	if err != nil {
		return nil, err
	}
	fitting := min(len(sizes), p.size)
	bytes := 0
	for i, size := range sizes[:fitting] {
		if bytes += size; i > 0 && bytes > domain.PageBytes {
			fitting = i
			break
		}
	}
	p.more = len(sizes) > fitting
	limited := append([]any(nil), values...)
	limited[len(limited)-1] = fitting
	return p.Tx.QueryContext(ctx, query, limited...)
}

func scanInt(row database.Row) (n int, err error) {
	err = row.Scan(&n)
	return n, err
}
