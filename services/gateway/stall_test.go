package gateway

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
)

// startFlood connects to a service that sends every stream without end. The channel receives a
// value when a stream ends.
func startFlood(t *testing.T) (*grpc.ClientConn, <-chan error) {
	t.Helper()
	ended := make(chan error, 1)
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		err := stream.RecvMsg(&emptypb.Empty{})
		for err == nil {
			err = stream.SendMsg(&changesv1.WatchChangesResponse{Token: strings.Repeat("t", 64<<10)})
		}
		ended <- err
		return err
	}))
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }() // ends with Stop
	connection, err := grpc.NewClient(listener.Addr().String(), append(DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = connection.Close()
		server.Stop()
	})
	return connection, ended
}

// watchFrom opens a stream of events on a raw connection.
func watchFrom(t *testing.T, origin string) net.Conn {
	t.Helper()
	var dialer net.Dialer
	caller, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caller.Close() })
	if _, err := fmt.Fprint(caller, "GET /recurring-billing/v1/changes:watch HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return caller
}

// TestStalledStreamIsEnded checks that a stream whose caller stops reading is ended, while a slow
// reader keeps its stream.
func TestStalledStreamIsEnded(t *testing.T) {
	connection, ended := startFlood(t)
	origin, _ := serve(t, Config{
		CustomerRecurrence: connection, Subscription: connection, RecurringBilling: connection, Logger: configFor(&recordingBackend{}).Logger,
		StallTimeout: 300 * time.Millisecond,
	})
	slow := watchFrom(t, origin)
	reading, stop := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer stop()
	for reading.Err() == nil {
		if _, err := io.CopyN(io.Discard, slow, 256<<10); err != nil {
			t.Fatalf("slow reader: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	select {
	case err := <-ended:
		t.Fatalf("slow reader: the stream ended: %v", err)
	default:
	}
	select { // now it reads no more
	case err := <-ended:
		if err == nil {
			t.Error("the stream ended without an error")
		}
	case <-time.After(10 * time.Second):
		t.Error("the stalled stream did not end")
	}
}
