package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// CreateCredit inserts a credit of a line.
func (w *writer) CreateCredit(ctx context.Context, l line.ID, c line.Credit) error {
	elsewhere, err := elsewhereText(c.Elsewhere)
	if err != nil {
		return fmt.Errorf("creating a credit of recurring line %d: %w", l, err)
	}
	err = w.rows.CreateCredit(ctx, rows.CreateCreditParams{
		Tenant:    string(w.tenant),
		LineID:    int64(l),
		BillToID:  int64(c.BillTo),
		FromDate:  c.From.String(),
		ToDate:    c.To.String(),
		Amount:    c.Amount.Value.String(),
		Currency:  string(c.Amount.Currency),
		Reason:    string(c.Reason),
		InvoiceID: nullable(c.Invoice),
		Kind:      string(c.Kind),
		OfInvoice: nullable(c.Of),
		Elsewhere: nullable(elsewhere),
	})
	if err != nil {
		return fmt.Errorf("creating a credit of recurring line %d: %w", l, err)
	}
	return nil
}

// DeleteCredits deletes the credits of a line's cancellation, unless an invoice carries one.
func (w *writer) DeleteCredits(ctx context.Context, l line.ID) error {
	deleted, err := w.rows.DeleteCredits(ctx, rows.DeleteCreditsParams{Tenant: string(w.tenant), LineID: int64(l)})
	if err == nil && deleted == 0 {
		err = mutation.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("deleting the credits of recurring line %d: %w", l, err)
	}
	return nil
}

// ReleaseDays makes invoices hold days of a line no more. A period that holds others too is cut.
func (w *writer) ReleaseDays(ctx context.Context, l line.ID, days billing.Span) error {
	periods, err := w.PeriodsOf(ctx, []line.ID{l}, days)
	if err != nil {
		return err
	}
	var kept []rows.BilledPeriod
	for _, period := range periods {
		if err := w.rows.DeletePeriod(ctx, rows.DeletePeriodParams{
			Tenant: string(w.tenant), LineID: int64(l), PeriodStart: period.Start.String(),
		}); err != nil {
			return fmt.Errorf("releasing days of line %d: %w", l, err)
		}
		for _, rest := range period.Minus([]billing.Span{days}) {
			kept = append(kept, rows.BilledPeriod{
				Tenant: string(w.tenant), LineID: int64(l), PeriodStart: rest.Start.String(), PeriodEnd: rest.End.String(), InvoiceID: string(period.Invoice),
			})
		}
	}
	return insertAll(ctx, w.tx, "billed_periods", kept)
}

// unbilledText returns days as the text of their column, such as `2026-02-11/2026-03-01`.
func unbilledText(days []billing.Span) string {
	texts := make([]string, len(days))
	for i, span := range days {
		texts[i] = span.Start.String() + "/" + span.End.String()
	}
	return strings.Join(texts, " ")
}

// unbilledOf parses what unbilledText returned.
func unbilledOf(text string) (days []billing.Span, err error) {
	var day dates
	for span := range strings.FieldsSeq(text) {
		start, end, _ := strings.Cut(span, "/")
		days = append(days, billing.Span{Start: day.of(start), End: day.of(end)})
	}
	return days, day.err
}

// elsewhereDocument is how days of a credit that were billed elsewhere were priced, as an element of
// the JSON list in their column. The list has no blanks.
type elsewhereDocument struct {
	Start   date.Date `json:"start"`
	End     date.Date `json:"end"`
	Begins  date.Date `json:"begins"`
	Ends    date.Date `json:"ends"`
	Monthly int64     `json:"monthly"` // in minor units
	Months  int       `json:"months"`
	By      string    `json:"by,omitempty"`
	Day     int       `json:"day"`
	First   date.Date `json:"first"`
	Since   date.Date `json:"since"`
	Applies date.Date `json:"applies"`
}

// elsewhereText returns the text of the column, which is empty if there are no such days.
func elsewhereText(priced []billing.PricedDays) (string, error) {
	if len(priced) == 0 {
		return "", nil
	}
	written := make([]elsewhereDocument, len(priced))
	for i, p := range priced {
		written[i] = elsewhereDocument{
			Start: p.Span.Start, End: p.Span.End, Begins: p.Period.Start, Ends: p.Period.End, Monthly: p.Monthly, Months: p.Months, Day: p.BillDay,
			First: p.First, Since: p.Rate.Effective, Applies: p.Rate.From,
		}
		if p.ByMonth {
			written[i].By = byMonth
		}
	}
	text, err := json.Marshal(written)
	return string(text), err
}

// elsewhereOf parses what elsewhereText returned.
func elsewhereOf(text string) ([]billing.PricedDays, error) {
	var written []elsewhereDocument
	if err := json.Unmarshal([]byte(text), &written); err != nil {
		return nil, fmt.Errorf("reading days billed elsewhere: %w", err)
	}
	priced := make([]billing.PricedDays, len(written))
	for i, d := range written {
		priced[i] = billing.PricedDays{
			Span: billing.Span{Start: d.Start, End: d.End}, Period: billing.Span{Start: d.Begins, End: d.Ends},
			Pricing: billing.Pricing{
				Monthly: d.Monthly, Months: d.Months, ByMonth: d.By == byMonth, BillDay: d.Day, First: d.First,
				Rate: billing.RateDates{Effective: d.Since, From: d.Applies},
			},
		}
	}
	return priced, nil
}

// noInvoice stands for no invoice, or no days billed elsewhere, in the text that a query makes of the credits of a line.
const noInvoice = "-"

// creditsOf parses the credits of a line from the text that its query makes of them, one credit per
// row.
func creditsOf(text, currency string) ([]line.Credit, error) {
	if text == "" {
		return nil, nil
	}
	list := make([]line.Credit, 0, 1+strings.Count(text, "\n"))
	for row := range strings.SplitSeq(text, "\n") {
		credit, err := parseCredit(strings.SplitN(row, " ", 9), currency)
		if err != nil {
			return nil, fmt.Errorf("reading credit %q: %w", row, err)
		}
		list = append(list, credit)
	}
	return list, nil
}

func parseCredit(fields []string, currency string) (c line.Credit, err error) {
	if len(fields) != 9 {
		return c, fmt.Errorf("it has %d fields", len(fields))
	}
	billTo, err := strconv.ParseInt(fields[2], 10, 32)
	if err != nil {
		return c, err
	}
	var day dates
	c = line.Credit{BillTo: catalogue.BillToID(billTo), From: day.of(fields[0]), To: day.of(fields[1]), Reason: line.ReasonCode(fields[8])}
	if fields[4] != noInvoice {
		c.Invoice = fields[4]
	}
	c.Kind = line.CreditKind(strings.TrimSuffix(fields[5], noInvoice))
	if fields[6] != noInvoice {
		c.Of = fields[6]
	}
	if day.err != nil {
		return c, day.err
	}
	if fields[7] != noInvoice {
		if c.Elsewhere, err = elsewhereOf(fields[7]); err != nil {
			return c, err
		}
	}
	c.Amount, err = amountOf(fields[3], currency)
	return c, err
}

// Credits reads the credits that no invoice carries, for the lines of a filter. They use the index
// line_credits_due.
func (r *reader) Credits(ctx context.Context, in run.Range, filter run.Filter) ([]billing.Grant, error) {
	scan := func(row database.Row) (c billing.Grant, err error) {
		var amount string
		if err = row.Scan(&c.Line, &c.Number, &c.BillTo, &c.Currency, &amount, &c.Span.Start, &c.Span.End, &c.Item, &c.Description, &c.Kind, &c.Reason); err != nil {
			return c, err
		}
		c.Amount, err = minorUnits(amount, c.Currency)
		return c, err
	}
	b := bound{tx: r.tx}
	query := `SELECT k.line_id, k.number, k.bill_to_id, k.currency, k.amount, k.from_date, k.to_date, l.item_code, l.description, k.kind, k.reason
		FROM line_credits k JOIN recurring_lines l ON l.tenant = k.tenant AND l.id = k.line_id
		WHERE k.tenant = ` + b.value(string(r.tenant)) + ` AND k.invoice_id IS NULL AND k.bill_to_id > ` +
		b.value(int64(in.After)) + ` AND k.bill_to_id <= ` + b.value(int64(in.Upto)) + b.chosen(filter, "k.bill_to_id")
	if b.err != nil {
		return nil, b.err
	}
	return database.Select(ctx, r.tx, "credit", scan, query, b.values...)
}

// creditKeys and creditSet are the columns that a run matches and changes of a credit.
var (
	creditKeys = []database.Column{
		{Name: "tenant", Type: "TEXT"}, {Name: "line_id", Type: "BIGINT"}, {Name: "number", Type: "BIGINT"}, {Name: "amount", Type: "TEXT"},
	}
	creditSet = []database.Column{{Name: "invoice_id", Type: "TEXT"}}
)

// creditKey identifies a credit of a tenant.
type creditKey struct {
	line   line.ID
	number int32
}

// BillCredits records the invoices that carry credits. A credit that was withdrawn meanwhile does
// not match, even if it was granted again with another amount.
func (w *writer) BillCredits(ctx context.Context, invoices []invoice.Invoice) error {
	var lines []line.ID
	var keys []creditKey
	var billed [][]any
	for i := range invoices {
		for _, item := range invoices[i].Items {
			if !item.Credit {
				continue
			}
			key := creditKey{line.ID(item.Parts[0].Line), item.Grant}
			amount, err := invoices[i].Amount(-item.Amount)
			if err != nil {
				return fmt.Errorf("billing a credit of recurring line %d: %w", key.line, err)
			}
			lines, keys = append(lines, key.line), append(keys, key)
			billed = append(billed, []any{string(w.tenant), int64(key.line), int64(key.number), amount.Value.String(), string(invoices[i].ID)})
		}
	}
	if len(billed) == 0 {
		return nil
	}
	pending, err := w.holdCredits(ctx, lines)
	if err != nil {
		return err
	}
	updated, err := w.tx.UpdateAll(ctx, "line_credits", creditKeys, creditSet, billed)
	carried := slices.ContainsFunc(keys, func(key creditKey) bool { return !pending[key] })
	if err == nil && (carried || updated != int64(len(billed))) {
		err = mutation.ErrStale
	}
	if err != nil {
		return fmt.Errorf("billing %d credits: %w", len(billed), err)
	}
	return nil
}

// holdCredits returns the credits of lines that no invoice carries, and locks them until the
// transaction ends. All transactions lock them in the same order, to avoid deadlocks.
func (w *writer) holdCredits(ctx context.Context, lines []line.ID) (map[creditKey]bool, error) {
	b := bound{tx: w.tx}
	query := `SELECT line_id, number FROM line_credits WHERE ` + b.ofLines(string(w.tenant), lines) + ` AND invoice_id IS NULL ORDER BY line_id, number`
	if w.tx.Engine == database.PostgreSQL {
		query += ` FOR UPDATE`
	}
	if b.err != nil {
		return nil, b.err
	}
	held := map[creditKey]bool{}
	_, err := database.Select(ctx, w.tx, "credit", func(row database.Row) (key creditKey, err error) {
		err = row.Scan(&key.line, &key.number)
		held[key] = true
		return key, err
	}, query, b.values...)
	return held, err
}
