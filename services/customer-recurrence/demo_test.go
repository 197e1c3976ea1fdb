package customerrecurrence_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// interrupter is a clock that interrupts a start when the time is asked for often enough.
type interrupter struct {
	clock.Clock
	left      atomic.Int64
	interrupt context.CancelFunc
}

func (i *interrupter) Now() time.Time {
	if i.left.Add(-1) == 0 {
		i.interrupt()
	}
	return i.Clock.Now()
}

// TestInterruptedFirstStart interrupts first starts with demo data, ever later, and starts again: the demo data is
// there, whole.
func TestInterruptedFirstStart(t *testing.T) {
	for times := int64(1); times <= 9; times++ {
		url := sqliteURL(t)
		ctx, cancel := context.WithCancel(t.Context())
		at := &interrupter{Clock: clock.NewFake(start), interrupt: cancel}
		at.left.Store(times)
		service, err := customerrecurrence.New(ctx, customerrecurrence.Config{
			DatabaseURL: url, SealingKeyFile: databasetest.KeyFile(t, url), Migrate: true, Demo: true, Auth: headerAuthenticator{}, Logger: slog.New(slog.DiscardHandler), Clock: at,
		})
		cancel()
		if err == nil { // it was not interrupted: it stops at once
			if err := service.Serve(ctx); err != nil {
				t.Fatal(err)
			}
		}
		f := startFixture(t, url)
		packages, err1 := f.packages.ListPackages(t.Context(), &customerrecurrencev1.ListPackagesRequest{})
		customers, err2 := f.customers.ListCustomers(t.Context(), &customerrecurrencev1.ListCustomersRequest{})
		recurrences, err3 := f.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: "customers/-"})
		if err1 != nil || err2 != nil || err3 != nil || len(packages.GetPackages()) != 3 || len(customers.GetCustomers()) != 2 || len(recurrences.GetRecurrences()) != 2 {
			t.Errorf("interrupted at %d: got %d packages, %d customers, %d recurrences, errors %v, %v, %v", times,
				len(packages.GetPackages()), len(customers.GetCustomers()), len(recurrences.GetRecurrences()), err1, err2, err3)
		}
		f.stop()
	}
}
