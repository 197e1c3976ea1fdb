package api

import (
	"context"
	"reflect"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// updated is the message of a resource that can be updated.
type updated interface {
	aip.Named
	GetEtag() string
}

// update changes the fields that a mask names. The resource is validated as it is after the change.
func update[ID ~string, T any, M updated](
	ctx context.Context, k kind[ID, T, M], sent M, mask *fieldmaskpb.FieldMask,
	do func(ctx context.Context, id ID, etag string, revise func(*T) error, options ...mutation.Option) (T, error),
) (response M, err error) {
	if reflect.ValueOf(sent).IsNil() {
		return response, fault.Required(k.field)
	}
	id, err := resourcename.ID[ID](k.pattern, k.field+".name", sent.GetName())
	if err != nil {
		return response, err
	}
	revised, err := do(ctx, id, sent.GetEtag(), func(present *T) error {
		merged, err := fieldmask.Merge(k.message(*present), sent, mask)
		if err != nil {
			return err
		}
		if err := k.validate(merged, k.field+"."); err != nil {
			return err
		}
		var r reading
		k.read(&r, merged, present)
		return r.Err()
	})
	if err != nil {
		return response, err
	}
	return k.message(revised), nil
}
