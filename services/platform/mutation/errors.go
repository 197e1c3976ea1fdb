package mutation

import (
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Errors that stores return; test with errors.Is.
var (
	// ErrNotFound means that the tenant has no such resource.
	ErrNotFound = errors.New("no such resource")
	// ErrTaken means that another resource of the tenant has the id or another unique key.
	ErrTaken = errors.New("the id or another key is taken")
	// ErrStale means that the resource has changed since it was read.
	ErrStale = errors.New("the resource has changed since it was read")
	// ErrNumbersExhausted means that the highest number is already in use.
	ErrNumbersExhausted = errors.New("no number is left")
)

// Explain turns an error of a store into a fault for the caller. It returns faults and unknown
// errors unchanged. what names the kind of resource and key identifies it: "item", "RMR-MON".
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
		return fault.Wrap(err, fault.ResourceExhausted, reason.NumbersExhausted, "no number is left for a %s; choose a free number and send it", what)
	}
	return err
}
