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

// byName takes the authorization header for the tenant's name, so that a test can speak for any.
type byName struct{}

func (byName) Authenticate(_ context.Context, authorization string) (auth.Principal, error) {
	return auth.Principal{Tenant: auth.Tenant(cmp.Or(authorization, string(auth.DefaultTenant))), Actor: "tester"}, nil
}

// door is a running service and its clients.
type door struct {
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
	invoices      native.InvoiceServiceClient
	schedules     native.BillingScheduleServiceClient
	creditNotes   native.CreditNoteServiceClient
	profiles      native.BillingProfileServiceClient
	clock         *clock.Fake
	url           string
	stop          func()
}

var started = time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)

// open starts the service on a store of its own.
func open(t testing.TB, demo bool) *door {
	t.Helper()
	return openOn(t, databasetest.Migrated(t, database.SQLite, recurringbilling.Migrations()), demo)
}

func openOn(t testing.TB, url string, demo bool) *door {
	t.Helper()
	now := clock.NewFake(started)
	service, err := recurringbilling.New(context.Background(), recurringbilling.Config{
		DatabaseURL: url, Migrate: true, Demo: demo, Auth: byName{}, Logger: slog.New(slog.DiscardHandler), Clock: now,
	})
	if err != nil {
		t.Fatalf("starting the service: %v", err)
	}
	listener := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- service.Serve(ctx, listener) }()
	connection, err := grpc.NewClient("passthrough:door", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	d := &door{
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
		invoices:                       native.NewInvoiceServiceClient(connection),
		schedules:                      native.NewBillingScheduleServiceClient(connection),
		creditNotes:                    native.NewCreditNoteServiceClient(connection),
		profiles:                       native.NewBillingProfileServiceClient(connection),
		clock:                          now, url: url,
	}
	d.stop = func() {
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
	t.Cleanup(d.stop)
	return d
}

// as is a context of a caller of a tenant.
func as(t testing.TB, tenant string) context.Context {
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", tenant)
}

// line is a recurring line as the native API shows it.
func (d *door) line(t testing.TB, name string) *native.RecurringLine {
	t.Helper()
	line, err := d.lines.GetRecurringLine(t.Context(), &native.GetRecurringLineRequest{Name: name})
	if err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	return line
}

// put sends the vendor's update of a line.
func (d *door) put(t testing.TB, id int32, body *vendor.CustomerRecurringUpdate) error {
	t.Helper()
	_, err := d.UpdateCustomerRecurring(t.Context(), &vendor.UpdateCustomerRecurringRequest{Id: id, CustomerRecurringUpdate: body})
	return err
}

// feed is a tenant's whole change feed, read from the store itself once all of it is settled: on PostgreSQL the transactions
// of workers that go on beside a test can hold the latest entries back for a moment.
func (d *door) feed(t testing.TB, tenant auth.Tenant) (entries []feed.Entry) {
	t.Helper()
	db := databasetest.Open(t, d.url, recurringbilling.Migrations())
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

// settled is what a caller lists of the change feed once all of it is settled.
func (d *door) settled(t testing.TB, request *changesv1.ListChangesRequest) *changesv1.ListChangesResponse {
	t.Helper()
	d.feed(t, auth.DefaultTenant)
	return must(d.changes.ListChanges(t.Context(), request))(t)
}

// unchanged fails the test if what do does leaves a trace in the store of the default tenant.
func (d *door) unchanged(t *testing.T, do func()) {
	t.Helper()
	before, entries := d.everything(t), len(d.feed(t, auth.DefaultTenant))
	do()
	if diff := gocmp.Diff(before, d.everything(t), protocmp.Transform()); diff != "" {
		t.Errorf("the store was changed (-before +after):\n%s", diff)
	}
	if got := len(d.feed(t, auth.DefaultTenant)); got != entries {
		t.Errorf("the change feed has %d entries, had %d", got, entries)
	}
}

// everything is all that the default tenant has.
func (d *door) everything(t *testing.T) []any {
	t.Helper()
	items, err := d.items.ListItems(t.Context(), &native.ListItemsRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	billTos, err := d.billTos.ListBillTos(t.Context(), &native.ListBillTosRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	masters, err := d.masters.ListMasterAccounts(t.Context(), &native.ListMasterAccountsRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := d.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return []any{items, billTos, masters, lines}
}

// faults are the fields and reasons that an error names, each as `field REASON`, sorted.
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

// refused fails the test unless err is an INVALID_ARGUMENT that names exactly these faults, each with an explanation.
func refused(t *testing.T, err error, want ...string) {
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

// must is the response of a call that has to succeed.
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
func (d *door) retire(t *testing.T, item, master string) {
	t.Helper()
	must(d.items.UpdateItem(t.Context(), &native.UpdateItemRequest{Item: &native.Item{Name: "items/" + item, Inactive: true}}))(t)
	must(d.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
		MasterAccount: &native.MasterAccount{Name: "masterAccounts/" + master, Inactive: true}}))(t)
}

// onEachEngine runs a test on a service of its own for every engine.
func onEachEngine(t *testing.T, run func(t *testing.T, d *door)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			run(t, openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true))
		})
	}
}
