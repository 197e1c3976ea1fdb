package usage

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads what one tenant consumed, and what it contracted. If a resource does not exist, the error
// is mutation.ErrNotFound.
type Reader interface {
	settings.Reader
	customer.Finder
	// PackagesByID returns the packages with ids, in any order, without those that do not exist.
	PackagesByID(ctx context.Context, ids []catalogue.PackageID) ([]catalogue.Package, error)
	// Recurrence returns one recurrence; RecurrencesByKey returns those of many keys, in any order, without
	// those that do not exist.
	Recurrence(ctx context.Context, key recurrence.Key) (recurrence.Recurrence, error)
	RecurrencesByKey(ctx context.Context, keys []recurrence.Key) ([]recurrence.Recurrence, error)
	// TermChanges returns the changes that changed the terms of recurrences at an instant or later, at most limit: those of a
	// recurrence together, the newest first.
	TermChanges(ctx context.Context, of []recurrence.Key, since time.Time, limit int) ([]recurrence.Change, error)
	// UsageTotals returns the totals of one recurrence that match a query, in its order. The query's fields
	// are `month` and `service_id`.
	UsageTotals(ctx context.Context, of recurrence.Key, query listing.Query) ([]Total, error)
	// UsageWindows returns the windows of recurrences in which something was counted and which begin on the
	// day from or later and before until, each once, in any order.
	UsageWindows(ctx context.Context, of []recurrence.Key, from, until date.Date) (map[recurrence.Key][]Window, error)
	// Counted returns what events were counted for, in any order, without those that were not counted.
	Counted(ctx context.Context, ids []EventID) ([]Counted, error)
	// Alert returns one alert; Alerts lists those of all recurrences. The query's fields are those of the
	// native API's list, and the ids `customer`, `recurrence` and `usage_alert`.
	Alert(ctx context.Context, key AlertKey) (Alert, error)
	Alerts(ctx context.Context, query listing.Query) ([]Alert, error)
}

// Writer counts what one tenant consumes.
type Writer interface {
	Reader
	mutation.Writer
	// LockTotals returns the totals of places and those with ids, in any order, without those that do not
	// exist. Nobody else changes them before the end of the mutation.
	LockTotals(ctx context.Context, at []Place, ids []TotalID) ([]Total, error)
	// CreateTotals adds totals, or returns mutation.ErrStale if another mutation has added one of them, or
	// moved its recurrence. The feed has no entries of totals.
	CreateTotals(ctx context.Context, totals []Total) error
	// UpdateTotals replaces totals that are locked.
	UpdateTotals(ctx context.Context, totals []Total) error
	// CreateCounted keeps what events were counted for, or returns mutation.ErrStale if another mutation has
	// counted one of them.
	CreateCounted(ctx context.Context, events []Counted) error
	// UpdateCounted replaces what events were counted for.
	UpdateCounted(ctx context.Context, events []Counted) error
	// CreateAlert adds an alert, and an entry to the change feed, or returns mutation.ErrTaken if its id
	// exists.
	CreateAlert(ctx context.Context, alert Alert) error
}
