package api

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/continuo-billing/continuo/services/platform/fieldmask"
)

// ofRequest is a fault that names the fields of a request already: inResource leaves it as it is.
type ofRequest struct{ error }

// Unwrap is the fault.
func (e ofRequest) Unwrap() error { return e.error }

// merge is a resource as a message with what an update changes of it.
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

// revise makes of a resource what an update asks for: it is shown by message, merged with what was sent, and read back.
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

// asks reports whether an update asks for a field, be it for what is there: given reports that it was not sent empty.
func asks(mask *fieldmaskpb.FieldMask, field string, given bool) bool {
	paths := mask.GetPaths()
	return len(paths) == 0 && given || slices.Contains(paths, "*") || slices.Contains(paths, field)
}

// requestFault is the fault of a request in an error, if there is one.
func requestFault(err error) (error, bool) {
	var fault ofRequest
	ok := errors.As(err, &fault)
	return fault.error, ok
}
