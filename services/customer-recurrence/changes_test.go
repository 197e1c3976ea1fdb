package customerrecurrence_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
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

func TestOfManyUpdatesWithOneEtagOneIsMade(t *testing.T) {
	const callers, rounds = 6, 4
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		for round := range rounds {
			etag := h.recurrence(demoRecurrence).GetEtag()
			outcomes := make([]string, callers)
			var group errgroup.Group
			for caller := range callers {
				group.Go(func() error {
					_, err := h.recurrences.UpdateRecurrence(t.Context(), &customerrecurrencev1.UpdateRecurrenceRequest{
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
					t.Errorf("an update ended with %s", outcome)
				}
			}
			if kept := len(h.changes(demoRecurrence)); made != 1 || kept != round+1 {
				t.Fatalf("of %q in round %d, %d changes are kept", outcomes, round, kept)
			}
		}
	})
}

func TestPageOfLargeRecurrencesFitsIntoAMessage(t *testing.T) {
	const large = 12
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		var services []*dynamicsv1.ContractedService
		for i := range 200 {
			services = append(services, &dynamicsv1.ContractedService{ServiceId: proto.String(fmt.Sprint(i)), Value: proto.String(strings.Repeat("v", 3000))})
		}
		for i := range large {
			id := fmt.Sprintf("R-%02d", i)
			if _, err := h.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
				Parent: "customers/C-1002", RecurrenceId: id, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: price("1")},
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := h.put(t.Context(), "C-1002", id, &dynamicsv1.Recurrence{Services: &dynamicsv1.ServiceList{Items: services}}); err != nil {
				t.Fatal(err)
			}
		}
		met, pages, token := 0, 0, ""
		for {
			page, err := h.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: "customers/C-1002", PageSize: 1000, PageToken: token})
			if status.Code(err) != codes.OK {
				t.Fatal(err)
			}
			if size := proto.Size(page); size > 2<<20 {
				t.Errorf("a page has %d bytes", size)
			}
			met, pages = met+len(page.GetRecurrences()), pages+1
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		if met != large+1 || pages < 4 {
			t.Errorf("met %d recurrences on %d pages", met, pages)
		}
	})
}
