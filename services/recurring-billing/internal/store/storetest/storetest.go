// Package storetest is what every store of recurring billing has to do, whatever its engine: the contracts of the Readers,
// Writers and Stores of the packages of the domain.
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
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Reader and Writer are what the packages of the domain ask of a store.
type (
	Reader interface {
		catalogue.Reader
		line.Reader
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
		invoice.Writer
		invoice.DocumentWriter
		run.Writer
		run.BatchWriter
		books.Writer
	}
)

// Store is a store for all of them.
type Store = mutation.Store[Reader, Writer]

// Subject is the store under test.
type Subject struct {
	Store
	// Runs and Revenue are the same store as the workers of runs and of revenue see it.
	Runs    run.Store
	Revenue revenue.Store
	// Feed is the whole change feed of a tenant.
	Feed func(t testing.TB, tenant auth.Tenant) []feed.Entry
	// Message shows resources in the feed.
	Message func(resource any) (proto.Message, error)
}

// check is one point of a contract.
type check struct {
	name string
	run  func(tenant)
}

// Run checks the stores that open opens. One serves most checks, each with tenants of its own; a check of what goes over all
// tenants has a store to itself.
func Run(t *testing.T, open func(testing.TB) Subject) {
	shared := open(t)
	inTenant := slices.Concat(resourceChecks, transactionChecks, catalogueChecks, lineChecks, invoiceChecks, draftChecks, heldChecks,
		documentChecks, runChecks, batchChecks, dueChecks, importChecks)
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
