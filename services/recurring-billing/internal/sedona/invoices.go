package sedona

import (
	"context"
	"math"
	"slices"

	googledecimal "google.golang.org/genproto/googleapis/type/decimal"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

const (
	// otherInvoice is the vendor's type of an invoice that is not of service.
	otherInvoice = "O"
)

// lastRecords is how many records a list without an id has, as the vendor's pages say.
const lastRecords = 10

// numbered is the condition that an invoice is not a draft.
var numbered = listing.Present{Field: invoice.FieldNumber}

func invoiceMessage(d *invoice.Document, categories map[catalogue.ItemCode]string) (*pb.CustomerInvoice, error) {
	credited := d.Credited
	if d.State == invoice.Void {
		credited = d.Total
	}
	number, issued := new(int32(min(d.Number, math.MaxInt32))), day(d.IssueDate)
	message := &pb.CustomerInvoice{
		InvoiceId: number, InvoiceNumber: number, JobCode: new(catalogue.NoJob), InvoiceType: new(otherInvoice), CustomerId: new(int32(d.Customer)),
		InvoiceDate: issued, InvoiceDateFormatted: dateTime(d.IssueDate), IssueDate: issued,
		CustomerSiteId: new(int32(siteOf(d))), CustomerSiteAddress: new(""), CustomerSiteName: new(""), CategoryCode: new(categoryOf(d, categories)),
		TermCode: new(catalogue.NoCode), PoNumber: new(""), SalespersonCode: new(catalogue.NoCode),
		InvoiceDescriptionCode: new(catalogue.NoCode), ServiceStartDate: day(firstDay(d)),
	}
	for _, figure := range []struct {
		to    **googledecimal.Decimal
		minor int64
	}{
		{&message.Amount, d.Total}, {&message.Credit, credited}, {&message.Payment, 0}, {&message.NetDue, d.Total - credited}, {&message.TaxAmount, 0},
		{&message.AdvanceDeposit, 0},
	} {
		amount, err := d.Amount(figure.minor)
		if err != nil {
			return nil, err
		}
		*figure.to = gtype.Decimal(amount.Value)
	}
	return message, nil
}

// siteOf returns the site of all lines of an invoice, or 0 if they have several or none.
func siteOf(d *invoice.Document) (site line.SiteID) {
	first := true
	for _, origin := range d.Origins {
		if !first && origin.Site != site {
			return 0
		}
		site, first = origin.Site, false
	}
	return site
}

// categoryOf returns the category of all items of an invoice, or none.
func categoryOf(d *invoice.Document, categories map[catalogue.ItemCode]string) string {
	category := ""
	for i, code := range codesOf(d) {
		if i > 0 && categories[code] != category {
			return catalogue.NoCode
		}
		category = categories[code]
	}
	if category == "" {
		return catalogue.NoCode
	}
	return category
}

// codesOf returns the items of an invoice's lines and of its one-off charges.
func codesOf(d *invoice.Document) (codes []catalogue.ItemCode) {
	for i := range d.Items {
		if item := &d.Items[i]; len(item.Parts) == 0 {
			codes = append(codes, catalogue.ItemCode(item.Code))
		}
		for j := range d.Items[i].Parts {
			codes = append(codes, catalogue.ItemCode(d.Items[i].Parts[j].Item))
		}
	}
	return codes
}

// firstDay returns the first day that an invoice bills or credits.
func firstDay(d *invoice.Document) (first calendar.Date) {
	add := func(day calendar.Date) {
		if first.IsZero() || day.Before(first) {
			first = day
		}
	}
	for i := range d.Items {
		if item := &d.Items[i]; len(item.Parts) == 0 {
			add(item.Period.Start)
		}
		for j := range d.Items[i].Parts {
			add(d.Items[i].Parts[j].Span.Start)
		}
	}
	return first
}

// itemsAtOnce limits the number of codes in one query.
const itemsAtOnce = 500

// categories reads the categories of items, by their codes.
func (h *handlers) categories(ctx context.Context, codes map[catalogue.ItemCode]bool) (map[catalogue.ItemCode]string, error) {
	found, all := map[catalogue.ItemCode]string{}, make([]catalogue.ItemCode, 0, len(codes))
	for code := range codes {
		all = append(all, code)
	}
	for page := range slices.Chunk(all, itemsAtOnce) {
		items, err := h.catalogue.Items(ctx, listing.Query{Where: listing.IsOneOf("name", page)})
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			found[item.Code] = item.CategoryCode
		}
	}
	return found, nil
}

// invoicesWhere returns the issued invoices that match a condition, in the order of their numbers.
func (h *handlers) invoicesWhere(ctx context.Context, where listing.Condition) ([]*pb.CustomerInvoice, error) {
	var found []invoice.Document
	codes := map[catalogue.ItemCode]bool{}
	byNumber := listing.Query{Where: listing.All(numbered, where), Order: []listing.Order{{Field: invoice.FieldNumber}}}
	place := func(i invoice.Invoice) (listing.Cursor, error) { return listing.Cursor{i.Number}, nil }
	err := h.documents.Each(ctx, byNumber, place, func(d invoice.Document) error {
		found = append(found, d)
		for _, code := range codesOf(&d) {
			codes[code] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	categories, err := h.categories(ctx, codes)
	if err != nil {
		return nil, err
	}
	messages := make([]*pb.CustomerInvoice, len(found))
	for i := range found {
		if messages[i], err = invoiceMessage(&found[i], categories); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// GetCustomerInvoice reads an invoice by its number.
func (h *handlers) GetCustomerInvoice(ctx context.Context, request *pb.GetCustomerInvoiceRequest) (*pb.GetCustomerInvoiceResponse, error) {
	found, err := h.invoicesWhere(ctx, listing.Is(invoice.FieldNumber, int64(request.GetId())))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, reason.NotFound, "there is no invoice %d", request.GetId())
	}
	return &pb.GetCustomerInvoiceResponse{CustomerInvoice: found[0]}, nil
}

// ListCustomerInvoices lists the invoices of a customer.
func (h *handlers) ListCustomerInvoices(ctx context.Context, request *pb.ListCustomerInvoicesRequest) (*pb.ListCustomerInvoicesResponse, error) {
	open := isOption(request.GetOption(), "OpenBalance")
	if !open && !isOption(request.GetOption(), "ByCustomerId") {
		return nil, fault.InvalidField("option", reason.UnknownValue, "must be ByCustomerId or OpenBalance")
	}
	found, err := h.invoicesWhere(ctx, listing.Is(invoice.FieldCustomer, request.GetId()))
	if err != nil {
		return nil, err
	}
	if open {
		found = slices.DeleteFunc(found, func(i *pb.CustomerInvoice) bool { return !isPositive(i.GetNetDue()) })
	}
	return &pb.ListCustomerInvoicesResponse{CustomerInvoices: found}, nil
}

// isPositive reports whether an amount that the service wrote is above zero.
func isPositive(amount *googledecimal.Decimal) bool {
	value, err := gtype.FromDecimal(amount)
	return err == nil && value.IsPos()
}

// ListLastCustomerInvoices lists the invoices that were issued last, the last first.
func (h *handlers) ListLastCustomerInvoices(ctx context.Context, _ *pb.ListLastCustomerInvoicesRequest) (*pb.ListLastCustomerInvoicesResponse, error) {
	last, err := h.invoices.List(ctx, listing.Query{
		Where: numbered, Order: []listing.Order{{Field: invoice.FieldNumber, Descending: true}}, Limit: lastRecords,
	})
	if err != nil || len(last) == 0 {
		return &pb.ListLastCustomerInvoicesResponse{}, err
	}
	found, err := h.invoicesWhere(ctx, listing.Compare{Field: invoice.FieldNumber, Op: listing.GreaterEqual, Value: last[len(last)-1].Number})
	if err != nil {
		return nil, err
	}
	slices.Reverse(found)
	return &pb.ListLastCustomerInvoicesResponse{CustomerInvoices: found[:min(len(found), lastRecords)]}, nil
}
