package rpc

import (
	"context"
	"crypto/sha256"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// idempotencyKeyHeader is the HTTP header and, in lower case, the gRPC metadata key of a request's idempotency key. A
// request message may carry the key as its field request_id instead (AIP-155).
const idempotencyKeyHeader = "Idempotency-Key"

const requestIDField = "request_id"

const validateOnlyField = "validate_only"

// withValidateOnly is ctx of a request whose field validate_only (AIP-163) may ask for a validation.
func withValidateOnly(ctx context.Context, request any) context.Context {
	message, ok := request.(proto.Message)
	if !ok {
		return ctx
	}
	field := message.ProtoReflect().Descriptor().Fields().ByName(validateOnlyField)
	if field == nil || field.Kind() != protoreflect.BoolKind || !message.ProtoReflect().Get(field).Bool() {
		return ctx
	}
	return mutation.ValidateOnly(ctx)
}

// withIdempotencyKey is ctx with the key that the request came with, if any.
func withIdempotencyKey(ctx context.Context, method string, request any) (context.Context, error) {
	message, ok := request.(proto.Message)
	if !ok {
		return ctx, nil
	}
	key := first(ctx, "idempotency-key")
	if field := message.ProtoReflect().Descriptor().Fields().ByName(requestIDField); field != nil && field.Kind() == protoreflect.StringKind {
		inMessage := message.ProtoReflect().Get(field).String()
		if key != "" && inMessage != "" && key != inMessage {
			return ctx, fault.InvalidField(requestIDField, reason.Ambiguous, "differs from the %s header", idempotencyKeyHeader)
		}
		if inMessage != "" {
			key = inMessage
		}
	}
	if key == "" {
		return ctx, nil
	}
	if len(key) > mutation.LongestKey {
		return ctx, fault.InvalidField(requestIDField, reason.TooLong, "an idempotency key has at most %d bytes", mutation.LongestKey)
	}
	compared := proto.Clone(message)
	forgetSecrets(compared.ProtoReflect())
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(compared)
	if err != nil {
		return ctx, fmt.Errorf("hashing a request: %w", err)
	}
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%s\n%s\n", method, body) // a hash takes everything
	return mutation.WithKey(ctx, mutation.Key{Text: key, Hash: [sha256.Size]byte(hash.Sum(nil))}), nil
}

// forgetSecrets clears the fields marked debug_redact: a stored hash that covers a password would be fast to try passwords
// on, and a caller that has logged in anew repeats its request with another token.
func forgetSecrets(message protoreflect.Message) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		options, _ := field.Options().(*descriptorpb.FieldOptions)
		switch {
		case options.GetDebugRedact():
			message.Clear(field)
		case field.Message() == nil || field.IsMap():
		case field.IsList():
			for i := range value.List().Len() {
				forgetSecrets(value.List().Get(i).Message())
			}
		default:
			forgetSecrets(value.Message())
		}
		return true
	})
}
