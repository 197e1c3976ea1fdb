// Package imports describes the results of importing resources. It is plain Go, for package books
// of a service; package transfer serves the import over gRPC.
package imports

import (
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Outcome is the result of importing one resource.
type Outcome struct {
	// Created means that the resource was created. If false and Err is nil, the same resource
	// existed already.
	Created bool
	// Err is the fault for which the resource was rejected.
	Err error
}

// OutcomeOf returns the outcome of a resource whose import returned err. Errors that the resource
// did not cause, such as an unavailable store, are returned and end the whole batch.
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

// One imports one resource. present reads the existing resource with the same key and returns
// absent if there is none; create creates the resource. If the existing resource is not the same,
// the outcome has the fault of Differs.
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

// Each imports resources in order and returns an outcome for each. An error ends the batch.
func Each[R any](resources []R, one func(R) (Outcome, error)) (outcomes []Outcome, err error) {
	outcomes = make([]Outcome, len(resources))
	for i, resource := range resources {
		if outcomes[i], err = one(resource); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// Differs returns the fault for a resource whose key belongs to a different existing one.
func Differs(what string, key any) error {
	return fault.New(fault.AlreadyExists, reason.AlreadyExists, "there is another %s %v", what, key)
}
