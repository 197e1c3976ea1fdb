package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var documentChecks = []check{
	{"a document shows the profile at its issue", profileAsIssued},
	{"a document shows the bill-to at its issue", billToAsIssued},
	{"customers have the name of their first bill-to", namesCustomers},
	{"origins of lines are a customer, a site and a system", readsOrigins},
	{"periods are priced by month, or as they were before", readsProration},
	{"today is in the time zone of the billing schedule", readsToday},
}

func aProfile(name string) invoice.Profile {
	return invoice.Profile{
		DisplayName: name, TaxID: "VAT 1", PaymentTerms: "Soon\n", PaymentDays: 14,
		Address: catalogue.Address{Company: name, Lines: [3]string{"1 \"High\" Street"}, City: "Łódź"},
	}
}

func profileAsIssued(t tenant) {
	lines := t.lines(4)
	put := func(p *invoice.Profile) {
		t.Helper()
		t.write(func(ctx context.Context, w Writer) error { return w.PutProfile(ctx, p) })
	}
	says := func(what string, issued invoice.Issued, want invoice.Profile) {
		t.Helper()
		t.read(func(ctx context.Context, r Reader) error {
			got, err := r.ProfileAt(ctx, issued)
			if !got.Says(want) {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
			return err
		})
	}
	nothing := func(what string, issued invoice.Issued) {
		t.Helper()
		t.read(func(ctx context.Context, r Reader) error {
			missing[invoice.Profile](t, what)(r.ProfileAt(ctx, issued))
			return nil
		})
	}
	nothing("before there is a profile", invoice.Issued{})
	issued := t.billed(anInvoice(1, lines[0]))
	before := len(t.feed())
	one, two := aProfile("One"), aProfile("Two")
	put(&one)
	if one.Revision != first {
		t.Errorf("the first profile is at %+v", one.Revision)
	}
	t.read(func(ctx context.Context, r Reader) error { return same(t, one)(r.ProfileAt(ctx, invoice.Issued{})) })
	issued = append(issued, t.billed(anInvoice(2, lines[1]))...)
	note := invoice.CreditNote{Invoice: issued[1].ID, InvoiceNumber: 2, Currency: "USD", IssueDate: may.End, Total: 1}
	t.write(func(ctx context.Context, w Writer) error { return w.CreateCreditNote(ctx, &note) })
	two.Revision = one.Revision
	put(&two)
	issued = append(issued, t.billed(anInvoice(3, lines[2]))...)
	nothing("the invoice before the first profile", issued[0].Issued())
	says("the invoice before the second", issued[1].Issued(), one)
	says("the credit note before the second", note.Issued(), one)
	says("the invoice after it", issued[2].Issued(), two)
	says("a draft", invoice.Issued{}, two)
	equal(t, "version", int64(2), two.Version)
	equal(t, "feed", "UPDATED billingProfile", t.published(before)[3])
	t.other().read(func(ctx context.Context, r Reader) error {
		missing[invoice.Profile](t, "another tenant's")(r.ProfileAt(ctx, invoice.Issued{}))
		return nil
	})
}

func billToAsIssued(t tenant) {
	lines := t.lines(4)
	billTo := func() (b catalogue.BillTo) {
		t.read(func(ctx context.Context, r Reader) (err error) { b, err = r.BillTo(ctx, 1); return err })
		return b
	}
	bill := t.billed(anInvoice(1, lines[0]))[0]
	then := billTo()
	now := then
	now.DisplayName, now.Address = "Anna", catalogue.Address{City: "Łódź"}
	rename := func() { t.write(func(ctx context.Context, w Writer) error { return w.UpdateBillTo(ctx, &now) }) }
	rename()
	rename() // a change that documents do not show is not stored
	next := t.billed(anInvoice(2, lines[1]))[0]
	t.read(func(ctx context.Context, r Reader) error {
		missing[catalogue.BillTo](t, "an unknown bill-to")(r.BillToAt(ctx, 4711, bill.Issued()))
		former, err := r.BillToAt(ctx, 1, bill.Issued())
		equal(t, "former name", then.DisplayName, former.DisplayName)
		equal(t, "former address", then.Address, former.Address)
		formers, formerErr := r.FormerBillTosOf(ctx, []catalogue.BillToID{1})
		equal(t, "kept", []invoice.FormerBillTo{{BillTo: 1, Ordinal: 1, Last: bill.Issued(), DisplayName: "Ann"}}, formers)
		return errors.Join(err, formerErr, same(t, now)(r.BillToAt(ctx, 1, next.Issued())), same(t, now)(r.BillToAt(ctx, 1, invoice.Issued{})))
	})
}

func namesCustomers(t tenant) {
	lines := t.lines(4)
	bill := t.billed(anInvoice(1, lines[0]))[0]
	t.write(func(ctx context.Context, w Writer) error {
		again, unnamed, late := catalogue.BillTo{ID: 20, Customer: 7, DisplayName: "Second"}, catalogue.BillTo{ID: 5, Customer: 8}, catalogue.BillTo{ID: 30, Customer: 9, DisplayName: "Late"}
		renamed, err := w.BillTo(ctx, 1)
		renamed.DisplayName = "Anna"
		return errors.Join(err, w.CreateBillTo(ctx, &again), w.CreateBillTo(ctx, &unnamed), w.CreateBillTo(ctx, &late), w.UpdateBillTo(ctx, &renamed))
	})
	next := t.billed(anInvoice(2, lines[1]))[0]
	type names = map[catalogue.CustomerID]string
	customers := []catalogue.CustomerID{9, 8, 7, 4711}
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, names{7: "Ann", 8: "Bob"})(r.NamesAt(ctx, customers, bill.Issued())),
			same(t, names{7: "Anna", 8: "Bob", 9: "Late"})(r.NamesAt(ctx, customers, next.Issued())),
			same(t, names{7: "Anna", 8: "Bob", 9: "Late"})(r.NamesAt(ctx, customers, invoice.Issued{})),
			same(t, names{8: "Bob"})(r.NamesAt(ctx, customers[1:2], invoice.Issued{})),
			same(t, names{})(r.NamesAt(ctx, nil, invoice.Issued{})))
	})
}

func readsOrigins(t tenant) {
	lines := t.lines(2)
	ids := []line.ID{4711, lines[0].ID}
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, invoice.Origins{lines[0].ID: {Customer: 7, Site: 8, System: 9}})(r.Origins(ctx, ids)),
			same(t, invoice.Origins{})(r.Origins(ctx, nil)))
	})
	t.other().read(func(ctx context.Context, r Reader) error { return same(t, invoice.Origins{})(r.Origins(ctx, ids)) })
}

func readsToday(t tenant) {
	today := func(want date.Date) func(context.Context, Reader) error {
		return func(ctx context.Context, r Reader) error { return same(t, want)(r.Today(ctx, at)) }
	}
	t.read(today(date.MustNew(2026, time.March, 1)))
	t.write(func(ctx context.Context, w Writer) error {
		return w.PutSchedule(ctx, &run.Schedule{Day: 1, Zone: "America/Mexico_City", Since: may.Start})
	})
	t.read(today(date.MustNew(2026, time.February, 28)))
}

func readsProration(t tenant) {
	lines := t.lines(2)
	is := func(what string, billed, onFirst bool, want billing.Proration) {
		t.Helper()
		t.read(func(ctx context.Context, r Reader) error {
			gotFirst, err := r.BeginsOnFirst(ctx)
			equal(t, what+": periods begin on the first", onFirst, gotFirst)
			return errors.Join(err, same(t, billed)(r.HasBilled(ctx)), same(t, want)(r.Proration(ctx)))
		})
	}
	is("at first", false, false, billing.Proration{Method: billing.ByMonth})
	former := anInvoice(11, lines[0])
	former.Number, former.Items[0].Parts[0].Pricing = 1, billing.Pricing{}
	t.write(func(ctx context.Context, w Writer) error { return w.ImportInvoices(ctx, invoices(former)) })
	is("after invoices by period came", true, false, billing.Proration{Method: billing.ByPeriod})
	profile := aProfile("One")
	profile.Proration, profile.ProrationFrom, profile.FirstOfMonth = billing.ByMonth, may.Start, true
	t.write(func(ctx context.Context, w Writer) error { return w.PutProfile(ctx, &profile) })
	is("once chosen", true, true, billing.Proration{Method: billing.ByMonth, From: may.Start})
	profile.Take(profile.Chosen().Choose(billing.ByPeriod, may.End))
	t.write(func(ctx context.Context, w Writer) error { return w.PutProfile(ctx, &profile) })
	is("once chosen again", true, true, billing.Proration{
		Method: billing.ByPeriod, From: may.End, Former: []billing.ProrationChoice{{Method: billing.ByMonth, From: may.Start}},
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		return same(t, billing.Proration{Method: billing.ByMonth})(r.Proration(ctx))
	})
}
