package revenue

import (
	"context"
	"iter"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Position is a position in the change feed of all tenants. The zero Position is its beginning.
type Position struct {
	// Transaction is the transaction that wrote the entry, which comes first in the order; it is 0
	// on SQLite.
	Transaction int64
	// Sequence orders the entries of one transaction, and all entries on SQLite.
	Sequence int64
}

// Progress is how far the figures of a tenant follow its change feed.
type Progress struct {
	// Position is the position up to which every change of a line is counted; zero if none is.
	Position Position
	// AsOf is the time of the last counted change of a line; zero if there is none.
	AsOf time.Time
}

// Stretch is a part of a tenant's change feed that is not counted yet.
type Stretch struct {
	Tenant auth.Tenant
	// Before is the progress before the stretch is counted, and After the progress after it.
	Before, After Progress
	// States holds the lines after each change, in the feed's order.
	States []State
	// More tells that there may be more changes after it.
	More bool
}

// Store stores the figures of all tenants, beside their lines and their change feed.
type Store interface {
	// Behind returns the tenants with uncounted changes, except those that another worker is
	// counting.
	Behind(ctx context.Context, by Lease) ([]auth.Tenant, error)
	// Next returns the next stretch of a tenant, with at most limit changes of lines.
	Next(ctx context.Context, tenant auth.Tenant, limit int) (Stretch, error)
	// Advance calls do, moves a tenant's progress over a stretch and renews the lease, in one
	// transaction. It does nothing and returns false if the progress is no longer the stretch's, or
	// another worker has the lease.
	Advance(ctx context.Context, by Lease, stretch Stretch, do func(context.Context, Writer) error) (bool, error)
	// Release ends the leases of a worker.
	Release(ctx context.Context, by Lease) error
	// Report reads the progress of a tenant, whether changes of lines wait to be counted, and the
	// figures of the query's groups up to its last month, ordered by key. All are from one
	// snapshot.
	Report(ctx context.Context, query Query, do func(progress Progress, waiting bool, counted iter.Seq2[Counted, error]) error) error
	// Follow returns a channel that gets a value, which it keeps until it is received, when this process has
	// changed a line. leave ends that.
	Follow() (news <-chan struct{}, leave func())
}

// Lease is a worker's right to be the only one that counts a tenant's changes. It only avoids
// duplicate work; the progress ensures that nothing counts twice.
type Lease struct {
	// Owner is the worker.
	Owner string
	// Now is the present time, and Until the time when the lease ends unless it is renewed.
	Now, Until time.Time
}

// Writer reads and writes the figures of one tenant.
type Writer interface {
	// Series returns the stored series of lines. Unknown lines are left out.
	Series(ctx context.Context, lines []line.ID) (map[line.ID]Series, error)
	// PutSeries replaces the series of lines.
	PutSeries(ctx context.Context, series map[line.ID]Series) error
	// Add adds a tally to the figures.
	Add(ctx context.Context, tally Tally) error
}

// Query selects a page of a tenant's recurring revenue.
type Query struct {
	Tenant   auth.Tenant
	Grouping Grouping
	// From is the first month, and To the last.
	From, To Month
	// After is the last row of the previous page; zero for the first page.
	After Key
	// Limit is the maximum number of rows of the page, 1 or more.
	Limit int
}

// Report is a page of a tenant's recurring revenue.
type Report struct {
	Rows []Row
	// More tells that there are more rows.
	More bool
	Progress
	// Waiting tells that changes of lines wait to be counted.
	Waiting bool
}
