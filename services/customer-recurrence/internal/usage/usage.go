// Package usage counts what recurrences consume of their services, against the limits that they
// contract.
//
//   - An event is counted in the month of its time, by the tenant's time zone, however late it comes. A
//     tenant may count by the cycles of recurrences instead; what is said of months holds for them alike.
//     What was counted before the setting or a cycle changes stays in its window. A day before today is
//     counted by the cycle of that day, and in the window that was counted in before the setting changed.
//   - It is counted once, by its id. A higher revision replaces it: what it had counted before is
//     subtracted. Without a time, or on a day in the same window, it stays in that window. So the totals
//     depend neither on the order of events nor on repetitions, as long as the windows do not move.
//   - What a month has consumed is summed when an event is counted. Nothing is summed later.
//   - A month that is over keeps the limit and the package that it was last counted with.
//   - A limit of 0 is none. Beyond a limit, events are counted, unless the package refuses them.
//   - Reaching a share of a limit creates an alert, once. The tenant decides which shares do.
package usage

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
)

// EventID identifies an event within its tenant. The caller chooses it.
type EventID string

// Event says that something was consumed.
type Event struct {
	ID EventID
	// Revision says which version of the event it is. The highest counts.
	Revision   int32
	Recurrence recurrence.Key
	ServiceID  catalogue.ServiceID
	// Quantity is the number of transactions. It is not negative.
	Quantity int64
	// Time is when it was consumed. Zero means when it is recorded.
	Time time.Time
}

// TotalID identifies a Total within its tenant. It is generated.
type TotalID string

// Place is what a Total is of: a service of a recurrence in a month or cycle.
type Place struct {
	Recurrence recurrence.Key
	ServiceID  catalogue.ServiceID
	Window     Window
}

// Total is what was consumed of a service of a recurrence in a month.
type Total struct {
	ID TotalID
	Place
	// Consumed is from 0 to maxConsumed.
	Consumed int64
	// Included is the limit when something was last counted. 0 means that there was none.
	Included int32
	// PackageID is the package when something was last counted. Empty means that it was counted before this
	// was kept.
	PackageID catalogue.PackageID
	// Alerted is the highest share of the limit, in percent, of which there is an alert, or that was passed
	// already when the tenant chose it.
	Alerted int32
}

// maxConsumed is the most that a total counts.
const maxConsumed = 1_000_000_000_000_000

// Counted is what an event was counted for.
type Counted struct {
	ID       EventID
	Revision int32
	Total    TotalID
	Quantity int64
}

// AlertID identifies an alert within its recurrence. It is generated.
type AlertID string

// AlertKey identifies an alert within the tenant.
type AlertKey struct {
	recurrence.Key
	ID AlertID
}

// String names the alert in messages.
func (k AlertKey) String() string { return fmt.Sprintf("%s of recurrence %s", k.ID, k.Key) }

// Alert tells that a share of a limit was reached.
type Alert struct {
	Customer   customer.ID
	Recurrence recurrence.ID
	ID         AlertID
	ServiceID  catalogue.ServiceID
	Window     Window
	// Percent is the share of the limit.
	Percent int32
	// Consumed and Included are the consumption and the limit then.
	Consumed int64
	Included int32
	// CreateTime is in UTC, to the microsecond.
	CreateTime time.Time
}

// Key returns the alert's key.
func (a Alert) Key() AlertKey {
	return AlertKey{recurrence.Key{Customer: a.Customer, Recurrence: a.Recurrence}, a.ID}
}
