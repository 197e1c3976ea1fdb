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
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var start = time.Date(2026, time.March, 1, 9, 30, 0, 123456000, time.UTC)

// byHeader takes the authorization header for the tenant's name; none is the default tenant.
type byHeader struct{}

func (byHeader) Authenticate(_ context.Context, authorization string) (auth.Principal, error) {
	if authorization == "" {
		authorization = string(auth.DefaultTenant)
	}
	return auth.Principal{Tenant: auth.Tenant(authorization), Actor: "tester"}, nil
}

// house is a running service over a store of its own, with clients for both faces.
type house struct {
	t           *testing.T
	url         string
	clock       *clock.Fake
	connection  *grpc.ClientConn
	customers   customerrecurrencev1.CustomerServiceClient
	packages    customerrecurrencev1.PackageServiceClient
	recurrences customerrecurrencev1.RecurrenceServiceClient
	feed        changesv1.ChangeServiceClient
	vendor      dynamicsv1.RecurrenceServiceClient
	stop        func()
}

// onEachEngine runs a test once for every engine; newHouse serves the demo data from a fresh store of that engine.
func onEachEngine(t *testing.T, test func(t *testing.T, newHouse func(*testing.T) *house)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			test(t, func(t *testing.T) *house {
				return openHouse(t, databasetest.Migrated(t, engine, customerrecurrence.Migrations()))
			})
		})
	}
}

// openHouse serves the store at a URL, with the demo data where it is empty.
func openHouse(t *testing.T, url string) *house {
	t.Helper()
	h := &house{t: t, url: url, clock: clock.NewFake(start)}
	service, err := customerrecurrence.New(t.Context(), customerrecurrence.Config{
		DatabaseURL: url, Migrate: true, Demo: true, Auth: byHeader{}, Logger: slog.New(slog.DiscardHandler), Clock: h.clock,
	})
	if err != nil {
		t.Fatalf("opening the service: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	listener := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- service.Serve(ctx, listener) }()
	h.connection, err = grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	stopped := false
	h.stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := h.connection.Close(); err != nil {
			t.Errorf("closing the connection: %v", err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serving: %v", err)
		}
	}
	t.Cleanup(h.stop)
	h.customers = customerrecurrencev1.NewCustomerServiceClient(h.connection)
	h.packages = customerrecurrencev1.NewPackageServiceClient(h.connection)
	h.recurrences = customerrecurrencev1.NewRecurrenceServiceClient(h.connection)
	h.feed = changesv1.NewChangeServiceClient(h.connection)
	h.vendor = dynamicsv1.NewRecurrenceServiceClient(h.connection)
	return h
}

// in is the house for a subtest.
func (h *house) in(t *testing.T) *house {
	inside := *h
	inside.t = t
	return &inside
}

func as(ctx context.Context, tenant string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", tenant)
}

// rows is every row of the store, those of the change feed and of idempotency keys included, read past the service.
func (h *house) rows() (rows []string) {
	h.t.Helper()
	db, err := database.Open(h.t.Context(), h.url, customerrecurrence.Migrations())
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			h.t.Error(err)
		}
	}()
	err = db.Read(h.t.Context(), func(ctx context.Context, tx *database.Tx) error {
		for _, table := range []string{"customers", "packages", "recurrences", "recurrence_changes", "change_feed", "idempotency_keys"} {
			found, err := dump(ctx, tx, table)
			if err != nil {
				return err
			}
			rows = append(rows, found...)
		}
		return nil
	})
	if err != nil {
		h.t.Fatalf("reading the store: %v", err)
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

// refused checks that a call fails with a code, naming the fields, and leaves every row of the store as it was.
func (h *house) refused(code codes.Code, fields []string, call func() error) {
	h.t.Helper()
	before := h.rows()
	err := call()
	if status.Code(err) != code {
		h.t.Errorf("answered %v, want %v", err, code)
	}
	if named := violated(err); !slices.Equal(named, fields) {
		h.t.Errorf("names the fields %q, want %q", named, fields)
	}
	if after := h.rows(); !slices.Equal(before, after) {
		h.t.Errorf("a refused request changed the store:\n%q\nwas\n%q", after, before)
	}
}

// violated is the fields that an error names.
func violated(err error) (fields []string) {
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range bad.GetFieldViolations() {
				fields = append(fields, violation.GetField())
			}
		}
	}
	return fields
}

// reason is the stable reason that an error carries.
func reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func (h *house) recurrence(name string) *customerrecurrencev1.Recurrence {
	h.t.Helper()
	found, err := h.recurrences.GetRecurrence(h.t.Context(), &customerrecurrencev1.GetRecurrenceRequest{Name: name})
	if err != nil {
		h.t.Fatalf("getting %s: %v", name, err)
	}
	return found
}

func (h *house) changes(recurrence string) []*customerrecurrencev1.RecurrenceChange {
	h.t.Helper()
	found, err := h.recurrences.ListRecurrenceChanges(h.t.Context(), &customerrecurrencev1.ListRecurrenceChangesRequest{Parent: recurrence})
	if err != nil {
		h.t.Fatalf("listing changes of %s: %v", recurrence, err)
	}
	return found.GetRecurrenceChanges()
}

func TestReflectionListsBothFacesAndHealthServes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		stream, err := reflectionpb.NewServerReflectionClient(h.connection).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}); err != nil {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for _, service := range answer.GetListServicesResponse().GetService() {
			listed = append(listed, service.GetName())
		}
		for _, want := range []string{
			"dynamics.v1.RecurrenceService", "continuo.customerrecurrence.v1.CustomerService",
			"continuo.customerrecurrence.v1.PackageService", "continuo.customerrecurrence.v1.RecurrenceService",
			"continuo.changes.v1.ChangeService", "continuo.webhooks.v1.WebhookService", "continuo.transfer.v1.TransferService",
		} {
			if !slices.Contains(listed, want) {
				t.Errorf("reflection lists %v, without %s", listed, want)
			}
			state, err := healthpb.NewHealthClient(h.connection).Check(t.Context(), &healthpb.HealthCheckRequest{Service: want})
			if err != nil || state.GetStatus() != healthpb.HealthCheckResponse_SERVING {
				t.Errorf("health of %s: %v, %v", want, state, err)
			}
		}
	})
}
