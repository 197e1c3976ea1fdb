package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/authlog"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// calls handles the steps that all calls share: request id, log line, authentication, validation,
// and the conversion of faults to statuses.
type calls struct {
	draining      context.Context
	logger        *slog.Logger
	authenticator auth.Authenticator
	exempt        func(method string) bool
	control       *admission.Controller
	refusals      *telemetry.Tally
	proxies       source.Proxies
	attempts      *authlog.Log
	// service is the name of the service in scopes, and scopes are those that its methods need.
	service string
	scopes  map[string]auth.Scope
}

func (c *calls) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	return c.answered(ctx, info.FullMethod, func(ctx context.Context) (any, error) { return c.checked(ctx, request, info, handler) })
}

// answered runs one unary call.
func (c *calls) answered(ctx context.Context, method string, call func(context.Context) (any, error)) (response any, err error) {
	callLoad.Begin()
	defer callLoad.End()
	err = c.around(ctx, method, false, func(ctx context.Context) (err error) {
		response, err = call(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

// checked validates a request and calls its handler.
func (c *calls) checked(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := validate(request); err != nil {
		return nil, err
	}
	ctx, err := withIdempotencyKey(ctx, info.FullMethod, request)
	if err != nil {
		return nil, err
	}
	return handler(withValidateOnly(ctx, request), request)
}

func (c *calls) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	streamLoad.Begin()
	defer streamLoad.End()
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	defer context.AfterFunc(c.draining, func() { cancel(errDraining) })()
	return c.around(ctx, info.FullMethod, true, func(ctx context.Context) error {
		return handler(server, &checkedStream{ServerStream: stream, ctx: ctx, validate: validate})
	})
}

// errDraining ends streams when the server stops.
var errDraining = fault.New(fault.Unavailable, reason.Draining, "the server is stopping; resume on another server")

// around runs one call and converts its error to a status.
func (c *calls) around(ctx context.Context, method string, streaming bool, call func(context.Context) error) error {
	started := time.Now()
	ctx, direct := c.identified(ctx)
	if direct { // a gateway knows the id, which it made
		_ = grpc.SetHeader(ctx, metadata.MD{requestIDKey: {telemetry.RequestID(ctx)}}) // fails only once headers are sent
	}
	err := c.protect(func() error {
		if err := checkMetadata(ctx); err != nil {
			return err
		}
		if c.exempt == nil || !c.exempt(method) {
			credential := first(ctx, authorizationKey)
			principal, err := c.authenticator.Authenticate(ctx, credential)
			if err != nil {
				c.attempts.Refused(ctx, credential, err)
				return err
			}
			if err := c.permit(principal, method); err != nil {
				return err
			}
			ctx = auth.With(ctx, principal)
		}
		release, err := c.admit(ctx, method, streaming)
		if err != nil {
			return err
		}
		defer release()
		return call(ctx)
	})
	if err != nil && errors.Is(context.Cause(ctx), errDraining) {
		err = errDraining
	}
	answer, took := Status(err), time.Since(started)
	c.measure(method, answer.Code(), took)
	c.log(ctx, method, answer.Code(), took, err, direct)
	return answer.Err()
}

// protect turns a panic of a handler into an error.
func (c *calls) protect(call func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v\n%s", thrown, debug.Stack())
		}
	}()
	return call()
}

func validate(message any) error {
	request, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	return Validate(request)
}

// Validate checks a message against the rules in its descriptor and rejects texts that cannot be
// stored. It returns an Invalid fault with a violation for each field. All servers of a process share the compiled rules.
func Validate(message proto.Message) error {
	if err := checkWellFormed(message); err != nil {
		return err
	}
	if field := fieldWithNUL(message.ProtoReflect()); field != "" {
		return fault.InvalidField(field, reason.InvalidText, "must not contain the character U+0000")
	}
	err := protovalidate.Validate(message)
	if err == nil {
		return nil
	}
	var invalid *protovalidate.ValidationError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("validating a %s: %w", message.ProtoReflect().Descriptor().FullName(), err)
	}
	violations := make([]fault.Violation, len(invalid.Violations))
	for i, v := range invalid.Violations {
		violations[i] = fault.Violation{
			Field:       protovalidate.FieldPathString(v.Proto.GetField()),
			Reason:      reasonOf(v.Proto.GetRuleId()),
			Description: described(v),
		}
	}
	return fault.Fields(violations)
}

// log writes one line per call: at info if the caller asks directly, and at debug for a health check, or
// if a gateway has a line of its own for the request. Error texts are logged for our own errors only,
// since those of the caller may contain secrets. Calls beyond a limit, of which there can be any number,
// are counted instead.
func (c *calls) log(ctx context.Context, method string, code codes.Code, took time.Duration, err error, direct bool) {
	level, shown := slog.LevelDebug, false
	if direct && !strings.HasPrefix(method, healthMethods) {
		level = slog.LevelInfo
	}
	known, ok := fault.As(err)
	switch {
	case ok && admission.Sheds(known.Reason):
		c.refusals.Count(string(known.Reason))
		level = slog.LevelDebug
	case code == codes.Internal || code == codes.Unknown || code == codes.DataLoss:
		level, shown = slog.LevelError, true
	case code == codes.Unavailable:
		level, shown = slog.LevelWarn, true
	}
	if !c.logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("code", code.String()), slog.Duration("took", took),
		slog.String("source", source.From(ctx).String()),
	}
	if principal, err := auth.From(ctx); err == nil {
		attrs = append(attrs, slog.String("tenant", string(principal.Tenant)), slog.String("actor", principal.Actor))
	}
	if shown {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.logger.LogAttrs(ctx, level, "call", attrs...)
}

// checkedStream validates received messages and carries the context of the call.
type checkedStream struct {
	grpc.ServerStream
	ctx      context.Context
	validate func(any) error
}

func (s *checkedStream) Context() context.Context { return s.ctx }

func (s *checkedStream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	return validate(message)
}
