package client

import (
	"context"
	"crypto/rand"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// idempotencyKey is the metadata that makes a call safe to repeat.
const idempotencyKey = "idempotency-key"

// WithIdempotencyKey returns a context whose calls have this key. The same call with the same key has
// no second effect within 24 hours, also from another process. A connection of Dial gives every
// other call that may change something a random key.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, idempotencyKey, key)
}

// reads are the verbs with which methods that change nothing begin.
var reads = []string{"Get", "BatchGet", "List", "Search", "Sum", "Query", "Print", "Export", "Check"}

// withKey gives a call that may change something an idempotency key, unless it has one.
func withKey(ctx context.Context, method string, request, answer any, connection *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if mayChange(method) && !hasKey(ctx, request) {
		ctx = WithIdempotencyKey(ctx, rand.Text())
	}
	return invoke(ctx, method, request, answer, connection, options...)
}

func mayChange(method string) bool {
	name := method[strings.LastIndexByte(method, '/')+1:]
	for _, verb := range reads {
		if strings.HasPrefix(name, verb) {
			return false
		}
	}
	return true
}

// hasKey reports whether a call has a key, in its metadata or in its field request_id.
func hasKey(ctx context.Context, request any) bool {
	sent, _ := metadata.FromOutgoingContext(ctx)
	if len(sent.Get(idempotencyKey)) > 0 {
		return true
	}
	identified, ok := request.(interface{ GetRequestId() string })
	return ok && identified.GetRequestId() != ""
}
