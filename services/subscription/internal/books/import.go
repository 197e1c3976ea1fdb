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

// Import creates resources with the ids that they have, in one transaction. It returns one outcome
// for each, in the same order; if it returns an error, nothing was stored.
//
// A resource must come after the resources that it refers to. Each is checked like a new resource.
// An existing resource that differs only in its Revision is left unchanged; another resource with
// the same id or another key is an AlreadyExists fault. Users are imported without password and Web
// API keys and cannot sign in until they are given one.
func (s *Service) Import(ctx context.Context, resources []resource.Resource) ([]imports.Outcome, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) ([]imports.Outcome, error) {
		return imports.Each(resources, func(given resource.Resource) (imports.Outcome, error) {
			return imports.OutcomeOf(importOne(ctx, w, given))
		})
	}, mutation.Unrecorded())
}

// Load adds resources in the order given, all or none.
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

// importOne imports a resource and reports whether it created it.
func importOne(ctx context.Context, w Writer, given resource.Resource) (created bool, err error) {
	if given.Key() == "" && given.Kind() != resource.KindSettings {
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

// sameState returns an AlreadyExists fault if a resource differs from the present one with its id.
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
