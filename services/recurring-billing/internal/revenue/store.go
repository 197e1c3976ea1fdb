package revenue

import (
	"context"
	"iter"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Position is a place in the change feed of all tenants; the zero Position is its beginning.
type Position struct {
	// Transaction orders entries by the transaction that wrote them; it is 0 on SQLite.
	Transaction int64
	// Sequence orders the entries of one transaction, and all entries on SQLite.
	Sequence int64
}

// Progress is how far the figures of a tenant follow its change feed.
type Progress struct {
	// Position is the place in the feed up to which every change of a line is counted; zero before the first.
	Position Position
	// AsOf is when the last counted change of a line was made; zero where there is none.
	AsOf time.Time
}

// Stretch is a part of a tenant's change feed that was not counted yet.
type Stretch struct {
	Tenant auth.Tenant
	// Before is the progress that the stretch follows, After the one once it is counted.
	Before, After Progress
	// States are the lines as their changes left them, in the feed's order.
	States []State
	// More tells that there may be more after it.
	More bool
}

// Store keeps the figures of all tenants beside their lines and their change feed.
type Store interface {
	// Behind returns the tenants with changes that are not counted, but for those that another worker counts at the time.
	Behind(ctx context.Context, by Lease) ([]auth.Tenant, error)
	// Next returns the next stretch of a tenant, of at most limit changes of lines.
	Next(ctx context.Context, tenant auth.Tenant, limit int) (Stretch, error)
	// Advance moves a tenant's progress over a stretch, and renews the lease, in the transaction in which do counts it: all
	// or nothing. It does neither, and is false, where the progress is no longer the stretch's, or another has the lease.
	Advance(ctx context.Context, by Lease, stretch Stretch, do func(context.Context, Writer) error) (bool, error)
	// Release ends the leases of an owner.
	Release(ctx context.Context, by Lease) error
	// Report reads how far a tenant's figures are, whether changes of lines wait to be counted, and, in the order of their
	// keys and on the same snapshot, what was counted up to a month of each group from a group on.
	Report(ctx context.Context, query Query, do func(progress Progress, waiting bool, counted iter.Seq2[Counted, error]) error) error
	// Committed is closed at the next commit of this process.
	Committed() <-chan struct{}
}

// Lease is a worker's right to be the only one that counts a tenant's changes. It spares the work of doing it twice; that
// nothing counts twice is the progress's part.
type Lease struct {
	// Owner is the worker.
	Owner string
	// Now is the time, Until when the lease ends unless it is renewed.
	Now, Until time.Time
}

// Writer writes what is kept of a tenant.
type Writer interface {
	// Series returns those of lines that are kept; a line that was never seen has none.
	Series(ctx context.Context, lines []line.ID) (map[line.ID]Series, error)
	// PutSeries keeps other series of lines.
	PutSeries(ctx context.Context, series map[line.ID]Series) error
	// Add changes figures by a tally.
	Add(ctx context.Context, tally Tally) error
}

// Query is what is asked of a tenant's recurring revenue.
type Query struct {
	Tenant   auth.Tenant
	Grouping Grouping
	// From is the first month, To the last.
	From, To Month
	// After is the last row of the page before; zero for the first page.
	After Key
	// Limit is the most rows of the page, 1 or more.
	Limit int
}

// Report is a page of a tenant's recurring revenue.
type Report struct {
	Rows []Row
	// More tells that there are rows after these.
	More bool
	Progress
	// Waiting tells that changes of lines wait to be counted.
	Waiting bool
}
