package rpc

import (
	"context"
	"maps"
	"net/netip"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// Keys of the metadata that calls read.
const (
	authorizationKey  = "authorization"
	idempotencyKeyKey = "idempotency-key"
)

// Keys of the metadata that say what call it is, and from where.
var (
	requestIDKey    = strings.ToLower(telemetry.RequestIDHeader)
	forwardedForKey = strings.ToLower(source.ForwardedFor)
)

// Sent is what a gateway sends with a call besides its message.
type Sent struct {
	// RequestID is the id of the request that the call is for.
	RequestID string
	// Source is the address that the request comes from, or not valid if it is not known.
	Source netip.Addr
	// Metadata is the rest, by keys in lower case. It may be nil.
	Metadata metadata.MD
}

// All returns all of it as metadata, for a service that is not in this process.
func (s Sent) All() metadata.MD {
	all := metadata.MD{requestIDKey: {s.RequestID}}
	if s.Source.IsValid() {
		all[forwardedForKey] = []string{s.Source.String()}
	}
	maps.Copy(all, s.Metadata)
	return all
}

// checkMetadata refuses metadata of which it is not clear what the caller means.
func checkMetadata(ctx context.Context) error {
	for _, key := range [...]string{authorizationKey, idempotencyKeyKey} {
		switch values := sentValues(ctx, key); {
		case len(values) == 0:
		case len(values) > 1:
			return fault.InvalidField(key, reason.Ambiguous, "is given more than once")
		case !utf8.ValidString(values[0]) || strings.ContainsRune(values[0], 0):
			return fault.InvalidField(key, reason.InvalidText, "must be valid UTF-8 without U+0000")
		case key == idempotencyKeyKey && values[0] == "":
			return fault.InvalidField(key, reason.Required, "must not be empty; without a key, leave it out")
		}
	}
	return nil
}

// sentValues returns what the metadata of a call has for a key, which must not be changed. It copies
// nothing if the caller is in this process.
func sentValues(ctx context.Context, key string) []string {
	if stream, ok := grpc.ServerTransportStreamFromContext(ctx).(*directStream); ok {
		return stream.sent.Metadata[key]
	}
	return metadata.ValueFromIncomingContext(ctx, key)
}

// first returns the first value of a key, or "".
func first(ctx context.Context, key string) string {
	if values := sentValues(ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}
