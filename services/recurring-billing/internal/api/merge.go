package api

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/continuo-billing/continuo/services/platform/fieldmask"
)

// ofRequest marks a fault whose fields are already those of the request. inResource leaves it
// unchanged.
type ofRequest struct{ error }

// Unwrap returns the fault.
func (e ofRequest) Unwrap() error { return e.error }

// merge returns the message of a resource with the changes of an update.
func merge[R any, M proto.Message](present R, message func(R) (M, error), sent M, mask *fieldmaskpb.FieldMask) (merged M, err error) {
	shown, err := message(present)
	if err != nil {
		return merged, err
	}
	if merged, err = fieldmask.Merge(shown, sent, mask); err != nil {
		return merged, ofRequest{err}
	}
	return merged, nil
}

// revise returns a function that updates a resource: it converts it to a message, merges what was
// sent, and reads it back.
func revise[R any, M proto.Message](sent M, mask *fieldmaskpb.FieldMask, message func(R) (M, error), read func(*reader, M) R) func(*R) error {
	return func(resource *R) error {
		merged, err := merge(*resource, message, sent, mask)
		if err != nil {
			return err
		}
		var r reader
		*resource = read(&r, merged)
		return r.Err()
	}
}

// asks reports whether an update names a field, even with its present value. given tells whether
// the field was sent non-empty.
func asks(mask *fieldmaskpb.FieldMask, field string, given bool) bool {
	paths := mask.GetPaths()
	return len(paths) == 0 && given || slices.Contains(paths, "*") || slices.Contains(paths, field)
}

// requestFault returns the ofRequest fault in an error, if there is one.
func requestFault(err error) (error, bool) {
	var fault ofRequest
	ok := errors.As(err, &fault)
	return fault.error, ok
}
