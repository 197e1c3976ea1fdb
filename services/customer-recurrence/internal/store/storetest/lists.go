package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// list returns the ids of one kind of row that match a query.
type list func(ctx context.Context, r books.Reader, query listing.Query) (ids []string, err error)

// kinds holds the lists by id and the name of their id field. Recurrences are those of customer c.
var kinds = map[string]struct {
	key  string
	list list
}{
	"customers": {"name", func(ctx context.Context, r books.Reader, query listing.Query) ([]string, error) {
		rows, err := r.Customers(ctx, query)
		return ids(rows, func(c customer.Customer) string { return string(c.ID) }), err
	}},
	"packages": {"name", func(ctx context.Context, r books.Reader, query listing.Query) ([]string, error) {
		rows, err := r.Packages(ctx, query)
		return ids(rows, func(p catalogue.Package) string { return string(p.ID) }), err
	}},
	"recurrences": {"recurrence", func(ctx context.Context, r books.Reader, query listing.Query) ([]string, error) {
		query.Where = listing.Is("customer", "c")
		rows, err := r.Recurrences(ctx, query)
		return ids(rows, func(r recurrence.Recurrence) string { return string(r.ID) }), err
	}},
}

// changesOf returns a query for the changes of a recurrence, oldest first.
func changesOf(customer, recurrence string) listing.Query {
	return listing.Query{
		Where: listing.All(listing.Is("customer", customer), listing.Is("recurrence", recurrence)),
		Order: []listing.Order{{Field: "version"}},
	}
}

func ids[T any](rows []T, id func(T) string) (all []string) {
	for _, row := range rows {
		all = append(all, id(row))
	}
	return all
}

// walk reads a list page by page, each page in its own transaction.
func (o Opened) walk(t *testing.T, kind string, size int) (all []string) {
	t.Helper()
	query := listing.Query{Order: []listing.Order{{Field: kinds[kind].key}}, Limit: size}
	for {
		var page []string
		o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) (err error) {
			page, err = kinds[kind].list(ctx, r, query)
			return err
		})
		if len(page) > size {
			t.Fatalf("a page of %d has %d rows", size, len(page))
		}
		if all = append(all, page...); len(page) < size {
			return all
		}
		query.After = listing.Cursor{page[len(page)-1]}
	}
}

// createAll adds a customer, a package and a recurrence of c for each name.
func (o Opened) createAll(t *testing.T, names ...string) {
	t.Helper()
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		for _, id := range names {
			err := errors.Join(w.CreateCustomer(ctx, newCustomer(id)), w.CreatePackage(ctx, pack(id)), w.CreateRecurrence(ctx, newRecurrence("c", id)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// listsPage checks that pages of every size follow one order. The ids are chosen so that collations
// which differ from it fail.
func listsPage(t *testing.T, o Opened) {
	o.createFamily(t, ana, "c")
	o.createAll(t, "b", "B", "a-1", "a", "10", "9", "a.1", "a_1", "A~1", "aa", "C")
	for what := range kinds {
		t.Run(what, func(t *testing.T) {
			whole := o.walk(t, what, 100)
			same(t, []string{"10", "9", "A~1", "B", "C", "a", "a-1", "a.1", "a_1", "aa", "b", "c"}, slices.Sorted(slices.Values(whole)))
			for _, size := range []int{1, 3, len(whole) - 1, len(whole)} {
				same(t, whole, o.walk(t, what, size))
			}
		})
	}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.CreateChange(ctx, change("c", "c", 10)), w.CreateChange(ctx, change("c", "c", 3)), w.CreateChange(ctx, change("c", "c", 4)))
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		query := changesOf("c", "c")
		query.After, query.Limit = listing.Cursor{int64(2)}, 2
		rows, err := r.Changes(ctx, query)
		same(t, []string{"3", "4"}, ids(rows, func(c recurrence.Change) string { return fmt.Sprint(c.Version) }))
		return err
	})
}

// pagingIsStable reads lists while other rows are added. Each row that existed before must appear
// exactly once.
func pagingIsStable(t *testing.T, o Opened) {
	const rows = 20
	o.createFamily(t, ana, "c")
	var before []string
	for i := range rows {
		before = append(before, fmt.Sprintf("row-%02d", i))
	}
	o.createAll(t, before...)
	var writers errgroup.Group
	written := make(chan struct{})
	writers.Go(func() error {
		defer close(written)
		for i := range rows {
			id := fmt.Sprintf("row-%02d-new", i*7%rows)
			if err := o.Store.Write(t.Context(), ana, at, func(ctx context.Context, w books.Writer) error {
				return errors.Join(w.CreateCustomer(ctx, newCustomer(id)), w.CreatePackage(ctx, pack(id)), w.CreateRecurrence(ctx, newRecurrence("c", id)))
			}); err != nil {
				return err
			}
		}
		return nil
	})
	for walking := true; walking; {
		select {
		case <-written:
			walking = false
		default:
		}
		for what := range kinds {
			met := make(map[string]int)
			for _, id := range o.walk(t, what, 3) {
				met[id]++
			}
			for _, id := range before {
				if met[id] != 1 {
					t.Errorf("reading the %s returned %s %d times", what, id, met[id])
				}
			}
			for id, times := range met {
				if times > 1 {
					t.Errorf("reading the %s returned %s %d times", what, id, times)
				}
			}
		}
	}
	if err := writers.Wait(); err != nil {
		t.Fatalf("writing during the read: %v", err)
	}
}

// recurrencesOfMany reads the recurrences of as many customers as a company's plan sums.
func recurrencesOfMany(t *testing.T, o Opened) {
	var owners []customer.Customer
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		for i := range recurrence.MaxListed {
			owner := newCustomer(fmt.Sprintf("c%04d", i))
			owners = append(owners, owner)
			if err := errors.Join(w.CreateCustomer(ctx, owner), w.CreateRecurrence(ctx, newRecurrence(string(owner.ID), "r"))); err != nil {
				return err
			}
		}
		return nil
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		found, err := recurrence.InForce(ctx, r, owners...)
		if len(found) != len(owners) {
			t.Errorf("got %d recurrences of %d customers", len(found), len(owners))
		}
		return err
	})
}
