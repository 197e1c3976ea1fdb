package customerrecurrence_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var start = time.Date(2026, time.March, 1, 9, 30, 0, 123456000, time.UTC)

// headerAuthenticator uses the authorization header as the tenant's name, and the default tenant
// without one.
type headerAuthenticator struct{}

func (headerAuthenticator) Authenticate(_ context.Context, authorization string) (auth.Principal, error) {
	if authorization == "" {
		authorization = string(auth.DefaultTenant)
	}
	return auth.Principal{Tenant: auth.Tenant(authorization), Actor: "tester", Scopes: auth.AllScopes}, nil
}

// fixture is a running service on its own store, with clients for both APIs.
type fixture struct {
	t           *testing.T
	url         string
	clock       *clock.Fake
	connection  *grpc.ClientConn
	customers   customerrecurrencev1.CustomerServiceClient
	packages    customerrecurrencev1.PackageServiceClient
	catalogue   customerrecurrencev1.ServiceServiceClient
	recurrences customerrecurrencev1.RecurrenceServiceClient
	changing    customerrecurrencev1.RecurrenceChangeServiceClient
	usage       customerrecurrencev1.UsageServiceClient
	settings    customerrecurrencev1.RecurrenceSettingsServiceClient
	feed        changesv1.ChangeServiceClient
	vendor      dynamicsv1.RecurrenceServiceClient
	// vendorCustomers is the vendor's client of customers.
	vendorCustomers dynamicsv1.CustomerServiceClient
	grantors        dynamicsv1.GrantorServiceClient
	stop            func()
	// due does what is due, once doDue has opened the store for it.
	due func() error
}

// onEachEngine runs a test on each engine. newFixture serves the demo data from a new store of that
// engine.
func onEachEngine(t *testing.T, test func(t *testing.T, newFixture func(*testing.T) *fixture)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			test(t, func(t *testing.T) *fixture {
				return startFixture(t, databasetest.Migrated(t, engine, customerrecurrence.Migrations()))
			})
		})
	}
}

// startFixture serves the store at a URL, with the demo data if it is empty.
func startFixture(t *testing.T, url string) *fixture {
	t.Helper()
	return startFixtureAt(t, url, clock.NewFake(start))
}

// startFixtureAt serves the store at a URL by a clock.
func startFixtureAt(t *testing.T, url string, at *clock.Fake) *fixture {
	t.Helper()
	f := &fixture{t: t, url: url, clock: at}
	service, err := customerrecurrence.New(t.Context(), customerrecurrence.Config{
		DatabaseURL: url, SealingKeyFile: databasetest.KeyFile(t, url), Migrate: true, Demo: true, Auth: headerAuthenticator{}, Logger: slog.New(slog.DiscardHandler), Clock: f.clock,
	})
	if err != nil {
		t.Fatalf("opening the service: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	listener := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- service.Serve(ctx, listener) }()
	f.connection, err = grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	stopped := false
	f.stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := f.connection.Close(); err != nil {
			t.Errorf("closing the connection: %v", err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serving: %v", err)
		}
	}
	t.Cleanup(f.stop)
	f.customers = customerrecurrencev1.NewCustomerServiceClient(f.connection)
	f.packages = customerrecurrencev1.NewPackageServiceClient(f.connection)
	f.catalogue = customerrecurrencev1.NewServiceServiceClient(f.connection)
	f.recurrences = customerrecurrencev1.NewRecurrenceServiceClient(f.connection)
	f.changing = customerrecurrencev1.NewRecurrenceChangeServiceClient(f.connection)
	f.usage = customerrecurrencev1.NewUsageServiceClient(f.connection)
	f.settings = customerrecurrencev1.NewRecurrenceSettingsServiceClient(f.connection)
	f.feed = changesv1.NewChangeServiceClient(f.connection)
	f.vendorCustomers = dynamicsv1.NewCustomerServiceClient(f.connection)
	f.grantors = dynamicsv1.NewGrantorServiceClient(f.connection)
	f.vendor = dynamicsv1.NewRecurrenceServiceClient(f.connection)
	return f
}

// doDue does what is due by the fixture's clock, as the service's worker does now and then.
func (f *fixture) doDue() {
	f.t.Helper()
	if f.due == nil {
		db, err := database.Open(f.t.Context(), f.url, customerrecurrence.Migrations())
		if err != nil {
			f.t.Fatal(err)
		}
		f.t.Cleanup(func() {
			if err := db.Close(); err != nil {
				f.t.Error(err)
			}
		})
		service := recurrence.New(store.New(db, api.Message).Recurrences, f.clock, nil)
		f.due = func() error { return service.DoDue(f.t.Context(), store.NewAgenda(db)) }
	}
	if err := f.due(); err != nil {
		f.t.Fatal(err)
	}
}

// in returns the fixture for a subtest.
func (f *fixture) in(t *testing.T) *fixture {
	sub := *f
	sub.t = t
	return &sub
}

func asTenant(ctx context.Context, tenant string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", tenant)
}

// rows returns every row of the store, including change feed and idempotency keys, read directly
// from the database.
func (f *fixture) rows() (rows []string) {
	f.t.Helper()
	db, err := database.Open(f.t.Context(), f.url, customerrecurrence.Migrations())
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			f.t.Error(err)
		}
	}()
	err = db.Read(f.t.Context(), func(ctx context.Context, tx *database.Tx) error {
		for _, table := range []string{"customers", "packages", "recurrences", "recurrence_changes", "recurrence_settings", "scheduled_changes", "services", "usage_totals", "usage_events", "usage_alerts", "change_feed", "idempotency_keys"} {
			found, err := dump(ctx, tx, table)
			if err != nil {
				return err
			}
			rows = append(rows, found...)
		}
		return nil
	})
	if err != nil {
		f.t.Fatalf("reading the store: %v", err)
	}
	return rows
}

func dump(ctx context.Context, tx *database.Tx, table string) (lines []string, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprint(table, values))
	}
	return lines, rows.Err()
}

// expectRejected checks that a call fails with a code and these violated fields, and that it leaves
// every row unchanged.
func (f *fixture) expectRejected(code codes.Code, fields []string, call func() error) {
	f.t.Helper()
	before := f.rows()
	err := call()
	if status.Code(err) != code {
		f.t.Errorf("got error %v, want %v", err, code)
	}
	if named := violatedFields(err); !slices.Equal(named, fields) {
		f.t.Errorf("got violated fields %q, want %q", named, fields)
	}
	if after := f.rows(); !slices.Equal(before, after) {
		f.t.Errorf("a rejected request changed the store:\ngot %q\nwant %q", after, before)
	}
}

// violatedFields returns the fields of an error's violations.
func violatedFields(err error) (fields []string) {
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range bad.GetFieldViolations() {
				fields = append(fields, violation.GetField())
			}
		}
	}
	return fields
}

// reason returns the reason of an error.
func reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func (f *fixture) recurrence(name string) *customerrecurrencev1.Recurrence {
	f.t.Helper()
	found, err := f.recurrences.GetRecurrence(f.t.Context(), &customerrecurrencev1.GetRecurrenceRequest{Name: name})
	if err != nil {
		f.t.Fatalf("getting %s: %v", name, err)
	}
	return found
}

func (f *fixture) changes(recurrence string) []*customerrecurrencev1.RecurrenceChange {
	f.t.Helper()
	found, err := f.recurrences.ListRecurrenceChanges(f.t.Context(), &customerrecurrencev1.ListRecurrenceChangesRequest{Parent: recurrence})
	if err != nil {
		f.t.Fatalf("listing changes of %s: %v", recurrence, err)
	}
	return found.GetRecurrenceChanges()
}

func TestServerServesReflectionAndHealth(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		stream, err := reflectionpb.NewServerReflectionClient(f.connection).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}); err != nil {
			t.Fatal(err)
		}
		response, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for _, service := range response.GetListServicesResponse().GetService() {
			listed = append(listed, service.GetName())
		}
		for _, want := range []string{
			"dynamics.v1.RecurrenceService", "continuo.customerrecurrence.v1.CustomerService",
			"continuo.customerrecurrence.v1.PackageService", "continuo.customerrecurrence.v1.RecurrenceService",
			"continuo.changes.v1.ChangeService", "continuo.webhooks.v1.WebhookService", "continuo.transfer.v1.TransferService",
		} {
			if !slices.Contains(listed, want) {
				t.Errorf("reflection: got services %v, want %s among them", listed, want)
			}
			state, err := healthpb.NewHealthClient(f.connection).Check(t.Context(), &healthpb.HealthCheckRequest{Service: want})
			if err != nil || state.GetStatus() != healthpb.HealthCheckResponse_SERVING {
				t.Errorf("health of %s: got %v, error %v", want, state, err)
			}
		}
	})
}

// sqliteURL returns the URL of a new migrated SQLite store.
func sqliteURL(t *testing.T) string {
	t.Helper()
	return databasetest.Migrated(t, database.SQLite, customerrecurrence.Migrations())
}

// newClock returns a clock that stands at the beginning of a day in UTC.
func newClock(year int, month time.Month, day int) *clock.Fake {
	return clock.NewFake(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}
