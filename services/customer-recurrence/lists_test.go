package customerrecurrence_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

func TestListsPageToTheEnd(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		var want []string
		for i := range 7 {
			id := fmt.Sprintf("R-%d", i)
			if _, err := h.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
				Parent: demoCustomer, RecurrenceId: id, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "")},
			}); err != nil {
				t.Fatal(err)
			}
			want = append(want, demoCustomer+"/recurrences/"+id)
		}
		want = append(want, demoRecurrence)
		slices.Sort(want)
		var got []string
		token := ""
		for {
			page, err := h.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: demoCustomer, PageSize: 3, PageToken: token})
			if err != nil {
				t.Fatal(err)
			}
			for _, recurrence := range page.GetRecurrences() {
				got = append(got, recurrence.GetName())
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
	})
}

func TestPageTokensBelongToTheirList(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newHouse func(*testing.T) *house) {
		h := newHouse(t)
		page, err := h.customers.ListCustomers(t.Context(), &customerrecurrencev1.ListCustomersRequest{PageSize: 1})
		if err != nil || page.GetNextPageToken() == "" {
			t.Fatalf("first page: %v, %v", page, err)
		}
		for _, token := range []string{page.GetNextPageToken(), "nonsense", "!"} {
			_, err := h.packages.ListPackages(t.Context(), &customerrecurrencev1.ListPackagesRequest{PageToken: token})
			if status.Code(err) != codes.InvalidArgument || !slices.Equal(violated(err), []string{"page_token"}) {
				t.Errorf("token %q of another list: %v", token, err)
			}
		}
		if _, err := h.packages.ListPackages(t.Context(), &customerrecurrencev1.ListPackagesRequest{PageSize: -1}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("negative page size: %v", err)
		}
		second, err := h.customers.ListCustomers(t.Context(), &customerrecurrencev1.ListCustomersRequest{PageToken: page.GetNextPageToken()})
		if err != nil || len(second.GetCustomers()) != 1 || second.GetCustomers()[0].GetName() != "customers/C-1002" || second.GetNextPageToken() != "" {
			t.Errorf("second page: %v, %v", second, err)
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
				Parent: "customers/C-1002", RecurrenceId: id, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "")},
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
