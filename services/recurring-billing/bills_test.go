package recurringbilling_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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
			Address1: new("1 Main St"), City: new("Plymouth"), State: new("MI"), Zip: new("48170-1234"), CountryAbbrev: new("CAN"),
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
		want.Zip, want.ZipExt = new("48170"), new("1234")
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
			want.CountryAbbrev = new("1!")
			wantFaults(t, put(id, want), ofBill+"country_abbrev UNKNOWN_VALUE")
			want.CountryAbbrev, want.Zip, want.ZipExt = nil, new(strings.Repeat("1", 16)), new(strings.Repeat("2", 10))
			wantFaults(t, put(id, want), ofBill+"zip TOO_LONG")
			want.Zip, want.Phone1, want.BranchCode, want.County = nil, new("1\n2"), new("E\tA"), new("W\x01")
			wantFaults(t, put(id, want), ofBill+"phone1 INVALID_TEXT", ofBill+"branch_code INVALID_TEXT", ofBill+"county INVALID_TEXT")
			_, err := bills.GetCustomerBill(t.Context(), &vendor.GetCustomerBillRequest{Id: 4711})
			if status.Code(err) != codes.NotFound {
				t.Errorf("an unknown bill-to: %v", err)
			}
			_, err = bills.ListCustomerBills(t.Context(), &vendor.ListCustomerBillsRequest{Id: 77, Option: "ByName"})
			wantFaults(t, err, "option UNKNOWN_VALUE")
		})
	})
}

// A bill-to that is read and sent back as it was read stays as it is, whatever the native API has stored.
func TestCustomerBillSentBackChangesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		bills := vendor.NewCustomerBillServiceClient(f.conn)
		for _, postal := range []string{"", "48170", "48170-1234", "48170-", "-1234", "48170-12345678901", "00-950", "1-2-3", strings.Repeat("9", 26)} {
			for _, region := range []string{"", "US", "CA", "PL"} {
				for _, details := range []*native.BillToDetails{
					nil, {Commercial: new(true), EmailInvoices: new(false)}, {Commercial: new(false), EmailInvoices: new(true), BranchCode: "EAST", Phone: "1", OtherPhone: "2", Fax: "3", County: "W"},
				} {
					for _, of := range []*native.Address{{PostalCode: postal, RegionCode: region}, {
						PostalCode: postal, RegionCode: region, Company: "Doe Ltd", Email: "jane@example.com", Lines: []string{"1", "2", "3"}, City: strings.Repeat("c", 60), State: strings.Repeat("s", 60),
					}} {
						must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 78, DisplayName: "Doe", Address: of, Details: details, Inactive: postal == ""}}))(t)
					}
				}
			}
		}
		request := &native.ListBillTosRequest{PageSize: 1000}
		before := must(f.billTos.ListBillTos(t.Context(), request))(t).GetBillTos()
		for _, one := range before {
			id, err := strconv.Atoi(strings.TrimPrefix(one.GetName(), "billTos/"))
			if err != nil {
				t.Fatal(err)
			}
			read := must(bills.GetCustomerBill(t.Context(), &vendor.GetCustomerBillRequest{Id: int32(id)}))(t).GetCustomerBill()
			must(bills.UpdateCustomerBill(t.Context(), &vendor.UpdateCustomerBillRequest{Id: int32(id), CustomerBill: read}))(t)
		}
		after := must(f.billTos.ListBillTos(t.Context(), request))(t).GetBillTos()
		if diff := gocmp.Diff(before, after, protocmp.Transform(), protocmp.IgnoreFields(&native.BillTo{}, "etag", "update_time")); diff != "" || len(before) < 200 {
			t.Errorf("%d bill-tos sent back (-want +got):\n%s", len(before), diff)
		}
	})
}

// What is sent otherwise than it is shown is kept.
func TestCustomerBillKeepsWhatIsSaid(t *testing.T) {
	f := open(t, true)
	bills := vendor.NewCustomerBillServiceClient(f.conn)
	created := must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 78, DisplayName: "Doe"}}))(t)
	id, err := strconv.Atoi(strings.TrimPrefix(created.GetName(), "billTos/"))
	if err != nil {
		t.Fatal(err)
	}
	read := must(bills.GetCustomerBill(t.Context(), &vendor.GetCustomerBillRequest{Id: int32(id)}))(t).GetCustomerBill()
	// Shown for a company with an e-mail address is true for both.
	read.BusinessName2, read.Email, read.CountryAbbrev = new("Doe Ltd"), new("jane@example.com"), new("CAN")
	must(bills.UpdateCustomerBill(t.Context(), &vendor.UpdateCustomerBillRequest{Id: int32(id), CustomerBill: read}))(t)
	got := must(f.billTos.GetBillTo(t.Context(), &native.GetBillToRequest{Name: created.GetName()}))(t)
	want := &native.BillToDetails{Commercial: new(false), EmailInvoices: new(false)}
	if diff := gocmp.Diff(want, got.GetDetails(), protocmp.Transform()); diff != "" || got.GetAddress().GetRegionCode() != "CA" {
		t.Errorf("region %q, details (-want +got):\n%s", got.GetAddress().GetRegionCode(), diff)
	}
}

// Codes of other systems have no blanks at their end, and the vendor's code for none is none, on both faces.
func TestOtherCodesAreNormal(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		billTo := must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 78, DisplayName: "Doe", Details: &native.BillToDetails{BranchCode: "n/a "}}}))(t)
		line := f.leaver(t, func(l *native.RecurringLine) { l.JobCode, l.BranchCode = "J-1  ", "N/A" })
		none := f.leaver(t, func(l *native.RecurringLine) { l.JobCode, l.BranchCode = "000", "EAST " })
		for _, l := range []*native.RecurringLine{line, none} {
			if read := f.line(t, l.GetName()); read.GetJobCode() != l.GetJobCode() || read.GetBranchCode() != l.GetBranchCode() {
				t.Errorf("stored %v, answered %v", read, l)
			}
		}
		got := []string{billTo.GetDetails().GetBranchCode(), line.GetJobCode(), line.GetBranchCode(), none.GetJobCode(), none.GetBranchCode()}
		if want := []string{"", "J-1", "", "", "EAST"}; !slices.Equal(got, want) {
			t.Errorf("codes %q, want %q", got, want)
		}
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
