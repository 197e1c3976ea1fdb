package subscription

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// ItemOrder asks to add, remove, swap or move one installed item.
type ItemOrder struct {
	// Field is the path of the entry in the request.
	Field string
	// Present identifies the present installed item. It is not used for items that are added.
	Present PartUpdate
	// Item refers to the item that is added or takes the place of the present one; nil for none.
	Item *resource.Reference
}

// ItemChange is what an action does with one installed item.
type ItemChange struct {
	// ID is the id within the subscription.
	ID string `json:"id"`
	// From and To are the items before and after; empty for none.
	From catalogue.ItemID `json:"from,omitempty"`
	To   catalogue.ItemID `json:"to,omitempty"`
}

// itemChanges returns what an order does with installed items. known is the action that was submitted before with its transaction reference, or
// nil: what that has done is found where it was.
func (o Order) itemChanges(ctx context.Context, w Writer, present Subscription, known *Action) ([]ItemChange, error) {
	if !o.Details.Scheduled.IsZero() {
		return nil, fault.InvalidField(FieldScheduled, reason.InvalidValue, "what is done with installed items cannot be scheduled; leave it out")
	}
	installed := present.Items
	if known != nil && known.Subscription == present.ID && known.Operation == o.Operation {
		installed = known.itemsBefore()
	}
	changes := make([]ItemChange, len(o.Items))
	for i, asked := range o.Items {
		change, err := asked.change(ctx, w, o.Operation, installed, known != nil)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(changes[:i], func(before ItemChange) bool {
			return before.ID == change.ID || change.To != "" && before.To == change.To
		}) {
			return nil, fault.InvalidField(asked.Field, reason.Repeated, "names what an entry before it named already")
		}
		if known == nil {
			if err := o.checkFree(ctx, w, present, asked, change); err != nil {
				return nil, err
			}
		}
		changes[i] = change
	}
	return changes, nil
}

// checkFree checks that no other open subscription has what a change installs: an item that is added or swapped in, or that moves away from a
// subscription that has ended.
func (o Order) checkFree(ctx context.Context, r Reader, present Subscription, asked ItemOrder, change ItemChange) error {
	switch {
	case o.Operation == lifecycle.MoveInstalledItem && present.State.Ended():
		return present.checkElsewhere(ctx, r, asked.Field, change.From)
	case change.To == "":
		return nil
	case present.has(change.To):
		return fault.InvalidField(asked.Item.Field, reason.Repeated, "the subscription has this installed item already")
	}
	return present.checkElsewhere(ctx, r, asked.Item.Field, change.To)
}

// change returns what the entry asks for of the installed items of a subscription. An item may be inactive by now if the order is repeated.
func (o ItemOrder) change(ctx context.Context, w Writer, by lifecycle.Operation, installed []Installation, repeated bool) (change ItemChange, err error) {
	if by == lifecycle.AddInstalledItem {
		change.ID = id.New()
	} else if change.ID, change.From, err = presentItem(ctx, w, o.Present, installed); err != nil {
		return change, err
	}
	if by != lifecycle.AddInstalledItem && by != lifecycle.SwapInstalledItem {
		return change, nil
	}
	if o.Item == nil {
		return change, fault.Required(o.Field + ".installed_item_identifier")
	}
	item, err := resource.Find(ctx, *o.Item, w.InstalledItem)
	change.To = item.ID
	if err != nil {
		return change, err
	}
	return change, resource.CheckActive(o.Item.Field, item.Inactive && !repeated)
}

// presentItem returns the id and the item of the installation that a request identifies.
func presentItem(ctx context.Context, r Reader, asked PartUpdate, installed []Installation) (string, catalogue.ItemID, error) {
	parts := make([]part, len(installed))
	for i, installation := range installed {
		parts[i] = part{id: installation.ID, of: string(installation.Item)}
	}
	chosen, err := asked.choose(parts, func(of resource.Reference) (string, error) {
		item, err := resource.Find(ctx, of, r.InstalledItem)
		return string(item.ID), err
	})
	return chosen.id, catalogue.ItemID(chosen.of), err
}

// itemsBefore returns the installed items that an action has changed, as they were before.
func (a *Action) itemsBefore() (before []Installation) {
	for _, change := range a.Items {
		if change.From != "" {
			before = append(before, Installation{ID: change.ID, Item: change.From})
		}
	}
	return before
}

// sameItems reports whether two actions do the same with installed items, apart from the ids that they give to new ones.
func sameItems(a, b []ItemChange) bool {
	return slices.EqualFunc(a, b, func(a, b ItemChange) bool {
		return a.From == b.From && a.To == b.To && (a.From == "" || a.ID == b.ID)
	})
}

// executeItems does what an action asks for with installed items, and returns the subscription after it. If it returns a fault, it has
// stored nothing.
func (a *Action) executeItems(ctx context.Context, w Writer, present Subscription, situation lifecycle.Situation) (Subscription, error) {
	if err := situation.CheckItems(a.Operation); err != nil {
		return Subscription{}, err
	}
	after := present.Clone()
	var destination Subscription
	if a.Destination != "" {
		found, err := presentSibling(ctx, w, FieldDestination, a.Destination, present)
		if err != nil {
			return Subscription{}, err
		}
		destination = found.Clone()
	}
	a.Effect = &Effect{From: present.State, To: present.State}
	for _, change := range a.Items {
		if destination.has(change.From) {
			return Subscription{}, fault.InvalidField(FieldDestination, reason.Repeated, "has the installed item %s already", change.From)
		}
		if err := after.checkChange(ctx, w, change, a); err != nil {
			return Subscription{}, err
		}
		after.apply(change, a, &destination, situation)
	}
	if max(len(after.Items), len(destination.Items)) > maxItems {
		return Subscription{}, fault.New(fault.FailedPrecondition, reason.TooMany, "the subscription would have more than %d installed items", maxItems)
	}
	if a.Destination != "" {
		if err := w.Update(ctx, &destination); err != nil {
			return Subscription{}, err
		}
	}
	if err := w.Update(ctx, &after); err != nil {
		return Subscription{}, err
	}
	a.settle(ActionExecuted, w.Now())
	return after, nil
}

// checkChange checks that a change of an action is still possible: an imported action may name what is gone by its time.
func (s *Subscription) checkChange(ctx context.Context, r Reader, change ItemChange, by *Action) error {
	switch {
	case by.Operation != lifecycle.AddInstalledItem && s.installed(change.ID) < 0:
		return resource.NotFound("item_id", "the subscription has no installed item "+change.ID)
	case change.To == "":
		return nil
	case s.has(change.To):
		return fault.InvalidField("installed_item", reason.Repeated, "the subscription has the installed item %s already", change.To)
	}
	item, err := resource.FindID(ctx, "installed_item", string(change.To), r.InstalledItem)
	if err != nil {
		return err
	}
	if err := resource.CheckActive("installed_item", item.Inactive); err != nil || by.Scheduled.IsZero() {
		return err
	}
	return s.checkElsewhere(ctx, r, "installed_item", change.To)
}

// apply makes one change of an action.
func (s *Subscription) apply(change ItemChange, by *Action, destination *Subscription, situation lifecycle.Situation) {
	at := s.installed(change.ID)
	switch by.Operation {
	case lifecycle.AddInstalledItem:
		s.install(change.To, change.ID, situation.Today)
	case lifecycle.SwapInstalledItem:
		s.exchange(at, change.To, situation.Today)
	case lifecycle.MoveInstalledItem:
		destination.receive(s.uninstall(at, by.Operation, by.Destination, situation.Today), situation.Today)
	default:
		s.uninstall(at, by.Operation, "", situation.Today)
	}
}
