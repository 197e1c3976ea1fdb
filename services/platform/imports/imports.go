// Package imports is what the domains say of the resources that they import: what became of each, and which failures are
// the resource's own. It is pure Go, for package books of a service; package transfer serves the import over gRPC.
package imports

import (
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Outcome is what became of one resource.
type Outcome struct {
	// Created reports that the resource was created; otherwise, without an error, it was there already, the same.
	Created bool
	// Err is why the resource was not imported: a fault of its own.
	Err error
}

// OutcomeOf is the outcome of a resource whose import ended with err. What is not a fault of the resource, such as a store
// that is away, is returned as an error: it ends the whole batch.
func OutcomeOf(created bool, err error) (Outcome, error) {
	known, ok := fault.As(err)
	switch {
	case err == nil:
		return Outcome{Created: created}, nil
	case !ok, known.Kind == fault.Internal, known.Kind == fault.Unavailable, known.Kind == fault.Unauthenticated:
		return Outcome{}, err
	}
	return Outcome{Err: err}, nil
}

// One imports one resource. present reads the one of its key, and returns the error absent where there is none; create
// creates what is not there. What is there and is not the same is the fault of Differs.
func One[T any](present func() (T, error), absent error, same func(present T) bool, create func() error, what string, key any) (Outcome, error) {
	existing, err := present()
	if errors.Is(err, absent) {
		return OutcomeOf(true, create())
	}
	if err != nil {
		return Outcome{}, err
	}
	if !same(existing) {
		return OutcomeOf(false, Differs(what, key))
	}
	return Outcome{}, nil
}

// Each imports resources one after the other: an outcome each. An error ends the batch.
func Each[R any](resources []R, one func(R) (Outcome, error)) (outcomes []Outcome, err error) {
	outcomes = make([]Outcome, len(resources))
	for i, resource := range resources {
		if outcomes[i], err = one(resource); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// Differs is the fault of a resource whose key belongs to one that is not the same.
func Differs(what string, key any) error {
	return fault.New(fault.AlreadyExists, reason.AlreadyExists, "there is another %s %v", what, key)
}
