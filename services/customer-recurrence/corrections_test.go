package customerrecurrence_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

// portalPassword returns the portal password of the demo customer, which only the vendor's answer
// contains.
func (f *fixture) portalPassword() string {
	f.t.Helper()
	answer, err := f.put(f.t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{Name: &f.recurrence(demoRecurrence).DisplayName})
	if err != nil {
		f.t.Fatal(err)
	}
	return answer.GetData().GetDeliveryPortal().GetPassDeliveryPortal()
}

func TestUpdateCustomerCorrectsWholeProfile(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		wanted := wholeCustomer()
		wanted.Name, wanted.Guid, wanted.Inactive = demoCustomer, "", true
		updated, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: wanted, UpdateMask: mask("*")})
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.customers.GetCustomer(t.Context(), &customerrecurrencev1.GetCustomerRequest{Name: demoCustomer})
		if err != nil {
			t.Fatal(err)
		}
		want := proto.CloneOf(wanted)
		want.Guid, want.Etag, want.DeliveryPortal.Password = "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b", `"2"`, ""
		want.CreateTime, want.UpdateTime = timestamppb.New(start), timestamppb.New(start)
		want.State = customerrecurrencev1.CustomerState_CUSTOMER_STATE_ACTIVE
		for what, found := range map[string]*customerrecurrencev1.Customer{"updated": updated, "read": got} {
			if diff := cmp.Diff(want, found, protocmp.Transform(), protocmp.IgnoreFields(want, "warnings")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		if again, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: got, UpdateMask: mask("*")}); err != nil || again.GetEtag() != got.GetEtag() {
			t.Errorf("the same once more: got etag %s, error %v", again.GetEtag(), err)
		}
	})
}

func TestUpdateCustomerKeepsPortalPassword(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		portal := func(password string) *customerrecurrencev1.DeliveryPortal {
			return &customerrecurrencev1.DeliveryPortal{Url: "https://portal.example", Password: password}
		}
		for _, step := range []struct {
			portal *customerrecurrencev1.DeliveryPortal
			path   string
			want   string
		}{
			{portal(""), "delivery_portal", "demo"},
			{portal(""), "*", "demo"},
			{portal("new"), "delivery_portal", "new"},
			{portal(""), "delivery_portal.user", "new"},
			{portal("other"), "delivery_portal.password", "other"},
			{portal(""), "delivery_portal.password", ""},
			{portal("last"), "delivery_portal", "last"},
			{nil, "delivery_portal", ""},
		} {
			sent := smallCustomer()
			sent.Name, sent.DeliveryPortal = demoCustomer, step.portal
			if _, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: sent, UpdateMask: mask(step.path)}); err != nil {
				t.Fatal(err)
			}
			if got := f.portalPassword(); got != step.want {
				t.Errorf("portal %v by %s: got password %q, want %q", step.portal, step.path, got, step.want)
			}
		}
	})
}

func TestUpdatePackageCorrectsIt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		sent := &customerrecurrencev1.Package{Name: "packages/PKG-BASIC", DisplayName: "Básico", Etag: `"1"`}
		for range 2 { // the second changes nothing, and its etag is the present one
			updated, err := f.packages.UpdatePackage(t.Context(), &customerrecurrencev1.UpdatePackageRequest{Package: sent})
			if err != nil {
				t.Fatal(err)
			}
			if updated.GetDisplayName() != "Básico" || len(updated.GetServiceIds()) != 2 || updated.GetEtag() != `"2"` {
				t.Errorf("got %v", updated)
			}
			sent.Etag = updated.GetEtag()
		}
		for name, test := range map[string]struct {
			pack   *customerrecurrencev1.Package
			mask   *fieldmaskpb.FieldMask
			code   codes.Code
			fields []string
		}{
			"outdated etag":    {&customerrecurrencev1.Package{Name: sent.GetName(), DisplayName: "x", Etag: `"1"`}, nil, codes.Aborted, nil},
			"unknown package":  {&customerrecurrencev1.Package{Name: "packages/none", DisplayName: "x"}, nil, codes.NotFound, nil},
			"output only":      {&customerrecurrencev1.Package{Name: sent.GetName()}, mask("create_time"), codes.InvalidArgument, []string{"update_mask"}},
			"nothing":          {&customerrecurrencev1.Package{Name: sent.GetName()}, nil, codes.InvalidArgument, []string{"package"}},
			"repeated service": {&customerrecurrencev1.Package{Name: sent.GetName(), ServiceIds: []string{"é", "e\u0301"}}, nil, codes.InvalidArgument, []string{"package.service_ids[1]"}},
		} {
			t.Run(name, func(t *testing.T) {
				f.in(t).expectRejected(test.code, test.fields, func() error {
					_, err := f.packages.UpdatePackage(t.Context(), &customerrecurrencev1.UpdatePackageRequest{Package: test.pack, UpdateMask: test.mask})
					return err
				})
			})
		}
	})
}

// remove deletes a resource by its name.
func (f *fixture) remove(name, etag string, validateOnly bool) error {
	var err error
	switch {
	case strings.Contains(name, "/recurrences/"):
		_, err = f.recurrences.DeleteRecurrence(f.t.Context(), &customerrecurrencev1.DeleteRecurrenceRequest{Name: name, Etag: etag, ValidateOnly: validateOnly})
	case strings.HasPrefix(name, "packages/"):
		_, err = f.packages.DeletePackage(f.t.Context(), &customerrecurrencev1.DeletePackageRequest{Name: name, Etag: etag, ValidateOnly: validateOnly})
	default:
		_, err = f.customers.DeleteCustomer(f.t.Context(), &customerrecurrencev1.DeleteCustomerRequest{Name: name, Etag: etag, ValidateOnly: validateOnly})
	}
	return err
}

func TestDeleteRemovesWhatNothingRefersTo(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		for _, name := range []string{"packages/PKG-BASIC", demoCustomer} {
			f.expectRejected(codes.FailedPrecondition, nil, func() error { return f.remove(name, "", false) })
			if err := f.remove(name, "", false); reason(err) != "IN_USE" || !strings.Contains(err.Error(), "recurrences: 1") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		other := "Otro"
		if _, err := f.put(t.Context(), "C-1002", "R-5002", &dynamicsv1.Recurrence{Name: &other}); err != nil {
			t.Fatal(err)
		}
		changed := "customers/C-1002/recurrences/R-5002"
		f.expectRejected(codes.FailedPrecondition, nil, func() error { return f.remove(changed, "", false) })
		for _, name := range []string{demoRecurrence, "packages/PKG-BASIC", demoCustomer} {
			f.expectRejected(codes.Aborted, nil, func() error { return f.remove(name, `"7"`, false) })
			f.expectRejected(codes.OK, nil, func() error { return f.remove(name, "", true) })
			if err := f.remove(name, `"1"`, false); err != nil {
				t.Fatal(err)
			}
			f.expectRejected(codes.NotFound, nil, func() error { return f.remove(name, "", false) })
		}
		last, err := f.feed.ListChanges(t.Context(), &changesv1.ListChangesRequest{Filter: `kind = KIND_DELETED`})
		if err != nil || len(last.GetChanges()) != 3 || last.GetChanges()[2].GetResource() != demoCustomer || last.GetChanges()[2].GetState() == nil {
			t.Errorf("feed: got %v, error %v", last, err)
		}
	})
}

func TestInactiveIsRefusedToNewReferences(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		_, err1 := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: &customerrecurrencev1.Customer{Name: demoCustomer, Inactive: true}})
		_, err2 := f.packages.UpdatePackage(t.Context(), &customerrecurrencev1.UpdatePackageRequest{Package: &customerrecurrencev1.Package{Name: "packages/PKG-BASIC", Inactive: true}})
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		create := func(parent, pack string) func() error {
			return func() error {
				_, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
					Parent: parent, Recurrence: &customerrecurrencev1.Recurrence{PackageId: pack, Price: amount("1", "")},
				})
				return err
			}
		}
		f.expectRejected(codes.InvalidArgument, []string{"parent"}, create(demoCustomer, "PKG-PRO"))
		f.expectRejected(codes.InvalidArgument, []string{"recurrence.package_id"}, create("customers/C-1002", "PKG-BASIC"))
		basic, pro := "PKG-BASIC", "PKG-PRO"
		f.expectRejected(codes.InvalidArgument, []string{"upgrade_downgrade.recurrence.package_id"}, func() error {
			_, err := f.put(t.Context(), "C-1002", "R-5002", &dynamicsv1.Recurrence{PackageId: &basic})
			if reason(err) != "INACTIVE" {
				t.Errorf("got %v", err)
			}
			return err
		})
		for _, pack := range []*string{&basic, &pro} { // what refers to them already keeps working
			if _, err := f.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{PackageId: pack}); err != nil {
				t.Error(err)
			}
		}
		active, err := f.customers.ListCustomers(t.Context(), &customerrecurrencev1.ListCustomersRequest{Filter: `inactive = false`})
		if got := listed(t, active.GetCustomers(), err); got != "C-1002" {
			t.Errorf("active customers: got %q", got)
		}
	})
}

func TestBatchGetReturnsResourcesInTheOrderOfTheNames(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.put(t.Context(), "C-1001", "R-5001", documentedBody()); err != nil {
			t.Fatal(err)
		}
		other := "customers/C-1002/recurrences/R-5002"
		for _, c := range []struct{ parent, names, want string }{
			{"", "customers/C-1002 customers/C-1001", "C-1002 C-1001"},
			{"", "customers/C-1002 customers/none", "names[1]: NOT_FOUND"},
			{"", "packages/PKG-PRO packages/PKG-BASIC packages/PKG-PRO", "PKG-PRO PKG-BASIC PKG-PRO"},
			{"customers/-", other + " " + demoRecurrence, "R-5002 R-5001"},
			{demoCustomer, other, "names[0]: INVALID_NAME"},
			{"customers/-/recurrences/-", demoRecurrence + "/changes/2", "2"},
			{demoRecurrence, demoRecurrence + "/changes/2", "2"},
			{other, demoRecurrence + "/changes/2", "names[0]: INVALID_NAME"},
		} {
			var got string
			switch names := strings.Fields(c.names); {
			case strings.Contains(c.names, "/changes/"):
				found, err := f.recurrences.BatchGetRecurrenceChanges(t.Context(), &customerrecurrencev1.BatchGetRecurrenceChangesRequest{Parent: c.parent, Names: names})
				got = listed(t, found.GetRecurrenceChanges(), err)
			case c.parent != "":
				found, err := f.recurrences.BatchGetRecurrences(t.Context(), &customerrecurrencev1.BatchGetRecurrencesRequest{Parent: c.parent, Names: names})
				got = listed(t, found.GetRecurrences(), err)
			case strings.HasPrefix(c.names, "packages"):
				found, err := f.packages.BatchGetPackages(t.Context(), &customerrecurrencev1.BatchGetPackagesRequest{Names: names})
				got = listed(t, found.GetPackages(), err)
			default:
				found, err := f.customers.BatchGetCustomers(t.Context(), &customerrecurrencev1.BatchGetCustomersRequest{Names: names})
				got = listed(t, found.GetCustomers(), err)
			}
			if got != c.want {
				t.Errorf("%s of %q: got %q, want %q", c.names, c.parent, got, c.want)
			}
		}
	})
}

// Texts that look alike are one id, whichever form of Unicode a caller writes.
func TestIDsAreComparedInNFC(t *testing.T) {
	const composed, decomposed = "\u00e9", "e\u0301"
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		_, err1 := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer(), CustomerId: decomposed})
		_, err2 := f.packages.CreatePackage(t.Context(), &customerrecurrencev1.CreatePackageRequest{
			PackageId: composed, Package: &customerrecurrencev1.Package{ServiceIds: []string{decomposed}, Enforced: true},
		})
		_, err3 := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: "customers/" + composed, RecurrenceId: composed,
			Recurrence: &customerrecurrencev1.Recurrence{PackageId: decomposed, Price: amount("1", ""), Services: []*customerrecurrencev1.ContractedService{{ServiceId: composed, Value: "kept"}}},
		})
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		id, pack, name := decomposed, decomposed, "Otra"
		if _, err := f.put(t.Context(), decomposed, decomposed, &dynamicsv1.Recurrence{RecurrenceId: &id, PackageId: &pack, Name: &name, Services: services(service(decomposed))}); err != nil {
			t.Fatal(err)
		}
		got := f.recurrence("customers/" + composed + "/recurrences/" + composed)
		if got.GetPackageId() != composed || got.GetServices()[0].GetServiceId() != composed || got.GetServices()[0].GetValue() != "kept" {
			t.Errorf("got %v", got)
		}
		change := f.changes(got.GetName())[0]
		if len(change.GetAddedServices())+len(change.GetRemovedServices())+len(change.GetChangedServices()) > 0 || change.GetOldPackageId() != change.GetNewPackageId() {
			t.Errorf("the same ids in another form are a change: %v", change)
		}
	})
}
