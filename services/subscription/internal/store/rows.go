package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// finders maps each key of a resource to the query that finds it.
type finders map[resource.KeyName]func(ctx context.Context, tenant, value string) (document string, err error)

// one returns the resource with a key.
func one[T any](ctx context.Context, r *reader, what string, key resource.Key, by finders) (found T, err error) {
	query, ok := by[key.Name]
	if !ok {
		return found, fmt.Errorf("a %s cannot be found by %s", what, key.Name)
	}
	if text, known := r.ahead.document(what, key); known {
		return found, readDocument(text, what, &found)
	}
	text, err := query(ctx, string(r.tenant), plain(key.Value))
	if err != nil {
		return found, notFound(err, what, key)
	}
	return found, readDocument(text, what, &found)
}

// many decodes the documents of a list, in their order.
func many[T any](what string, documents []string, err error) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("listing each %s: %w", what, err)
	}
	found := make([]T, len(documents))
	for i, text := range documents {
		if err := readDocument(text, what, &found[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// document encodes a resource as JSON text.
func document(given resource.Resource) (string, error) {
	var text strings.Builder // json.Marshal would copy it once more
	if err := json.NewEncoder(&text).Encode(given); err != nil {
		return "", fmt.Errorf("encoding %s as JSON: %w", resource.Name(given), err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

func readDocument(text, what string, into any) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("reading a %s: %w", what, err)
	}
	if earlier, ok := into.(interface{ Complete() }); ok { // it may be from a version that kept less
		earlier.Complete()
	}
	return nil
}

// plain converts a text to its column: in NFC, in which texts that look alike are the same.
func plain(text string) string { return norm.NFC.String(text) }

// optional converts a text that may be missing to its column: NULL if it is empty.
func optional(text string) sql.NullString {
	return sql.NullString{String: plain(text), Valid: text != ""}
}

// day converts a date to its column, or to an empty text.
func day(d date.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// first returns the revision of a new resource, next that after another change.
func (w *writer) first() mutation.Revision {
	return mutation.Revision{Version: 1, Created: w.At, Updated: w.At}
}

func (w *writer) next(record mutation.Revision) mutation.Revision {
	record.Version, record.Updated = record.Version+1, w.At
	return record
}

// created records a new resource in the change feed. The statement inserts no row if a key exists:
// a failing statement would abort the transaction on PostgreSQL.
func (w *writer) created(ctx context.Context, given resource.Resource, rows int64, err error) error {
	switch {
	case err != nil:
		return &writeError{given, err}
	case rows == 0:
		return taken(&writeError{given, database.ErrUnique})
	}
	return w.Record(ctx, feed.Created, given)
}

// changed returns a Conflict fault if a statement found no row with the expected version.
func changed(given resource.Resource, rows int64, err error) error {
	switch {
	case err != nil:
		return &writeError{given, err}
	case rows == 0:
		return fault.New(fault.Conflict, reason.ConcurrentChange, "%s was changed by somebody else; read it again", resource.Name(given))
	}
	return nil
}

// writeError is a database error with the resource that was being written.
type writeError struct {
	given resource.Resource
	cause error
}

func (e *writeError) Error() string {
	return "writing " + resource.Name(e.given) + ": " + e.cause.Error()
}
func (e *writeError) Unwrap() error { return e.cause }

// taken converts a violated unique key to an AlreadyExists fault. Other errors are returned
// unchanged.
func taken(err error) error {
	var write *writeError
	if !errors.Is(err, database.ErrUnique) || !errors.As(err, &write) {
		return err
	}
	names := []string{string(resource.KeyID)}
	for _, key := range write.given.Keys() {
		if key.Value != "" {
			names = append(names, string(key.Name))
		}
	}
	return fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "%s: another one has the same %s",
		resource.Name(write.given), strings.Join(names, " or "))
}

// notFound converts the absence of a row to a NotFound fault. Hashes are not included.
func notFound(err error, what string, key resource.Key) error {
	switch {
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("finding a %s by %s: %w", what, key.Name, err)
	case key.Name == resource.KeyToken || key.Name == resource.KeyAPIKey:
		return fault.New(fault.NotFound, reason.NotFound, "there is no %s with this %s", what, key.Name)
	default:
		return resource.Missing(what, key)
	}
}
