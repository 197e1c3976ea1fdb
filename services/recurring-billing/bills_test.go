package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

func TestCustomerBillIsCreatedReadAndReplaced(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		bills := vendor.NewCustomerBillServiceClient(f.conn)
		body := &vendor.CustomerBill{
			CustomerId: new(int32(77)), BillName: new("Doe, Jane"), BusinessName2: new("Doe Ltd"), Address1: new("1 Main St"), City: new("Plymouth"),
			State: new("MI"), Zip: new("48170"), ZipExt: new("1234"), CountryAbbrev: new("CAN"), Email: new("jane@example.com"), Phone1: new("555"), Phone2: new("556"), Fax: new("557"), County: new("Wayne"), BranchCode: new("n/a"),
		}
		created := must(bills.CreateCustomerBill(t.Context(), &vendor.CreateCustomerBillRequest{CustomerBill: body}))(t).GetCustomerBill()
		want := &vendor.CustomerBill{
			CustomerBillId: created.CustomerBillId, CustomerId: new(int32(77)), IsCommercial: new(true), BillName: new("Doe, Jane"), BusinessName2: new("Doe Ltd"),
			Address1: new("1 Main St"), City: new("Plymouth"), State: new("MI"), Zip: new("48170"), ZipExt: new("1234"), CountryAbbrev: new("CAN"),
			County: new("Wayne"), Phone1: new("555"), Phone2: new("556"), Fax: new("557"),
			Email: new("jane@example.com"), IsPrimary: new(true), Inactive: new(false), BranchCode: new("N/A"), EmailInvoices: new(true),
		}
		id := created.GetCustomerBillId()
		read := must(bills.GetCustomerBill(t.Context(), &vendor.GetCustomerBillRequest{Id: id}))(t).GetCustomerBill()
		listed := must(bills.ListCustomerBills(t.Context(), &vendor.ListCustomerBillsRequest{Id: 77, Option: "bycustomerid"}))(t).GetCustomerBills()
		if diff := gocmp.Diff([]*vendor.CustomerBill{want, want, want}, append([]*vendor.CustomerBill{created, read}, listed...), protocmp.Transform()); diff != "" {
			t.Errorf("created, read, listed (-want +got):\n%s", diff)
		}
		want.BillName, want.CountryAbbrev, want.Inactive, want.IsPrimary = new("Doe, John"), new("USA"), new(true), new(false)
		want.BranchCode, want.Fax, want.IsCommercial, want.EmailInvoices = new("EAST"), nil, new(false), new(false)
		must(bills.UpdateCustomerBill(t.Context(), &vendor.UpdateCustomerBillRequest{Id: id, CustomerBill: want}))(t)
		read = must(bills.GetCustomerBill(t.Context(), &vendor.GetCustomerBillRequest{Id: id}))(t).GetCustomerBill()
		if diff := gocmp.Diff(want, read, protocmp.Transform()); diff != "" {
			t.Errorf("replaced (-want +got):\n%s", diff)
		}
		f.unchanged(t, func() {
			put := func(id int32, body *vendor.CustomerBill) error {
				_, err := bills.UpdateCustomerBill(t.Context(), &vendor.UpdateCustomerBillRequest{Id: id, CustomerBill: body})
				return err
			}
			wantFaults(t, put(1, want), ofBill+"customer_bill_id ID_MISMATCH", ofBill+"customer_id ID_MISMATCH")
			want.CountryAbbrev, want.CustomerBillId = new("ZZZ"), &id
			wantFaults(t, put(id, want), ofBill+"country_abbrev UNKNOWN_VALUE")
			_, err := bills.GetCustomerBill(t.Context(), &vendor.GetCustomerBillRequest{Id: 4711})
			if status.Code(err) != codes.NotFound {
				t.Errorf("an unknown bill-to: %v", err)
			}
			_, err = bills.ListCustomerBills(t.Context(), &vendor.ListCustomerBillsRequest{Id: 77, Option: "ByName"})
			wantFaults(t, err, "option UNKNOWN_VALUE")
		})
	})
}

const ofBill = "customer_bill."

func TestCustomerInvoicesAreRead(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := vendor.NewCustomerInvoiceServiceClient(f.conn)
		f.leaver(t, nil)
		first := f.invoiced(t, day(2026, 2, 1))[0]
		second := f.invoiced(t, day(2026, 3, 1))[0]
		must(f.credit(t, &native.CreditNote{Invoice: first.GetName(), Reason: "x", Total: usd(3, 0)}))(t)
		must(f.void(t, &native.VoidInvoiceRequest{Name: second.GetName(), Reason: "x"}))(t)
		list := func(option string) []*vendor.CustomerInvoice {
			return must(invoices.ListCustomerInvoices(t.Context(), &vendor.ListCustomerInvoicesRequest{Id: 77, Option: option}))(t).GetCustomerInvoices()
		}
		want := &vendor.CustomerInvoice{
			InvoiceId: new(int32(1)), InvoiceNumber: new(int32(1)), JobCode: new("000"), InvoiceType: new("O"), CustomerId: new(int32(77)),
			InvoiceDate: new("02/01/2026"), InvoiceDateFormatted: new("2026-02-01T00:00:00"), Amount: number("28.00"), Credit: number("3.00"),
			Payment: number("0.00"), NetDue: number("25.00"), TaxAmount: number("0.00"), CustomerSiteId: new(int32(0)), CustomerSiteAddress: new(""),
			CustomerSiteName: new(""), IssueDate: new("02/01/2026"), CategoryCode: new("RMR"), AdvanceDeposit: number("0.00"), TermCode: new("N/A"),
			PoNumber: new(""), SalespersonCode: new("N/A"), InvoiceDescriptionCode: new("N/A"), ServiceStartDate: new("02/01/2026"),
		}
		read := must(invoices.GetCustomerInvoice(t.Context(), &vendor.GetCustomerInvoiceRequest{Id: 1}))(t).GetCustomerInvoice()
		if diff := gocmp.Diff([]*vendor.CustomerInvoice{want, want}, append(list("OpenBalance"), read), protocmp.Transform()); diff != "" {
			t.Errorf("invoices (-want +got):\n%s", diff)
		}
		if all := list("ByCustomerId"); len(all) != 2 || all[1].GetNetDue().GetValue() != "0.00" {
			t.Errorf("all invoices: %v", all)
		}
		if _, err := invoices.GetCustomerInvoice(t.Context(), &vendor.GetCustomerInvoiceRequest{Id: 4711}); status.Code(err) != codes.NotFound {
			t.Errorf("an unknown invoice: %v", err)
		}
	})
}

// The lists without an id have the last ten records, the last first.
func TestListsOfLastRecords(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := vendor.NewCustomerInvoiceServiceClient(f.conn)
		last := func() (numbers []int32) {
			for _, i := range must(invoices.ListLastCustomerInvoices(t.Context(), &vendor.ListLastCustomerInvoicesRequest{}))(t).GetCustomerInvoices() {
				numbers = append(numbers, i.GetInvoiceNumber())
			}
			return numbers
		}
		if got := last(); got != nil {
			t.Errorf("invoices before any run: %v", got)
		}
		f.leaver(t, nil)
		for month := int32(2); month <= 12; month++ {
			f.invoiced(t, day(2026, month, 1))
		}
		if got, want := last(), []int32{11, 10, 9, 8, 7, 6, 5, 4, 3, 2}; !slices.Equal(got, want) {
			t.Errorf("last invoices: %v, want %v", got, want)
		}
		var lines []int32
		for _, l := range must(f.ListLastCustomerRecurring(t.Context(), &vendor.ListLastCustomerRecurringRequest{}))(t).GetCustomerRecurrings() {
			lines = append(lines, l.GetCustomerRecurringId())
		}
		if want := []int32{21, 20, 19, 18, 17, 16, 15, 14, 13, 12}; !slices.Equal(lines, want) {
			t.Errorf("last lines: %v, want %v", lines, want)
		}
	})
}

// An invoice of several sites has none, and one of several categories has none either.
func TestCustomerInvoiceSaysSiteAndCategory(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoices := vendor.NewCustomerInvoiceServiceClient(f.conn)
		must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "CAT", Item: &native.Item{Description: "x", CategoryCode: "RMR"}}))(t)
		at := func(site int32) {
			f.leaver(t, func(l *native.RecurringLine) { l.SiteId, l.Item = site, "items/CAT" })
		}
		at(4)
		f.invoiced(t, day(2026, 2, 1))
		at(5)
		f.invoiced(t, day(2026, 3, 1))
		for number, want := range map[int32]string{1: "4 RMR", 2: "0 RMR"} {
			read := must(invoices.GetCustomerInvoice(t.Context(), &vendor.GetCustomerInvoiceRequest{Id: number}))(t).GetCustomerInvoice()
			if got := fmt.Sprint(read.GetCustomerSiteId(), " ", read.GetCategoryCode()); got != want {
				t.Errorf("invoice %d: %s, want %s", number, got, want)
			}
		}
	})
}
