package books

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Import creates resources with the ids that they have, in one transaction. Each is a
// customer.Customer, catalogue.Package, catalogue.Sold, recurrence.Recurrence, recurrence.Change,
// recurrence.ScheduledChange, usage.Total, usage.Alert or settings.Settings. It returns one
// outcome for each, in the same order; if it returns an error, nothing was stored.
//
// A resource must come after the resources that it refers to, and the changes of a recurrence after
// it, in the order of their versions. Its fields are checked like those of a new resource; what
// depends on the catalogue and on the state of others, such as an inactive package, is not. An existing resource
// that differs only in its version and times is left unchanged; any other difference is an
// AlreadyExists fault. The portal password is used only for new customers.
func (s *Service) Import(ctx context.Context, resources []any) ([]imports.Outcome, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) ([]imports.Outcome, error) {
		return imports.Each(resources, func(resource any) (imports.Outcome, error) { return importOne(ctx, w, resource) })
	}, mutation.Unrecorded())
}

func importOne(ctx context.Context, w Writer, resource any) (imports.Outcome, error) {
	switch r := resource.(type) {
	case customer.Customer:
		return importCustomer(ctx, w, r)
	case catalogue.Package:
		return importPackage(ctx, w, r)
	case catalogue.Sold:
		return importService(ctx, w, r)
	case recurrence.Recurrence:
		return importRecurrence(ctx, w, r)
	case recurrence.Change:
		return importChange(ctx, w, r)
	case recurrence.ScheduledChange:
		return importScheduledChange(ctx, w, r)
	case usage.Total:
		return importTotal(ctx, w, r)
	case usage.Alert:
		return importAlert(ctx, w, r)
	case settings.Settings:
		return importSettings(ctx, w, r)
	}
	return imports.Outcome{}, fmt.Errorf("importing a %T", resource)
}

func importCustomer(ctx context.Context, w Writer, wanted customer.Customer) (imports.Outcome, error) {
	prepared, err := wanted.Prepared()
	if err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (customer.Customer, error) { return w.Customer(ctx, prepared.ID) }, mutation.ErrNotFound,
		func(present customer.Customer) bool {
			if wanted.UID == "" {
				prepared.UID = present.UID
			}
			present.Version, present.CreateTime, present.UpdateTime = prepared.Version, prepared.CreateTime, prepared.UpdateTime
			return same(prepared, present)
		},
		func() error {
			if err := prepared.CheckMerged(ctx, w); err != nil {
				return err
			}
			_, err := customer.Add(ctx, w, prepared)
			return err
		}, "customer", prepared.ID)
}

func importSettings(ctx context.Context, w Writer, wanted settings.Settings) (imports.Outcome, error) {
	if err := wanted.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	present, err := w.Settings(ctx)
	if err != nil {
		return imports.Outcome{}, err
	}
	if present.Version == 0 {
		return imports.OutcomeOf(true, settings.Add(ctx, w, wanted))
	}
	wanted.Version, wanted.CreateTime, wanted.UpdateTime = present.Version, present.CreateTime, present.UpdateTime
	if !reflect.DeepEqual(wanted, present) {
		return imports.OutcomeOf(false, imports.Differs("recurrence settings", "of the tenant"))
	}
	return imports.Outcome{}, nil
}

func importPackage(ctx context.Context, w Writer, wanted catalogue.Package) (imports.Outcome, error) {
	pack, err := wanted.Prepared()
	if err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (catalogue.Package, error) { return w.Package(ctx, pack.ID) }, mutation.ErrNotFound,
		func(present catalogue.Package) bool {
			present.Version, present.CreateTime, present.UpdateTime = pack.Version, pack.CreateTime, pack.UpdateTime
			return same(pack, present)
		},
		func() error {
			_, err := catalogue.Add(ctx, w, pack)
			return err
		}, "package", pack.ID)
}

func importService(ctx context.Context, w Writer, wanted catalogue.Sold) (imports.Outcome, error) {
	sold, err := wanted.Prepared()
	if err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (catalogue.Sold, error) { return w.Service(ctx, sold.ID) }, mutation.ErrNotFound,
		func(present catalogue.Sold) bool {
			present.Version, present.CreateTime, present.UpdateTime = sold.Version, sold.CreateTime, sold.UpdateTime
			return same(sold, present)
		},
		func() error {
			_, err := catalogue.AddSold(ctx, w, sold)
			return err
		}, "service", sold.ID)
}

func importRecurrence(ctx context.Context, w Writer, wanted recurrence.Recurrence) (imports.Outcome, error) {
	prepared := wanted.Prepared()
	return imports.One(func() (recurrence.Recurrence, error) { return w.Recurrence(ctx, prepared.Key()) }, mutation.ErrNotFound,
		func(present recurrence.Recurrence) bool {
			present.Version, present.CreateTime, present.UpdateTime = prepared.Version, prepared.CreateTime, prepared.UpdateTime
			present.Price = present.Price.Trim(0)
			return same(prepared, present)
		},
		func() error {
			_, err := recurrence.Add(ctx, w, prepared)
			return err
		}, "recurrence", prepared.Key())
}

func importChange(ctx context.Context, w Writer, c recurrence.Change) (imports.Outcome, error) {
	if err := c.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	key := c.Key()
	changed, err := w.Recurrence(ctx, key.Key)
	if err != nil {
		return imports.OutcomeOf(false, mutation.Explain(err, "recurrence", key.Key))
	}
	return imports.One(func() (recurrence.Change, error) { return w.Change(ctx, key) }, mutation.ErrNotFound,
		func(present recurrence.Change) bool {
			trimPrices(&present)
			trimPrices(&c)
			return same(c, present)
		},
		func() error {
			if c.Version != changed.Version+1 {
				return fault.New(fault.FailedPrecondition, reason.OutOfOrder,
					"the next change of recurrence %s is %d: import changes in the order of their versions", key.Key, changed.Version+1)
			}
			// The recurrence already has the state after this change; only its version is raised.
			return errors.Join(w.UpdateRecurrence(ctx, &changed), w.CreateChange(ctx, c))
		}, "change", key)
}

// same reports whether two states are equal as JSON. Secrets are not part of the JSON.
func same[T any](a, b T) bool {
	first, err := json.Marshal(a)
	if err != nil {
		return false
	}
	second, err := json.Marshal(b)
	return err == nil && bytes.Equal(first, second)
}

// trimPrices removes trailing zeros from the prices. Stores keep them as sent, messages do not.
func trimPrices(c *recurrence.Change) {
	d := &c.Difference
	d.OldPrice, d.NewPrice, d.PriceDifference = d.OldPrice.Trim(0), d.NewPrice.Trim(0), d.PriceDifference.Trim(0)
	c.Lines = slices.Clone(c.Lines)
	for i := range c.Lines {
		c.Lines[i].Price, c.Lines[i].Amount = c.Lines[i].Price.Trim(0), c.Lines[i].Amount.Trim(0)
	}
}

// importScheduledChange imports a scheduled change after its recurrence. One that is still scheduled happens on its day.
func importScheduledChange(ctx context.Context, w Writer, wanted recurrence.ScheduledChange) (imports.Outcome, error) {
	if err := wanted.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	key := wanted.Key()
	if _, err := w.Recurrence(ctx, key.Key); err != nil {
		return imports.OutcomeOf(false, mutation.Explain(err, "recurrence", key.Key))
	}
	return imports.One(func() (recurrence.ScheduledChange, error) { return w.ScheduledChange(ctx, key) }, mutation.ErrNotFound,
		func(present recurrence.ScheduledChange) bool {
			present.Version, present.CreateTime, present.UpdateTime = wanted.Version, wanted.CreateTime, wanted.UpdateTime
			return same(wanted, present)
		},
		func() error {
			wanted.CreateTime, wanted.UpdateTime = w.Now(), w.Now()
			return mutation.Explain(w.CreateScheduledChange(ctx, wanted), "scheduled change", key)
		}, "scheduled change", key)
}
