package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// reader reads one tenant's rows in a transaction.
type reader struct {
	tx     *database.Tx
	tenant auth.Tenant
}

// Find reads the resource of into's kind that has the key.
func (r *reader) Find(ctx context.Context, key domain.Key, into domain.Resource) error {
	table, err := tableOf(into.Kind())
	if err != nil {
		return err
	}
	if !table.keys[key.Name] {
		return fmt.Errorf("%s are not found by %s", into.Kind(), key.Name)
	}
	var document string
	query := fmt.Sprintf(`SELECT document FROM %s WHERE tenant = $1 AND %s = $2`, table.name, key.Name)
	if err := r.tx.QueryRowContext(ctx, query, string(r.tenant), key.Value).Scan(&document); err != nil {
		return notFound(err, key, into)
	}
	return decode(document, into)
}

// List reads up to limit resources in the order of their ids, beginning after an id.
func (r *reader) List(ctx context.Context, kind domain.Kind, after string, limit int, next func() domain.Resource) error {
	table, err := tableOf(kind)
	if err != nil {
		return err
	}
	_, err = database.Select(ctx, r.tx, string(kind), func(row database.Row) (struct{}, error) {
		var document string
		if err := row.Scan(&document); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, decode(document, next())
	}, `SELECT document FROM `+table.name+` WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3`, string(r.tenant), after, limit)
	return err
}

// writer changes one tenant's rows in a transaction.
type writer struct {
	reader
	store.Writer
	at time.Time
}

// Create adds a resource and its entry in the change feed.
func (w *writer) Create(ctx context.Context, resource domain.Resource) error {
	*resource.Versions() = domain.Record{Version: 1, Created: w.at, Updated: w.at}
	row, err := rowOf(resource)
	if err != nil {
		return err
	}
	columns, values := append([]string{"tenant", "id"}, row.columns...), append([]any{string(w.tenant), resource.Key()}, row.values...)
	places := make([]string, len(columns))
	for i := range columns {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	// A key that is taken inserts nothing, rather than failing the statement: on PostgreSQL that would spoil the transaction.
	statement := fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING`, row.table, strings.Join(columns, ", "), strings.Join(places, ", "))
	result, err := w.tx.ExecContext(ctx, statement, values...)
	if err != nil {
		return &writeError{resource, err}
	}
	inserted, err := result.RowsAffected()
	if err != nil {
		return &writeError{resource, err}
	}
	if inserted == 0 {
		return taken(&writeError{resource, database.ErrUnique})
	}
	return w.Record(ctx, feed.Created, resource)
}

// Update replaces a resource and adds its entry in the change feed.
func (w *writer) Update(ctx context.Context, resource domain.Resource) error {
	if err := w.replace(ctx, resource); err != nil {
		return err
	}
	return w.Record(ctx, feed.Updated, resource)
}

// Touch records a session's last use.
func (w *writer) Touch(ctx context.Context, session *domain.Session) error {
	return w.replace(ctx, session)
}

func (w *writer) replace(ctx context.Context, resource domain.Resource) error {
	record := resource.Versions()
	readAt := record.Version
	record.Version, record.Updated = readAt+1, w.at
	row, err := rowOf(resource)
	if err != nil {
		return err
	}
	assignments := make([]string, len(row.columns))
	for i, column := range row.columns {
		assignments[i] = fmt.Sprintf("%s = $%d", column, i+1)
	}
	n := len(row.columns)
	statement := fmt.Sprintf(`UPDATE %s SET %s WHERE tenant = $%d AND id = $%d AND version = $%d`,
		row.table, strings.Join(assignments, ", "), n+1, n+2, n+3)
	result, err := w.tx.ExecContext(ctx, statement, append(row.values, string(w.tenant), resource.Key(), readAt)...)
	if err != nil {
		return &writeError{resource, err}
	}
	return unchanged(result, resource)
}

// Delete removes a resource and adds its last state to the change feed.
func (w *writer) Delete(ctx context.Context, resource domain.Resource) error {
	table, err := tableOf(resource.Kind())
	if err != nil {
		return err
	}
	result, err := w.tx.ExecContext(ctx, `DELETE FROM `+table.name+` WHERE tenant = $1 AND id = $2 AND version = $3`,
		string(w.tenant), resource.Key(), resource.Versions().Version)
	if err != nil {
		return fmt.Errorf("deleting %s: %w", domain.Name(resource), err)
	}
	if err := unchanged(result, resource); err != nil {
		return err
	}
	return w.Record(ctx, feed.Deleted, resource)
}

// PurgeSessions removes the sessions that were last used before an instant and do not last.
func (w *writer) PurgeSessions(ctx context.Context, before time.Time) error {
	_, err := w.tx.ExecContext(ctx, `DELETE FROM sessions WHERE tenant = $1 AND last_used < $2`, string(w.tenant), before.UnixMicro())
	if err != nil {
		return fmt.Errorf("removing expired sessions: %w", err)
	}
	return nil
}

// row is what a resource's table holds of it beside tenant and id.
type row struct {
	table   string
	columns []string
	values  []any
}

func rowOf(resource domain.Resource) (row, error) {
	table, err := tableOf(resource.Kind())
	if err != nil {
		return row{}, err
	}
	document, err := json.Marshal(resource)
	if err != nil {
		return row{}, fmt.Errorf("writing %s as JSON: %w", domain.Name(resource), err)
	}
	built := row{table: table.name}
	add := func(column string, value any) {
		built.columns, built.values = append(built.columns, column), append(built.values, value)
	}
	add("version", resource.Versions().Version)
	add("document", string(document))
	for _, key := range resource.Keys() {
		add(string(key.Name), sql.NullString{String: key.Value, Valid: key.Value != ""})
	}
	if session, ok := resource.(*domain.Session); ok {
		add("last_used", sql.NullInt64{Int64: session.LastUsed.UnixMicro(), Valid: !session.Lasting})
	}
	return built, nil
}

// writeError is an engine's error with the resource that was being written, whose keys may be taken.
type writeError struct {
	resource domain.Resource
	cause    error
}

func (e *writeError) Error() string {
	return "writing " + domain.Name(e.resource) + ": " + e.cause.Error()
}
func (e *writeError) Unwrap() error { return e.cause }

// taken turns a violated unique key into the domain's fault; other errors pass as they are.
func taken(err error) error {
	var write *writeError
	if !errors.Is(err, database.ErrUnique) || !errors.As(err, &write) {
		return err
	}
	names := []string{string(domain.KeyID)}
	for _, key := range write.resource.Keys() {
		if key.Value != "" {
			names = append(names, string(key.Name))
		}
	}
	return fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "%s: another one has the same %s",
		domain.Name(write.resource), strings.Join(names, " or "))
}

// unchanged is a Conflict fault where a statement found no row at the version it was read at.
func unchanged(result sql.Result, resource domain.Resource) error {
	count, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("changing %s: %w", domain.Name(resource), err)
	}
	if count == 0 {
		return fault.New(fault.Conflict, reason.ConcurrentChange, "%s was changed by somebody else; read it again", domain.Name(resource))
	}
	return nil
}
