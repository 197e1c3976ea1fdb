package rpc_test

import (
	"bytes"
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Calls of what a server does not have, of another message, and with options end as over a network.
func TestCallInProcessAnswersWhatItCannotDo(t *testing.T) {
	server, stop, _ := start(t, bufconn.Listen(1<<10), quiet(&bytes.Buffer{}, ready), func(_ context.Context, text string) (string, error) {
		if text == "panic" {
			panic(text)
		}
		return text, nil
	})
	defer stop()
	var trailer metadata.MD
	for _, c := range []struct {
		method  string
		text    string
		options []grpc.CallOption
		want    codes.Code
	}{
		{"/test.Echo/Call", "a", []grpc.CallOption{grpc.Trailer(&trailer), grpc.StaticMethod()}, codes.OK},
		{"/test.Echo/Call", "a", []grpc.CallOption{grpc.WaitForReady(true)}, codes.OK},
		{"/test.Echo/Call", "panic", nil, codes.Internal},
		{"/test.Echo/None", "a", nil, codes.Unimplemented},
		{"/test.None/Call", "a", nil, codes.Unimplemented},
	} {
		answer := &wrapperspb.StringValue{}
		err := server.InProcess().Invoke(asAnn(), c.method, wrapperspb.String(c.text), answer, c.options...)
		if status.Code(err) != c.want || err == nil && answer.GetValue() != c.text {
			t.Errorf("%s %q: got %q and %v, want %s", c.method, c.text, answer.GetValue(), err, c.want)
		}
	}
	if err := server.InProcess().Invoke(asAnn(), "/test.Echo/Call", wrapperspb.Bytes(nil), &wrapperspb.StringValue{}); err == nil {
		t.Error("a message of another type was accepted")
	}
}

// A call in the process starts no goroutines, also where its handler has a context of its own.
func BenchmarkCallInProcess(b *testing.B) {
	server, stop, _ := start(b, bufconn.Listen(1<<10), quiet(&bytes.Buffer{}, ready), func(ctx context.Context, text string) (string, error) {
		_, cancel := context.WithCancel(ctx)
		defer cancel()
		return text, nil
	})
	defer stop()
	ctx := asAnn()
	b.ReportAllocs()
	for b.Loop() {
		if err := server.InProcess().Invoke(ctx, "/test.Echo/Call", wrapperspb.String("x"), &wrapperspb.StringValue{}); err != nil {
			b.Fatal(err)
		}
	}
}
