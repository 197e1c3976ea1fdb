package customerrecurrence_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

func fiscalData(taxID string) *dynamicsv1.FiscalData {
	return &dynamicsv1.FiscalData{TaxId: &taxID, TaxRegimeCode: proto.String("626"), ZipCode: proto.String("06600")}
}

func (f *fixture) correctFiscalData(sent *dynamicsv1.FiscalData) (*dynamicsv1.UpdateFiscalDataResponse, error) {
	return f.vendorCustomers.UpdateFiscalData(f.t.Context(), &dynamicsv1.UpdateFiscalDataRequest{GrantorTaxId: "CON150401AB1", FiscalData: sent})
}

func TestVendorCorrectsFiscalData(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		before, err := f.vendorCustomers.GetCustomer(t.Context(), &dynamicsv1.GetCustomerRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: "AUR120315XY4"})
		if err != nil {
			t.Fatal(err)
		}
		sent := fiscalData("AUR120315XY4")
		sent.BusinessName = proto.String("Aurora, S. de R.L.")
		answer, err := f.correctFiscalData(sent)
		if err != nil || !proto.Equal(answer.GetData(), sent) || !answer.GetSuccess() {
			t.Fatalf("got %v, error %v", answer, err)
		}
		want := before.GetData()
		want.BusinessName, want.ZipCode, want.Defaults.FiscalRegimeV40 = sent.BusinessName, sent.ZipCode, sent.TaxRegimeCode
		after, err := f.vendorCustomers.GetCustomer(t.Context(), &dynamicsv1.GetCustomerRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: "AUR120315XY4"})
		if err != nil || !proto.Equal(after.GetData(), want) {
			t.Errorf("got %v, want %v, error %v", after.GetData(), want, err)
		}
		person := fiscalData("LOMJ850723QR8")
		f.expectRejected(codes.InvalidArgument, []string{"fiscal_data.name", "fiscal_data.surname1"}, func() error {
			_, err := f.correctFiscalData(person)
			return err
		})
		person.Name, person.Surname1, person.Surname2 = proto.String("José Ángel"), proto.String("López"), proto.String("de la O")
		if answer, err = f.correctFiscalData(person); err != nil || answer.GetData().GetName() != "José Ángel" || answer.GetData().GetSurname2() != "de la O" {
			t.Errorf("a person: got %v, error %v", answer, err)
		}
	})
}

func TestVendorNamesTheMembersOfFiscalData(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		nameless := fiscalData("LOMJ850723QR8")
		nameless.Name, nameless.Surname1, nameless.BusinessName = proto.String(" "), proto.String(""), proto.String("x")
		f.expectRejected(codes.InvalidArgument, []string{"fiscal_data.name", "fiscal_data.surname1"}, func() error {
			_, err := f.correctFiscalData(nameless)
			return err
		})
		wrong := fiscalData("AUR120315XY4")
		wrong.Surname2, wrong.ZipCode, wrong.TaxRegimeCode = proto.String(strings.Repeat("x", 51)), proto.String(strings.Repeat("1", 21)), proto.String(strings.Repeat("6", 51))
		f.expectRejected(codes.InvalidArgument, []string{"fiscal_data.surname2", "fiscal_data.zip_code", "fiscal_data.tax_regime_code"}, func() error {
			_, err := f.correctFiscalData(wrong)
			return err
		})
		// Its page has no pattern for names, unlike that of PUT api/Customer.
		free := fiscalData("LOMJ850723QR8")
		free.Name, free.Surname1 = proto.String("Mary-Ann 2"), proto.String("O'Brien")
		if answer, err := f.correctFiscalData(free); err != nil || answer.GetData().GetSurname1() != "O'Brien" {
			t.Errorf("got %v, error %v", answer, err)
		}
		refused := edit("CON150401AB1", "LOMJ850723QR8")
		refused.Name = proto.String("Mary-Ann 3")
		f.expectRejected(codes.InvalidArgument, []string{"customer.name"}, func() error {
			_, err := f.vendorCustomers.UpdateCustomer(t.Context(), &dynamicsv1.UpdateCustomerRequest{Customer: refused})
			return err
		})
		f.expectRejected(codes.NotFound, nil, func() error {
			_, err := f.correctFiscalData(fiscalData("AAA010101AAA"))
			return err
		})
	})
}

func TestVendorReadsInvoiceDefaults(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		read := func(taxID string) *dynamicsv1.InvoiceDefaults {
			answer, err := f.vendorCustomers.GetInvoiceDefaults(t.Context(), &dynamicsv1.GetInvoiceDefaultsRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: taxID, DocumentTypeId: 3})
			if err != nil {
				t.Fatal(err)
			}
			return answer.GetData()
		}
		want := &dynamicsv1.InvoiceDefaults{
			PaymentCondition: proto.Int32(30), ContactInfo: proto.String("08de22c4-0f8b-cf6b-ba1f-9f7acc681e9c"), ContactInfoValue: proto.String("Marina Robles"),
			SellerId: proto.String("08de22c4-0f8b-cf6b-ba1f-9f7acc681e9d"), PaymentMethod: proto.String("PPD"), PaymentWay: proto.String("03"),
			CfdiUse: proto.String("G03"), CurrencyId: proto.Int32(1),
		}
		if got := read("AUR120315XY4"); !proto.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := read("LOMJ850723QR8"); !proto.Equal(got, &dynamicsv1.InvoiceDefaults{}) {
			t.Errorf("a customer without defaults: got %v", got)
		}
		_, err := f.vendorCustomers.GetInvoiceDefaults(t.Context(), &dynamicsv1.GetInvoiceDefaultsRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: "nobody", DocumentTypeId: 3})
		if status.Code(err) != codes.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func (f *fixture) plan(taxID string) *dynamicsv1.Grantor {
	f.t.Helper()
	answer, err := f.grantors.GetGrantor(f.t.Context(), &dynamicsv1.GetGrantorRequest{GrantorTaxId: taxID})
	if err != nil || !answer.GetSuccess() {
		f.t.Fatalf("got %v, error %v", answer, err)
	}
	return answer.GetData()
}

func detail(code, name string, included, consumed int64) *dynamicsv1.PlanDetail {
	d := &dynamicsv1.PlanDetail{ServiceCode: &code, TotalIncluded: &included, TotalConsumed: &consumed}
	if name != "" {
		d.ServiceName = &name
	}
	return d
}

// The plan shows the service of whose limit the largest share is consumed, in the tenant's month.
func TestVendorReadsThePlanOfTheMonth(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.settings.UpdateRecurrenceSettings(t.Context(), &customerrecurrencev1.UpdateRecurrenceSettingsRequest{
			RecurrenceSettings: &customerrecurrencev1.RecurrenceSettings{TimeZone: "America/Mexico_City"},
		}); err != nil {
			t.Fatal(err)
		}
		got := f.plan("AUR120315XY4")
		want := &dynamicsv1.Grantor{
			GrantorTaxId: proto.String("AUR120315XY4"), BusinessName: proto.String("Comercializadora Aurora, S.A. de C.V."),
			CreationDate: proto.String("2026-03-01T03:30:00.123456-06:00"),
			PlanStatus: &dynamicsv1.PlanStatus{
				From: proto.String("2026-03-01T00:00:00-06:00"), To: proto.String("2026-03-31T23:59:59-06:00"), Detail: detail("SVC-CFDI", "", 100, 0),
			},
		}
		if !proto.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if _, err := f.catalogue.CreateService(t.Context(), &customerrecurrencev1.CreateServiceRequest{
			ServiceId: "SVC-STORAGE", Service: &customerrecurrencev1.Service{DisplayName: "Almacenamiento"},
		}); err != nil {
			t.Fatal(err)
		}
		event := func(id, recurrence, service string, quantity int64) *customerrecurrencev1.UsageEvent {
			return &customerrecurrencev1.UsageEvent{EventId: id, Recurrence: recurrence, ServiceId: service, Quantity: quantity}
		}
		f.record(3, 0, 0, nil, event("1", demoRecurrence, "SVC-CFDI", 79), event("2", demoRecurrence, "SVC-STORAGE", 4), event("3", "customers/C-1002/recurrences/R-5002", "SVC-CFDI", 900))
		if got := f.plan("AUR120315XY4").GetPlanStatus().GetDetail(); !proto.Equal(got, detail("SVC-STORAGE", "Almacenamiento", 5, 4)) {
			t.Errorf("got %v", got)
		}
		// A company that is no client itself has what its customers contracted.
		if got := f.plan("CON150401AB1"); !proto.Equal(got.GetPlanStatus().GetDetail(), detail("SVC-CFDI", "", 1100, 979)) || got.BusinessName != nil {
			t.Errorf("got %v", got)
		}
		f.clock.Advance(31 * 24 * time.Hour)
		if got := f.plan("AUR120315XY4").GetPlanStatus(); !proto.Equal(got.GetDetail(), detail("SVC-CFDI", "", 100, 0)) || got.GetFrom() != "2026-04-01T00:00:00-06:00" {
			t.Errorf("in April: got %v", got)
		}
		if _, err := f.customers.CancelCustomer(t.Context(), &customerrecurrencev1.CancelCustomerRequest{Name: demoCustomer}); err != nil {
			t.Fatal(err)
		}
		if got := f.plan("AUR120315XY4"); got.PlanStatus != nil {
			t.Errorf("of a cancelled customer: got %v", got)
		}
		for range 2 {
			if _, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{Customer: smallCustomer()}); err != nil {
				t.Fatal(err)
			}
		}
		for taxID, want := range map[string]string{"nobody": "NOT_FOUND", "XAXX010101000": "AMBIGUOUS"} {
			_, err := f.grantors.GetGrantor(t.Context(), &dynamicsv1.GetGrantorRequest{GrantorTaxId: taxID})
			if reason(err) != want || want == "AMBIGUOUS" && !strings.Contains(status.Convert(err).Message(), "2 customers") {
				t.Errorf("%s: got %v", taxID, err)
			}
		}
	})
}

// The plan of a company that invoices many counts all that is in force, however much that is.
func TestVendorReadsThePlanOfManyCustomers(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		const customers = 1205
		var all []proto.Message
		for i := range customers {
			one := smallCustomer()
			one.Name, one.GrantorTaxId = fmt.Sprintf("customers/M-%04d", i), "MAB9307148T4"
			all = append(all, one, &customerrecurrencev1.Recurrence{
				Name: one.GetName() + "/recurrences/R", PackageId: "P", Price: amount("1", "MXN"),
				Services: []*customerrecurrencev1.ContractedService{{ServiceId: "many", TransactionLimit: 3}},
			})
		}
		f.importAll(t, all...)
		f.record(2, 0, 0, nil,
			&customerrecurrencev1.UsageEvent{EventId: "1", Recurrence: "customers/M-0000/recurrences/R", ServiceId: "many", Quantity: 2},
			&customerrecurrencev1.UsageEvent{EventId: "2", Recurrence: "customers/M-1204/recurrences/R", ServiceId: "many", Quantity: 5})
		if got := f.plan("MAB9307148T4").GetPlanStatus().GetDetail(); !proto.Equal(got, detail("many", "", 3*customers, 7)) {
			t.Errorf("got %v", got)
		}
		if _, err := f.customers.CancelCustomer(t.Context(), &customerrecurrencev1.CancelCustomerRequest{Name: "customers/M-0000"}); err != nil {
			t.Fatal(err)
		}
		if got := f.plan("MAB9307148T4").GetPlanStatus().GetDetail(); !proto.Equal(got, detail("many", "", 3*(customers-1), 5)) {
			t.Errorf("without a cancelled customer: got %v", got)
		}
	})
}

// With windows of cycles, the plan sums what each recurrence consumed in its own cycle, and not what it consumed before.
func TestVendorReadsThePlanOfCycles(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		if _, err := f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE); err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(24 * time.Hour)
		for id, c := range map[string]struct {
			cycle customerrecurrencev1.RecurrenceCycle
			start *date.Date
		}{"a": {1, day(2026, 1, 20)}, "b": {2, day(2026, 1, 31)}, "c": {4, nil}} {
			one := smallCustomer()
			one.GrantorTaxId = "MAB9307148T4"
			made, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{CustomerId: "cyc-" + id, Customer: one})
			if err != nil {
				t.Fatal(err)
			}
			contracted, err := f.recurrences.CreateRecurrence(t.Context(), &customerrecurrencev1.CreateRecurrenceRequest{
				Parent: made.GetName(), RecurrenceId: id, Recurrence: &customerrecurrencev1.Recurrence{
					PackageId: "P", Price: amount("1", "MXN"), Cycle: c.cycle, StartDate: c.start,
					Services: []*customerrecurrencev1.ContractedService{{ServiceId: "other"}, {ServiceId: "S", TransactionLimit: 100}},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			for at, quantity := range map[time.Time]int64{
				time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC): 1, time.Date(2026, 2, 25, 0, 0, 0, 0, time.UTC): 10, f.clock.Now(): 20,
			} {
				f.record(1, 0, 0, nil, &customerrecurrencev1.UsageEvent{
					EventId: id + at.String(), Recurrence: contracted.GetName(), ServiceId: "S", Quantity: quantity, EventTime: timestamppb.New(at),
				})
			}
		}
		// a: 10 and 20 since February 20; b: all since January 31; c: 20 since today.
		status := f.plan("MAB9307148T4").GetPlanStatus()
		if !proto.Equal(status.GetDetail(), detail("S", "", 300, 81)) || status.GetFrom() != "2026-02-20T00:00:00+00:00" {
			t.Errorf("got %v", status)
		}
	})
}

// A cancelled customer of the same RFC is in nobody's way, and hides no plan.
func TestVendorFindsACompanyBesideItsCancelledNamesake(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		create := func(id, taxID string, cancelled bool) {
			t.Helper()
			namesake := smallCustomer()
			namesake.CustomerTaxId, namesake.BusinessName = taxID, id
			if _, err := f.customers.CreateCustomer(t.Context(), &customerrecurrencev1.CreateCustomerRequest{CustomerId: id, Customer: namesake}); err != nil {
				t.Fatal(err)
			}
			if !cancelled {
				return
			}
			if _, err := f.customers.CancelCustomer(t.Context(), &customerrecurrencev1.CancelCustomerRequest{Name: "customers/" + id}); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range []string{"first", "second"} {
			create(id, "AUR120315XY4", true)
		}
		if got := f.plan("AUR120315XY4"); got.GetBusinessName() != "Comercializadora Aurora, S.A. de C.V." || got.GetPlanStatus() == nil {
			t.Errorf("beside cancelled namesakes: got %v", got)
		}
		number := int64(5)
		if _, err := f.grantors.AddPacService(t.Context(), &dynamicsv1.AddPacServiceRequest{PacService: &dynamicsv1.PacService{GrantorTaxId: proto.String("AUR120315XY4"), ServiceId: &number}}); err != nil {
			t.Error(err)
		}
		get := func(taxID string) (*dynamicsv1.GetCustomerResponse, error) {
			return f.vendorCustomers.GetCustomer(t.Context(), &dynamicsv1.GetCustomerRequest{GrantorTaxId: "CON150401AB1", CustomerTaxId: taxID})
		}
		if one, err := get("AUR120315XY4"); err != nil || one.GetData().GetBusinessName() != "Comercializadora Aurora, S.A. de C.V." {
			t.Errorf("got %v, error %v", one, err)
		}
		// The company that invoices the others was a customer of its own once.
		create("self", "CON150401AB1", true)
		if got := f.plan("CON150401AB1"); got.GetPlanStatus() == nil {
			t.Errorf("of a company that was a customer: got %v", got)
		}
		create("gone", "GON010101AA1", true)
		if got := f.plan("GON010101AA1"); got.GetBusinessName() != "gone" || got.GetPlanStatus() != nil {
			t.Errorf("of a cancelled customer: got %v", got)
		}
		if one, err := get("GON010101AA1"); err != nil || one.GetData().GetBusinessName() != "gone" {
			t.Errorf("a cancelled customer: got %v, error %v", one, err)
		}
		for _, id := range []string{"a", "b"} {
			create(id, "GON010101AA1", false)
		}
		if _, err := get("GON010101AA1"); reason(err) != "AMBIGUOUS" || !strings.Contains(status.Convert(err).Message(), "2 customers") {
			t.Errorf("got %v", err)
		}
	})
}

func TestVendorAddsAServiceToThePlan(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		send := func(ctx context.Context, taxID string, number int64) error {
			answer, err := f.grantors.AddPacService(ctx, &dynamicsv1.AddPacServiceRequest{PacService: &dynamicsv1.PacService{
				GrantorTaxId: &taxID, ServiceId: &number, CompanyId: proto.String("7"), IsMigrated: proto.Bool(true),
			}})
			if err == nil && (!answer.GetSuccess() || answer.GetData() == nil) {
				t.Errorf("got %v", answer)
			}
			return err
		}
		keyed := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "k")
		for range 2 {
			if err := send(keyed, "AUR120315XY4", 9007199254740993); err != nil {
				t.Fatal(err)
			}
		}
		if err := send(t.Context(), "AUR120315XY4", 9007199254740993); err != nil { // contracted already
			t.Fatal(err)
		}
		changes := f.changes(demoRecurrence)
		if len(changes) != 1 || len(changes[0].GetAddedServices()) != 1 || changes[0].GetAddedServices()[0].GetExternalServiceId() != "9007199254740993" {
			t.Errorf("got changes %v", changes)
		}
		if added := changes[0].GetAddedServices()[0]; added.GetTransactionLimit() != 0 { // its package includes no such service, and no page names a limit
			t.Errorf("got %v", added)
		}
		for taxID, code := range map[string]codes.Code{"CON150401AB1": codes.NotFound, "AAA010101AAA": codes.NotFound} {
			f.expectRejected(code, nil, func() error { return send(t.Context(), taxID, 1) })
		}
		f.expectRejected(codes.InvalidArgument, []string{"pac_service.service_id"}, func() error { return send(t.Context(), "AUR120315XY4", -1) })
		if _, err := f.put(t.Context(), "C-1001", "R-5001", &dynamicsv1.Recurrence{PackageId: proto.String("PKG-CLOSED"), Services: services(service("SVC-CFDI"))}); err != nil {
			t.Fatal(err)
		}
		f.expectRejected(codes.InvalidArgument, []string{"pac_service.service_id"}, func() error { return send(t.Context(), "AUR120315XY4", 5) })
		f.contract("second", false)
		f.expectRejected(codes.InvalidArgument, nil, func() error { return send(t.Context(), "AUR120315XY4", 5) })
		if err := send(keyed, "AUR120315XY4", 9007199254740993); err != nil {
			t.Errorf("repeated with its key: got %v", err)
		}
	})
}

// What is ours beside the vendor's update: recurrences are contracted and read in its shapes.
func TestRecurrencesInTheVendorsShapes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, newFixture func(*testing.T) *fixture) {
		f := newFixture(t)
		create := func(ctx context.Context, client string, body *dynamicsv1.Recurrence) (*dynamicsv1.Recurrence, error) {
			answer, err := f.vendor.CreateRecurrence(ctx, &dynamicsv1.CreateRecurrenceRequest{ClientId: client, UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{Recurrence: body}})
			return answer.GetData(), err
		}
		get := func(client, id string) (*dynamicsv1.Recurrence, error) {
			answer, err := f.vendor.GetRecurrence(t.Context(), &dynamicsv1.GetRecurrenceRequest{ClientId: client, RecurrenceId: id})
			return answer.GetData(), err
		}
		list := func(client string) ([]*dynamicsv1.Recurrence, error) {
			answer, err := f.vendor.ListRecurrences(t.Context(), &dynamicsv1.ListRecurrencesRequest{ClientId: client})
			return answer.GetData().GetItems(), err
		}
		one := &dynamicsv1.Recurrence{RecurrenceId: proto.String("R-1"), PackageId: proto.String("PKG-BASIC"), Name: proto.String("n"), Price: price("12.345"), Services: services(service("a"))}
		keyed := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "k")
		for range 2 {
			if created, err := create(keyed, "C-1001", one); err != nil || created.GetPrice().GetValue() != "12.345" || created.GetServices().GetItems()[0].GetTransactionLimit() != 0 {
				t.Fatalf("got %v, error %v", created, err)
			}
		}
		f.meter()
		offered, err := create(t.Context(), "C-1001", &dynamicsv1.Recurrence{PackageId: proto.String("METERED")})
		if err != nil || offered.GetRecurrenceId() == "" || len(offered.GetServices().GetItems()) == 0 || offered.GetPrice() == nil {
			t.Errorf("from the catalogue: got %v, error %v", offered, err)
		}
		all, err := list("C-1001")
		read, err2 := get("C-1001", "R-1")
		if err != nil || err2 != nil || len(all) != 4 || !proto.Equal(all[0], read) && !proto.Equal(all[1], read) {
			t.Errorf("got %v and %v, errors %v, %v", all, read, err, err2)
		}
		for _, c := range []struct {
			code   codes.Code
			fields []string
			client string
			body   *dynamicsv1.Recurrence
		}{
			{codes.AlreadyExists, nil, "C-1001", one},
			{codes.NotFound, nil, "nobody", one},
			{codes.InvalidArgument, []string{"upgrade_downgrade.recurrence"}, "C-1001", &dynamicsv1.Recurrence{RecurrenceId: proto.String("x")}},
			{codes.InvalidArgument, []string{"upgrade_downgrade.recurrence"}, "C-1001", nil},
			{codes.InvalidArgument, []string{"upgrade_downgrade.recurrence.recurrence_id"}, "C-1001", &dynamicsv1.Recurrence{RecurrenceId: proto.String("a/b"), PackageId: proto.String("METERED")}},
			{codes.InvalidArgument, []string{"upgrade_downgrade.recurrence.price"}, "C-1001", &dynamicsv1.Recurrence{PackageId: proto.String("unknown")}},
			{codes.InvalidArgument, []string{"upgrade_downgrade.recurrence.package_id", "upgrade_downgrade.recurrence.services.items[0].transaction_limit"}, "C-1001", &dynamicsv1.Recurrence{
				Price: price("1"), Services: services(&dynamicsv1.ContractedService{ServiceId: proto.String("a"), TransactionLimit: proto.Int32(-1)}),
			}},
		} {
			f.expectRejected(c.code, c.fields, func() error {
				_, err := create(t.Context(), c.client, c.body)
				return err
			})
		}
		for client, id := range map[string]string{"nobody": "customers/nobody does not exist", "C-1002": "customers/C-1002/recurrences/R-1 does not exist"} {
			if _, err := get(client, "R-1"); status.Code(err) != codes.NotFound || status.Convert(err).Message() != id {
				t.Errorf("got %v", err)
			}
		}
		if _, err := list("nobody"); status.Code(err) != codes.NotFound || status.Convert(err).Message() != "customers/nobody does not exist" {
			t.Errorf("got %v", err)
		}
		if _, err := f.customers.UpdateCustomer(t.Context(), &customerrecurrencev1.UpdateCustomerRequest{Customer: &customerrecurrencev1.Customer{Name: demoCustomer, Inactive: true}}); err != nil {
			t.Fatal(err)
		}
		f.expectRejected(codes.InvalidArgument, []string{"client_id"}, func() error {
			_, err := create(t.Context(), "C-1001", &dynamicsv1.Recurrence{PackageId: proto.String("METERED")})
			return err
		})
	})
}
