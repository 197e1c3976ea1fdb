package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
)

// list reads a page of the ids of one kind of row.
type list func(ctx context.Context, r domain.Reader, after string, limit int) (page []string, more bool, err error)

// lists are the lists by ids, recurrences those of customer c.
var lists = map[string]list{
	"customers": func(ctx context.Context, r domain.Reader, after string, limit int) ([]string, bool, error) {
		rows, more, err := r.Customers(ctx, domain.CustomerID(after), limit)
		return ids(rows, func(c domain.Customer) string { return string(c.ID) }), more, err
	},
	"packages": func(ctx context.Context, r domain.Reader, after string, limit int) ([]string, bool, error) {
		rows, more, err := r.Packages(ctx, domain.PackageID(after), limit)
		return ids(rows, func(p domain.Package) string { return string(p.ID) }), more, err
	},
	"recurrences": func(ctx context.Context, r domain.Reader, after string, limit int) ([]string, bool, error) {
		rows, more, err := r.Recurrences(ctx, "c", domain.RecurrenceID(after), limit)
		return ids(rows, func(r domain.Recurrence) string { return string(r.ID) }), more, err
	},
}

func ids[T any](rows []T, id func(T) string) (all []string) {
	for _, row := range rows {
		all = append(all, id(row))
	}
	return all
}

// walk goes through a list page by page, each page in a transaction of its own.
func (o Opened) walk(t *testing.T, list list, size int) (all []string) {
	t.Helper()
	after, more := "", true
	for more {
		var page []string
		o.read(t, ana.Tenant, func(ctx context.Context, r domain.Reader) (err error) {
			page, more, err = list(ctx, r, after, size)
			return err
		})
		if len(page) > size || more && len(page) == 0 {
			t.Fatalf("a page of %d has %d rows, and more is %t", size, len(page), more)
		}
		if all = append(all, page...); more {
			after = all[len(all)-1]
		}
	}
	return all
}

// createAll adds a customer, a package and a recurrence of c for each id.
func (o Opened) createAll(t *testing.T, names ...string) {
	t.Helper()
	o.write(t, ana, func(ctx context.Context, w domain.Writer) error {
		for _, id := range names {
			err := errors.Join(w.CreateCustomer(ctx, customer(id)), w.CreatePackage(ctx, pack(id)), w.CreateRecurrence(ctx, recurrence("c", id)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// listsPage checks that pages of any size are cut from one order. Which one is the database's own affair: these ids are
// those on which orders differ.
func listsPage(t *testing.T, o Opened) {
	o.family(t, ana, "c")
	o.createAll(t, "b", "B", "a-1", "a", "10", "9", "a.1", "a_1", "A~1", "aa", "C")
	for what, list := range lists {
		t.Run(what, func(t *testing.T) {
			whole := o.walk(t, list, 100)
			same(t, []string{"10", "9", "A~1", "B", "C", "a", "a-1", "a.1", "a_1", "aa", "b", "c"}, slices.Sorted(slices.Values(whole)))
			for _, size := range []int{1, 3, len(whole) - 1, len(whole)} {
				same(t, whole, o.walk(t, list, size))
			}
		})
	}
	o.write(t, ana, func(ctx context.Context, w domain.Writer) error {
		return errors.Join(w.CreateChange(ctx, change("c", "c", 10)), w.CreateChange(ctx, change("c", "c", 3)), w.CreateChange(ctx, change("c", "c", 4)))
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r domain.Reader) error {
		rows, more, err := r.Changes(ctx, "c", "c", 2, 2)
		same(t, []string{"3", "4"}, ids(rows, func(c domain.Change) string { return fmt.Sprint(c.Version) }))
		if !more {
			t.Error("the tenth change is not announced")
		}
		return err
	})
}

// pagesEndAtTheirBytes checks that a page holds no more than PageBytes, but always a row.
func pagesEndAtTheirBytes(t *testing.T, o Opened) {
	o.family(t, ana, "c")
	for id, size := range map[string]int{"1": domain.PageBytes / 5, "2": domain.PageBytes / 5, "3": 2 * domain.PageBytes, "4": domain.PageBytes / 5, "5": 10} {
		large := recurrence("c", id)
		large.Services = []domain.ContractedService{{ServiceID: "s", Value: strings.Repeat("v", size)}}
		o.write(t, ana, func(ctx context.Context, w domain.Writer) error { return w.CreateRecurrence(ctx, large) })
	}
	after := domain.RecurrenceID("")
	for _, want := range [][]domain.RecurrenceID{{"1", "2"}, {"3"}, {"4", "5", "c"}} {
		o.read(t, ana.Tenant, func(ctx context.Context, r domain.Reader) error {
			rows, more, err := r.Recurrences(ctx, "c", after, 1000)
			var got []domain.RecurrenceID
			for _, row := range rows {
				got, after = append(got, row.ID), row.ID
			}
			same(t, want, got)
			if more != (after != "c") {
				t.Errorf("after the page that ends with %s more is %t", after, more)
			}
			return err
		})
	}
}

// pagingIsStable walks lists while rows are added between those that were there, which must each be met once.
func pagingIsStable(t *testing.T, o Opened) {
	const rows = 20
	o.family(t, ana, "c")
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
			if err := o.Store.Write(t.Context(), ana, at, func(ctx context.Context, w domain.Writer) error {
				return errors.Join(w.CreateCustomer(ctx, customer(id)), w.CreatePackage(ctx, pack(id)), w.CreateRecurrence(ctx, recurrence("c", id)))
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
		for what, list := range lists {
			met := make(map[string]int)
			for _, id := range o.walk(t, list, 3) {
				met[id]++
			}
			for _, id := range before {
				if met[id] != 1 {
					t.Errorf("walking the %s met %s %d times", what, id, met[id])
				}
			}
			for id, times := range met {
				if times > 1 {
					t.Errorf("walking the %s met %s %d times", what, id, times)
				}
			}
		}
	}
	if err := writers.Wait(); err != nil {
		t.Fatalf("writing beside the walk: %v", err)
	}
}
