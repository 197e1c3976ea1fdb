package api

import (
	"time"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// pageBytes limits the size of a page to less than gRPC's default message limit (4 MiB).
const pageBytes = 2 << 20

var itemList = listing.Spec[catalogue.Item]{
	Name: "items", Key: []string{"number"},
	Fields: listing.Fields[catalogue.Item]{
		"name":          {Filter: true, Order: true, Parse: itemNames.Parser(), Value: func(i catalogue.Item) any { return i.Code }},
		"number":        integer(func(i catalogue.Item) any { return i.ID }),
		"description":   {Filter: true},
		"category_code": {Filter: true},
		"inactive":      {Kind: listing.Boolean, Filter: true},
		"create_time":   instant(func(i catalogue.Item) time.Time { return i.Created }),
		"update_time":   instant(func(i catalogue.Item) time.Time { return i.Updated }),
	},
}

var billToList = listing.Spec[catalogue.BillTo]{
	Name: "billTos", Key: []string{"name"},
	Fields: listing.Fields[catalogue.BillTo]{
		"name":         numbered(billToNames, func(b catalogue.BillTo) any { return b.ID }),
		"customer_id":  integer(func(b catalogue.BillTo) any { return b.Customer }),
		"display_name": {Filter: true, Order: true, Value: func(b catalogue.BillTo) any { return b.DisplayName }},
		"inactive":     {Kind: listing.Boolean, Filter: true},
		"create_time":  instant(func(b catalogue.BillTo) time.Time { return b.Created }),
		"update_time":  instant(func(b catalogue.BillTo) time.Time { return b.Updated }),
	},
}

var masterList = listing.Spec[catalogue.MasterAccount]{
	Name: "masterAccounts", Key: []string{"number"},
	Fields: listing.Fields[catalogue.MasterAccount]{
		"name":        {Filter: true, Order: true, Parse: masterNames.Parser(), Value: func(m catalogue.MasterAccount) any { return m.Code }},
		"number":      integer(func(m catalogue.MasterAccount) any { return m.ID }),
		"customer_id": integer(func(m catalogue.MasterAccount) any { return m.Customer }),
		"bill_to":     {Kind: listing.Integer, Filter: true, Parse: billToNames.NumberParser()},
		"inactive":    {Kind: listing.Boolean, Filter: true},
		"create_time": instant(func(m catalogue.MasterAccount) time.Time { return m.Created }),
		"update_time": instant(func(m catalogue.MasterAccount) time.Time { return m.Updated }),
	},
}

var lineList = listing.Spec[line.Line]{
	Name: "recurringLines", Key: []string{"name"}, PageBytes: pageBytes,
	Fields: listing.Fields[line.Line]{
		"name":                     numbered(lineNames, func(l line.Line) any { return l.ID }),
		"customer_id":              integer(func(l line.Line) any { return l.Customer }),
		"bill_to":                  numbered(billToNames, func(l line.Line) any { return l.BillTo }),
		"site_id":                  {Kind: listing.Integer, Filter: true},
		"system_id":                {Kind: listing.Integer, Filter: true},
		"item":                     {Filter: true, Parse: itemNames.Parser()},
		"master_item":              {Filter: true, Optional: true, Parse: itemNames.Parser()},
		"master_account":           {Filter: true, Optional: true, Parse: masterNames.Parser()},
		"bill_cycle":               {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(cycleMessages)},
		"billing_timing":           {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(timingMessages)},
		"job_code":                 {Filter: true, Optional: true},
		"branch_code":              {Filter: true, Optional: true},
		"last_pause.from_date":     {Kind: listing.Date, Filter: true, Optional: true},
		"last_pause.end_date":      {Kind: listing.Date, Filter: true, Optional: true},
		"start_date":               day(func(l line.Line) any { return l.Start }),
		"end_date":                 optional(day(func(l line.Line) any { return l.End })),
		"next_cycle_date":          day(func(l line.Line) any { return l.NextCycle }),
		"cancellation.reason_code": {Filter: true, Optional: true},
		// open tells whether days are still to be billed.
		"open":        {Kind: listing.Boolean, Filter: true},
		"create_time": instant(func(l line.Line) time.Time { return l.Created }),
		"update_time": instant(func(l line.Line) time.Time { return l.Updated }),
	},
}

// lineListFor returns the list of lines for a request, in the order of the next cycle dates if the
// filter is on those of open lines. Only open lines are in the index.
func lineListFor(request *pb.ListRecurringLinesRequest) (listing.Spec[line.Line], error) {
	where, err := aip.Filter(lineList, request.GetFilter())
	if open, _ := listing.Fixed(where, "open"); open != true {
		return lineList, err
	}
	return inOrderOfFilter(lineList, where, line.FieldNextCycle), err
}

// inOrderOfFilter returns a list whose default order is by a date if the filter mentions it. The
// index that finds the dates has that order, so a page of few or of many items is read from its
// start.
func inOrderOfFilter[T any](list listing.Spec[T], where listing.Condition, date string) listing.Spec[T] {
	if listing.Mentions(where, date) {
		list.Order = []listing.Order{{Field: date}}
	}
	return list
}

var runList = listing.Spec[run.Run]{
	Name: "cycleRuns", Key: []string{"name"}, Order: []listing.Order{{Field: "name", Descending: true}}, PageBytes: pageBytes,
	Fields: listing.Fields[run.Run]{
		"name":           numbered(runNames, func(r run.Run) any { return r.ID }),
		"state":          {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(runStates)},
		"as_of_date":     day(func(r run.Run) any { return r.AsOf }),
		"preview":        {Kind: listing.Boolean, Filter: true},
		"leave_drafts":   {Kind: listing.Boolean, Filter: true},
		"scheduled_date": optional(day(func(r run.Run) any { return r.Scheduled })),
		"create_time":    instant(func(r run.Run) time.Time { return r.Created }),
		"end_time":       optional(instant(func(r run.Run) time.Time { return r.Ended })),
	},
}

var chargeList = listing.Spec[charge.Charge]{
	Name: "charges", Key: []string{"name"}, PageBytes: pageBytes,
	Fields: listing.Fields[charge.Charge]{
		"name":        numbered(chargeNames, func(c charge.Charge) any { return c.ID }),
		"bill_to":     {Kind: listing.Integer, Filter: true, Parse: billToNames.NumberParser()},
		"item":        {Filter: true, Parse: itemNames.Parser()},
		"charge_date": day(func(c charge.Charge) any { return c.Date }),
		"invoice":     {Filter: true, Optional: true, Parse: invoiceNames.Parser()},
		"create_time": instant(func(c charge.Charge) time.Time { return c.Created }),
		"update_time": instant(func(c charge.Charge) time.Time { return c.Updated }),
	},
}

var increaseList = listing.Spec[increase.Increase]{
	Name: "rateIncreases", Key: []string{"name"}, Order: []listing.Order{{Field: "name", Descending: true}}, PageBytes: pageBytes,
	Fields: listing.Fields[increase.Increase]{
		"name":        numbered(increaseNames, func(i increase.Increase) any { return i.ID }),
		"state":       {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(increaseStates)},
		"create_time": instant(func(i increase.Increase) time.Time { return i.Created }),
		"update_time": instant(func(i increase.Increase) time.Time { return i.Updated }),
	},
}

var increaseLineList = listing.Spec[increase.Line]{
	Name: "rateIncreases/lines", Key: []string{increase.FieldIncrease, increase.FieldLine}, PageBytes: pageBytes,
	Fields: listing.Fields[increase.Line]{
		increase.FieldIncrease: {Kind: listing.Integer, Value: func(l increase.Line) any { return l.Increase }},
		increase.FieldLine: {
			Kind: listing.Integer, Filter: true, Parse: lineNames.NumberParser(), Value: func(l increase.Line) any { return l.Line },
		},
		increase.FieldOutcome: {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(increaseOutcomes)},
	},
}

var creditNoteList = listing.Spec[invoice.CreditNote]{
	Name: "creditNotes", Key: []string{"name"}, PageBytes: pageBytes,
	Fields: listing.Fields[invoice.CreditNote]{
		"name":           numbered(creditNoteNames, func(n invoice.CreditNote) any { return n.ID }),
		"invoice":        {Filter: true, Parse: invoiceNames.Parser()},
		"invoice_number": integer(func(n invoice.CreditNote) any { return n.InvoiceNumber }),
		"bill_to":        numbered(billToNames, func(n invoice.CreditNote) any { return n.BillTo }),
		"customer_id":    integer(func(n invoice.CreditNote) any { return n.Customer }),
		"issue_date":     day(func(n invoice.CreditNote) any { return n.IssueDate }),
		"create_time":    instant(func(n invoice.CreditNote) time.Time { return n.Created }),
	},
}

// optional returns a field that may have no value.
func optional[T any](field listing.Field[T]) listing.Field[T] {
	field.Optional = true
	return field
}

func instant[T any](of func(T) time.Time) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Instant, Filter: true, Order: true, Value: func(item T) any { return of(item) }}
}

func integer[T any](of func(T) any) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Integer, Filter: true, Order: true, Value: of}
}

func day[T any](of func(T) any) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Date, Filter: true, Order: true, Value: of}
}

// numbered returns the name field of a resource that has a number.
func numbered[T any](names resourcename.Pattern, of func(T) any) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Integer, Filter: true, Order: true, Parse: names.NumberParser(), Value: of}
}
