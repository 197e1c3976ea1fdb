package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// narrowed appends a condition to a generated query, whose parameters come after those of the query.
type narrowed struct {
	*database.Tx
	condition string
	args      []any
}

// QueryContext runs a generated query with the condition.
func (n narrowed) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return n.Tx.QueryContext(ctx, strings.TrimSuffix(strings.TrimSpace(query), ";")+n.condition, append(slices.Clone(args), n.args...)...)
}

// amongKeys returns the condition that columns of a row have the values of one of several keys, and the
// parameters of it, numbered from first.
func (r *reader) amongKeys(columns []string, keys [][]string, first int) (condition string, args []any, err error) {
	names := strings.Join(columns, ", ")
	if r.tx.Engine == database.PostgreSQL {
		parameters := make([]string, len(columns))
		for i := range columns {
			values := make([]string, len(keys))
			for k, key := range keys {
				values[k] = key[i]
			}
			parameters[i], args = fmt.Sprintf("$%d::TEXT[]", first+i), append(args, values)
		}
		return fmt.Sprintf("(%s) IN (SELECT * FROM unnest(%s))", names, strings.Join(parameters, ", ")), args, nil
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return "", nil, fmt.Errorf("passing %d keys: %w", len(keys), err)
	}
	members := make([]string, len(columns))
	for i := range columns {
		members[i] = fmt.Sprintf("value ->> %d", i)
	}
	return fmt.Sprintf("(%s) IN (SELECT %s FROM json_each($%d))", names, strings.Join(members, ", "), first), []any{string(text)}, nil
}

func (r *reader) RecurrencesByKey(ctx context.Context, keys []recurrence.Key) ([]recurrence.Recurrence, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	condition, args, err := r.amongRecurrences(keys, 2)
	if err != nil {
		return nil, err
	}
	found, err := rows.New(narrowed{r.tx, " AND " + condition, args}).ListRecurrences(ctx, string(r.tenant))
	return many("recurrences", found, err, recurrenceOf)
}

func (r *reader) TermChanges(ctx context.Context, of []recurrence.Key, since time.Time, limit int) ([]recurrence.Change, error) {
	if len(of) == 0 {
		return nil, nil
	}
	condition, args, err := r.amongRecurrences(of, 3)
	if err != nil {
		return nil, err
	}
	condition = fmt.Sprintf(" AND %s ORDER BY customer_id, recurrence_id, version DESC LIMIT %d", condition, limit)
	found, err := rows.New(narrowed{r.tx, condition, args}).ListTermChanges(ctx, rows.ListTermChangesParams{Tenant: string(r.tenant), Since: since.UnixMicro()})
	return many("changes", found, err, changeOf)
}

// amongRecurrences returns the condition that a row is of one of several recurrences.
func (r *reader) amongRecurrences(of []recurrence.Key, first int) (condition string, args []any, err error) {
	tuples := make([][]string, len(of))
	for i, key := range of {
		tuples[i] = []string{string(r.tenant), string(key.Customer), string(key.Recurrence)}
	}
	return r.amongKeys([]string{"tenant", "customer_id", "recurrence_id"}, tuples, first)
}

func totalOf(row rows.UsageTotal) (usage.Total, error) {
	total := usage.Total{
		ID: usage.TotalID(row.TotalID), Consumed: row.Consumed, Included: int32(row.Included), Alerted: int32(row.Alerted),
		PackageID: catalogue.PackageID(row.PackageID),
		Place: usage.Place{
			Recurrence: recurrence.Key{Customer: customer.ID(row.CustomerID), Recurrence: recurrence.ID(row.RecurrenceID)},
			ServiceID:  catalogue.ServiceID(row.ServiceID),
		},
	}
	return total, total.Window.UnmarshalText([]byte(row.Month))
}

func (r *reader) UsageTotals(ctx context.Context, of recurrence.Key, query listing.Query) ([]usage.Total, error) {
	query.Where = listing.All(listing.Is("customer", of.Customer), listing.Is("recurrence", of.Recurrence), query.Where)
	found, err := r.list(query, map[string]string{
		"customer": "customer_id", "recurrence": "recurrence_id", "month": "month", "service_id": "service_id", "usage_total": "month || '/' || service_id",
	}).ListUsageTotals(ctx, string(r.tenant))
	return many("usage totals", found, err, totalOf)
}

// amongPlaces returns the condition that a total is of one of several places.
func (r *reader) amongPlaces(at []usage.Place) (condition string, args []any, err error) {
	tuples := make([][]string, len(at))
	for i, place := range at {
		tuples[i] = []string{string(r.tenant), string(place.Recurrence.Customer), string(place.Recurrence.Recurrence), place.Window.String(), string(place.ServiceID)}
	}
	return r.amongKeys([]string{"tenant", "customer_id", "recurrence_id", "month", "service_id"}, tuples, 2)
}

func (r *reader) UsageWindows(ctx context.Context, of []recurrence.Key, from, until date.Date) (map[recurrence.Key][]usage.Window, error) {
	if len(of) == 0 {
		return nil, nil
	}
	condition, args, err := r.amongRecurrences(of, 4)
	if err != nil {
		return nil, err
	}
	found, err := rows.New(narrowed{r.tx, " AND " + condition, args}).ListUsageWindows(ctx, rows.ListUsageWindowsParams{
		Tenant: string(r.tenant), FromMonth: from.String(), UntilMonth: until.String(),
	})
	places, err := many("usage windows", found, err, func(row rows.ListUsageWindowsRow) (place usage.Place, err error) {
		place.Recurrence = recurrence.Key{Customer: customer.ID(row.CustomerID), Recurrence: recurrence.ID(row.RecurrenceID)}
		return place, place.Window.UnmarshalText([]byte(row.Month))
	})
	windows := make(map[recurrence.Key][]usage.Window)
	for _, place := range places {
		windows[place.Recurrence] = append(windows[place.Recurrence], place.Window)
	}
	return windows, err
}

func (r *reader) Counted(ctx context.Context, ids []usage.EventID) ([]usage.Counted, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	parameter, err := database.Many(r.tx, ids)
	if err != nil {
		return nil, err
	}
	found, err := rows.New(narrowed{r.tx, " AND event_id" + r.tx.In("$2"), []any{parameter}}).ListUsageEvents(ctx, string(r.tenant))
	return many("usage events", found, err, func(row rows.UsageEvent) (usage.Counted, error) {
		return usage.Counted{
			ID: usage.EventID(row.EventID), Revision: int32(row.Revision), Total: usage.TotalID(row.TotalID), Quantity: row.Quantity,
		}, nil
	})
}

func (w *writer) LockTotals(ctx context.Context, at []usage.Place, ids []usage.TotalID) ([]usage.Total, error) {
	totals, err := w.lockPlaces(ctx, at)
	if err != nil {
		return nil, err
	}
	held := make(map[usage.TotalID]bool, len(totals))
	for _, total := range totals {
		held[total.ID] = true
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id usage.TotalID) bool { return held[id] })
	if len(ids) == 0 {
		return totals, nil
	}
	parameter, err := database.Many(w.tx, ids)
	if err != nil {
		return nil, err
	}
	others, err := w.lock(ctx, " AND total_id"+w.tx.In("$2"), []any{parameter})
	return append(totals, others...), err
}

func (w *writer) lockPlaces(ctx context.Context, at []usage.Place) ([]usage.Total, error) {
	if len(at) == 0 {
		return nil, nil
	}
	condition, args, err := w.amongPlaces(at)
	if err != nil {
		return nil, err
	}
	return w.lock(ctx, " AND "+condition, args)
}

// lock reads the totals that match a condition, and on PostgreSQL locks their rows, in one order. SQLite
// has one writer at a time.
func (w *writer) lock(ctx context.Context, condition string, args []any) ([]usage.Total, error) {
	if w.tx.Engine == database.PostgreSQL {
		condition += " ORDER BY total_id FOR UPDATE"
	}
	found, err := rows.New(narrowed{w.tx, condition, args}).ListUsageTotals(ctx, string(w.tenant))
	return many("usage totals", found, err, totalOf)
}
