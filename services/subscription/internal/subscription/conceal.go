package subscription

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// others returns where a subscription names other ones.
func (s *Subscription) others() (names []*ID) {
	for i := range s.PastItems {
		names = append(names, &s.PastItems[i].Destination)
	}
	return names
}

// others returns where an action names subscriptions besides its own.
func (a *Action) others() []*ID { return []*ID{&a.Replacement, &a.Replaced, &a.Destination} }

// namesOthers is a subscription or an action.
type namesOthers[T any] interface {
	*T
	others() []*ID
}

// maxAsked is how many subscriptions are asked for at once.
const maxAsked = 500

// conceal empties the names of subscriptions that the caller does not see, in what it is shown. It reads nothing for callers who see all, and
// for what names nothing.
func conceal[T any, P namesOthers[T]](ctx context.Context, r Reader, shown []T) error {
	sees := visibility.From(ctx).Condition()
	if sees == nil {
		return nil
	}
	var names []*ID
	seen := map[ID]bool{}
	for i := range shown {
		for _, name := range P(&shown[i]).others() {
			if *name != "" {
				names, seen[*name] = append(names, name), false
			}
		}
	}
	ids := make([]ID, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	for part := range slices.Chunk(ids, maxAsked) {
		found, err := r.Subscriptions(ctx, listing.Query{Where: listing.All(listing.IsOneOf("name", part), sees)})
		if err != nil {
			return err
		}
		for _, one := range found {
			seen[one.ID] = true
		}
	}
	for _, name := range names {
		if !seen[*name] {
			*name = ""
		}
	}
	return nil
}

// concealed returns the outcome of a mutation as the caller is shown it.
func concealed[T any, P namesOthers[T]](ctx context.Context, s *Service, outcome T, err error) (T, error) {
	if err != nil || visibility.From(ctx).Condition() == nil || !slices.ContainsFunc(P(&outcome).others(), func(name *ID) bool { return *name != "" }) {
		return outcome, err
	}
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (T, error) {
		shown := []T{outcome}
		err := conceal[T, P](ctx, r, shown)
		return shown[0], err
	})
}
