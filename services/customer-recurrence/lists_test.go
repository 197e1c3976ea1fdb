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

func TestListsReturnAllPages(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		var want []string
		for i := range 7 {
			id := fmt.Sprintf("R-%d", i)
			if _, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
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
			page, err := f.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: demoCustomer, PageSize: 3, PageToken: token})
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

func TestListsRejectForeignPageTokens(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		page, err := f.customers.ListCustomers(t.Context(), &customerrecurrencev1.ListCustomersRequest{PageSize: 1})
		if err != nil || page.GetNextPageToken() == "" {
			t.Fatalf("first page: got %v, error %v", page, err)
		}
		for _, token := range []string{page.GetNextPageToken(), "nonsense", "!"} {
			_, err := f.packages.ListPackages(t.Context(), &customerrecurrencev1.ListPackagesRequest{PageToken: token})
			if status.Code(err) != codes.InvalidArgument || !slices.Equal(violatedFields(err), []string{"page_token"}) {
				t.Errorf("token %q of another list: got error %v", token, err)
			}
		}
		if _, err := f.packages.ListPackages(t.Context(), &customerrecurrencev1.ListPackagesRequest{PageSize: -1}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("negative page size: got error %v", err)
		}
		second, err := f.customers.ListCustomers(t.Context(), &customerrecurrencev1.ListCustomersRequest{PageToken: page.GetNextPageToken()})
		if err != nil || len(second.GetCustomers()) != 1 || second.GetCustomers()[0].GetName() != "customers/C-1002" || second.GetNextPageToken() != "" {
			t.Errorf("second page: got %v, error %v", second, err)
		}
	})
}

func TestPagesOfLargeRecurrencesFitIntoMessages(t *testing.T) {
	const large = 12
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		var services []*dynamicsv1.ContractedService
		for i := range 200 {
			services = append(services, &dynamicsv1.ContractedService{ServiceId: proto.String(fmt.Sprint(i)), Value: proto.String(strings.Repeat("v", 3000))})
		}
		for i := range large {
			id := fmt.Sprintf("R-%02d", i)
			if _, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
				Parent: "customers/C-1002", RecurrenceId: id, Recurrence: &customerrecurrencev1.Recurrence{PackageId: "P", Price: amount("1", "")},
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.put(t.Context(), "C-1002", id, &dynamicsv1.Recurrence{Services: &dynamicsv1.ServiceList{Items: services}}); err != nil {
				t.Fatal(err)
			}
		}
		met, pages, token := 0, 0, ""
		for {
			page, err := f.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: "customers/C-1002", PageSize: 1000, PageToken: token})
			if status.Code(err) != codes.OK {
				t.Fatal(err)
			}
			if size := proto.Size(page); size > 2<<20 {
				t.Errorf("got a page of %d bytes", size)
			}
			met, pages = met+len(page.GetRecurrences()), pages+1
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		if met != large+1 || pages < 4 {
			t.Errorf("got %d recurrences on %d pages", met, pages)
		}
	})
}

// listed returns the last ids of the names in a list, or its error.
func listed[T interface{ GetName() string }](t *testing.T, found []T, err error) string {
	t.Helper()
	if err != nil {
		return strings.Join(violatedFields(err), " ") + ": " + reason(err)
	}
	var ids []string
	for _, resource := range found {
		ids = append(ids, resource.GetName()[strings.LastIndex(resource.GetName(), "/")+1:])
	}
	return strings.Join(ids, " ")
}

func TestListsFilterAndOrder(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ list, filter, order, want string }{
			{"customers", "", "", "C-1001 C-1002"},
			{"customers", "", "name desc", "C-1002 C-1001"},
			{"customers", "", "customer_tax_id desc, name", "C-1002 C-1001"},
			{"customers", `customer_tax_id = "AUR120315XY4"`, "", "C-1001"},
			{"customers", `name = "customers/C-1002"`, "", "C-1002"},
			{"customers", `guid = "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b"`, "", "C-1001"},
			{"customers", `business_name:"Comercial*"`, "", "C-1001"},
			{"customers", `first_surname = "López" AND given_name:"José*"`, "", "C-1002"},
			{"customers", `customer_code = "C-1002" OR inactive`, "", "C-1002"},
			{"customers", "", "business_name desc", "C-1001 C-1002"},
			{"customers", "", "first_surname", "C-1001 C-1002"},
			{"customers", `create_time > "2030-01-01T00:00:00Z"`, "", ""},
			{"customers", `colour = "red"`, "", "filter: INVALID_FILTER"},
			{"customers", "", "guid", "order_by: INVALID_ORDER"},
			{"packages", "enforced", "", "PKG-CLOSED"},
			{"packages", `display_name:"Paquete*" AND NOT enforced`, "display_name desc", "PKG-PRO PKG-BASIC"},
			{"packages", `name = "PKG-PRO"`, "", "filter: INVALID_FILTER"},
			{"customers/-/recurrences", "", "", "R-5001 R-5002"},
			{"customers/-/recurrences", "", "package_id", "R-5002 R-5001"},
			{"customers/-/recurrences", `package_id = "PKG-PRO"`, "", "R-5002"},
			{"customers/-/recurrences", `name = "customers/C-1001/recurrences/R-5001"`, "", "R-5001"},
			{"customers/C-1002/recurrences", "", "", "R-5002"},
			{"customers/-/recurrences", `display_name:"Paquete P*"`, "", "R-5002"},
			{"customers/-/recurrences", "", "display_name desc", "R-5001 R-5002"},
			{"customers/C-1001/recurrences/-/changes", "", "", "2"},
			{"customers/-/recurrences/-/changes", "", "", "2"},
			{"customers/C-1002/recurrences/-/changes", "", "", ""},
			{"changes", `actor = "tester"`, "create_time desc", "2"},
			{"changes", `actor = "demo"`, "", ""},
		} {
			var got string
			switch parent, isRecurrences := strings.CutSuffix(c.list, "/recurrences"); {
			case isRecurrences:
				found, err := f.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: parent, Filter: c.filter, OrderBy: c.order})
				got = listed(t, found.GetRecurrences(), err)
			case c.list == "customers":
				found, err := f.customers.ListCustomers(t.Context(), &customerrecurrencev1.ListCustomersRequest{Filter: c.filter, OrderBy: c.order})
				got = listed(t, found.GetCustomers(), err)
			case c.list == "packages":
				found, err := f.packages.ListPackages(t.Context(), &customerrecurrencev1.ListPackagesRequest{Filter: c.filter, OrderBy: c.order})
				got = listed(t, found.GetPackages(), err)
			default:
				parent, given := strings.CutSuffix(c.list, "/changes")
				if !given {
					parent = demoRecurrence
				}
				found, err := f.recurrences.ListRecurrenceChanges(t.Context(), &customerrecurrencev1.ListRecurrenceChangesRequest{Parent: parent, Filter: c.filter, OrderBy: c.order})
				got = listed(t, found.GetRecurrenceChanges(), err)
			}
			if got != c.want {
				t.Errorf("%s, filter %q, order %q: got %q, want %q", c.list, c.filter, c.order, got, c.want)
			}
		}
	})
}

func TestListRecurrencesOfAllCustomersReturnsAllPages(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		var got []string
		for token := ""; ; {
			page, err := f.recurrences.ListRecurrences(t.Context(), &customerrecurrencev1.ListRecurrencesRequest{Parent: "customers/-", PageSize: 1, PageToken: token})
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
		if diff := cmp.Diff([]string{demoRecurrence, "customers/C-1002/recurrences/R-5002"}, got); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
	})
}
