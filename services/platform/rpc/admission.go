package rpc

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// healthMethods begins the names of the methods of health checks, and of reflection.
const healthMethods = "/grpc."

// reflectionMethods begins the names of the methods that describe the API.
const reflectionMethods = healthMethods + "reflection."

// open reports whether everybody may call a method of the server itself.
func open(method string, privateDocs bool) bool {
	return strings.HasPrefix(method, healthMethods) && (!privateDocs || !strings.HasPrefix(method, reflectionMethods))
}

// received admits a call by its headers, before its message is read. grpc holds a lock of the
// connection meanwhile, so this must be quick: it refuses a missing credential and what is beyond the
// total, and leaves a credential for later.
func (c *calls) received(ctx context.Context, info *tap.Info) (context.Context, error) {
	if strings.HasPrefix(info.FullMethodName, healthMethods) {
		return ctx, nil
	}
	if len(info.Header.Get(authorizationKey)) == 0 && (c.exempt == nil || !c.exempt(info.FullMethodName)) {
		if _, err := c.authenticator.Authenticate(ctx, ""); err != nil {
			return ctx, c.refused(ctx, info, err)
		}
	}
	release, err := c.control.Receive()
	if err != nil {
		return ctx, c.refused(ctx, info, err)
	}
	context.AfterFunc(ctx, release) // the context ends with the call, also with one that no handler gets
	return ctx, nil
}

// refused measures and logs a call that ends before its message is read, and returns its status.
func (c *calls) refused(ctx context.Context, info *tap.Info, err error) error {
	ctx = metadata.NewIncomingContext(ctx, info.Header)
	ctx, direct := c.identified(ctx)
	answer := Status(err)
	c.measure(info.FullMethodName, answer.Code(), 0)
	c.log(ctx, info.FullMethodName, answer.Code(), 0, err, direct)
	return answer.Err()
}

// identified returns a context with the id of the request and the address that it comes from. direct reports
// whether the caller is the peer itself rather than someone for whom a gateway or a proxy asks.
func (c *calls) identified(ctx context.Context) (identified context.Context, direct bool) {
	if stream, ok := grpc.ServerTransportStreamFromContext(ctx).(*directStream); ok && stream.sent.RequestID != "" {
		return source.With(telemetry.WithRequestID(ctx, stream.sent.RequestID), stream.sent.Source), false
	}
	ctx = telemetry.WithRequestID(ctx, first(ctx, requestIDKey))
	var address = source.Of(nil)
	if from, ok := peer.FromContext(ctx); ok {
		address = source.Of(from.Addr)
	}
	forwarded := sentValues(ctx, forwardedForKey)
	direct = len(forwarded) == 0 || address.IsValid() && !c.proxies.Trust(address)
	return source.With(ctx, c.proxies.Caller(address, forwarded)), direct
}

// admit takes a place for a call of the caller in the context.
func (c *calls) admit(ctx context.Context, method string, streaming bool) (release func(), err error) {
	by := admission.Caller{Source: source.From(ctx)}
	if strings.HasPrefix(method, healthMethods) {
		return c.control.Probe(by)
	}
	if principal, err := auth.From(ctx); err == nil {
		by.Tenant, by.Key = string(principal.Tenant), principal.Key
	}
	if streaming {
		return c.control.Stream(by)
	}
	return c.control.Call(by)
}
