package resource

import (
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// What a store answers where it cannot do as it was told; test with errors.Is.
var (
	ErrNotFound         = mutation.ErrNotFound
	ErrTaken            = mutation.ErrTaken
	ErrStale            = mutation.ErrStale
	ErrNumbersExhausted = mutation.ErrNumbersExhausted
)

// Explain turns what the store says of a resource into a fault that says it to the caller.
func Explain(err error, what string, key any) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return fault.Wrap(err, fault.NotFound, reason.NotFound, "there is no %s %v", what, key)
	case errors.Is(err, ErrTaken):
		return fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "the number or the code of %s %v is taken", what, key)
	case errors.Is(err, ErrStale):
		return fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "%s %v was changed at the same time; try again", what, key)
	case errors.Is(err, ErrNumbersExhausted):
		return fault.Wrap(err, fault.ResourceExhausted, reason.NumbersExhausted, "no number is left for a %s: give it one of your own", what)
	}
	return err
}

// CheckEtag refuses a change that was made for another state of a resource.
func CheckEtag(what string, key any, present Revision, etag string) error {
	if etag != "" && etag != present.Etag() {
		return fault.New(fault.Conflict, reason.EtagMismatch, "%s %v has changed since it was read; read it again", what, key)
	}
	return nil
}
