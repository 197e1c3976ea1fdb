package subscription

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

// places returns what is installed where, with user defined fields, in the order of the places.
func places(of Subscription) string {
	texts := make([]string, len(of.Items))
	for i, item := range of.Items {
		texts[i] = item.ID + "=" + string(item.Item) + fmt.Sprint(item.Fields.Strings[0] != nil)
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

// TestMovesAndSwapsCanBeUndone moves installed items to another subscription, swaps some there, swaps them back and moves all back: both
// subscriptions are as they were, and remember what happened.
func TestMovesAndSwapsCanBeUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := date.MustNew(2026, time.March, 1)
		ours, theirs := Subscription{ID: "ours"}, Subscription{ID: "theirs"}
		for i := range rapid.IntRange(1, 4).Draw(t, "items") {
			ours.install(catalogue.ItemID(fmt.Sprintf("item %d", i)), fmt.Sprintf("place %d", i), day)
			if rapid.Bool().Draw(t, "fields") {
				ours.Items[i].Fields.Strings[0] = new(string)
			}
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "other items") {
			theirs.install(catalogue.ItemID(fmt.Sprintf("other %d", i)), fmt.Sprintf("other place %d", i), day)
		}
		first, second := ours.Clone(), theirs.Clone()
		move := func(from, to *Subscription, place string) {
			action := &Action{Operation: lifecycle.MoveInstalledItem, Destination: to.ID}
			from.apply(ItemChange{ID: place}, action, to, lifecycle.Situation{Today: day})
		}
		moved := rapid.SliceOfNDistinct(rapid.SampledFrom(ours.Items), 1, len(ours.Items), func(i Installation) string { return i.ID }).Draw(t, "moved")
		for _, item := range moved {
			move(&ours, &theirs, item.ID)
		}
		for _, item := range moved {
			if ours.has(item.Item) || !theirs.has(item.Item) {
				t.Fatalf("%s was not moved: %s, %s", item.ID, places(ours), places(theirs))
			}
			if !rapid.Bool().Draw(t, "swapped") {
				continue
			}
			swap := &Action{Operation: lifecycle.SwapInstalledItem}
			theirs.apply(ItemChange{ID: item.ID, To: "spare"}, swap, nil, lifecycle.Situation{Today: day})
			if theirs.has(item.Item) || !theirs.has("spare") {
				t.Fatalf("%s was not swapped: %s", item.ID, places(theirs))
			}
			theirs.apply(ItemChange{ID: item.ID, To: item.Item}, swap, nil, lifecycle.Situation{Today: day})
		}
		for _, item := range moved {
			move(&theirs, &ours, item.ID)
		}
		if places(ours) != places(first) || places(theirs) != places(second) {
			t.Fatalf("got %s and %s, want %s and %s", places(ours), places(theirs), places(first), places(second))
		}
		if len(ours.PastItems) != len(moved) || len(theirs.PastItems) < len(moved) || ours.PastItems[0].Destination != "theirs" {
			t.Fatalf("remembered %+v and %+v", ours.PastItems, theirs.PastItems)
		}
	})
}

// TestMovedItemsGetAnotherIDWhereTheirsIsTaken moves an item to a subscription that has a place of the same id.
func TestMovedItemsGetAnotherIDWhereTheirsIsTaken(t *testing.T) {
	day := date.MustNew(2026, time.March, 1)
	of := Subscription{Items: []Installation{{ID: "1", Item: "a"}}}
	of.receive(Installation{ID: "1", Item: "b"}, day)
	of.receive(Installation{ID: "2", Item: "c"}, day)
	if of.Items[1].ID == "1" || of.Items[1].Added != day || of.Items[2].ID != "2" {
		t.Errorf("got %+v", of.Items)
	}
}

// TestSubscriptionsRememberTheLastItems removes more items than a subscription remembers.
func TestSubscriptionsRememberTheLastItems(t *testing.T) {
	day, of := date.MustNew(2026, time.March, 1), Subscription{}
	for i := range maxItems + 2 {
		of.install(catalogue.ItemID(fmt.Sprint(i)), "place", day)
		of.uninstall(0, lifecycle.RemoveInstalledItem, "", day.AddDays(1))
	}
	if len(of.PastItems) != maxItems || of.PastItems[0].Item != "2" || of.PastItems[0].Ended != day.AddDays(1) || len(of.Items) != 0 {
		t.Errorf("got %d, from %+v", len(of.PastItems), of.PastItems[0])
	}
}
