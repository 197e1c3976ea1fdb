package lives_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// issued is an invoice as the reference has it.
type issued struct {
	id      invoice.ID
	billTo  int32
	total   int64
	charges []*referenceCharge
	draft   bool
	void    bool
	// released tells that a void invoice holds nothing any more, and noted what credit notes credit.
	released bool
	noted    int64
}

// standing returns why days on an invoice cannot be credited, or an empty string.
func (l *life) standing(id string) (draft, corrected bool) {
	of := l.invoice(id)
	return of.draft, of.void || of.noted > 0
}

func (l *life) invoice(id string) *issued {
	for _, of := range l.invoices {
		if string(of.id) == id {
			return of
		}
	}
	l.Fatalf("no invoice %q", id)
	return nil
}

// creditable returns why consecutive billed days cannot be credited.
func (l *life) creditable(ref *reference, days []date.Date) string {
	anyDraft, anyCorrected := false, false
	for _, day := range days {
		if of := ref.billed[day]; !of.elsewhere {
			draft, corrected := l.standing(of.invoice)
			anyDraft, anyCorrected = anyDraft || draft, anyCorrected || corrected
		}
	}
	switch {
	case anyDraft:
		return "INVOICE_DRAFT"
	case anyCorrected:
		return "INVOICE_CORRECTED"
	}
	return ""
}

// firstRefusal returns the first reason for which one of some days cannot be credited.
func (l *life) firstRefusal(ref *reference, days []date.Date) string {
	for _, run := range runsOf(days) {
		if why := l.creditable(ref, run); why != "" {
			return why
		}
	}
	return ""
}

// bills runs as of a date, and compares the invoices with those of the reference.
func (l *life) bills() { l.runs(false) }

// drafts is like bills, but leaves drafts.
func (l *life) drafts() { l.runs(true) }

func (l *life) runs(drafts bool) {
	l.asOf = l.asOf.AddDays(rapid.IntRange(0, 130).Draw(l.T, "days to the run"))
	var previewed []invoice.Invoice
	if l.preview != nil {
		previewed = l.preview(l.asOf)
	}
	number, made := l.run(l.asOf, drafts)
	if l.preview != nil {
		l.foreseen(previewed, made)
	}
	id := func(billTo int32) string { return fmt.Sprintf("%d-%d-USD", number, billTo) }
	want := map[int32][]expected{}
	charged := map[int32][]*referenceCharge{}
	for _, ref := range l.refs {
		charged[ref.billTo] = append(charged[ref.billTo], ref.bill(l.asOf, id(ref.billTo))...)
	}
	for billTo, charges := range charged {
		want[billTo] = itemsOf(charges, l.refs)
	}
	slices.SortStableFunc(l.oneOffs, func(a, b *oneOff) int { return cmp.Or(a.date.Compare(b.date), cmp.Compare(a.id, b.id)) })
	for _, one := range l.oneOffs {
		if one.invoice == "" && !l.asOf.Before(one.date) {
			want[one.billTo] = append(want[one.billTo], expected{oneOff: one.id, amount: one.amount})
			one.invoice = id(one.billTo)
		}
	}
	for _, ref := range l.refs {
		due := slices.Clone(ref.credits)
		slices.SortStableFunc(due, func(a, b *referenceCredit) int { return a.from.Compare(b.from) })
		for _, credit := range due {
			if credit.invoice == "" && credit.amount != 0 {
				want[credit.billTo] = append(want[credit.billTo], expected{credit: credit, line: ref.number, amount: -credit.amount})
				credit.invoice = id(credit.billTo)
			}
		}
	}
	maps.DeleteFunc(want, func(_ int32, items []expected) bool { return len(items) == 0 })
	if len(made) != len(want) {
		l.Fatalf("%d invoices as of %s, want %v", len(made), l.asOf, want)
	}
	for i := range made {
		items := want[int32(made[i].BillTo)]
		total := l.compare(&made[i], items)
		l.invoices = append(l.invoices, &issued{id: made[i].ID, billTo: int32(made[i].BillTo), total: total, charges: charged[int32(made[i].BillTo)], draft: drafts})
	}
}

// foreseen checks that a run made the invoices that its preview showed. Both are ordered by bill-to.
func (l *life) foreseen(previewed, made []invoice.Invoice) {
	items := func(of invoice.Invoice) (text string) {
		for _, item := range of.Items {
			item.Grant = 0 // an invoice does not keep it
			text += fmt.Sprintf("%+v\n", item)
		}
		return fmt.Sprint(of.BillTo, of.Total, text)
	}
	if !slices.EqualFunc(previewed, made, func(a, b invoice.Invoice) bool { return items(a) == items(b) }) {
		l.Fatalf("the preview as of %s was %+v, the run made %+v", l.asOf, previewed, made)
	}
}

// expected is an item that the reference expects on an invoice: of charges of lines, of a one-off
// charge, or of a credit.
type expected struct {
	code    string
	rollUp  bool
	charges []*referenceCharge
	oneOff  charge.ID
	credit  *referenceCredit
	line    int32
	amount  int64
}

// itemsOf returns the items of charges, in the order of rule 11.
func itemsOf(charges []*referenceCharge, lines []*reference) (items []expected) {
	type key struct {
		begins date.Date
		months int
		ends   date.Date
		alone  bool
		master string
		line   int32
	}
	groups := map[key][]*referenceCharge{}
	for _, c := range charges {
		place := slices.IndexFunc(lines, func(r *reference) bool { return r.number == c.line })
		k := key{begins: c.begins, months: c.months, ends: c.ends, master: lines[place].masterItem}
		if k.master == "" || k.master == "N/A" {
			k.alone, k.master, k.line = true, "", c.line
		}
		groups[k] = append(groups[k], c)
	}
	alone := map[bool]int{true: 1}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(a.begins.Compare(b.begins), cmp.Compare(a.months, b.months), a.ends.Compare(b.ends), cmp.Compare(alone[a.alone], alone[b.alone]),
			cmp.Compare(a.master, b.master), cmp.Compare(a.line, b.line))
	})
	for _, k := range keys {
		item := expected{code: k.master, rollUp: !k.alone, charges: groups[k]}
		if k.alone {
			item.code = "MON"
		}
		slices.SortStableFunc(item.charges, func(a, b *referenceCharge) int { return cmp.Or(cmp.Compare(a.line, b.line), a.from.Compare(b.from)) })
		for _, c := range item.charges {
			item.amount += c.amount
		}
		items = append(items, item)
	}
	return items
}

// compare compares an invoice with the items that the reference expects, and returns their sum.
func (l *life) compare(inv *invoice.Invoice, want []expected) (total int64) {
	same := func(got billing.InvoiceItem, want expected) bool {
		switch {
		case got.Amount != want.amount || got.OneOff != int32(want.oneOff) || got.Credit != (want.credit != nil):
			return false
		case want.credit != nil:
			return got.Period.Start == want.credit.from && got.Period.End == want.credit.to && got.Parts[0].Line == want.line
		case want.oneOff != 0:
			return len(got.Parts) == 0
		}
		return got.Code == want.code && got.RollUp == want.rollUp && slices.EqualFunc(got.Parts, want.charges, func(a billing.Charge, b *referenceCharge) bool {
			return a.Line == b.line && a.Span.Start == b.from && a.Span.End == b.to && a.Period.Start == b.begins && a.Period.End == b.ends && a.Amount == b.amount
		})
	}
	if !slices.EqualFunc(inv.Items, want, same) {
		text := ""
		for _, item := range want {
			text += fmt.Sprintf("\n%s %d", item.code, item.amount)
			for _, c := range item.charges {
				text += fmt.Sprintf(" line %d [%s, %s) %d", c.line, c.from, c.to, c.amount)
			}
		}
		l.Fatalf("invoice %s has %+v, want%s", inv.ID, inv.Items, text)
	}
	for _, item := range want {
		total += item.amount
	}
	if inv.Total != total {
		l.Fatalf("invoice %s comes to %d, want %d", inv.ID, inv.Total, total)
	}
	return total
}

// recent draws one of the last invoices.
func (l *life) recent() *issued {
	if len(l.invoices) == 0 {
		return nil
	}
	return l.invoices[len(l.invoices)-1-rapid.IntRange(0, min(3, len(l.invoices)-1)).Draw(l.T, "invoice")]
}

// finalizes gives a draft its number.
func (l *life) finalizes() {
	if of := l.recent(); of != nil && of.draft {
		if _, err := l.invoicing.Finalize(l.ctx, of.id, ""); err != nil {
			l.Fatal(err)
		}
		of.draft = false
	}
}

// returns works out where each line goes back to once an invoice is released, and whether all can.
func (l *life) returns(of *issued) (next map[int32]date.Date, ok bool) {
	next = map[int32]date.Date{}
	for _, ref := range l.refs {
		if len(ref.heldBy(string(of.id))) == 0 {
			continue
		}
		if next[ref.number], ok = ref.returnsTo(string(of.id)); !ok {
			return nil, false
		}
	}
	return next, true
}

// release carries out what returns allows.
func (l *life) release(of *issued, next map[int32]date.Date) {
	for _, ref := range l.refs {
		if day, billed := next[ref.number]; billed {
			ref.release(string(of.id), day)
		}
	}
	for _, one := range l.oneOffs {
		if one.invoice == string(of.id) {
			one.invoice = ""
		}
	}
	of.released = true
}

// passOn makes the credits that an invoice carries due again.
func (l *life) passOn(of *issued) {
	for _, ref := range l.refs {
		for _, credit := range ref.credits {
			if credit.invoice == string(of.id) {
				credit.invoice = ""
			}
		}
	}
}

// discards deletes a draft.
func (l *life) discards() {
	of := l.recent()
	if of == nil {
		return
	}
	next, ok := l.returns(of)
	want := ""
	switch {
	case !of.draft:
		want = "NOT_A_DRAFT"
	case !ok:
		want = "PERIODS_NOT_LATEST"
	}
	if err := l.invoicing.Delete(l.ctx, of.id, ""); l.expect(err, want, "discarded %s", of.id) {
		l.release(of, next)
		l.passOn(of)
		l.invoices = slices.DeleteFunc(slices.Clone(l.invoices), func(i *issued) bool { return i == of })
	}
}

// credited reports whether a line was credited for days that an invoice bills, and how much.
func (l *life) credited(of *issued) (any bool, sum int64) {
	for _, ref := range l.refs {
		for _, credit := range ref.credits {
			if credit.kind != "" {
				if credit.of == string(of.id) {
					any, sum = true, sum+credit.amount
				}
				continue
			}
			for _, c := range of.charges {
				if c.line == ref.number && credit.from.Before(c.to) && c.from.Before(credit.to) {
					any = true
				}
			}
			for day := credit.from; day.Before(credit.to); day = day.AddDays(1) {
				if c := ref.billed[day]; c != nil && c.invoice == string(of.id) {
					sum += c.worth(day, day.AddDays(1))
				}
			}
		}
	}
	return any, sum
}

// voids voids an invoice, and releases its days if that is asked for.
func (l *life) voids() {
	of := l.recent()
	if of == nil || of.released {
		return
	}
	release := rapid.IntRange(0, 3).Draw(l.T, "releases") > 0
	credited, _ := l.credited(of)
	next, ok := l.returns(of)
	want := ""
	switch {
	case of.draft:
		want = "INVOICE_DRAFT"
	case of.void && !release:
		return // it stays as it is
	case of.noted > 0:
		want = "CREDITED"
	case credited:
		want = "LINE_CREDITED"
	case release && !ok:
		want = "PERIODS_NOT_LATEST"
	}
	_, err := l.invoicing.Void(l.ctx, of.id, "Wrong", release, "")
	if !l.expect(err, want, "voided %s, releasing: %t", of.id, release) {
		return
	}
	of.void = true
	l.passOn(of)
	if release {
		l.release(of, next)
	}
}

// notes credits an invoice by a credit note: all that is left of it, or a cent.
func (l *life) notes() {
	of := l.recent()
	if of == nil {
		return
	}
	_, credited := l.credited(of)
	left := min(of.total-of.noted-credited, of.total-of.noted)
	request, amount := invoice.Credit{Invoice: of.id, Reason: "Outage"}, left
	if rapid.Bool().Draw(l.T, "a cent") {
		request.Total, amount = usd(1), 1
	}
	want := ""
	switch {
	case of.draft:
		want = "INVOICE_DRAFT"
	case of.void:
		want = "INVOICE_VOID"
	case of.total <= 0 || left <= 0:
		want = "NOTHING_LEFT"
	}
	note, err := l.invoicing.CreateCreditNote(l.ctx, request)
	if l.expect(err, want, "credited %s", of.id) {
		if note.Total != amount {
			l.Fatalf("credited %d of invoice %s, want %d", note.Total, of.id, amount)
		}
		of.noted += amount
	}
}
