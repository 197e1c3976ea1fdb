package transfer_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/freeport"
	platform "github.com/continuo-billing/continuo/services/platform/service"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
	"github.com/continuo-billing/continuo/services/subscription"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var engines = []database.Engine{database.SQLite, database.PostgreSQL}

func eachEngine(t *testing.T, test func(t *testing.T, engine database.Engine)) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) { test(t, engine) })
	}
}

var constructors = map[string]func(context.Context, platform.Config) (*platform.Service, error){
	transfer.CustomerRecurrence: customerrecurrence.New, transfer.Subscription: subscription.New, transfer.RecurringBilling: recurringbilling.New,
}

var migrations = map[string]fs.FS{
	transfer.CustomerRecurrence: customerrecurrence.Migrations(), transfer.Subscription: subscription.Migrations(),
	transfer.RecurringBilling: recurringbilling.Migrations(),
}

// emptyStore returns the URL of an empty store of a service.
func emptyStore(t testing.TB, engine database.Engine, service string) string {
	t.Helper()
	return databasetest.Migrated(t, engine, migrations[service])
}

// service is a service that listens on TCP.
type service struct {
	name, address, url string
	cancel             context.CancelFunc
	served             chan error
}

// startService starts a recurring-billing service.
func startService(t testing.TB, url string, demo bool) *service {
	t.Helper()
	return startServiceNamed(t, transfer.RecurringBilling, url, demo)
}

func startServiceNamed(t testing.TB, name, url string, demo bool) *service {
	t.Helper()
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	s := &service{name: name, address: address, url: url}
	s.start(t, demo)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *service) start(t testing.TB, demo bool) {
	t.Helper()
	running, err := constructors[s.name](context.Background(), platform.Config{
		DatabaseURL: s.url, SealingKeyFile: databasetest.KeyFile(t, s.url), Migrate: true, Demo: demo, Auth: auth.Off{}, Logger: slog.New(slog.DiscardHandler), Clock: clock.System{},
	})
	if err != nil {
		t.Fatalf("starting the service: %v", err)
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel, s.served = cancel, make(chan error, 1)
	go func() { s.served <- running.Serve(ctx, listener) }()
}

func (s *service) stop(t testing.TB) {
	t.Helper()
	s.cancel()
	if err := <-s.served; err != nil {
		t.Errorf("serving: %v", err)
	}
	s.served <- nil
}

// target returns the recurring-billing service at an address as a target.
func target(t testing.TB, address string) transfer.Target {
	t.Helper()
	return namedTarget(t, transfer.RecurringBilling, address)
}

func namedTarget(t testing.TB, service, address string) transfer.Target {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return transfer.Target{Service: service, Connection: connection}
}

// configure returns an import of a file into services.
func configure(t testing.TB, path string, to ...transfer.Target) transfer.Import {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return transfer.Import{From: file, Size: info.Size(), Targets: to, Rejects: path + ".rejects",
		Checkpoint: path + ".progress", Patience: 20 * time.Second, Retrying: func(string, error) {}}
}

// run runs an import and returns its progress.
func run(t testing.TB, config transfer.Import) (transfer.Progress, error) {
	t.Helper()
	importer, err := transfer.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	err = importer.Run(t.Context())
	return importer.Progress(), err
}

func export(t testing.TB, from ...transfer.Target) string {
	t.Helper()
	var text strings.Builder
	if err := transfer.Export(t.Context(), from, &text, func(int) {}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func write(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.ndjson")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	item   = `{"@type":"type.googleapis.com/continuo.recurringbilling.v1.Item","name":"items/RMR-MON","description":"Alarm monitoring"}`
	billTo = `{"@type":"type.googleapis.com/continuo.recurringbilling.v1.BillTo","name":"billTos/%[1]d","customerId":%[1]d,"displayName":"Harbour Street Bakery, shop %[1]d"}`
	line   = `{"@type":"type.googleapis.com/continuo.recurringbilling.v1.RecurringLine","name":"recurringLines/%d","customerId":%[2]d,"billTo":"billTos/%[2]d","item":"items/RMR-MON","billCycle":"BILL_CYCLE_MONTHLY","description":"Alarm monitoring","memo":"Moved in from the old system.","monthlyAmount":{"currencyCode":"USD","units":"29","nanos":950000000},"startDate":{"year":2024,"month":1,"day":31},"billDay":31,"nextCycleDate":{"year":2026,"month":12,"day":31},"lastCycleDate":{"year":2026,"month":11,"day":30}}`
)

const customers = 1000

// catalogue returns the lines that recurringLines refer to.
func catalogue() []string {
	lines := []string{item}
	for n := range customers {
		lines = append(lines, fmt.Sprintf(billTo, n+1))
	}
	return lines
}

// recurringLines returns count recurring lines, numbered consecutively.
func recurringLines(from, count int) []string {
	lines := make([]string, count)
	for n := range lines {
		lines[n] = fmt.Sprintf(line, from+n, n%customers+1)
	}
	return lines
}
