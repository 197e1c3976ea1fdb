package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// tenant is a tenant of a store in a test.
type tenant struct {
	*testing.T
	Subject
	by auth.Principal
}

// other returns another tenant of the same store.
func (t tenant) other() tenant {
	t.by.Tenant += "-other"
	return t
}

// write runs do in a transaction that has to succeed.
func (t tenant) write(do func(context.Context, Writer) error) {
	t.Helper()
	if err := t.Write(t.Context(), t.by, at, do); err != nil {
		t.Fatalf("writing: %v", err)
	}
}

// refuse runs do in a transaction that has to fail with the given error; nil means any error.
func (t tenant) refuse(what string, want error, do func(context.Context, Writer) error) {
	t.Helper()
	err := t.Write(t.Context(), t.by, at, do)
	if err == nil || want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// stale is refuse with ErrStale.
func (t tenant) stale(what string, do func(context.Context, Writer) error) {
	t.Helper()
	t.refuse(what, mutation.ErrStale, do)
}

// read runs do on one snapshot; it has to succeed.
func (t tenant) read(do func(context.Context, Reader) error) {
	t.Helper()
	if err := t.Read(t.Context(), t.by.Tenant, do); err != nil {
		t.Fatalf("reading: %v", err)
	}
}

// feed returns the tenant's change feed.
func (t tenant) feed() []feed.Entry { return t.Feed(t, t.by.Tenant) }

// published returns the kinds and names in the feed after its first entries.
func (t tenant) published(after int) (published []string) {
	for _, entry := range t.feed()[after:] {
		published = append(published, string(entry.Kind)+" "+entry.Resource)
	}
	return published
}

// same checks a value that was read, including the decimal places of amounts.
func same[T any](t testing.TB, want T) func(T, error) error {
	return func(got T, err error) error {
		t.Helper()
		if err == nil {
			equal(t, "read", want, got)
		}
		return err
	}
}

// equal compares two values.
func equal[T any](t testing.TB, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b }),
		cmp.Comparer(func(a, b date.Date) bool { return a == b }), cmp.Comparer(func(a, b money.Sum) bool { return a == b }),
		cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(run.Run{}, increase.Increase{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// missing checks that a read returned ErrNotFound.
func missing[T any](t testing.TB, what string) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("%s: %v, %v, want ErrNotFound", what, got, err)
		}
	}
}
