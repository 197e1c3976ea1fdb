package rpc_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

type callerValue struct{}

// A handler gets the metadata of a caller in the process, not the values of its context, and the
// caller gets the headers.
func TestCallInProcessCarriesMetadataAlone(t *testing.T) {
	server, stop, _ := start(t, bufconn.Listen(1<<10), quiet(&bytes.Buffer{}, ready), func(ctx context.Context, _ string) (string, error) {
		if ctx.Value(callerValue{}) != nil {
			t.Error("the handler sees a value of the caller's context")
		}
		return telemetry.RequestID(ctx), nil
	})
	defer stop()
	ctx := context.WithValue(asAnn(), callerValue{}, true)
	var header metadata.MD
	var answer wrapperspb.StringValue
	err := server.InProcess().Invoke(metadata.AppendToOutgoingContext(ctx, telemetry.RequestIDHeader, "r-7"), "/test.Echo/Call", wrapperspb.String(""), &answer, grpc.Header(&header))
	if got := header.Get(telemetry.RequestIDHeader); err != nil || answer.GetValue() != "r-7" || len(got) != 1 || got[0] != "r-7" {
		t.Errorf("got %q with the headers %v and %v", answer.GetValue(), header, err)
	}
}

func TestCallInProcessEndsWithItsCaller(t *testing.T) {
	gone := make(chan struct{})
	server, stop, _ := start(t, bufconn.Listen(1<<10), quiet(&bytes.Buffer{}, ready), func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done()
		close(gone)
		return "", ctx.Err()
	})
	defer stop()
	ctx, cancel := context.WithTimeout(asAnn(), 20*time.Millisecond)
	defer cancel()
	if err := server.InProcess().Invoke(ctx, "/test.Echo/Call", wrapperspb.String(""), &wrapperspb.StringValue{}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v, want DeadlineExceeded", err)
	}
	<-gone
}

func TestCallInProcessIsRefusedOnceTheServerStops(t *testing.T) {
	server, stop, served := start(t, bufconn.Listen(1<<10), quiet(&bytes.Buffer{}, ready), func(context.Context, string) (string, error) { return "", nil })
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	err := server.InProcess().Invoke(asAnn(), "/test.Echo/Call", wrapperspb.String(""), &wrapperspb.StringValue{})
	if status.Code(err) != codes.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
}
