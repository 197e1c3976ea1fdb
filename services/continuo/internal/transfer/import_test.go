package transfer_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/freeport"
)

func TestExportRoundTrip(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		all := func(demo bool) (targets []transfer.Target) {
			for _, name := range transfer.Names {
				targets = append(targets, namedTarget(t, name, startServiceNamed(t, name, emptyStore(t, engine, name), demo).address))
			}
			return targets
		}
		from := all(true)
		makeHistory(t, from[0])
		exported := export(t, from...)
		lines := int64(strings.Count(exported, "\n"))
		if lines == 0 {
			t.Fatal("the demo data has no resources")
		}
		path := write(t, strings.TrimSuffix(exported, "\n"))
		to := all(false)
		for _, want := range []transfer.Progress{{Created: lines}, {Unchanged: lines}} {
			want.Line, want.Offset = lines, int64(len(exported))
			got, err := run(t, configure(t, path, to...))
			if err != nil || got != want {
				t.Errorf("import: got %+v, want %+v, error %v, rejects %s", got, want, err, rejectsText(t, path))
			}
			if diff := cmp.Diff(exported, export(t, to...)); diff != "" {
				t.Errorf("second export (-first +second):\n%s", diff)
			}
		}
	})
}

// makeHistory changes a recurrence, so that there are changes to export, and enforces a package
// that would now reject the recurrence.
func makeHistory(t *testing.T, customers transfer.Target) {
	t.Helper()
	recurrences := customerrecurrencev1.NewRecurrenceServiceClient(customers.Connection)
	for _, price := range []*money.Money{{Units: 649, Nanos: 500_000_000}, {Units: 600, CurrencyCode: "MXN"}} {
		if _, err := recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{
				Name: "customers/C-1001/recurrences/R-5001", PackageId: "PKG-LATER", Price: price,
			},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := customerrecurrencev1.NewPackageServiceClient(customers.Connection).CreatePackage(t.Context(), &customerrecurrencev1.CreatePackageRequest{
		Package: &customerrecurrencev1.Package{DisplayName: "Later", ServiceIds: []string{"SVC-NONE"}, Enforced: true}, PackageId: "PKG-LATER",
	}); err != nil {
		t.Fatal(err)
	}
}

func rejectsText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path + ".rejects")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestExportExcludesSecrets(t *testing.T) {
	var targets []transfer.Target
	for _, name := range transfer.Names {
		targets = append(targets, namedTarget(t, name, startServiceNamed(t, name, emptyStore(t, database.SQLite, name), true).address))
	}
	text := strings.ToLower(export(t, targets...))
	if !strings.Contains(text, `"username":"demo"`) {
		t.Error("the demo user is not exported, so the test proves nothing")
	}
	for _, secret := range []string{"password", "hash", "token", "session", "secret", "68ae293767e642338983f52d879d56e7"} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("the export contains %q: %s", secret, text[max(0, at-100):min(len(text), at+100)])
		}
	}
}

func TestImportRejectsInvalidLinesAndImportsOthers(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		to := target(t, startService(t, emptyStore(t, engine, transfer.RecurringBilling), false).address)
		long := strings.Repeat("x", 8<<20)
		path := write(t,
			item,
			"",
			`{"@type":`,
			fmt.Sprintf(billTo, 1)+"\r",
			`{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}`,
			`{"@type":"type.googleapis.com/continuo.subscription.v1.Subscription","name":"subscriptions/S1"}`,
			`{"@type":"type.googleapis.com/continuo.recurringbilling.v1.Nothing"}`,
			`{"@type":"type.googleapis.com/continuo.recurringbilling.v1.Item","name":"items/B","colour":"red"}`,
			`{"@type":"type.googleapis.com/continuo.recurringbilling.v1.Item","name":"items/L","description":"`+long+`"}`,
			`[]`, `null`, `{}`, `"text"`, "\x00\xff",
			fmt.Sprintf(line, 1, 1),
			fmt.Sprintf(line, 2, 2),
			long+long,
			fmt.Sprintf(line, 3, 1),
		)
		progress, err := run(t, configure(t, path, to))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"3 MALFORMED_ROW", "5 UNKNOWN_RESOURCE", "6 OTHER_SERVICE", "7 MALFORMED_ROW", "8 MALFORMED_ROW", "9 TOO_LONG",
			"10 MALFORMED_ROW", "11 MALFORMED_ROW", "12 UNKNOWN_RESOURCE", "13 MALFORMED_ROW", "14 MALFORMED_ROW", "16 NOT_FOUND", "17 TOO_LONG"}
		if diff := cmp.Diff(want, readRejects(t, path)); diff != "" {
			t.Errorf("rejects (-want +got):\n%s", diff)
		}
		if progress.Line != 18 || progress.Created != 4 || progress.Rejected != int64(len(want)) {
			t.Errorf("%+v", progress)
		}
		if _, err := os.Stat(path + ".progress"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a complete import left its checkpoint: %v", err)
		}
		// A complete import replaces the previous rejects.
		if _, err := run(t, configure(t, write(t, item), to)); err != nil {
			t.Fatal(err)
		}
		config := configure(t, path, to)
		config.From = strings.NewReader(item)
		if _, err := run(t, config); err != nil || len(readRejects(t, path)) > 0 {
			t.Errorf("rejects after a complete import: got %v, error %v", readRejects(t, path), err)
		}
	})
}

// readRejects returns the line and reason of each reject, in order.
func readRejects(t *testing.T, path string) (list []string) {
	t.Helper()
	file, err := os.Open(path + ".rejects")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var all []transfer.Reject
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var reject transfer.Reject
		if err := json.Unmarshal(lines.Bytes(), &reject); err != nil || reject.Message == "" {
			t.Errorf("parsing the reject %s: %v", lines.Bytes(), err)
		}
		all = append(all, reject)
	}
	slices.SortStableFunc(all, func(a, b transfer.Reject) int { return int(a.Line - b.Line) })
	for _, reject := range all {
		list = append(list, fmt.Sprint(reject.Line, " ", reject.Reason))
	}
	return list
}

// fileWithInvalidLines returns a file in which every thousandth line is invalid, and the expected
// rejects.
func fileWithInvalidLines(t *testing.T, lines int) (path string, rejects []string) {
	t.Helper()
	all := append(catalogue(), recurringLines(1, lines)...)
	for n := 999; n < len(all); n += 1000 {
		all = slices.Insert(all, n, "nonsense")
		rejects = append(rejects, fmt.Sprint(n+1, " MALFORMED_ROW"))
	}
	return write(t, all...), rejects
}

func TestImportResumesAfterInterruption(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		const lines = 8_000
		path, rejects := fileWithInvalidLines(t, lines)
		to := target(t, startService(t, emptyStore(t, engine, transfer.RecurringBilling), false).address)
		config := configure(t, path, to)
		var cut transfer.Progress
		for cuts := int64(1); cuts <= 3; cuts++ {
			importer, err := transfer.Start(config)
			if err != nil {
				t.Fatal(err)
			}
			if begun := importer.Progress().Line; begun < cut.Line || cuts > 1 && begun == 0 {
				t.Errorf("resumed at line %d, want line %d", begun, cut.Line)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- importer.Run(ctx) }()
			for importer.Progress().Line < cuts*2000 {
				time.Sleep(time.Millisecond)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Fatalf("interrupted import: got error %v", err)
			}
			cut = importer.Progress()
			config = configure(t, path, to)
			config.Resume = true
		}
		progress, err := run(t, config)
		if err != nil || progress.Created+progress.Unchanged >= lines/2 {
			t.Errorf("last part: got %+v, error %v", progress, err)
		}
		if diff := cmp.Diff(rejects, readRejects(t, path)); diff != "" || progress.Rejected != int64(len(rejects)) {
			t.Errorf("rejects: got %d (-want +got):\n%s", progress.Rejected, diff)
		}
		if got := strings.Count(export(t, to), "\n"); got != lines+1+customers {
			t.Errorf("got %d resources, want %d", got, lines+1+customers)
		}
	})
}

func TestImportDoesNotResumeChangedFile(t *testing.T) {
	path := write(t, item)
	if err := os.WriteFile(path+".progress", []byte(`{"line":1,"offset":5,"size":5}`), 0o600); err != nil {
		t.Fatal(err)
	}
	config := configure(t, path, transfer.Target{Service: transfer.RecurringBilling})
	config.Resume = true
	if _, err := transfer.Start(config); err == nil || !strings.Contains(err.Error(), "without --resume") {
		t.Errorf("resuming a changed file: got error %v", err)
	}
}

func TestImportSurvivesServiceRestart(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		const lines = 8_000
		path, rejects := fileWithInvalidLines(t, lines)
		service := startService(t, emptyStore(t, engine, transfer.RecurringBilling), false)
		to := target(t, service.address)
		config := configure(t, path, to)
		retries := make(chan error, 1000)
		config.Retrying = func(_ string, err error) { retries <- err }
		importer, err := transfer.Start(config)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- importer.Run(t.Context()) }()
		for importer.Progress().Line < 2000 {
			time.Sleep(time.Millisecond)
		}
		service.stop(t)
		time.Sleep(300 * time.Millisecond)
		service.start(t, false)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(retries) == 0 {
			t.Error("the import did not notice the restart, so the test proves nothing")
		}
		if diff := cmp.Diff(rejects, readRejects(t, path)); diff != "" {
			t.Errorf("rejects (-want +got):\n%s", diff)
		}
		if got := strings.Count(export(t, to), "\n"); got != lines+1+customers {
			t.Errorf("got %d resources, want %d", got, lines+1+customers)
		}
	})
}

func TestImportFailsIfServiceStaysUnreachable(t *testing.T) {
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	config := configure(t, write(t, item), target(t, address))
	config.Patience = 300 * time.Millisecond
	if _, err := run(t, config); status.Code(err) != codes.Unavailable {
		t.Errorf("got error %v", err)
	}
	if _, err := os.Stat(config.Checkpoint); err != nil {
		t.Errorf("reading the checkpoint: %v", err)
	}
}

// blockingServer answers a batch when it receives from let.
type blockingServer struct {
	transferv1.UnimplementedTransferServiceServer
	let <-chan struct{}
}

func (s blockingServer) ImportResources(stream grpc.BidiStreamingServer[transferv1.ImportResourcesRequest, transferv1.ImportResourcesResponse]) error {
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		<-s.let
		rows := request.GetRows()
		if err := stream.Send(&transferv1.ImportResourcesResponse{LastLine: rows[len(rows)-1].GetLine(), Created: int64(len(rows))}); err != nil {
			return err
		}
	}
}

func TestImportMemoryIsBounded(t *testing.T) {
	let := make(chan struct{})
	server := grpc.NewServer()
	transferv1.RegisterTransferServiceServer(server, blockingServer{let: let})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }() // Stop ends it
	t.Cleanup(server.Stop)

	const lines, bound = 100_000, 12 << 20
	text := fmt.Appendf(nil, line+"\n", 1, 1)
	from, feed := io.Pipe()
	go func() {
		for range lines {
			if _, err := feed.Write(text); err != nil {
				return
			}
		}
		_ = feed.Close() // never fails
	}()
	importer, err := transfer.Start(transfer.Import{From: from, Targets: []transfer.Target{target(t, listener.Addr().String())},
		Rejects: filepath.Join(t.TempDir(), "rejects"), Patience: time.Minute, Retrying: func(string, error) {}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- importer.Run(t.Context()) }()
	before, highest := inUse(), uint64(0)
	for answered := 0; ; answered++ {
		select {
		case let <- struct{}{}:
			if answered%10 == 0 {
				highest = max(highest, inUse())
			}
			continue
		case err = <-ended:
		}
		break
	}
	if progress := importer.Progress(); err != nil || progress.Created != lines || progress.Line != lines {
		t.Errorf("got %+v, error %v", progress, err)
	}
	if whole := lines * len(text); highest > before+bound || whole < 2*bound {
		t.Errorf("got %d bytes of memory, %d before, for a file of %d bytes, want at most %d more", highest, before, whole, bound)
	}
}

// inUse returns how much memory is in use, without garbage.
func inUse() uint64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}
