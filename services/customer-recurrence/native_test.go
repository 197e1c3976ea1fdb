package customerrecurrence_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

func TestValidateOnlyReturnsResourceAndStoresNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		before := f.rows()
		customer, err1 := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), CustomerId: "C-3", ValidateOnly: true})
		pack, err2 := f.packages.CreatePackage(t.Context(), &customerrecurrencev1.CreatePackageRequest{Package: &customerrecurrencev1.Package{}, PackageId: "P-3", ValidateOnly: true})
		recurrence, err3 := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: demoCustomer, RecurrenceId: "R-3", ValidateOnly: true,
			Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "")},
		})
		for _, err := range []error{err1, err2, err3} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if customer.GetName() != "customers/C-3" || pack.GetName() != "packages/P-3" || recurrence.GetName() != demoCustomer+"/recurrences/R-3" {
			t.Errorf("got %v, %v, %v", customer, pack, recurrence)
		}
		if diff := cmp.Diff(before, f.rows()); diff != "" {
			t.Errorf("the store changed (-before +after):\n%s", diff)
		}
		f.expectRejected(codes.AlreadyExists, nil, func() error {
			_, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), CustomerId: "C-1001", ValidateOnly: true})
			return err
		})
	})
}

func TestCreatePackage(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wanted := &customerrecurrencev1.Package{DisplayName: "Mío", ServiceIds: []string{"z", "a"}, Enforced: true}
		if _, err := f.packages.CreatePackage(t.Context(), &customerrecurrencev1.CreatePackageRequest{Package: wanted, PackageId: "P-1"}); err != nil {
			t.Fatal(err)
		}
		got, err := f.packages.GetPackage(t.Context(), &customerrecurrencev1.GetPackageRequest{Name: "packages/P-1"})
		if err != nil {
			t.Fatal(err)
		}
		want := proto.CloneOf(wanted)
		want.Name, want.Etag, want.CreateTime, want.UpdateTime = "packages/P-1", `"1"`, timestamppb.New(start), timestamppb.New(start)
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("package (-want +got):\n%s", diff)
		}
		for _, test := range []struct {
			name   string
			id     string
			pack   *customerrecurrencev1.Package
			code   codes.Code
			fields []string
		}{
			{"taken id", "P-1", &customerrecurrencev1.Package{}, codes.AlreadyExists, nil},
			{"no package", "P-2", nil, codes.InvalidArgument, []string{"package"}},
			{"repeated service", "P-2", &customerrecurrencev1.Package{ServiceIds: []string{"a", "a"}}, codes.InvalidArgument, []string{"package.service_ids"}},
			{"blank service", "P-2", &customerrecurrencev1.Package{ServiceIds: []string{"a", " "}}, codes.InvalidArgument, []string{"package.service_ids[1]"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				f.expectRejected(test.code, test.fields, func() error {
					_, err := f.packages.CreatePackage(t.Context(), &customerrecurrencev1.CreatePackageRequest{Package: test.pack, PackageId: test.id})
					return err
				})
			})
		}
	})
}

func TestGetRecurrenceReturnsCreatedRecurrence(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wanted := &customerrecurrencev1.Recurrence{
			PackageId: "catálogo ajeno", DisplayName: "Cada mes", Price: amount("1234.5600000", "USD"),
			Services: []*customerrecurrencev1.ContractedService{{ServiceId: "b", TransactionLimit: 7, Value: "v", ExternalServiceId: "x"}, {ServiceId: "a"}},
		}
		if _, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: demoCustomer, Recurrence: wanted, RecurrenceId: "R-1",
		}); err != nil {
			t.Fatal(err)
		}
		want := proto.CloneOf(wanted)
		want.Name, want.Etag = demoCustomer+"/recurrences/R-1", `"1"`
		want.CreateTime, want.UpdateTime = timestamppb.New(start), timestamppb.New(start)
		want.State, want.Cycle, want.StartDate = customerrecurrencev1.RecurrenceState_RECURRENCE_STATE_ACTIVE, 1, day(2026, 3, 1)
		if diff := cmp.Diff(want, f.recurrence(want.GetName()), protocmp.Transform()); diff != "" {
			t.Errorf("recurrence (-want +got):\n%s", diff)
		}
	})
}

// Ids may contain everything that the vendor's path can contain.
func TestIDsMayContainAnyPathCharacter(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		id := "ñandú #7 %2F " + strings.Repeat("x", 40)
		customer, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), CustomerId: id})
		if err != nil || customer.GetName() != "customers/"+id || customer.GetCustomerCode() != "" {
			t.Fatalf("got %v (%v)", customer, err)
		}
		if _, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: customer.GetName(), RecurrenceId: "R 1", Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "")},
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.put(t.Context(), id, "R 1", &dynamicsv1.Recurrence{Name: proto.String("n")}); err != nil {
			t.Errorf("the vendor's update: %v", err)
		}
	})
}

func TestValidateOnlyUpdateChangesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		before := f.rows()
		returned, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: demoRecurrence, DisplayName: "another"}, ValidateOnly: true, RequestId: "k",
		})
		if err != nil || returned.GetDisplayName() != "another" || returned.GetEtag() != `"2"` {
			t.Errorf("got %v (%v)", returned, err)
		}
		if diff := cmp.Diff(before, f.rows()); diff != "" {
			t.Errorf("the store changed (-before +after):\n%s", diff)
		}
	})
}

func TestCreateRecurrenceRejectsInvalidRequests(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		type recurrence = customerrecurrencev1.Recurrence
		for _, test := range []struct {
			name       string
			parent, id string
			wanted     *recurrence
			code       codes.Code
			fields     []string
		}{
			{"unknown customer", "customers/C-9", "R-1", &recurrence{PackageId: "P", Price: amount("1", "")}, codes.NotFound, nil},
			{"taken id", demoCustomer, "R-5001", &recurrence{PackageId: "P", Price: amount("1", "")}, codes.AlreadyExists, nil},
			{"invalid parent", "people/1", "R-1", &recurrence{PackageId: "P", Price: amount("1", "")}, codes.InvalidArgument, []string{"parent"}},
			{"no package", demoCustomer, "R-1", &recurrence{Price: amount("1", "")}, codes.InvalidArgument, []string{"recurrence.package_id"}},
			{"no price", demoCustomer, "R-1", &recurrence{PackageId: "P"}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"negative price", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: amount("-1", "")}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"price with two signs", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: &money.Money{Units: 1, Nanos: -1}}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"price of seven decimals", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: amount("1.0000001", "")}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"price of too many digits", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: &money.Money{Units: math.MaxInt64, Nanos: 1}}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"price in a currency that is not a code", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: amount("1", "pesos")}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"price in an unknown currency", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: amount("1", "ABC")}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"negative limit", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: amount("1", ""), Services: []*customerrecurrencev1.ContractedService{{ServiceId: "a", TransactionLimit: -1}}}, codes.InvalidArgument, []string{"recurrence.services[0].transaction_limit"}},
			{"repeated service", demoCustomer, "R-1", &recurrence{PackageId: "P", Price: amount("1", ""), Services: []*customerrecurrencev1.ContractedService{{ServiceId: "a"}, {ServiceId: "a"}}}, codes.InvalidArgument, []string{"recurrence.services[1].service_id"}},
			{"service outside an enforced package", demoCustomer, "R-1", &recurrence{PackageId: "PKG-CLOSED", Price: amount("1", ""), Services: []*customerrecurrencev1.ContractedService{{ServiceId: "a"}}}, codes.InvalidArgument, []string{"recurrence.services[0].service_id"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := f.in(t)
				f.expectRejected(test.code, test.fields, func() error {
					_, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{Parent: test.parent, Recurrence: test.wanted, RecurrenceId: test.id})
					return err
				})
			})
		}
	})
}

func TestUpdateRecurrenceAppliesMask(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		type recurrence = customerrecurrencev1.Recurrence
		everything := func() *recurrence {
			return &recurrence{PackageId: "P", DisplayName: "N", Price: amount("1.50", ""), Services: []*customerrecurrencev1.ContractedService{{ServiceId: "SVC-CFDI"}}}
		}
		for _, test := range []struct {
			name   string
			wanted *recurrence
			mask   []string
			want   func(r, wanted *recurrence)
		}{
			{"no mask updates the fields that are set", &recurrence{Price: amount("1.50", "MXN")}, nil, func(r, w *recurrence) { r.Price = w.Price }},
			{"a single path", everything(), []string{"display_name"}, func(r, w *recurrence) { r.DisplayName = w.DisplayName }},
			{"an empty field in the mask is cleared", &recurrence{}, []string{"display_name", "services"}, func(r, _ *recurrence) { r.DisplayName, r.Services = "", nil }},
			{"services are replaced as a whole", everything(), []string{"services"}, func(r, w *recurrence) { r.Services = w.Services }},
			{"* updates all fields", everything(), []string{"*"}, func(r, w *recurrence) {
				r.PackageId, r.DisplayName, r.Price, r.Services, r.StartDate = w.PackageId, w.DisplayName, w.Price, w.Services, nil
			}},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := newFixture(t)
				want := f.recurrence(demoRecurrence)
				test.wanted.Name, test.wanted.Etag = demoRecurrence, want.GetEtag()
				f.clock.Advance(time.Second)
				returned, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
					Recurrence: test.wanted, UpdateMask: &fieldmaskpb.FieldMask{Paths: test.mask},
				})
				if err != nil {
					t.Fatal(err)
				}
				test.want(want, test.wanted)
				want.Etag, want.UpdateTime = `"2"`, timestamppb.New(start.Add(time.Second))
				for what, got := range map[string]*recurrence{"returned": returned, "stored": f.recurrence(demoRecurrence)} {
					if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.SortRepeatedFields(&recurrence{})); diff != "" {
						t.Errorf("%s (-want +got):\n%s", what, diff)
					}
				}
			})
		}
	})
}

func TestUpdateRecurrenceRejectsInvalidRequests(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		type recurrence = customerrecurrencev1.Recurrence
		for _, test := range []struct {
			name   string
			wanted *recurrence
			mask   []string
			code   codes.Code
			fields []string
		}{
			{"stale etag", &recurrence{Name: demoRecurrence, Etag: `"9"`, Price: amount("1", "")}, nil, codes.Aborted, nil},
			{"unknown recurrence", &recurrence{Name: demoCustomer + "/recurrences/R-9", Price: amount("1", "")}, nil, codes.NotFound, nil},
			{"no name", &recurrence{Price: amount("1", "")}, nil, codes.InvalidArgument, []string{"recurrence.name"}},
			{"nothing to change", &recurrence{Name: demoRecurrence}, nil, codes.InvalidArgument, []string{"recurrence"}},
			{"unknown path", &recurrence{Name: demoRecurrence, Price: amount("1", "")}, []string{"price", "colour"}, codes.InvalidArgument, []string{"update_mask"}},
			{"price in the mask but not set", &recurrence{Name: demoRecurrence}, []string{"price"}, codes.InvalidArgument, []string{"recurrence.price"}},
			{"package in the mask but not set", &recurrence{Name: demoRecurrence}, []string{"package_id"}, codes.InvalidArgument, []string{"recurrence.package_id"}},
			{"negative price", &recurrence{Name: demoRecurrence, Price: amount("-1", "")}, nil, codes.InvalidArgument, []string{"recurrence.price"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				f := f.in(t)
				f.expectRejected(test.code, test.fields, func() error {
					_, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
						Recurrence: test.wanted, UpdateMask: &fieldmaskpb.FieldMask{Paths: test.mask},
					})
					return err
				})
			})
		}
	})
}

func TestConcurrentUpdatesWithOneEtagAllowOne(t *testing.T) {
	const callers, rounds = 6, 4
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		for round := range rounds {
			etag := f.recurrence(demoRecurrence).GetEtag()
			outcomes := make([]string, callers)
			var group errgroup.Group
			for caller := range callers {
				group.Go(func() error {
					_, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
						Recurrence: &customerrecurrencev1.Recurrence{Name: demoRecurrence, Etag: etag, DisplayName: fmt.Sprintf("round %d, caller %d", round, caller)},
					})
					outcomes[caller] = status.Code(err).String() + " " + reason(err)
					return nil
				})
			}
			_ = group.Wait()
			made := 0
			for _, outcome := range outcomes {
				switch outcome {
				case "OK ":
					made++
				case "Aborted ETAG_MISMATCH", "Unavailable STORE_BUSY":
				default:
					t.Errorf("got outcome %s", outcome)
				}
			}
			if kept := len(f.changes(demoRecurrence)); made != 1 || kept != round+1 {
				t.Fatalf("round %d: got outcomes %q and %d changes", round, outcomes, kept)
			}
		}
	})
}

func TestUpdatesRecordChangesWithDifferences(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		f.clock.Advance(time.Minute)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		for _, price := range []*money.Money{amount("500", "MXN"), amount("30", "USD")} {
			if _, err := f.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
				Recurrence: &customerrecurrencev1.Recurrence{Name: demoRecurrence, Price: price},
			}); err != nil {
				t.Fatal(err)
			}
		}
		changes := f.changes(demoRecurrence)
		if len(changes) != 3 {
			t.Fatalf("got %d changes, want 3", len(changes))
		}
		type contracted = customerrecurrencev1.ContractedService
		want := &customerrecurrencev1.RecurrenceChange{
			Name: demoRecurrence + "/changes/2", Direction: customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_DOWNGRADE,
			OldPackageId: "PKG-BASIC", NewPackageId: "sample string 2", OldDisplayName: "Paquete Básico mensual", NewDisplayName: "sample string 3",
			OldPrice: amount("499", "MXN"), NewPrice: amount("4", "MXN"), PriceDifference: amount("-495", "MXN"),
			AddedServices:   []*contracted{{ServiceId: "sample string 1", TransactionLimit: 2, Value: "sample string 3", ExternalServiceId: "sample string 4"}},
			RemovedServices: []*contracted{{ServiceId: "SVC-STORAGE", TransactionLimit: 5, Value: "GB de almacenamiento", ExternalServiceId: "EXT-200"}},
			ChangedServices: []*customerrecurrencev1.ChangedService{{
				OldService: &contracted{ServiceId: "SVC-CFDI", TransactionLimit: 100, Value: "Facturas CFDI 4.0", ExternalServiceId: "EXT-100"},
				NewService: &contracted{ServiceId: "SVC-CFDI", TransactionLimit: 2, Value: "sample string 3", ExternalServiceId: "sample string 4"},
			}},
			Actor: "tester", CreateTime: timestamppb.New(start.Add(time.Minute)),
		}
		if diff := cmp.Diff(want, changes[0], protocmp.Transform()); diff != "" {
			t.Errorf("first change (-want +got):\n%s", diff)
		}
		if changes[1].GetDirection() != customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_UPGRADE || !proto.Equal(changes[1].GetPriceDifference(), amount("496", "MXN")) {
			t.Errorf("second change: got %v", changes[1])
		}
		if changes[2].GetDirection() != customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_LATERAL || changes[2].GetPriceDifference() != nil {
			t.Errorf("change to another currency: got %v", changes[2])
		}
		got, err := f.recurrences.GetRecurrenceChange(t.Context(), &customerrecurrencev1.GetRecurrenceChangeRequest{Name: demoRecurrence + "/changes/3"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changes[1], got, protocmp.Transform()); diff != "" {
			t.Errorf("change by name (-listed +got):\n%s", diff)
		}
	})
}

func TestTenantsAreIsolated(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		other := asTenant(t.Context(), "other")
		f.expectRejected(codes.NotFound, nil, func() error {
			_, err := f.put(other, "C-1001", "R-5001", documentedBody())
			if reason(err) != "NOT_FOUND" {
				t.Errorf("got reason %q", reason(err))
			}
			return err
		})
		list, err := f.customers.ListCustomers(other, &customerrecurrencev1.ListCustomersRequest{})
		if err != nil || len(list.GetCustomers()) > 0 {
			t.Errorf("another tenant lists %v, error %v", list, err)
		}
		if _, err := f.customers.CreateCustomer(other, &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), CustomerId: "C-1001"}); err != nil {
			t.Errorf("creating the same id in another tenant: %v", err)
		}
	})
}

func TestMissingResourcesReturnNotFound(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		_, err1 := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: "customers/C-9"})
		_, err2 := f.packages.GetPackage(t.Context(), &customerrecurrencev1.GetPackageRequest{Name: "packages/P-9"})
		_, err3 := f.recurrences.GetRecurrence(t.Context(), &customerrecurrencev1.GetRecurrenceRequest{Name: demoCustomer + "/recurrences/R-9"})
		_, err4 := f.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: "customers/C-9"})
		_, err5 := f.recurrences.GetRecurrenceChange(t.Context(), &customerrecurrencev1.GetRecurrenceChangeRequest{Name: demoRecurrence + "/changes/9"})
		_, err6 := f.recurrences.ListRecurrenceChanges(t.Context(), &customerrecurrencev1.ListRecurrenceChangesRequest{Parent: demoCustomer + "/recurrences/R-9"})
		want := []string{"NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"}
		for i, err := range []error{err1, err2, err3, err4, err5, err6} {
			if status.Code(err) != codes.NotFound || reason(err) != want[i] {
				t.Errorf("got error %v with reason %q, want NotFound and %q", err, reason(err), want[i])
			}
		}
	})
}

func TestRestartKeepsStore(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		first := newFixture(t)
		if _, err := first.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		before := first.rows()
		first.stop()
		second := startFixture(t, first.url)
		if diff := cmp.Diff(before, second.rows()); diff != "" {
			t.Errorf("store after a restart (-before +after):\n%s", diff)
		}
		if got := second.recurrence(demoRecurrence).GetPackageId(); got != "sample string 2" {
			t.Errorf("package after a restart: got %q", got)
		}
	})
}
