package mutation

import (
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// What a store answers where it cannot do as it was told; test with errors.Is.
var (
	// ErrNotFound says that the tenant has no such resource.
	ErrNotFound = errors.New("no such resource")
	// ErrTaken says that the tenant has a resource with this id or another of its keys.
	ErrTaken = errors.New("the id or another key is taken")
	// ErrStale says that the resource has changed since the version that was to be changed.
	ErrStale = errors.New("the resource has changed meanwhile")
	// ErrNumbersExhausted says that no number above the highest one is left.
	ErrNumbersExhausted = errors.New("no number is left")
)

// Explain turns what a store says of a resource into a fault that says it to the caller; faults and other errors pass as
// they are. what names the kind of resource and key the one: "item", "RMR-MON".
func Explain(err error, what string, key any) error {
	if _, isFault := fault.As(err); isFault {
		return err
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return fault.Missing(what, key).Because(err)
	case errors.Is(err, ErrTaken):
		return fault.Exists(what, key).Because(err)
	case errors.Is(err, ErrStale):
		return fault.Stale(what, key).Because(err)
	case errors.Is(err, ErrNumbersExhausted):
		return fault.Wrap(err, fault.ResourceExhausted, reason.NumbersExhausted, "no number is left for a %s: give it one of your own", what)
	}
	return err
}
