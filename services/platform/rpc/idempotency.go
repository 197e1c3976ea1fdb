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

// idempotencyKeyHeader is the HTTP header and, in lower case, the gRPC metadata key of the
// idempotency key. Requests may carry the key in the field request_id instead (AIP-155).
const idempotencyKeyHeader = "Idempotency-Key"

const requestIDField = "request_id"

const validateOnlyField = "validate_only"

// withValidateOnly returns a context for validation only if the request's field validate_only
// (AIP-163) is set.
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

// withIdempotencyKey returns a context with the idempotency key of the request, if any.
func withIdempotencyKey(ctx context.Context, method string, request any) (context.Context, error) {
	message, ok := request.(proto.Message)
	if !ok {
		return ctx, nil
	}
	key := first(ctx, idempotencyKeyKey)
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
	if len(key) > mutation.MaxKeyBytes {
		return ctx, fault.InvalidField(requestIDField, reason.TooLong, "an idempotency key must have at most %d bytes", mutation.MaxKeyBytes)
	}
	compared := proto.Clone(message)
	clearSecrets(compared.ProtoReflect())
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(compared)
	if err != nil {
		return ctx, fmt.Errorf("hashing a request: %w", err)
	}
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%s\n%s\n", method, body) // a hash never returns an error
	return mutation.WithKey(ctx, mutation.Key{Text: key, Hash: [sha256.Size]byte(hash.Sum(nil))}), nil
}

// clearSecrets clears the fields marked debug_redact. A stored hash that covers a password would
// allow guessing it, and a caller that repeats a request after a new login sends a different token.
func clearSecrets(message protoreflect.Message) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		options, _ := field.Options().(*descriptorpb.FieldOptions)
		switch {
		case options.GetDebugRedact():
			message.Clear(field)
		case field.Message() == nil || field.IsMap():
		case field.IsList():
			for i := range value.List().Len() {
				clearSecrets(value.List().Get(i).Message())
			}
		default:
			clearSecrets(value.Message())
		}
		return true
	})
}
