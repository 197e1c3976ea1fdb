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

// mutation sends one mutation, the same each time, with the request_id given, if any.
type mutation func(ctx context.Context, h *house, requestID string) (proto.Message, error)

// nativeMutations is every mutation of the native API. Those that create leave the id to the server.
var nativeMutations = map[string]mutation{
	"create a customer": func(ctx context.Context, h *house, requestID string) (proto.Message, error) {
		return h.customers.CreateCustomer(ctx, &customerrecurrencev1.CreateCustomerRequest{Customer: wholeCustomer(), RequestId: requestID})
	},
	"create a customer of whom little is known": func(ctx context.Context, h *house, requestID string) (proto.Message, error) {
		return h.customers.CreateCustomer(ctx, &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), RequestId: requestID})
	},
	"create a package": func(ctx context.Context, h *house, requestID string) (proto.Message, error) {
		return h.packages.CreatePackage(ctx, &customerrecurrencev1.CreatePackageRequest{
			Package: &customerrecurrencev1.Package{DisplayName: "Mío", ServiceIds: []string{"b", "a"}, Enforced: true}, RequestId: requestID,
		})
	},
	"create a recurrence": func(ctx context.Context, h *house, requestID string) (proto.Message, error) {
		return h.recurrences.CreateRecurrence(ctx, &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: demoCustomer, RequestId: requestID,
			Recurrence: &customerrecurrencev1.Recurrence{
				PackageId: "P", Price: amount("1.50", ""), Services: []*customerrecurrencev1.ContractedService{{ServiceId: "b", Value: "<&\u2028>"}, {ServiceId: "a"}},
			},
		})
	},
	"update a recurrence": func(ctx context.Context, h *house, requestID string) (proto.Message, error) {
		return h.recurrences.UpdateRecurrence(ctx, &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: demoRecurrence, DisplayName: "Otro", Price: amount("0", "MXN"), Etag: `"1"`}, RequestId: requestID,
		})
	},
	"update a recurrence to what it is": func(ctx context.Context, h *house, requestID string) (proto.Message, error) {
		return h.recurrences.UpdateRecurrence(ctx, &customerrecurrencev1.UpdateRecurrenceRequest{
			Recurrence: &customerrecurrencev1.Recurrence{Name: demoRecurrence, Price: amount("499", "MXN"), Etag: `"1"`}, RequestId: requestID,
		})
	},
}

// vendorMutations is every mutation of the vendor contract, whose requests have no place for a key.
var vendorMutations = map[string]mutation{
	"vendor update": func(ctx context.Context, h *house, _ string) (proto.Message, error) {
		return h.put(ctx, "C-1001", "R-5001", documentedBody())
	},
	"vendor update that changes nothing": func(ctx context.Context, h *house, _ string) (proto.Message, error) {
		return h.put(ctx, "C-1001", "R-5001", &dynamicsv1.Recurrence{})
	},
}

func TestRepeatedRequestIsAnsweredAsTheFirstAndChangesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		check := func(t *testing.T, send func(h *house) (proto.Message, error)) {
			t.Helper()
			h := newHouse(t)
			first, err := send(h)
			if err != nil {
				t.Fatal(err)
			}
			h.clock.Advance(kit.Retention - time.Second)
			// Somebody else's change in between: the answer stays that of the first time.
			if _, err := h.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{Price: price("7.77")}); err != nil {
				t.Fatal(err)
			}
			before := h.rows()
			again, err := send(h)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
				t.Errorf("answers (-first +again):\n%s", diff)
			}
			if diff := cmp.Diff(before, h.rows()); diff != "" {
				t.Errorf("the repetition changed the store (-before +after):\n%s", diff)
			}
		}
		for name, mutate := range nativeMutations {
			t.Run(name, func(t *testing.T) {
				check(t, func(h *house) (proto.Message, error) { return mutate(t.Context(), h, "k") })
			})
		}
		t.Run("native by metadata", func(t *testing.T) {
			check(t, func(h *house) (proto.Message, error) {
				return nativeMutations["create a customer"](withKey(t.Context(), "k"), h, "")
			})
		})
		for name, mutate := range vendorMutations {
			t.Run(name, func(t *testing.T) {
				check(t, func(h *house) (proto.Message, error) { return mutate(withKey(t.Context(), "k"), h, "") })
			})
		}
	})
}

func TestKeyOfAnotherRequestIsRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		if _, err := h.put(withKey(t.Context(), "k"), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		reused := func(t *testing.T, mutate mutation) {
			h := h.in(t)
			h.refused(codes.InvalidArgument, nil, func() error {
				_, err := mutate(withKey(t.Context(), "k"), h, "")
				if reason(err) != "IDEMPOTENCY_KEY_REUSED" {
					t.Errorf("reason %q", reason(err))
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

func TestKeyIsFreeAfterARefusalAndAfterADayAndForAnotherTenant(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		create := func(ctx context.Context, id string) error {
			_, err := h.packages.CreatePackage(ctx, &customerrecurrencev1.CreatePackageRequest{
				Package: &customerrecurrencev1.Package{}, PackageId: id, RequestId: "k",
			})
			return err
		}
		h.refused(codes.AlreadyExists, nil, func() error { return create(t.Context(), "PKG-BASIC") })
		for _, id := range []string{"P-1", "P-1"} {
			if err := create(t.Context(), id); err != nil {
				t.Errorf("after a refusal: %v", err)
			}
		}
		if err := create(as(t.Context(), "stranger"), "P-2"); err != nil {
			t.Errorf("for another tenant: %v", err)
		}
		h.clock.Advance(kit.Retention)
		if err := create(t.Context(), "P-2"); err != nil {
			t.Errorf("after a day: %v", err)
		}
	})
}

func TestValidateOnlyRecordsNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		before := h.rows()
		request := &customerrecurrencev1.CreatePackageRequest{Package: &customerrecurrencev1.Package{}, PackageId: "P-1", RequestId: "k", ValidateOnly: true}
		if _, err := h.packages.CreatePackage(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, h.rows()); diff != "" {
			t.Errorf("the store changed:\n%s", diff)
		}
		request.ValidateOnly = false
		if _, err := h.packages.CreatePackage(t.Context(), request); err != nil {
			t.Errorf("the key of a validation is taken: %v", err)
		}
	})
}

func TestKeyThatIsTooLongIsRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		long := string(make([]byte, kit.MaxKeyBytes+1))
		for name, mutate := range nativeMutations {
			t.Run(name, func(t *testing.T) {
				h := h.in(t)
				h.refused(codes.InvalidArgument, []string{"request_id"}, func() error {
					_, err := mutate(t.Context(), h, long)
					return err
				})
			})
		}
	})
}

func TestRequestSentManyTimesAtOnceHasOneEffect(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		create := nativeMutations["create a recurrence"]
		answers := make([]proto.Message, 8)
		var group errgroup.Group
		for i := range answers {
			group.Go(func() (err error) {
				if answers[i], err = create(t.Context(), h, "k"); status.Code(err) == codes.Unavailable {
					answers[i], err = nil, nil // too many at once: the caller would send it again
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		want, err := create(t.Context(), h, "k")
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range answers {
			if got != nil && !proto.Equal(want, got) {
				t.Errorf("one was answered %v, another %v", want, got)
			}
		}
		list, err := h.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: demoCustomer})
		if err != nil || len(list.GetRecurrences()) != 2 {
			t.Errorf("the customer has %v (%v), want the demo's and one more", list, err)
		}
	})
}
