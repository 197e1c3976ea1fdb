package subscription

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Installation is an installed item of a subscription: the place of a device, which another device can take. A subscription has each
// item at most once.
type Installation struct {
	// ID is unique within the subscription.
	ID     string           `json:"id"`
	Item   catalogue.ItemID `json:"item"`
	Fields userfield.Fields `json:"fields,omitzero"`
	// Added is the date since which the item is here. A zero date is unknown.
	Added date.Date `json:"added,omitzero"`
}

// PastInstallation is an installed item that a subscription had.
type PastInstallation struct {
	ID   string           `json:"id"`
	Item catalogue.ItemID `json:"item"`
	// Added and Ended are the dates between which the item was here. A zero date is unknown.
	Added date.Date `json:"added,omitzero"`
	Ended date.Date `json:"ended,omitzero"`
	// By is what ended it here, and Destination the subscription to which it was moved, or empty.
	By          lifecycle.Operation `json:"by"`
	Destination ID                  `json:"destination,omitempty"`
}

// maxItems is how many installed items a subscription can have, and how many past ones it remembers.
const maxItems = 1000

// install adds an item on a date, at a place with an id.
func (s *Subscription) install(item catalogue.ItemID, place string, on date.Date) {
	s.Items = append(s.Items, Installation{ID: place, Item: item, Added: on})
}

// uninstall ends the installation at an index on a date, and returns it.
func (s *Subscription) uninstall(at int, by lifecycle.Operation, to ID, on date.Date) Installation {
	ended := s.Items[at]
	s.remember(ended, by, to, on)
	s.Items = slices.Delete(s.Items, at, at+1)
	return ended
}

// exchange puts an item into the place of another on a date.
func (s *Subscription) exchange(at int, item catalogue.ItemID, on date.Date) {
	s.remember(s.Items[at], lifecycle.SwapInstalledItem, "", on)
	s.Items[at].Item, s.Items[at].Added = item, on
}

// receive adds an installation of another subscription on a date. It keeps its id, unless that is taken.
func (s *Subscription) receive(moved Installation, on date.Date) {
	if s.installed(moved.ID) >= 0 {
		moved.ID = id.New()
	}
	moved.Added = on
	s.Items = append(s.Items, moved)
}

// checkElsewhere checks that no other open subscription has an item. The fault, INSTALLED_ELSEWHERE on field, does not say which
// one has it: the caller may not see that.
func (s *Subscription) checkElsewhere(ctx context.Context, r Reader, field string, item catalogue.ItemID) error {
	ids, err := r.WithItem(ctx, item)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, readAtOnce) {
		found, err := r.Subscriptions(ctx, listing.Query{Where: listing.IsOneOf("name", some)})
		if err != nil {
			return fmt.Errorf("reading the subscriptions that had an installed item: %w", err)
		}
		for _, other := range found {
			if other.ID != s.ID && !other.State.Ended() && other.has(item) {
				return fault.AtField(fault.FailedPrecondition, field, reason.InstalledElsewhere,
					"the installed item %s is in another subscription that has not ended; move it from there, or remove it there first", item)
			}
		}
	}
	return nil
}

func (s *Subscription) remember(ended Installation, by lifecycle.Operation, to ID, on date.Date) {
	s.PastItems = append(s.PastItems, PastInstallation{
		ID: ended.ID, Item: ended.Item, Added: ended.Added, Ended: on, By: by, Destination: to,
	})
	s.PastItems = s.PastItems[max(0, len(s.PastItems)-maxItems):]
}

// installed returns the index of the installation with an id, or -1, and has reports whether the subscription has an item.
func (s *Subscription) installed(place string) int {
	return slices.IndexFunc(s.Items, func(i Installation) bool { return i.ID == place })
}

func (s *Subscription) has(item catalogue.ItemID) bool {
	return slices.ContainsFunc(s.Items, func(i Installation) bool { return i.Item == item })
}
