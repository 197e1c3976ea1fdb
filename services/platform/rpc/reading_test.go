package rpc_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// reasonOf returns the reason of an answer, or "" if it is no error.
func reasonOf(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return status.Convert(err).Message()
}

// TestMessagesShareTheBytes checks that calls whose messages do not come, and messages that are large,
// stay within the budget of bytes.
func TestMessagesShareTheBytes(t *testing.T) {
	connection, _, _ := serveWith(t, rpc.Config{
		Logger: slog.New(slog.DiscardHandler), Authenticator: onlyAnn{}, Ready: ready,
		Admission: admission.Settings{Limits: admission.Limits{BodyBytes: 16 << 20}}, // room for two of the largest
	}, echo)
	ask := func(text string) string {
		return reasonOf(connection.Invoke(asAnn(), "/test.Echo/Call", wrapperspb.String(text), &wrapperspb.StringValue{}))
	}
	until := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			got := ask("hello")
			if got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	}
	if got := ask(strings.Repeat("a", 3<<20)); got != "RATE_LIMITED" {
		t.Errorf("a large message: got %q", got)
	}
	unfinished, end := context.WithCancel(asAnn())
	defer end()
	for range 2 {
		if _, err := connection.NewStream(unfinished, &grpc.StreamDesc{ClientStreams: true}, "/test.Echo/Call"); err != nil {
			t.Fatal(err)
		}
	}
	until("RATE_LIMITED")
	end()
	until("")
}
