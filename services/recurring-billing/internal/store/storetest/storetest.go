// Package storetest tests a store of recurring billing against the contracts of the Readers,
// Writers and Stores of the domain packages, on any engine.
package storetest

import (
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Reader and Writer combine the interfaces that the domain packages require of a store.
type (
	Reader interface {
		catalogue.Reader
		line.Reader
		charge.Reader
		increase.Reader
		invoice.Reader
		invoice.DocumentReader
		receivables.Reader
		run.Reader
		run.BatchReader
		books.Reader
	}
	Writer interface {
		Reader
		catalogue.Writer
		line.Writer
		charge.Writer
		increase.Writer
		invoice.Writer
		invoice.DocumentWriter
		run.Writer
		run.BatchWriter
		books.Writer
	}
)

// Store is a store for all domain packages.
type Store = mutation.Store[Reader, Writer]

// Subject is the store under test.
type Subject struct {
	Store
	// Runs and Revenue are the same store for the workers of runs and of revenue.
	Runs    run.Store
	Revenue revenue.Store
	// Feed returns the whole change feed of a tenant.
	Feed func(t testing.TB, tenant auth.Tenant) []feed.Entry
	// Message converts resources for the feed.
	Message func(resource any) (proto.Message, error)
}

// check is one rule of a contract.
type check struct {
	name string
	run  func(tenant)
}

// Run checks the stores that open opens. Most checks share one store, each with its own tenants.
// Checks of what covers all tenants get a store of their own.
func Run(t *testing.T, open func(testing.TB) Subject) {
	shared := open(t)
	inTenant := slices.Concat(resourceChecks, transactionChecks, catalogueChecks, lineChecks, invoiceChecks, draftChecks, heldChecks,
		documentChecks, chargeChecks, increaseChecks, runChecks, batchChecks, dueChecks, importChecks)
	for i, c := range inTenant {
		t.Run(c.name, func(t *testing.T) {
			c.run(tenant{t, shared, auth.Principal{Tenant: auth.Tenant(fmt.Sprintf("tenant-%d", i)), Actor: "suite"}})
		})
	}
	for _, c := range slices.Concat(queueChecks, revenueChecks) {
		t.Run(c.name, func(t *testing.T) {
			c.run(tenant{t, open(t), auth.Principal{Tenant: "tenant", Actor: "suite"}})
		})
	}
}
