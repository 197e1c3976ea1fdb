package recurringbilling_test

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

// byName authenticates callers by taking the authorization header as the tenant's name.
type byName struct{}

func (byName) Authenticate(_ context.Context, authorization string) (auth.Principal, error) {
	return auth.Principal{Tenant: auth.Tenant(cmp.Or(authorization, string(auth.DefaultTenant))), Actor: "tester", Scopes: auth.AllScopes}, nil
}

// fixture is a running service with clients of its APIs.
type fixture struct {
	vendor.CustomerRecurringServiceClient
	vendorItems   vendor.ItemServiceClient
	vendorMasters vendor.MasterAccountServiceClient
	items         native.ItemServiceClient
	billTos       native.BillToServiceClient
	masters       native.MasterAccountServiceClient
	lines         native.RecurringLineServiceClient
	changes       changesv1.ChangeServiceClient
	transfers     transferv1.TransferServiceClient
	revenues      native.RevenueServiceClient
	runs          native.CycleRunServiceClient
	charges       native.ChargeServiceClient
	increases     native.RateIncreaseServiceClient
	invoices      native.InvoiceServiceClient
	schedules     native.BillingScheduleServiceClient
	creditNotes   native.CreditNoteServiceClient
	profiles      native.BillingProfileServiceClient
	conn          *grpc.ClientConn
	clock         *clock.Fake
	url           string
	stop          func()
}

var started = time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)

// open starts the service on a new store.
func open(t testing.TB, demo bool) *fixture {
	t.Helper()
	return openOn(t, databasetest.Migrated(t, database.SQLite, recurringbilling.Migrations()), demo)
}

func openOn(t testing.TB, url string, demo bool) *fixture {
	t.Helper()
	now := clock.NewFake(started)
	service, err := recurringbilling.New(context.Background(), recurringbilling.Config{
		DatabaseURL: url, SealingKeyFile: databasetest.KeyFile(t, url), Migrate: true, Demo: demo, Auth: byName{}, Logger: slog.New(slog.DiscardHandler), Clock: now,
	})
	if err != nil {
		t.Fatalf("starting the service: %v", err)
	}
	listener := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- service.Serve(ctx, listener) }()
	connection, err := grpc.NewClient("passthrough:fixture", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	f := &fixture{
		CustomerRecurringServiceClient: vendor.NewCustomerRecurringServiceClient(connection),
		vendorItems:                    vendor.NewItemServiceClient(connection),
		vendorMasters:                  vendor.NewMasterAccountServiceClient(connection),
		items:                          native.NewItemServiceClient(connection),
		billTos:                        native.NewBillToServiceClient(connection),
		masters:                        native.NewMasterAccountServiceClient(connection),
		lines:                          native.NewRecurringLineServiceClient(connection),
		changes:                        changesv1.NewChangeServiceClient(connection),
		transfers:                      transferv1.NewTransferServiceClient(connection),
		revenues:                       native.NewRevenueServiceClient(connection),
		runs:                           native.NewCycleRunServiceClient(connection),
		charges:                        native.NewChargeServiceClient(connection),
		increases:                      native.NewRateIncreaseServiceClient(connection),
		invoices:                       native.NewInvoiceServiceClient(connection),
		schedules:                      native.NewBillingScheduleServiceClient(connection),
		creditNotes:                    native.NewCreditNoteServiceClient(connection),
		profiles:                       native.NewBillingProfileServiceClient(connection),
		clock:                          now, url: url, conn: connection,
	}
	f.stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := connection.Close(); err != nil {
			t.Errorf("closing the connection: %v", err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serving: %v", err)
		}
	}
	t.Cleanup(f.stop)
	return f
}

// as returns a context with the credentials of a caller of the tenant.
func as(t testing.TB, tenant string) context.Context {
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", tenant)
}

// line reads a recurring line through the native API.
func (f *fixture) line(t testing.TB, name string) *native.RecurringLine {
	t.Helper()
	line, err := f.lines.GetRecurringLine(t.Context(), &native.GetRecurringLineRequest{Name: name})
	if err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	return line
}

// put updates a line through the vendor's API.
func (f *fixture) put(t testing.TB, id int32, body *vendor.CustomerRecurringUpdate) error {
	t.Helper()
	_, err := f.UpdateCustomerRecurring(t.Context(), &vendor.UpdateCustomerRecurringRequest{Id: id, CustomerRecurringUpdate: body})
	return err
}

// feed returns a tenant's whole change feed, read from the store once all entries are settled. On
// PostgreSQL, concurrent transactions of workers can hold back the latest entries for a moment.
func (f *fixture) feed(t testing.TB, tenant auth.Tenant) (entries []feed.Entry) {
	t.Helper()
	db := databasetest.Open(t, f.url, recurringbilling.Migrations())
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		written := 0
		err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
			if entries, err = feed.Read(ctx, tx, tenant, feed.Position{}, feed.Filter{}, 10_000); err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, `SELECT count(*) FROM change_feed WHERE tenant = $1`, string(tenant)).Scan(&written)
		})
		if err != nil {
			t.Fatalf("reading the change feed: %v", err)
		}
		if len(entries) == written {
			return entries
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d entries of the change feed are settled", len(entries), written)
		}
	}
}

// settled lists the change feed once all entries are settled.
func (f *fixture) settled(t testing.TB, request *changesv1.ListChangesRequest) *changesv1.ListChangesResponse {
	t.Helper()
	f.feed(t, auth.DefaultTenant)
	return must(f.changes.ListChanges(t.Context(), request))(t)
}

// unchanged fails the test if do changes the store of the default tenant.
func (f *fixture) unchanged(t *testing.T, do func()) {
	t.Helper()
	before, entries := f.everything(t), len(f.feed(t, auth.DefaultTenant))
	do()
	if after := f.everything(t); !slices.EqualFunc(before, after, proto.Equal) {
		t.Errorf("the store was changed (-before +after):\n%s", gocmp.Diff(before, after, protocmp.Transform()))
	}
	if got := len(f.feed(t, auth.DefaultTenant)); got != entries {
		t.Errorf("the change feed has %d entries, had %d", got, entries)
	}
}

// everything returns the catalogue and the lines of the default tenant.
func (f *fixture) everything(t *testing.T) []proto.Message {
	t.Helper()
	items, err := f.items.ListItems(t.Context(), &native.ListItemsRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	billTos, err := f.billTos.ListBillTos(t.Context(), &native.ListBillTosRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	masters, err := f.masters.ListMasterAccounts(t.Context(), &native.ListMasterAccountsRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := f.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return []proto.Message{items, billTos, masters, lines}
}

// faults returns the fields and reasons in an error, each as `field REASON`, sorted.
func faults(err error) []string {
	var found []string
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				found = append(found, v.GetField()+" "+v.GetReason())
			}
		}
	}
	slices.Sort(found)
	return found
}

// wantFaults fails the test unless err is INVALID_ARGUMENT with exactly these faults.
func wantFaults(t *testing.T, err error, want ...string) {
	t.Helper()
	if status.Code(err) != codes.InvalidArgument {
		t.Fatalf("got %v, want INVALID_ARGUMENT", err)
	}
	slices.Sort(want)
	if diff := gocmp.Diff(want, faults(err)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "%!") {
		t.Errorf("malformed text: %v", err)
	}
}

// must returns the response of a call, which has to succeed.
func must[M any](response M, err error) func(t testing.TB) M {
	return func(t testing.TB) M {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
}

// retire retires an item and a master account.
func (f *fixture) retire(t *testing.T, item, master string) {
	t.Helper()
	must(f.items.UpdateItem(t.Context(), &native.UpdateItemRequest{Item: &native.Item{Name: "items/" + item, Inactive: true}}))(t)
	must(f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
		MasterAccount: &native.MasterAccount{Name: "masterAccounts/" + master, Inactive: true}}))(t)
}

// onEachEngine runs a test with a new service on every engine.
func onEachEngine(t *testing.T, run func(t *testing.T, f *fixture)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			run(t, openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true))
		})
	}
}
