package books

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// Resource is an Item, a BillTo, a MasterAccount, a Line, a Profile, an Upcoming schedule, a
// FormerBillTo, a FormerProfile, a Run, an Invoice or a CreditNote.
type Resource = any

// Service exports everything that a tenant has from a store, and imports it into another.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service that uses store. It reads the clock only to date what is imported.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Import imports resources with their numbers and codes in one transaction, and returns an outcome
// for each in their order. Resources must come after those that they refer to. They are checked as
// new ones are, except that a line may refer to retired resources, and may keep the bill-to of a
// master account that it is no longer receivable to. If an equal resource already exists, apart
// from its Revision, it stays as it is; a different one with the same key is an AlreadyExists
// fault. If Import returns an error, nothing was imported.
func (s *Service) Import(ctx context.Context, resources []Resource) (outcomes []imports.Outcome, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	attempt := func(importAll func(context.Context, Writer, []Resource) ([]imports.Outcome, error)) error {
		return s.Store.Write(ctx, caller, s.Clock.Now(), func(ctx context.Context, w Writer) error {
			outcomes, err = importAll(ctx, w, resources)
			return err
		})
	}
	// The database does not tell which of many rows it rejected, so import them one by one.
	if err = attempt(importMany); errors.Is(err, mutation.ErrTaken) {
		err = attempt(importEach)
	}
	return outcomes, err
}

// importMany imports runs of consecutive resources of one kind, with a few statements for each run.
func importMany(ctx context.Context, w Writer, resources []Resource) ([]imports.Outcome, error) {
	outcomes := make([]imports.Outcome, 0, len(resources))
	for len(resources) > 0 {
		var imported []imports.Outcome
		var err error
		if lines := leading[line.Line](resources); len(lines) > 0 {
			imported, err = importLines(ctx, w, lines)
		} else if invoices := leading[invoice.Invoice](resources); len(invoices) > 0 {
			imported, err = importInvoices(ctx, w, invoices)
		} else {
			imported, err = importEach(ctx, w, resources[:1])
		}
		if err != nil {
			return nil, err
		}
		outcomes, resources = append(outcomes, imported...), resources[len(imported):]
	}
	return outcomes, nil
}

// importOne imports one resource.
func importOne(ctx context.Context, w Writer, resource Resource) (imports.Outcome, error) {
	switch r := resource.(type) {
	case catalogue.Item:
		return importItem(ctx, w, r)
	case catalogue.BillTo:
		return importBillTo(ctx, w, r)
	case catalogue.MasterAccount:
		return importMasterAccount(ctx, w, r)
	case line.Line:
		return importLine(ctx, w, r)
	case charge.Charge:
		return importCharge(ctx, w, r)
	case increase.Increase:
		return importIncrease(ctx, w, r)
	case increase.Line:
		return importRaise(ctx, w, r)
	case invoice.Profile:
		return importProfile(ctx, w, r)
	case run.Upcoming:
		return importSchedule(ctx, w, r)
	case invoice.FormerBillTo:
		return importFormerBillTo(ctx, w, r)
	case invoice.FormerProfile:
		return importFormerProfile(ctx, w, r)
	case run.Run:
		return importRun(ctx, w, r)
	case invoice.Invoice:
		return importInvoice(ctx, w, r)
	case invoice.CreditNote:
		return importCreditNote(ctx, w, r)
	}
	return imports.Outcome{}, fmt.Errorf("a %T cannot be imported", resource)
}

func importEach(ctx context.Context, w Writer, resources []Resource) ([]imports.Outcome, error) {
	return imports.Each(resources, func(resource Resource) (imports.Outcome, error) { return importOne(ctx, w, resource) })
}

// leading returns the longest prefix of resources of one kind.
func leading[T Resource](resources []Resource) (first []T) {
	for _, resource := range resources {
		one, ok := resource.(T)
		if !ok {
			break
		}
		first = append(first, one)
	}
	return first
}
