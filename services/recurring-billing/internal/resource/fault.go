package resource

import (
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Explain turns what the store says of a resource into a fault that says it to the caller. Of a key that is taken it says
// what resources here are told apart by, in the words that callers of Sedona's contract know.
func Explain(err error, what string, key any) error {
	if errors.Is(err, mutation.ErrTaken) {
		return fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "the number or the code of %s %v is taken", what, key)
	}
	return mutation.Explain(err, what, key)
}

// CheckEtag refuses a change that was made for another state of a resource.
func CheckEtag(what string, key any, present Revision, etag string) error {
	if etag != "" && etag != present.Etag() {
		return fault.EtagMismatch(what, key)
	}
	return nil
}
