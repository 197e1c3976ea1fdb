package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// finders are the queries that find a tenant's resource by each of its keys.
type finders map[resource.KeyName]func(ctx context.Context, tenant, value string) (document string, err error)

// one is the resource of a type that has a key.
func one[T any](ctx context.Context, r *reader, what string, key resource.Key, by finders) (found T, err error) {
	query, ok := by[key.Name]
	if !ok {
		return found, fmt.Errorf("a %s is not found by %s", what, key.Name)
	}
	text, err := query(ctx, string(r.tenant), key.Value)
	if err != nil {
		return found, notFound(err, what, key)
	}
	return found, readDocument(text, what, &found)
}

// many is what the documents of a list hold, in their order.
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

// document is a resource as JSON text.
func document(given resource.Resource) (string, error) {
	text, err := json.Marshal(given)
	if err != nil {
		return "", fmt.Errorf("writing %s as JSON: %w", resource.Name(given), err)
	}
	return string(text), nil
}

func readDocument(text, what string, into any) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("reading a %s: %w", what, err)
	}
	return nil
}

// optional is a key as its column holds it: NULL where a resource has none.
func optional(key string) sql.NullString { return sql.NullString{String: key, Valid: key != ""} }

// first is what a new resource's record is, next what a record is after one more change.
func (w *writer) first() mutation.Revision {
	return mutation.Revision{Version: 1, Created: w.At, Updated: w.At}
}

func (w *writer) next(record mutation.Revision) mutation.Revision {
	record.Version, record.Updated = record.Version+1, w.At
	return record
}

// created records a new resource in the change feed. A key that is taken inserts no row, rather than failing the statement:
// on PostgreSQL that would spoil the transaction.
func (w *writer) created(ctx context.Context, given resource.Resource, rows int64, err error) error {
	switch {
	case err != nil:
		return &writeError{given, err}
	case rows == 0:
		return taken(&writeError{given, database.ErrUnique})
	}
	return w.Record(ctx, feed.Created, given)
}

// updated records a changed resource in the change feed.
func (w *writer) updated(ctx context.Context, given resource.Resource, rows int64, err error) error {
	if err := changed(given, rows, err); err != nil {
		return err
	}
	return w.Record(ctx, feed.Updated, given)
}

// changed is a Conflict fault where a statement found no row at the version that the resource was read at.
func changed(given resource.Resource, rows int64, err error) error {
	switch {
	case err != nil:
		return &writeError{given, err}
	case rows == 0:
		return fault.New(fault.Conflict, reason.ConcurrentChange, "%s was changed by somebody else; read it again", resource.Name(given))
	}
	return nil
}

// writeError is an engine's error with the resource that was being written, whose keys may be taken.
type writeError struct {
	given resource.Resource
	cause error
}

func (e *writeError) Error() string {
	return "writing " + resource.Name(e.given) + ": " + e.cause.Error()
}
func (e *writeError) Unwrap() error { return e.cause }

// taken turns a violated unique key into the domain's fault; other errors pass as they are.
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

// notFound turns the absence of a row into the domain's fault. Hashes are not repeated.
func notFound(err error, what string, key resource.Key) error {
	switch {
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("finding a %s by %s: %w", what, key.Name, err)
	case key.Name == resource.KeyToken || key.Name == resource.KeyAPIKey:
		return fault.New(fault.NotFound, reason.NotFound, "there is no %s with this %s", what, key.Name)
	default:
		return fault.New(fault.NotFound, reason.NotFound, "there is no %s with the %s %q", what, key.Name, key.Value)
	}
}
