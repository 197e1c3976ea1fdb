// Package storetest is the test suite for the contract of books.Reader and books.Writer. Every
// storage engine must pass it.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/plan"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
)

// Opened is an empty store under test.
type Opened struct {
	// Store is the store under test.
	Store mutation.Store[books.Reader, books.Writer]
	// Closing is a view of the same store.
	Closing mutation.Store[closing.Reader, closing.Writer]
	// Plans is a view of the same store.
	Plans mutation.Store[plan.Reader, plan.Writer]
	// Feed returns a tenant's change feed, oldest first.
	Feed func(ctx context.Context, tenant auth.Tenant) ([]feed.Entry, error)
	// Agenda is the agenda of the store.
	Agenda recurrence.Agenda
	// Message converts resources for the feed.
	Message store.Message
}

// Run runs the suite. open returns a new store for each test.
func Run(t *testing.T, open func(*testing.T) Opened) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Opened)
	}{
		{"a row read back equals the row stored", rowsComeBack},
		{"an update replaces the previous state", updateReplaces},
		{"a stale update is rejected", staleUpdateRefused},
		{"customers and packages are corrected and deleted", catalogueChanges},
		{"reading a missing row returns ErrNotFound", missingNotFound},
		{"a duplicate key is rejected", keysUnique},
		{"tenants can use the same key", keysPerTenant},
		{"tenants cannot read each other's rows", tenantsApart},
		{"pages of any size follow one order", listsPage},
		{"paging is stable under concurrent writes", pagingIsStable},
		{"each acknowledged concurrent change is recorded exactly once", changesKeptOnce},
		{"a failed write changes nothing", allOrNothing},
		{"a row without its parent is rejected", childrenNeedParents},
		{"every mutation is in the feed", feedHoldsMutations},
		{"the feed holds no password", feedHoldsNoPassword},
		{"replaying the feed gives the state", feedReplaysState},
		{"an outcome is recorded with its write", outcomesKept},
		{"settings have defaults and are replaced", settingsReplaced},
		{"what is due is found", dueFound},
		{"services of the catalogue are kept", soldServicesKept},
		{"what names services and packages is counted", referencesCounted},
		{"a customer's recurrences move with all that is theirs", recurrencesMoved},
		{"what was consumed is kept", usageKept},
		{"the recurrences of a thousand customers are read at once", recurrencesOfMany},
		{"changes of terms are read since an instant, the newest first", termChangesRead},
		{"the anchors of recurrences in force are found", anchorsFound},
		{"what recurrences include and consumed is summed", plansSummed},
		{"scheduled changes are kept, one that is to happen at a time", scheduledChangesKept},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

var (
	ana = auth.Principal{Tenant: "ana", Actor: "ana's clerk"}
	bea = auth.Principal{Tenant: "bea", Actor: "bea's clerk"}
	at  = time.Date(2026, time.February, 28, 23, 59, 59, 999999000, time.UTC)
)

func (o Opened) write(t *testing.T, by auth.Principal, do func(context.Context, books.Writer) error) {
	t.Helper()
	if err := o.Store.Write(t.Context(), by, at, do); err != nil {
		t.Fatalf("writing: %v", err)
	}
}

func (o Opened) read(t *testing.T, tenant auth.Tenant, do func(context.Context, books.Reader) error) {
	t.Helper()
	if err := o.Store.Read(t.Context(), tenant, do); err != nil {
		t.Fatalf("reading: %v", err)
	}
}

func (o Opened) expectError(t *testing.T, by auth.Principal, want error, do func(context.Context, books.Writer) error) {
	t.Helper()
	if err := o.Store.Write(t.Context(), by, at, do); !errors.Is(err, want) {
		t.Errorf("writing: got error %v, want %v", err, want)
	}
}

// createFamily writes a customer, a package, a recurrence and a change, all with the same id.
func (o Opened) createFamily(t *testing.T, by auth.Principal, name string) {
	t.Helper()
	o.write(t, by, func(ctx context.Context, w books.Writer) error {
		if err := w.CreateCustomer(ctx, newCustomer(name)); err != nil {
			return err
		}
		if err := w.CreatePackage(ctx, pack(name)); err != nil {
			return err
		}
		if err := w.CreateRecurrence(ctx, newRecurrence(name, name)); err != nil {
			return err
		}
		return w.CreateChange(ctx, change(name, name, 2))
	})
}

func newCustomer(id string) customer.Customer {
	yes, days, rate := true, int32(30), decimal.MustParse("17.123456")
	contact := customer.Contact{ID: "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9c", Email: "ñandú@example.com", EmailActive: true}
	return customer.Customer{
		ID: customer.ID(id), UID: customer.GUID("uid of " + id), Version: 1, CreateTime: at, UpdateTime: at.Add(time.Microsecond),
		Life: customer.Life{State: customer.Cancelled, Cancellation: &customer.Cancellation{
			Day: date.MustNew(2026, 2, 28), Note: "why", RecurrenceIDs: []string{"one", "ñ"},
		}},
		Profile: customer.Profile{
			GrantorTaxID: "CON150401AB1", CustomerTaxID: "XAXX010101000", BusinessName: "Ñandú \"y\" Cía. 𝄞", CustomerTypeID: 1, CitizenshipID: 2,
			Contact: &contact, Contacts: []customer.Contact{contact, {Phone: "1"}}, Address: customer.Address{Street: "Calle", Country: "México"},
			CustomerCode: "code", DeliveryPortal: &customer.DeliveryPortal{Enabled: &yes, User: "u", Password: "hush"},
			Settings: &customer.Settings{Collaborative: true, PaymentDates: []customer.PaymentDate{
				{CutOffTime: "2025-11-13T08:51:00.2944363-06:00", PaymentTime: "2025-11-14T08:51:00Z"},
			}},
			Defaults: &customer.InvoiceDefaults{PaymentCondition: &days, ExchangeRate: &rate, CFDIUseV40: "G03"},
		},
	}
}

func pack(id string) catalogue.Package {
	return catalogue.Package{
		ID: catalogue.PackageID(id), DisplayName: "Paquete", ServiceIDs: []catalogue.ServiceID{"b", "a"}, Enforced: true, Version: 1,
		CreateTime: at, UpdateTime: at, Next: []catalogue.PackageID{"next"},
		Versions: []catalogue.Version{{}, {
			ValidFrom: date.MustNew(2026, 2, 28),
			Prices:    []catalogue.Price{{Cycle: catalogue.Annual, Currency: "MXN", Amount: decimal.MustParse("9.90")}},
			Included: []catalogue.Included{{
				ServiceID: "a", Limit: 5, Enforced: true, Overage: catalogue.Charged,
				OveragePrices: []catalogue.OveragePrice{{Currency: "MXN", Amount: decimal.MustParse("0.25")}},
			}},
		}},
	}
}

func newRecurrence(owner, id string) recurrence.Recurrence {
	return recurrence.Recurrence{
		Customer: customer.ID(owner), ID: recurrence.ID(id), PackageID: "not in any catalogue", DisplayName: "Mensual",
		Price: decimal.MustParse("9999999999999.000001"), Currency: "USD",
		Services: []recurrence.ContractedService{
			{ServiceID: "z", TransactionLimit: 2147483647, Value: "line\nline", ExternalServiceID: "'"}, {ServiceID: "a"},
		},
		Terms: recurrence.Terms{
			State: recurrence.Cancelling, UndoState: recurrence.Paused, Cycle: recurrence.Quarterly, StartDate: date.MustNew(2025, 12, 31),
			PaidUntil: date.MustNew(2026, 3, 31), EndDate: date.MustNew(2026, 3, 30),
		},
		Version: 1, CreateTime: at, UpdateTime: at,
	}
}

func change(owner, id string, version recurrence.Version) recurrence.Change {
	return recurrence.Change{
		Customer: customer.ID(owner), Recurrence: recurrence.ID(id), Version: version, Actor: "clerk", Note: "why", CreateTime: at, Quote: "q", Scheduled: "s",
		Lines: []recurrence.Line{{
			Credit: true, PackageID: "a", Price: decimal.MustParse("1.10"), Currency: "MXN", Start: date.MustNew(2026, 1, 2), End: date.MustNew(2026, 1, 31),
			PeriodStart: date.MustNew(2026, 1, 1), PeriodEnd: date.MustNew(2026, 1, 31), Amount: decimal.MustParse("1.06"),
		}},
		Difference: recurrence.Difference{
			Direction: recurrence.Downgrade, OldPackageID: "a", NewPackageID: "b",
			OldPrice: decimal.MustParse("1.10"), NewPrice: decimal.MustParse("0.00"), PriceDifference: decimal.MustParse("-1.10"),
			OldCurrency: "MXN", NewCurrency: "MXN",
			Added:    []recurrence.ContractedService{{ServiceID: "a"}},
			Changed:  []recurrence.ChangedService{{Old: recurrence.ContractedService{ServiceID: "b"}, New: recurrence.ContractedService{ServiceID: "b", Value: "v"}}},
			OldTerms: &recurrence.Terms{State: recurrence.Draft, Cycle: recurrence.Monthly},
			NewTerms: &recurrence.Terms{State: recurrence.Active, Cycle: recurrence.Monthly, StartDate: date.MustNew(2026, 1, 31)},
		},
	}
}

func key(owner, id string) recurrence.Key {
	return recurrence.Key{Customer: customer.ID(owner), Recurrence: recurrence.ID(id)}
}

// same compares rows. Decimals are equal only with the same scale.
func same(t *testing.T, want, got any) {
	t.Helper()
	exactly := cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b })
	if diff := cmp.Diff(want, got, exactly, cmpopts.EquateEmpty(), cmpopts.EquateComparable(date.Date{})); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

func rowsComeBack(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		gotCustomer, err1 := r.Customer(ctx, "one")
		gotPackage, err2 := r.Package(ctx, "one")
		gotRecurrence, err3 := r.Recurrence(ctx, key("one", "one"))
		gotChange, err4 := r.Change(ctx, recurrence.ChangeKey{Key: key("one", "one"), Version: 2})
		same(t, newCustomer("one"), gotCustomer)
		same(t, pack("one"), gotPackage)
		same(t, newRecurrence("one", "one"), gotRecurrence)
		same(t, change("one", "one", 2), gotChange)
		return errors.Join(err1, err2, err3, err4)
	})
}

func updateReplaces(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return w.CreateRecurrence(ctx, newRecurrence("one", "other"))
	})
	changed := newRecurrence("one", "one")
	changed.PackageID, changed.DisplayName, changed.Price, changed.Currency, changed.Services = "p", "", decimal.MustParse("0"), "", nil
	changed.Terms = recurrence.Terms{State: recurrence.Draft, Cycle: recurrence.Annual}
	later := at.Add(time.Hour)
	if err := o.Store.Write(t.Context(), ana, later, func(ctx context.Context, w books.Writer) error {
		updated := changed
		return w.UpdateRecurrence(ctx, &updated)
	}); err != nil {
		t.Fatalf("writing: %v", err)
	}
	changed.Version, changed.UpdateTime = 2, later
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		got, err1 := r.Recurrence(ctx, key("one", "one"))
		other, err2 := r.Recurrence(ctx, key("one", "other"))
		same(t, changed, got)
		same(t, newRecurrence("one", "other"), other)
		return errors.Join(err1, err2)
	})
}

func staleUpdateRefused(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	for _, version := range []recurrence.Version{0, 2} {
		changed := newRecurrence("one", "one")
		changed.Version, changed.DisplayName = version, "stale"
		o.expectError(t, ana, mutation.ErrStale, func(ctx context.Context, w books.Writer) error {
			changed := changed
			return w.UpdateRecurrence(ctx, &changed)
		})
	}
	o.expectError(t, ana, mutation.ErrStale, func(ctx context.Context, w books.Writer) error {
		missing := newRecurrence("one", "missing")
		return w.UpdateRecurrence(ctx, &missing)
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		got, err := r.Recurrence(ctx, key("one", "one"))
		same(t, newRecurrence("one", "one"), got)
		return err
	})
}

func missingNotFound(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		for what, find := range finders("two") {
			if err := find(ctx, r); !errors.Is(err, mutation.ErrNotFound) {
				t.Errorf("reading a missing %s: got %v, want ErrNotFound", what, err)
			}
		}
		return nil
	})
}

// finders returns a read by id for every kind of row.
func finders(name string) map[string]func(context.Context, books.Reader) error {
	return map[string]func(context.Context, books.Reader) error{
		"customer": func(ctx context.Context, r books.Reader) error {
			_, err := r.Customer(ctx, customer.ID(name))
			return err
		},
		"package": func(ctx context.Context, r books.Reader) error {
			_, err := r.Package(ctx, catalogue.PackageID(name))
			return err
		},
		"recurrence": func(ctx context.Context, r books.Reader) error {
			_, err := r.Recurrence(ctx, key(name, name))
			return err
		},
		"change": func(ctx context.Context, r books.Reader) error {
			_, err := r.Change(ctx, recurrence.ChangeKey{Key: key(name, name), Version: 2})
			return err
		},
	}
}

func keysUnique(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	sameUID := newCustomer("two")
	sameUID.UID = newCustomer("one").UID
	for what, create := range map[string]func(context.Context, books.Writer) error{
		"customer id":  func(ctx context.Context, w books.Writer) error { return w.CreateCustomer(ctx, newCustomer("one")) },
		"customer uid": func(ctx context.Context, w books.Writer) error { return w.CreateCustomer(ctx, sameUID) },
		"package":      func(ctx context.Context, w books.Writer) error { return w.CreatePackage(ctx, pack("one")) },
		"recurrence": func(ctx context.Context, w books.Writer) error {
			return w.CreateRecurrence(ctx, newRecurrence("one", "one"))
		},
		"change": func(ctx context.Context, w books.Writer) error { return w.CreateChange(ctx, change("one", "one", 2)) },
	} {
		t.Run(what, func(t *testing.T) { o.expectError(t, ana, mutation.ErrTaken, create) })
	}
	sharedTaxIDs := newCustomer("three")
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return w.CreateCustomer(ctx, sharedTaxIDs) })
}

func keysPerTenant(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.createFamily(t, bea, "one")
}

func tenantsApart(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.read(t, bea.Tenant, func(ctx context.Context, r books.Reader) error {
		for what, find := range finders("one") {
			if err := find(ctx, r); !errors.Is(err, mutation.ErrNotFound) {
				t.Errorf("reading another tenant's %s: got %v, want ErrNotFound", what, err)
			}
		}
		customers, err1 := r.Customers(ctx, listing.Query{})
		packages, err2 := r.Packages(ctx, listing.Query{})
		named, err5 := r.PackagesByID(ctx, []catalogue.PackageID{"one"})
		recurrences, err3 := r.Recurrences(ctx, listing.Query{})
		changes, err4 := r.Changes(ctx, listing.Query{})
		if found := len(customers) + len(packages) + len(named) + len(recurrences) + len(changes); found > 0 {
			t.Errorf("another tenant's lists: got %d rows, want 0", found)
		}
		return errors.Join(err1, err2, err3, err4, err5)
	})
	o.expectError(t, bea, mutation.ErrStale, func(ctx context.Context, w books.Writer) error {
		theirs := newRecurrence("one", "one")
		return w.UpdateRecurrence(ctx, &theirs)
	})
}

func allOrNothing(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	failed := errors.New("the caller gave up")
	o.expectError(t, ana, failed, func(ctx context.Context, w books.Writer) error {
		changed := newRecurrence("one", "one")
		changed.DisplayName = "changed"
		return errors.Join(w.CreateCustomer(ctx, newCustomer("two")), w.UpdateRecurrence(ctx, &changed), failed)
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		if _, err := r.Customer(ctx, "two"); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("reading a customer after a failed write: got %v, want ErrNotFound", err)
		}
		got, err := r.Recurrence(ctx, key("one", "one"))
		same(t, newRecurrence("one", "one"), got)
		return err
	})
	if entries := o.entries(t, ana.Tenant); len(entries) != 4 {
		t.Errorf("feed after a failed write: got %d entries, want 4", len(entries))
	}
}

func childrenNeedParents(t *testing.T, o Opened) {
	for what, create := range map[string]func(context.Context, books.Writer) error{
		"recurrence": func(ctx context.Context, w books.Writer) error {
			return w.CreateRecurrence(ctx, newRecurrence("nobody", "one"))
		},
		"change": func(ctx context.Context, w books.Writer) error {
			return w.CreateChange(ctx, change("nobody", "one", 2))
		},
	} {
		if err := o.Store.Write(t.Context(), ana, at, create); err == nil {
			t.Errorf("a %s without its parent was accepted", what)
		}
	}
}
