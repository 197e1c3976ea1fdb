package customerrecurrence_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

// current returns a resource as its service returns it.
func (f *fixture) current(name string) (proto.Message, error) {
	switch {
	case strings.Contains(name, "/changes/"):
		return f.recurrences.GetRecurrenceChange(f.t.Context(), &customerrecurrencev1.GetRecurrenceChangeRequest{Name: name})
	case strings.Contains(name, "/recurrences/"):
		return f.recurrences.GetRecurrence(f.t.Context(), &customerrecurrencev1.GetRecurrenceRequest{Name: name})
	case strings.HasPrefix(name, "packages/"):
		return f.packages.GetPackage(f.t.Context(), &customerrecurrencev1.GetPackageRequest{Name: name})
	}
	return f.customers.GetCustomer(f.t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: name})
}

func TestWatchChangesSendsResourcesAsServed(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wholeCustomer(), CustomerId: "C-3"}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		stream, err := f.feed.WatchChanges(t.Context(), &changesv1.WatchChangesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		last := make(map[string]*changesv1.Change)
		for last[demoRecurrence+"/changes/2"] == nil {
			response, err := stream.Recv()
			if err != nil {
				t.Fatalf("receiving after %d resources: %v", len(last), err)
			}
			if change := response.GetChange(); change != nil {
				last[change.GetResource()] = change
			}
		}
		if len(last) != 9 {
			t.Errorf("got %d resources, want 3 packages, 3 customers, 2 recurrences and a change", len(last))
		}
		for name, change := range last {
			want, err := f.current(name)
			if err != nil {
				t.Fatalf("getting %s: %v", name, err)
			}
			got, err := change.GetState().UnmarshalNew()
			if err != nil {
				t.Fatalf("unpacking the state of %s: %v", name, err)
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s (-got by name +watched):\n%s", name, diff)
			}
			if !strings.HasSuffix(string(got.ProtoReflect().Descriptor().Name()), change.GetResourceType()) {
				t.Errorf("%s is a %s, but the change has type %s", name, got.ProtoReflect().Descriptor().Name(), change.GetResourceType())
			}
		}
	})
}

func TestListChangesReturnsActorsAndStates(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		before := f.recurrence(demoRecurrence)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		history, err := f.feed.ListChanges(t.Context(), &changesv1.ListChangesRequest{Resource: demoRecurrence})
		if err != nil || len(history.GetChanges()) != 2 {
			t.Fatalf("history: got %v, error %v", history, err)
		}
		created, updated := history.GetChanges()[0], history.GetChanges()[1]
		if created.GetActor() != "demo" || created.GetKind() != changesv1.Kind_KIND_CREATED || updated.GetActor() != "tester" || updated.GetKind() != changesv1.Kind_KIND_UPDATED {
			t.Errorf("history: got %v", history)
		}
		from, err1 := updated.GetPreviousState().UnmarshalNew()
		to, err2 := updated.GetState().UnmarshalNew()
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		for what, pair := range map[string][2]proto.Message{"from": {before, from}, "to": {f.recurrence(demoRecurrence), to}} {
			if diff := cmp.Diff(pair[0], pair[1], protocmp.Transform()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	})
}

func TestListChangesIsConfinedToTenant(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		list, err := f.feed.ListChanges(asTenant(t.Context(), "other"), &changesv1.ListChangesRequest{})
		if err != nil || len(list.GetChanges()) > 0 {
			t.Errorf("another tenant got changes %v, error %v", list, err)
		}
	})
}
