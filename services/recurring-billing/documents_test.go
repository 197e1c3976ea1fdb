package recurringbilling_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

func TestBillingProfileIsStored(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		get := &native.GetBillingProfileRequest{Name: "billingProfile"}
		first := must(f.profiles.GetBillingProfile(t.Context(), get))(t)
		if first.GetDisplayName() != "default" || first.GetUpdateTime() != nil {
			t.Errorf("before one is set: %v", first)
		}
		profile := &native.BillingProfile{
			DisplayName: "Sécurité SA", TaxId: "RFC ABC010101AB1", PaymentTerms: "30 days", PaymentDays: 30,
			Address: &native.Address{Lines: []string{"1 rue Haute"}, City: "Lyon", PostalCode: "69001", RegionCode: "FR"}, Etag: first.GetEtag(),
		}
		update := &native.UpdateBillingProfileRequest{BillingProfile: profile}
		set := must(f.profiles.UpdateBillingProfile(t.Context(), update))(t)
		read := must(f.profiles.GetBillingProfile(t.Context(), get))(t)
		profile.Name, profile.Proration, profile.CycleBeginning = "billingProfile", native.Proration_PRORATION_BY_MONTH, native.CycleBeginning_CYCLE_BEGINNING_DAY_OF_SERVICE
		profile.PaperSize = native.PaperSize_PAPER_SIZE_A4
		for _, seen := range []*native.BillingProfile{set, read} {
			if diff := gocmp.Diff(profile, seen, protocmp.Transform(), protocmp.IgnoreFields(profile, "etag", "update_time")); diff != "" {
				t.Errorf("profile (-want +got):\n%s", diff)
			}
		}
		if _, err := f.profiles.UpdateBillingProfile(t.Context(), update); status.Code(err) != codes.Aborted {
			t.Errorf("an old etag: %v", err)
		}
		profile.Etag, profile.PaymentTerms = "", "a\x00b"
		_, err := f.profiles.UpdateBillingProfile(t.Context(), update)
		wantFaults(t, err, "billing_profile.payment_terms INVALID_TEXT")
		for _, days := range []int32{-1, 3651} {
			profile.PaymentTerms, profile.PaymentDays = "", days
			if _, err := f.profiles.UpdateBillingProfile(t.Context(), update); status.Code(err) != codes.InvalidArgument {
				t.Errorf("payable within %d days: %v", days, err)
			}
		}
		if other := must(f.profiles.GetBillingProfile(as(t, "other"), get))(t); other.GetDisplayName() != "other" {
			t.Errorf("another tenant's: %v", other)
		}
	})
}

func TestPrintInvoiceIsDeterministic(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		invoice := f.billed(t, "billTos/1")[0]
		var header metadata.MD
		first := must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: invoice.GetName()}, grpc.Header(&header)))(t)
		if got := header.Get("content-disposition"); len(got) != 1 || got[0] != `inline; filename="invoice-1.pdf"` {
			t.Errorf("got file name %q", got)
		}
		if first.GetContentType() != "application/pdf" || !bytes.HasPrefix(first.GetData(), []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(first.GetData()), []byte("%%EOF")) {
			t.Errorf("%d bytes of %s", len(first.GetData()), first.GetContentType())
		}
		f.clock.Advance(90 * time.Minute)
		for range 5 {
			if again := must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: invoice.GetName()}))(t); !bytes.Equal(again.GetData(), first.GetData()) {
				t.Fatal("the second print differs from the first")
			}
		}
		letter := must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: invoice.GetName(), PaperSize: native.PaperSize_PAPER_SIZE_LETTER}))(t)
		if !bytes.Contains(letter.GetData(), []byte("/MediaBox [0 0 612.00 792.00]")) || bytes.Contains(first.GetData(), []byte("612.00")) {
			t.Error("a request for Letter does not print on it, or one without prints on it")
		}
		note := must(f.credit(t, &native.CreditNote{Invoice: invoice.GetName(), Reason: "x"}))(t)
		printed := must(f.creditNotes.PrintCreditNote(t.Context(), &native.PrintCreditNoteRequest{Name: note.GetName()}))(t)
		if printed.GetContentType() != "application/pdf" || !bytes.HasPrefix(printed.GetData(), []byte("%PDF-")) {
			t.Errorf("%d bytes of %s", len(printed.GetData()), printed.GetContentType())
		}
		if credited := must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: invoice.GetName()}))(t); bytes.Equal(credited.GetData(), first.GetData()) {
			t.Error("the credit note does not show on the invoice")
		}
		for _, err := range []error{
			func() error {
				_, err := f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: "invoices/9-9-USD"})
				return err
			}(),
			func() error {
				_, err := f.invoices.ExportInvoice(t.Context(), &native.ExportInvoiceRequest{Name: "invoices/9-9-USD"})
				return err
			}(),
			func() error {
				_, err := f.creditNotes.PrintCreditNote(t.Context(), &native.PrintCreditNoteRequest{Name: "creditNotes/9"})
				return err
			}(),
			func() error {
				_, err := f.invoices.PrintInvoice(as(t, "other"), &native.PrintInvoiceRequest{Name: invoice.GetName()})
				return err
			}(),
		} {
			if status.Code(err) != codes.NotFound {
				t.Errorf("got %v, want NOT_FOUND", err)
			}
		}
	})
}

// The date is in the schedule's time zone at the time, as for a credit note. A later change of the
// zone changes no document.
func TestVoidDateUsesScheduleTimeZone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		zone := func(name string) {
			must(f.schedules.UpdateBillingSchedule(t.Context(), &native.UpdateBillingScheduleRequest{
				BillingSchedule: &native.BillingSchedule{DayOfMonth: 1, TimeZone: name},
			}))(t)
		}
		invoices := f.billed(t, "")
		today := gtype.Date(calendar.Of(f.clock.Now()))
		for i, name := range []string{"Pacific/Kiritimati", "Pacific/Pago_Pago"} {
			zone(name)
			note := must(f.credit(t, &native.CreditNote{Invoice: invoices[2].GetName(), Reason: "x", Total: usd(0, 1)}))(t)
			voided := must(f.void(t, &native.VoidInvoiceRequest{Name: invoices[i].GetName(), Reason: "x"}))(t)
			if proto.Equal(voided.GetVoidDate(), today) == (i == 0) || !proto.Equal(voided.GetVoidDate(), note.GetIssueDate()) {
				t.Errorf("time zone %s: void date is %v, but the credit note is dated %v", name, voided.GetVoidDate(), note.GetIssueDate())
			}
			printed := must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: voided.GetName()}))(t)
			zone("UTC")
			again := must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: voided.GetName()}))(t)
			if !bytes.Equal(printed.GetData(), again.GetData()) {
				t.Errorf("the document changed after the time zone changed from %s", name)
			}
		}
	})
}

// Customers move and sellers change their names. Issued documents stay the same, byte for byte; new
// ones show the new values.
func TestIssuedDocumentNeverChanges(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 31)})
		first := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofBillTo("billTos/1")})[0].GetName()
		print := func(name string) string {
			if strings.HasPrefix(name, "creditNotes/") {
				return string(must(f.creditNotes.PrintCreditNote(t.Context(), &native.PrintCreditNoteRequest{Name: name}))(t).GetData())
			}
			csv := must(f.invoices.ExportInvoice(t.Context(), &native.ExportInvoiceRequest{Name: name}))(t)
			return string(must(f.invoices.PrintInvoice(t.Context(), &native.PrintInvoiceRequest{Name: name}))(t).GetData()) + string(csv.GetData())
		}
		issued := map[string]string{}
		// Every change sets another seller, and the last two another address.
		for i, change := range []func(){
			func() {},
			func() {
				must(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{BillingProfile: &native.BillingProfile{DisplayName: "Seller 1"}}))(t)
			},
			func() {
				must(f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: &native.BillTo{Name: "billTos/1", Address: address()}}))(t)
			},
			func() {
				must(f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: &native.BillTo{Name: "billTos/1", DisplayName: "Moved away"}}))(t)
				must(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{BillingProfile: &native.BillingProfile{DisplayName: "Seller 3", Address: address()}}))(t)
			},
		} {
			change()
			for name, was := range issued {
				if print(name) != was {
					t.Errorf("document %[2]s changed after change %[1]d", i, name)
				}
			}
			run := f.run(t, &native.CycleRun{AsOfDate: day(2026, int32(4+i), 30), LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/1"}}})
			invoice := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})[0].GetName()
			// The credit note is for an earlier invoice. The invoice shows the credited amount, and
			// the credit note the present seller.
			note := must(f.credit(t, &native.CreditNote{Invoice: first, Reason: "Outage", Total: usd(0, 10)}))(t).GetName()
			issued[invoice], issued[note] = print(invoice), print(note)
			seller := []string{"default", "Seller 1", "Seller 1", "Seller 3"}[i]
			for _, name := range []string{invoice, note} {
				if author := "/Author (" + utf16(seller); !strings.Contains(issued[name], author) {
					t.Errorf("after change %d, %s is not by %s", i, name, seller)
				}
			}
		}
		if printed := print(first); !strings.Contains(printed, "/Author ("+utf16("default")) {
			t.Error("the first invoice is not by the seller that it was issued by")
		}
	})
}

// utf16 encodes a text as a PDF does for its author.
func utf16(text string) string {
	written := "\xfe\xff"
	for _, letter := range []byte(text) {
		written += "\x00" + string(letter)
	}
	return written
}

// table parses a CSV table of invoices: the cells of each row by column name.
func table(t testing.TB, text []byte) (rows []map[string]string) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatalf("reading %q: %v", text, err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, cell := range record {
			row[records[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

func TestExportedTableMatchesInvoices(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := newLine()
		line.Memo, line.Description, line.StartDate = "=1+1, \"quoted\"\nand more", "-5 °C; ünïcode €", day(2026, 4, 1)
		must(f.create(t, line, ""))(t)
		invoices := f.billed(t, "")
		must(f.void(t, &native.VoidInvoiceRequest{Name: invoices[0].GetName(), Reason: "x"}))(t)
		for _, request := range []*native.ExportInvoicesRequest{
			{}, {Filter: ofBillTo("billTos/1")}, {Filter: onlyVoid}, {Filter: ofRun("cycleRuns/2")}, {Filter: "customer_id = 99"},
			{OrderBy: "bill_to desc, number"},
		} {
			stream, err := f.invoices.ExportInvoices(t.Context(), request)
			var text []byte
			for _, chunk := range all(t, stream, err) {
				if chunk.GetContentType() != "text/csv; charset=utf-8" {
					t.Errorf("chunk of %s", chunk.GetContentType())
				}
				text = append(text, chunk.GetData()...)
			}
			var want, got []string
			wanted := f.allInvoices(t, &native.ListInvoicesRequest{Filter: request.GetFilter(), OrderBy: request.GetOrderBy()})
			totals := map[string]int64{}
			for _, invoice := range wanted {
				for i, item := range invoice.GetItems() {
					for _, part := range item.GetParts() {
						totals[invoice.GetName()] += cents(part.GetAmount())
						want = append(want, fmt.Sprint(invoice.GetName(), invoice.GetNumber(), invoice.GetState(), i+1, part.GetRecurringLine(), part.GetMemo(), part.GetDescription(), cents(part.GetAmount())))
					}
				}
			}
			sums := map[string]int64{}
			for _, row := range table(t, text) {
				var units, fraction int64
				if _, err := fmt.Sscanf(row["amount"], "%d.%02d", &units, &fraction); err != nil {
					t.Fatalf("amount %q: %v", row["amount"], err)
				}
				sums["invoices/"+row["invoice"]] += 100*units + fraction
				got = append(got, fmt.Sprint("invoices/"+row["invoice"], row["invoice_number"], "STATE_"+row["state"], row["item_number"], "recurringLines/"+row["recurring_line"],
					strings.TrimPrefix(row["memo"], "'"), strings.TrimPrefix(row["line_description"], "'"), 100*units+fraction))
			}
			for i := range want {
				want[i] = strings.ReplaceAll(want[i], " ", "")
			}
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], " ", "")
			}
			if diff := gocmp.Diff(want, got); diff != "" || !maps.Equal(totals, sums) {
				t.Errorf("%v (-want +got):\n%s", request, diff)
			}
			if len(wanted) == 1 {
				one := must(f.invoices.ExportInvoice(t.Context(), &native.ExportInvoiceRequest{Name: wanted[0].GetName()}))(t)
				if diff := gocmp.Diff(string(text), string(one.GetData())); diff != "" || one.GetContentType() != "text/csv; charset=utf-8" {
					t.Errorf("alone, as %s (-list +alone):\n%s", one.GetContentType(), diff)
				}
			}
		}
	})
}
