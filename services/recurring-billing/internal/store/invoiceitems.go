package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// The JSON document of an invoice's items. It is read through these types, and written by hand for
// speed, since a run writes a million parts. Amounts are decimals with the places of the currency.
// Values that are empty or equal to the item's are left out.
type (
	itemDocument struct {
		Kind        string         `json:"kind"`
		Charge      int32          `json:"charge"`
		CreditKind  string         `json:"credit"`
		Why         string         `json:"why"`
		Code        string         `json:"code"`
		Description string         `json:"description"`
		Memo        string         `json:"memo"`
		Months      int            `json:"months"`
		Start       date.Date      `json:"start"`
		End         date.Date      `json:"end"`
		Amount      string         `json:"amount"`
		By          string         `json:"by"`
		Since       date.Date      `json:"since"`
		Timing      string         `json:"timing"`
		Parts       []partDocument `json:"parts"`
	}
	partDocument struct {
		Line        int32      `json:"line"`
		Start       *date.Date `json:"start"`
		End         *date.Date `json:"end"`
		Amount      string     `json:"amount"`
		Rate        *string    `json:"rate"`
		Day         int        `json:"day"`
		First       *date.Date `json:"first"`
		Since       *date.Date `json:"since"`
		Applies     *date.Date `json:"applies"`
		Timing      *string    `json:"timing"`
		Cut         bool       `json:"cut"`
		Resumed     bool       `json:"resumed"`
		Code        *string    `json:"code"`
		Description *string    `json:"description"`
		Memo        *string    `json:"memo"`
	}
)

// byMonth says that the parts of an item were priced by month; without it, they were by period.
const byMonth = "MONTH"

// The timings of parts in the document. Without one, it is not known.
const (
	timingAdvance = "ADVANCE"
	timingArrears = "ARREARS"
)

var (
	timingsOfDocument  = map[string]billing.Timing{timingAdvance: billing.InAdvance, timingArrears: billing.InArrears}
	timingsForDocument = [...]string{billing.InAdvance: timingAdvance, billing.InArrears: timingArrears}
)

// Kinds of items in the document.
const (
	kindLine   = "LINE"
	kindRollUp = "ROLL_UP"
	kindCredit = "CREDIT"
	kindCharge = "CHARGE"
)

// readItems parses the document of an invoice in a currency.
func readItems(document []byte, currency string) ([]billing.InvoiceItem, error) {
	var written []itemDocument
	if err := json.Unmarshal(document, &written); err != nil {
		return nil, fmt.Errorf("reading items: %w", err)
	}
	items := make([]billing.InvoiceItem, len(written))
	for i, d := range written {
		item := billing.InvoiceItem{
			Credit: d.Kind == kindCredit, OneOff: d.Charge, RollUp: d.Kind == kindRollUp,
			Why: billing.CreditReason{Kind: d.CreditKind, Reason: d.Why}, Code: d.Code, Description: d.Description, Memo: d.Memo,
			Months: d.Months, Period: billing.Span{Start: d.Start, End: d.End}, Parts: make([]billing.Charge, len(d.Parts)),
		}
		if item.OneOff != 0 {
			item.Parts = nil
		}
		var err error
		if item.Amount, err = minorUnits(d.Amount, currency); err != nil {
			return nil, err
		}
		for j, p := range d.Parts {
			part := billing.Charge{
				Line: p.Line, Span: billing.Span{Start: or(p.Start, d.Start), End: or(p.End, d.End)}, Period: item.Period,
				Item: or(p.Code, d.Code), Description: or(p.Description, d.Description), Memo: or(p.Memo, d.Memo),
				Occasion: billing.Occasion{Timing: timingsOfDocument[or(p.Timing, d.Timing)], Cut: p.Cut, Resumed: p.Resumed},
			}
			if part.Amount, err = minorUnits(p.Amount, currency); err != nil {
				return nil, err
			}
			if part.Pricing, err = readPricing(&d, &p, &part, currency); err != nil {
				return nil, err
			}
			item.Parts[j] = part
		}
		items[i] = item
	}
	return items, nil
}

// readPricing returns the pricing of a part. A whole period was priced at its amount over its
// months; the rate of other parts is written, except by programs that did not know it.
func readPricing(d *itemDocument, p *partDocument, part *billing.Charge, currency string) (priced billing.Pricing, err error) {
	if d.Months == 0 {
		return priced, nil
	}
	priced = billing.Pricing{Months: d.Months, ByMonth: d.By == byMonth, BillDay: cmp.Or(p.Day, d.Start.Day()), First: or(p.First, part.Span.Start)}
	switch {
	case p.Rate != nil:
		priced.Monthly, err = minorUnits(*p.Rate, currency)
	case derivable(part, d.Months):
		priced.Monthly = part.Amount / int64(d.Months)
	default:
		return billing.Pricing{}, nil
	}
	priced.Rate.Effective = or(p.Since, d.Since)
	priced.Rate.From = or(p.Applies, priced.Rate.Effective)
	return priced, err
}

// derivable reports whether the rate of a part follows from its amount.
func derivable(part *billing.Charge, months int) bool {
	return part.Span == part.Period && part.Amount%int64(months) == 0
}

func or[T any](given *T, otherwise T) T {
	if given != nil {
		return *given
	}
	return otherwise
}

// itemWriter writes the document of an invoice whose currency has the given number of decimal
// places.
type itemWriter struct {
	dates  texts
	digits int
}

func (w itemWriter) items(to []byte, items []billing.InvoiceItem) []byte {
	to = append(to, '[')
	for i := range items {
		item := &items[i]
		if i > 0 {
			to = append(to, ',')
		}
		kind := kindLine
		switch {
		case item.Credit:
			kind = kindCredit
		case item.RollUp:
			kind = kindRollUp
		case item.OneOff != 0:
			kind = kindCharge
		}
		to = append(append(append(to, `{"kind":"`...), kind...), '"')
		if item.OneOff != 0 {
			to = strconv.AppendInt(append(to, `,"charge":`...), int64(item.OneOff), 10)
		}
		if item.Why.Kind != "" {
			to = appendText(append(to, `,"credit":`...), item.Why.Kind)
		}
		if item.Why.Reason != "" {
			to = appendText(append(to, `,"why":`...), item.Why.Reason)
		}
		to = append(to, `,"code":`...)
		to = appendText(to, item.Code)
		to = appendText(append(to, `,"description":`...), item.Description)
		if item.Memo != "" {
			to = appendText(append(to, `,"memo":`...), item.Memo)
		}
		if item.Months > 0 {
			to = strconv.AppendInt(append(to, `,"months":`...), int64(item.Months), 10)
		}
		to = append(append(to, `,"start":"`...), w.dates.of(item.Period.Start)...)
		to = append(append(to, `","end":"`...), w.dates.of(item.Period.End)...)
		to = append(w.amount(append(to, `","amount":"`...), item.Amount), '"')
		if len(item.Parts) > 0 && item.Parts[0].ByMonth {
			to = append(to, `,"by":"`+byMonth+`"`...)
		}
		if len(item.Parts) > 0 && item.Parts[0].Known() && !item.Parts[0].Rate.Effective.IsZero() {
			to = append(append(append(to, `,"since":"`...), w.dates.of(item.Parts[0].Rate.Effective)...), '"')
		}
		if len(item.Parts) > 0 && item.Parts[0].Timing != 0 {
			to = appendTiming(to, item.Parts[0].Timing)
		}
		to = append(to, `,"parts":[`...)
		for j := range item.Parts {
			if j > 0 {
				to = append(to, ',')
			}
			to = w.part(to, item, &item.Parts[j])
		}
		to = append(to, `]}`...)
	}
	return append(to, ']')
}

func (w itemWriter) part(to []byte, item *billing.InvoiceItem, part *billing.Charge) []byte {
	to = strconv.AppendInt(append(to, `{"line":`...), int64(part.Line), 10)
	if part.Span.Start != item.Period.Start {
		to = append(append(append(to, `,"start":"`...), w.dates.of(part.Span.Start)...), '"')
	}
	if part.Span.End != item.Period.End {
		to = append(append(append(to, `,"end":"`...), w.dates.of(part.Span.End)...), '"')
	}
	to = append(w.amount(append(to, `,"amount":"`...), part.Amount), '"')
	to = w.pricing(to, part)
	to = w.rate(to, part, item.Parts[0].Rate)
	if part.Timing != item.Parts[0].Timing {
		to = appendTiming(to, part.Timing)
	}
	if part.Cut {
		to = append(to, `,"cut":true`...)
	}
	if part.Resumed {
		to = append(to, `,"resumed":true`...)
	}
	if part.Item != item.Code {
		to = appendText(append(to, `,"code":`...), part.Item)
	}
	if part.Description != item.Description {
		to = appendText(append(to, `,"description":`...), part.Description)
	}
	if part.Memo != item.Memo {
		to = appendText(append(to, `,"memo":`...), part.Memo)
	}
	return append(to, '}')
}

func (w itemWriter) pricing(to []byte, part *billing.Charge) []byte {
	if !part.Known() {
		return to
	}
	if !derivable(part, part.Months) {
		to = append(w.amount(append(to, `,"rate":"`...), part.Monthly), '"')
	}
	if part.BillDay != part.Period.Start.Day() {
		to = strconv.AppendInt(append(to, `,"day":`...), int64(part.BillDay), 10)
	}
	if part.First != part.Span.Start {
		to = append(append(append(to, `,"first":"`...), w.dates.of(part.First)...), '"')
	}
	return to
}

// rate appends the dates of a part's rate. That of the item's first part is written with the item.
func (w itemWriter) rate(to []byte, part *billing.Charge, first billing.RateDates) []byte {
	if !part.Known() {
		return to
	}
	if part.Rate.Effective != first.Effective {
		to = append(append(append(to, `,"since":"`...), w.dates.of(part.Rate.Effective)...), '"')
	}
	if part.Rate.From != part.Rate.Effective {
		to = append(append(append(to, `,"applies":"`...), w.dates.of(part.Rate.From)...), '"')
	}
	return to
}

func appendTiming(to []byte, timing billing.Timing) []byte {
	return append(append(append(to, `,"timing":"`...), timingsForDocument[timing]...), '"')
}

// amount appends minor units as a decimal.
func (w itemWriter) amount(to []byte, minor int64) []byte {
	if minor < 0 {
		to = append(to, '-')
	}
	magnitude := uint64(max(minor, -minor))
	unit := uint64(1)
	for range w.digits {
		unit *= 10
	}
	to = strconv.AppendUint(to, magnitude/unit, 10)
	if w.digits == 0 {
		return to
	}
	to = append(to, '.')
	for fraction := magnitude % unit; unit > 1; fraction %= unit {
		unit /= 10
		to = append(to, byte('0'+fraction/unit))
	}
	return to
}

// appendText appends a JSON string.
func appendText(to []byte, text string) []byte {
	for _, c := range []byte(text) {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			// A string can always be marshalled.
			quoted, _ := json.Marshal(text)
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}
