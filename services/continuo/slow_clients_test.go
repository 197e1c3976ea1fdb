package continuo_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
)

const (
	// closeLimit is the time within which a silent connection is closed. The servers' limit is 10
	// seconds.
	closeLimit = 18 * time.Second
	// maxMemory is the most memory in bytes that any process may use.
	maxMemory = 400 << 20
)

// TestSlowClients opens connections that send nothing, never complete a request, or never read the
// response. Other writers must not be delayed, memory must stay bounded, and silent connections
// must be closed.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	for _, f := range []form{forms[0], forms[3]} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			tr := newTraffic(t)
			drive(t, tr, in, time.Second) // gives much to read

			opened := time.Now()
			gateway := strings.TrimPrefix(in.http, "http://")
			var silent []net.Conn
			for _, address := range []string{gateway, in.customerRecurrence, in.subscription, in.recurringBilling} {
				silent = append(silent, open(t, address, 50, "")...)
			}
			silent = append(silent, open(t, gateway, 50, "PUT /api/customerrecurring/1 HTTP/1.1\r\nHost: x\r\nContent-Ty")...)
			open(t, gateway, 50, "PUT /api/customerrecurring/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
			open(t, gateway, 20, "GET /subscription/v1/changes?page_size=1000 HTTP/1.1\r\nHost: x\r\n\r\n")
			open(t, gateway, 20, "GET /recurring-billing/v1/changes:watch HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
			watchWithoutReading(t, in.recurringBilling, 20)

			from := len(tr.sentSoFar())
			drive(t, tr, in, 2*time.Second)
			for _, outcome := range tr.sentSoFar()[from:] {
				if !outcome.acknowledged() || outcome.took > promptLimit {
					t.Errorf("%s %s: got status %d after %v: %s", outcome.method, outcome.path, outcome.status, outcome.took, outcome.answer)
				}
			}
			for _, p := range in.processes {
				if memory := peakMemory(t, p); memory > maxMemory {
					t.Errorf("%s: got peak memory of %d MiB", p.command.Path, memory>>20)
				}
			}
			for _, connection := range silent {
				if err := connection.SetReadDeadline(opened.Add(closeLimit)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, connection); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("a silent connection to %s stayed open", connection.RemoteAddr())
				}
			}
			tr.check(t, in)
		})
	}
}

// drive runs clients that send changes for a while.
func drive(t *testing.T, tr *traffic, in *installation, span time.Duration) {
	t.Helper()
	stop := tr.startAcknowledged(t, in.http)
	time.Sleep(span)
	stop()
}

// open opens connections, sends a text on each, and leaves them open.
func open(t *testing.T, address string, connections int, say string) (opened []net.Conn) {
	t.Helper()
	for range connections {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() }) // may already be closed
		if _, err := io.WriteString(connection, say); err != nil {
			t.Fatal(err)
		}
		opened = append(opened, connection)
	}
	return opened
}

// watchWithoutReading opens streams of all changes over gRPC without reading them.
func watchWithoutReading(t *testing.T, address string, streams int) {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() }) // no longer used
	client := changesv1.NewChangeServiceClient(connection)
	for range streams {
		if _, err := client.WatchChanges(t.Context(), &changesv1.WatchChangesRequest{}); err != nil {
			t.Fatal(err)
		}
	}
}

// peakMemory returns the peak memory of a process in bytes.
func peakMemory(t *testing.T, p *process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatal("no VmHWM in the status of the process")
	return 0
}
