package books

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Import imports resources with their ids: an outcome each, in their order, all in one
// transaction. Those that others refer to stand before them. A resource is checked as a new one is. One that is there
// already, the same but for its Revision, stays as it is; another of its id or another key is an AlreadyExists fault. A user
// comes without a password and without a Web API key, and signs in once it was given one. An error means that nothing was
// kept.
func (s *Service) Import(ctx context.Context, resources []resource.Resource) ([]imports.Outcome, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) ([]imports.Outcome, error) {
		return imports.Each(resources, func(given resource.Resource) (imports.Outcome, error) {
			return imports.OutcomeOf(importOne(ctx, w, given))
		})
	}, mutation.Unrecorded())
}

// Load adds resources in the order given, all of them or none.
func (s *Service) Load(ctx context.Context, resources ...resource.Resource) error {
	_, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (none struct{}, err error) {
		for _, given := range resources {
			if err := create(ctx, w, given); err != nil {
				return none, err
			}
		}
		return none, nil
	}, mutation.Unrecorded())
	return err
}

// importOne reports whether it created the given.
func importOne(ctx context.Context, w Writer, given resource.Resource) (created bool, err error) {
	if given.Key() == "" {
		return false, fault.Required("name")
	}
	present, err := find(ctx, w, given.Kind(), resource.ByID(given.Key()))
	if errors.Is(err, fault.NotFound) {
		return true, create(ctx, w, given)
	}
	if err != nil {
		return false, err
	}
	adopt(given, present)
	if err := prepare(ctx, w, given); err != nil {
		return false, err
	}
	*present.Versions() = *given.Versions()
	return false, sameState(given, present)
}

// sameState is an AlreadyExists fault where a resource is not the same as what is there under its id.
func sameState(given, present resource.Resource) error {
	asked, err := json.Marshal(given.Public())
	if err != nil {
		return fmt.Errorf("comparing %s: %w", resource.Name(given), err)
	}
	there, err := json.Marshal(present.Public())
	if err != nil {
		return fmt.Errorf("comparing %s: %w", resource.Name(given), err)
	}
	if !bytes.Equal(asked, there) {
		return imports.Differs(given.Kind().Type(), given.Key())
	}
	return nil
}
