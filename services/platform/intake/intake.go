// Package intake is the language in which the domains take in resources that lived elsewhere before: what became of each,
// and which failures are the resource's own. Package transfer brings them in over gRPC.
package intake

import (
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Outcome is what became of one resource.
type Outcome struct {
	// Created reports that the resource came to be; otherwise, without an error, it was there already, the same.
	Created bool
	// Err is why the resource was not taken: a fault of its own.
	Err error
}

// Judge is the outcome of a resource whose taking in ended with err. What is not a fault of the resource, such as a store
// that is away, is given back as an error: it ends the whole batch.
func Judge(created bool, err error) (Outcome, error) {
	known, ok := fault.As(err)
	switch {
	case err == nil:
		return Outcome{Created: created}, nil
	case !ok, known.Kind == fault.Internal, known.Kind == fault.Unavailable, known.Kind == fault.Unauthenticated:
		return Outcome{}, err
	}
	return Outcome{Err: err}, nil
}

// Take takes in one resource. present is the one of its key, and the domain's absent where there is none; what is there
// and not the same is an AlreadyExists fault that differs makes; create creates what is not there.
func Take[T any](present func() (T, error), absent error, same func(present T) bool, create func() error, what string, key any) (Outcome, error) {
	existing, err := present()
	if errors.Is(err, absent) {
		return Judge(true, create())
	}
	if err != nil {
		return Outcome{}, err
	}
	if !same(existing) {
		return Judge(false, Differs(what, key))
	}
	return Outcome{}, nil
}

// Differs is the fault of a resource whose key belongs to one that is not the same.
func Differs(what string, key any) error {
	return fault.New(fault.AlreadyExists, reason.AlreadyExists, "there is another %s %v", what, key)
}
