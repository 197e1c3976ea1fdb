package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// namedBy returns what an action names besides its own subscription and its types, which other tables have.
func namedBy(action *subscription.Action) map[part]bool {
	named := map[part]bool{
		{resource.KindSubscription, string(action.Replacement)}: true, {resource.KindSubscription, string(action.Destination)}: true,
		{resource.KindUser, string(action.Performer)}: true, {resource.KindSubscriptionType, string(action.ReplacementType)}: true,
	}
	if action.Terms != nil {
		named[part{resource.KindBillingTermScheme, string(action.Terms.Scheme)}] = true
	}
	for _, change := range action.Services {
		named[part{resource.KindProduct, string(change.Product)}] = true
		for _, component := range change.Components {
			named[part{resource.KindProduct, string(component)}] = true
		}
	}
	for _, change := range action.Items {
		named[part{resource.KindInstalledItem, string(change.From)}], named[part{resource.KindInstalledItem, string(change.To)}] = true, true
	}
	for one := range named {
		if one.id == "" {
			delete(named, one)
		}
	}
	return named
}

// keepNamed stores what an action names for as long as it is scheduled, so that this cannot be deleted.
func (w *writer) keepNamed(ctx context.Context, of resource.Resource) error {
	action, ok := of.(*subscription.Action)
	if !ok {
		return nil
	}
	named := namedBy(action)
	if len(named) == 0 { // as of most actions, so that executing them needs no further statement
		return nil
	}
	if action.Version > 1 {
		if err := w.dropNamed(ctx, of); err != nil {
			return err
		}
	}
	if action.State != subscription.ActionScheduled {
		return nil
	}
	for one := range named {
		if err := w.rows.CreateScheduledPart(ctx, rows.CreateScheduledPartParams{
			Tenant: string(w.tenant), Action: string(action.ID), Kind: string(one.kind), ID: one.id,
		}); err != nil {
			return &writeError{of, err}
		}
	}
	return nil
}

func (w *writer) dropNamed(ctx context.Context, of resource.Resource) error {
	if of.Kind() != resource.KindAction {
		return nil
	}
	if err := w.rows.DeleteScheduledParts(ctx, string(w.tenant), of.Key()); err != nil {
		return &writeError{of, err}
	}
	return nil
}

// scheduledFor counts the scheduled actions that name a resource, and gives the number of one.
func (w *writer) scheduledFor(ctx context.Context, to resource.Resource) (found resource.Referrers, err error) {
	found.What = "scheduled actions"
	key := rows.CountScheduledPartsParams{Tenant: string(w.tenant), Kind: string(to.Kind()), ID: to.Key()}
	if found.Count, err = w.rows.CountScheduledParts(ctx, key); err == nil && found.Count > 0 {
		found.Example, err = w.rows.GetActionNaming(ctx, rows.GetActionNamingParams(key))
		if errors.Is(err, sql.ErrNoRows) { // an action that cannot be found has no number
			err = nil
		}
	}
	if err != nil {
		return found, fmt.Errorf("counting the scheduled actions that name %s: %w", resource.Name(to), err)
	}
	return found, nil
}
