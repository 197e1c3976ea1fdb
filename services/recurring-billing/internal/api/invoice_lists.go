package api

import (
	"maps"
	"time"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// allInvoices is the list of all invoices: first the numbered ones by number, then the drafts.
var allInvoices = listing.Spec[invoice.Invoice]{
	Name:  "invoices",
	Key:   []string{invoice.FieldRun, invoice.FieldBillTo, invoice.FieldCurrency},
	Order: []listing.Order{{Field: invoice.FieldNumber}},
	Fields: listing.Fields[invoice.Invoice]{
		"name":                {Filter: true, Parse: invoiceNames.Parser()},
		invoice.FieldNumber:   optional(integer(func(i invoice.Invoice) any { return i.Number })),
		invoice.FieldState:    {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(invoiceStates)},
		invoice.FieldRun:      numbered(runNames, func(i invoice.Invoice) any { return i.Run }),
		invoice.FieldBillTo:   numbered(billToNames, func(i invoice.Invoice) any { return i.BillTo }),
		invoice.FieldCustomer: integer(func(i invoice.Invoice) any { return i.Customer }),
		invoice.FieldCurrency: {Filter: true, Value: func(i invoice.Invoice) any { return i.Currency }},
		"issue_date":          day(func(i invoice.Invoice) any { return i.IssueDate }),
		"void_time":           {Kind: listing.Instant, Filter: true, Optional: true},
		"create_time":         instant(func(i invoice.Invoice) time.Time { return i.Created }),
		"update_time":         instant(func(i invoice.Invoice) time.Time { return i.Updated }),
	},
}

// numberedInvoices is the list of the invoices that have numbers. An index can start it at any
// number.
var numberedInvoices = func() listing.Spec[invoice.Invoice] {
	list := allInvoices.Within(listing.Present{Field: invoice.FieldNumber})
	list.Fields, list.Key, list.Order = maps.Clone(list.Fields), []string{invoice.FieldNumber}, nil
	list.Fields[invoice.FieldNumber] = integer(func(i invoice.Invoice) any { return i.Number })
	return list
}()

// drafts is the list of the drafts, which have no numbers.
var drafts = func() listing.Spec[invoice.Invoice] {
	list := allInvoices
	list.Order = nil
	return list
}()

// invoiceList returns the list that a request's filter applies to: the numbered invoices, unless
// the filter names the state.
func invoiceList(request interface{ GetFilter() string }) (listing.Spec[invoice.Invoice], error) {
	where, err := aip.Filter(allInvoices, request.GetFilter())
	if err != nil {
		return listing.Spec[invoice.Invoice]{}, err
	}
	state, fixed := listing.Fixed(where, invoice.FieldState)
	switch {
	case fixed && state == string(invoice.Draft):
		return drafts, nil
	case fixed || !listing.Mentions(where, invoice.FieldState):
		return inOrderOfFilter(numberedInvoices, where, "issue_date"), nil
	}
	return allInvoices, nil
}
