package domain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Import imports resources that lived elsewhere before, with their ids: an outcome each, in their order, all in one
// transaction. Those that others refer to stand before them. A resource is checked as a new one is. One that is there
// already, the same but for its Record, stays as it is; another of its id or another key is an AlreadyExists fault. A user
// comes without a password and without a Web API key, and signs in once it was given one. An error means that nothing was
// kept.
func (s *BulkService) Import(ctx context.Context, resources []Resource) ([]intake.Outcome, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w BulkWriter) (outcomes []intake.Outcome, err error) {
		outcomes = make([]intake.Outcome, len(resources))
		for i, resource := range resources {
			if outcomes[i], err = intake.Judge(importOne(ctx, w, resource)); err != nil {
				return nil, err
			}
		}
		return outcomes, nil
	}, mutation.Unrecorded())
}

// Load adds resources in the order given, all of them or none.
func (s *BulkService) Load(ctx context.Context, resources ...Resource) error {
	_, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w BulkWriter) (none struct{}, err error) {
		for _, resource := range resources {
			if err := create(ctx, w, resource); err != nil {
				return none, err
			}
		}
		return none, nil
	}, mutation.Unrecorded())
	return err
}

// importOne reports whether it created the resource.
func importOne(ctx context.Context, w BulkWriter, resource Resource) (created bool, err error) {
	if resource.Key() == "" {
		return false, fault.Required("name")
	}
	present, err := find(ctx, w, resource.Kind(), Key{KeyID, resource.Key()})
	if errors.Is(err, fault.NotFound) {
		return true, create(ctx, w, resource)
	}
	if err != nil {
		return false, err
	}
	adopt(resource, present)
	if err := prepare(ctx, w, resource); err != nil {
		return false, err
	}
	*present.Versions() = *resource.Versions()
	return false, sameState(resource, present)
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
