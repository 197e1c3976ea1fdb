package domain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
)

// movable are the kinds of resource that move between installations, each after those it refers to. A session does not:
// it ends where it was opened.
var movable = []struct {
	kind Kind
	next func() Resource
}{
	{KindOrganisation, func() Resource { return &Organisation{} }},
	{KindUser, func() Resource { return &User{} }},
	{KindSubscriptionType, func() Resource { return &SubscriptionType{} }},
	{KindGroup, func() Resource { return &Group{} }},
	{KindPrivacyLevel, func() Resource { return &PrivacyLevel{} }},
	{KindProduct, func() Resource { return &Product{} }},
	{KindInstalledItem, func() Resource { return &InstalledItem{} }},
	{KindAccount, func() Resource { return &Account{} }},
	{KindSubscription, func() Resource { return &Subscription{} }},
}

// TakeIn takes resources in that lived elsewhere before, with their ids: an outcome each, in their order, all in one
// transaction. Those that others refer to stand before them. A resource is checked as a new one is. One that is there
// already, the same but for its Record, stays as it is; another of its id or another key is an AlreadyExists fault. A user
// comes without a password and without a Web API key, and signs in once it was given one. An error means that nothing was
// kept.
func (s *System) TakeIn(ctx context.Context, resources []Resource) (outcomes []intake.Outcome, err error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.store.Write(ctx, by, s.clock.Now(), func(ctx context.Context, w Writer) error {
		outcomes = make([]intake.Outcome, len(resources))
		for i, resource := range resources {
			if outcomes[i], err = intake.Judge(s.takeIn(ctx, w, resource)); err != nil {
				return err
			}
		}
		return nil
	})
	return outcomes, err
}

// takeIn reports whether it created the resource.
func (s *System) takeIn(ctx context.Context, w Writer, resource Resource) (created bool, err error) {
	if resource.Key() == "" {
		return false, fault.Required("name")
	}
	present, err := emptyOf(resource.Kind())
	if err != nil {
		return false, err
	}
	err = w.Find(ctx, Key{KeyID, resource.Key()}, present)
	if errors.Is(err, fault.NotFound) {
		return true, s.create(ctx, w, resource)
	}
	if err != nil {
		return false, err
	}
	adopt(resource, present)
	if err := resource.prepare(ctx, w, s.clock.Now()); err != nil {
		return false, err
	}
	*present.Versions() = *resource.Versions()
	return false, sameState(resource, present)
}

// adopt fills what a resource leaves open and a new one would be given at random or by the clock with what is there.
func adopt(resource, present Resource) {
	switch r := resource.(type) {
	case *SubscriptionType:
		there := present.(*SubscriptionType).Log
		if r.Log.Created.IsZero() {
			r.Log.Created = there.Created
		}
		if r.Log.Updated.IsZero() {
			r.Log.Updated = there.Updated
		}
	case *Account:
		fill(&r.Owner.ID, func() string { return present.(*Account).Owner.ID })
	case *Subscription:
		there := present.(*Subscription)
		if r.FirstActivated.IsZero() && r.State == there.State {
			r.FirstActivated = there.FirstActivated
		}
		if r.Notes == nil && there.Notes != nil && *there.Notes == "" {
			r.Notes = there.Notes
		}
		for i := range min(len(r.Services), len(there.Services)) {
			fill(&r.Services[i].ID, func() string { return there.Services[i].ID })
		}
		for i := range min(len(r.Items), len(there.Items)) {
			fill(&r.Items[i].ID, func() string { return there.Items[i].ID })
		}
	}
}

// sameState is an AlreadyExists fault where a resource is not the same as what is there under its id.
func sameState(resource, present Resource) error {
	asked, err := json.Marshal(resource.Public())
	if err != nil {
		return fmt.Errorf("comparing %s: %w", Name(resource), err)
	}
	there, err := json.Marshal(present.Public())
	if err != nil {
		return fmt.Errorf("comparing %s: %w", Name(resource), err)
	}
	if !bytes.Equal(asked, there) {
		return intake.Differs(resource.Kind().Type(), resource.Key())
	}
	return nil
}

// emptyOf is an empty resource of a kind that moves.
func emptyOf(kind Kind) (Resource, error) {
	for _, m := range movable {
		if m.kind == kind {
			return m.next(), nil
		}
	}
	return nil, fmt.Errorf("%s do not move", kind)
}

// exportPage is how many resources an export reads at once.
const exportPage = 500

// GiveOut gives out all resources of a tenant that move, each after those it refers to, all of one snapshot.
func (s *System) GiveOut(ctx context.Context, tenant auth.Tenant, give func(Resource) error) error {
	return s.store.Read(ctx, tenant, func(ctx context.Context, r Reader) error {
		for _, kind := range movable {
			for after, more := "", true; more; {
				var page []Resource
				if err := r.List(ctx, kind.kind, after, exportPage, func() Resource {
					page = append(page, kind.next())
					return page[len(page)-1]
				}); err != nil {
					return err
				}
				for _, resource := range page {
					if err := give(resource); err != nil {
						return err
					}
					after = resource.Key()
				}
				more = len(page) == exportPage
			}
		}
		return nil
	})
}
