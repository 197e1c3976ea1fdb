package customerrecurrence_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	kit "github.com/continuo-billing/continuo/services/platform/mutation"
)

func withKey(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "idempotency-key", key)
}

// mutation sends a mutation, with a request_id if not empty. Each call sends the same request.
type mutation func(ctx context.Context, f *fixture, requestID string) (proto.Message, error)

// nativeMutations holds every mutation of the native API. Creations leave the id to the server.
var nativeMutations = map[string]mutation{
	"create a customer": func(ctx context.Context, f *fixture, requestID string) (proto.Message, error) {
		return f.customers.CreateCustomer(ctx, &customerrecurrencev1.CreateCustomerRequest{Customer: wholeCustomer(), RequestId: requestID})
	},
	"create a minimal customer": func(ctx context.Context, f *fixture, requestID string) (proto.Message, error) {
		return f.customers.CreateCustomer(ctx, &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), RequestId: requestID})
	},
	"create a package": func(ctx context.Context, f *fixture, requestID string) (proto.Message, error) {
		return f.packages.CreatePackage(ctx, &customerrecurrencev1.CreatePackageRequest{
			Package: &customerrecurrencev1.Package{DisplayName: "Mío", ServiceIds: []string{"b", "a"}, Enforced: true}, RequestId: requestID,
		})
	},
	"create a recurrence": func(ctx context.Context, f *fixture, requestID string) (proto.Message, error) {
		return f.recurrences.CreateRecurrence(ctx, &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: demoCustomer, RequestId: requestID,
			Recurrence: &customerrecurrencev1.Recurrence{
				PackageId: "P", Price: amount("1.50", ""), Services: []*customerrecurrencev1.ContractedService{{ServiceId: "b", Value: "<&\u2028>"}, {ServiceId: "a"}},
			},
		})
	},
	"update a recurrence": func(ctx context.Context, f *fixture, requestID string) (proto.Message, error) {
		return f.recurrences.UpdateRecurrence(ctx, &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: demoRecurrence, DisplayName: "Otro", Price: amount("0", "MXN"), Etag: `"1"`}, RequestId: requestID,
		})
	},
	"update a recurrence to what it is": func(ctx context.Context, f *fixture, requestID string) (proto.Message, error) {
		return f.recurrences.UpdateRecurrence(ctx, &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: demoRecurrence, Price: amount("499", "MXN"), Etag: `"1"`}, RequestId: requestID,
		})
	},
}

// vendorMutations holds every mutation of the vendor contract, whose requests have no field for a
// key.
var vendorMutations = map[string]mutation{
	"vendor update": func(ctx context.Context, f *fixture, _ string) (proto.Message, error) {
		return f.put(ctx, "C-1001", "R-5001", documentedBody())
	},
	"vendor update that changes nothing": func(ctx context.Context, f *fixture, _ string) (proto.Message, error) {
		return f.put(ctx, "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("499")})
	},
}

func TestRepeatedRequestReturnsFirstResponse(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		check := func(t *testing.T, send func(f *fixture) (proto.Message, error)) {
			t.Helper()
			f := newFixture(t)
			first, err := send(f)
			if err != nil {
				t.Fatal(err)
			}
			f.clock.Advance(kit.Retention - time.Second)
			// Another change in between must not affect the recorded response.
			if _, err := f.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("7.77")}); err != nil {
				t.Fatal(err)
			}
			before := f.rows()
			again, err := send(f)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
				t.Errorf("response (-first +repeated):\n%s", diff)
			}
			if diff := cmp.Diff(before, f.rows()); diff != "" {
				t.Errorf("the repeated request changed the store (-before +after):\n%s", diff)
			}
		}
		for name, mutate := range nativeMutations {
			t.Run(name, func(t *testing.T) {
				check(t, func(f *fixture) (proto.Message, error) { return mutate(t.Context(), f, "k") })
			})
		}
		t.Run("native by metadata", func(t *testing.T) {
			check(t, func(f *fixture) (proto.Message, error) {
				return nativeMutations["create a customer"](withKey(t.Context(), "k"), f, "")
			})
		})
		for name, mutate := range vendorMutations {
			t.Run(name, func(t *testing.T) {
				check(t, func(f *fixture) (proto.Message, error) { return mutate(withKey(t.Context(), "k"), f, "") })
			})
		}
	})
}

func TestIdempotencyKeyOfAnotherRequestIsRejected(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.put(withKey(t.Context(), "k"), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		reused := func(t *testing.T, mutate mutation) {
			f := f.in(t)
			f.expectRejected(codes.InvalidArgument, nil, func() error {
				_, err := mutate(withKey(t.Context(), "k"), f, "")
				if reason(err) != "IDEMPOTENCY_KEY_REUSED" {
					t.Errorf("got reason %q, want IDEMPOTENCY_KEY_REUSED", reason(err))
				}
				return err
			})
		}
		for name, mutate := range nativeMutations {
			t.Run(name, func(t *testing.T) { reused(t, mutate) })
		}
		t.Run("vendor update with another body", func(t *testing.T) { reused(t, vendorMutations["vendor update that changes nothing"]) })
	})
}

func TestIdempotencyKeyCanBeReused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		create := func(ctx context.Context, id string) error {
			_, err := f.packages.CreatePackage(ctx, &customerrecurrencev1.CreatePackageRequest{
				Package: &customerrecurrencev1.Package{}, PackageId: id, RequestId: "k",
			})
			return err
		}
		f.expectRejected(codes.AlreadyExists, nil, func() error { return create(t.Context(), "PKG-BASIC") })
		for _, id := range []string{"P-1", "P-1"} {
			if err := create(t.Context(), id); err != nil {
				t.Errorf("after a rejected request: %v", err)
			}
		}
		if err := create(asTenant(t.Context(), "other"), "P-2"); err != nil {
			t.Errorf("for another tenant: %v", err)
		}
		f.clock.Advance(kit.Retention)
		if err := create(t.Context(), "P-2"); err != nil {
			t.Errorf("after a day: %v", err)
		}
	})
}

func TestValidateOnlyRecordsNoIdempotencyKey(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		before := f.rows()
		request := &customerrecurrencev1.CreatePackageRequest{Package: &customerrecurrencev1.Package{}, PackageId: "P-1", RequestId: "k", ValidateOnly: true}
		if _, err := f.packages.CreatePackage(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, f.rows()); diff != "" {
			t.Errorf("the store changed (-before +after):\n%s", diff)
		}
		request.ValidateOnly = false
		if _, err := f.packages.CreatePackage(t.Context(), request); err != nil {
			t.Errorf("using the key of a validate_only request: %v", err)
		}
	})
}

func TestIdempotencyKeyThatIsTooLongIsRejected(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		long := string(make([]byte, kit.MaxKeyBytes+1))
		for name, mutate := range nativeMutations {
			t.Run(name, func(t *testing.T) {
				f := f.in(t)
				f.expectRejected(codes.InvalidArgument, []string{"request_id"}, func() error {
					_, err := mutate(t.Context(), f, long)
					return err
				})
			})
		}
	})
}

func TestConcurrentRepeatedRequestsHaveOneEffect(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		create := nativeMutations["create a recurrence"]
		responses := make([]proto.Message, 8)
		var group errgroup.Group
		for i := range responses {
			group.Go(func() (err error) {
				if responses[i], err = create(t.Context(), f, "k"); status.Code(err) == codes.Unavailable {
					responses[i], err = nil, nil // contention: a caller would retry
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		want, err := create(t.Context(), f, "k")
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range responses {
			if got != nil && !proto.Equal(want, got) {
				t.Errorf("got responses %v and %v, want equal ones", want, got)
			}
		}
		list, err := f.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: demoCustomer})
		if err != nil || len(list.GetRecurrences()) != 2 {
			t.Errorf("got recurrences %v (%v), want that of the demo data and a new one", list, err)
		}
	})
}
