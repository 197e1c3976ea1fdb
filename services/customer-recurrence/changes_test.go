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

// current is a resource as its service answers it.
func (h *house) current(name string) (proto.Message, error) {
	switch {
	case strings.Contains(name, "/changes/"):
		return h.recurrences.GetRecurrenceChange(h.t.Context(), &customerrecurrencev1.GetRecurrenceChangeRequest{Name: name})
	case strings.Contains(name, "/recurrences/"):
		return h.recurrences.GetRecurrence(h.t.Context(), &customerrecurrencev1.GetRecurrenceRequest{Name: name})
	case strings.HasPrefix(name, "packages/"):
		return h.packages.GetPackage(h.t.Context(), &customerrecurrencev1.GetPackageRequest{Name: name})
	}
	return h.customers.GetCustomer(h.t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: name})
}

func TestWatcherIsSentEveryResourceAsItsServiceAnswersIt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		if _, err := h.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: wholeCustomer(), CustomerId: "C-3"}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		stream, err := h.feed.WatchChanges(t.Context(), &changesv1.WatchChangesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		last := make(map[string]*changesv1.Change)
		for last[demoRecurrence+"/changes/2"] == nil {
			response, err := stream.Recv()
			if err != nil {
				t.Fatalf("after %d resources: %v", len(last), err)
			}
			if change := response.GetChange(); change != nil {
				last[change.GetResource()] = change
			}
		}
		if len(last) != 9 {
			t.Errorf("sent %d resources, want 3 packages, 3 customers, 2 recurrences and a change", len(last))
		}
		for name, change := range last {
			want, err := h.current(name)
			if err != nil {
				t.Fatalf("getting %s: %v", name, err)
			}
			got, err := change.GetState().UnmarshalNew()
			if err != nil {
				t.Fatalf("the state of %s: %v", name, err)
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s (-got by name +watched):\n%s", name, diff)
			}
			if !strings.HasSuffix(string(got.ProtoReflect().Descriptor().Name()), change.GetResourceType()) {
				t.Errorf("%s is a %s, told as %s", name, got.ProtoReflect().Descriptor().Name(), change.GetResourceType())
			}
		}
	})
}

func TestHistoryTellsWhoChangedWhatFromWhatToWhat(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		before := h.recurrence(demoRecurrence)
		if _, err := h.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		history, err := h.feed.ListChanges(t.Context(), &changesv1.ListChangesRequest{Resource: demoRecurrence})
		if err != nil || len(history.GetChanges()) != 2 {
			t.Fatalf("the history is %v, %v", history, err)
		}
		created, updated := history.GetChanges()[0], history.GetChanges()[1]
		if created.GetActor() != "demo" || created.GetKind() != changesv1.Kind_KIND_CREATED || updated.GetActor() != "tester" || updated.GetKind() != changesv1.Kind_KIND_UPDATED {
			t.Errorf("the history is %v", history)
		}
		from, err1 := updated.GetPreviousState().UnmarshalNew()
		to, err2 := updated.GetState().UnmarshalNew()
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		for what, pair := range map[string][2]proto.Message{"from": {before, from}, "to": {h.recurrence(demoRecurrence), to}} {
			if diff := cmp.Diff(pair[0], pair[1], protocmp.Transform()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	})
}

func TestChangesOfOneTenantAreNotTheOthers(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		list, err := h.feed.ListChanges(as(t.Context(), "stranger"), &changesv1.ListChangesRequest{})
		if err != nil || len(list.GetChanges()) > 0 {
			t.Errorf("a stranger is told of %v, %v", list, err)
		}
	})
}
