package lives_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"pgregory.net/rapid"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// world is where a life takes place: the services on a store.
type world struct {
	ctx       context.Context
	lines     *line.Service
	invoicing *invoice.Service
	charges   *charge.Service
	increases *increase.Service
	explains  pb.InvoiceServiceServer
	// run bills what is due as of a date, and returns the number of the run and its invoices.
	run func(asOf date.Date, drafts bool) (invoice.RunID, []invoice.Invoice)
	// preview returns the invoices that a run would make. It is nil in memory, where no service bills.
	preview func(asOf date.Date) []invoice.Invoice
	// choose chooses how parts of periods are priced, if possible on a given day, and returns its day.
	choose func(method billing.Method, on date.Date) date.Date
	// transfer moves everything to another tenant, and is nil if there is none.
	transfer func()
	// held returns the days that invoices hold, in order for each line.
	held func() []invoice.BilledPeriod
	// work does all steps of jobs.
	work func()
	// masterItems are the master items that lines can have: no item of a database is called N/A.
	masterItems []catalogue.ItemCode
	// catalogue is what imported lines are checked by, or nil if they are not.
	catalogue line.Catalogue
}

// settings are those of a tenant.
type settings struct {
	proration billing.Proration
	onFirst   bool
}

// profile returns the billing profile of the tenant.
func (s settings) profile() invoice.Profile {
	profile := invoice.Profile{DisplayName: "Seller", FirstOfMonth: s.onFirst}
	profile.Take(s.proration)
	return profile
}

// servers keeps the server of invoices of the native API.
type servers struct{ invoices pb.InvoiceServiceServer }

func (s *servers) RegisterService(_ *grpc.ServiceDesc, server any) {
	if found, ok := server.(pb.InvoiceServiceServer); ok {
		s.invoices = found
	}
}

// explainer returns the server that explains invoices.
func explainer(invoices *invoice.Service) pb.InvoiceServiceServer {
	var s servers
	key := func(context.Context) ([]byte, error) { return []byte(strings.Repeat("k", 32)), nil }
	api.Register(&s, api.Services{Invoices: invoices}, pagetoken.New(key), changes.Tokens{})
	return s.invoices
}

// finish does all steps of the jobs of increases.
func finish(t *rapid.T, of *increase.Service) {
	for {
		worked, err := of.Work(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

// inMemory returns a world in memory.
func inMemory(t *rapid.T, of settings) *world {
	at := clock.NewFake(billingtest.Today.Time())
	m := &memory{books: books{profile: of.profile()}, clock: at}
	m.profile.Version = 1
	w := &world{
		ctx:       billingtest.As,
		lines:     &line.Service{Service: mutation.Service[line.Reader, line.Writer]{Store: storeOf[line.Reader, line.Writer]{m}, Clock: at}},
		invoicing: invoice.NewService(storeOf[invoice.Reader, invoice.Writer]{m}, at),
		charges:   charge.NewService(storeOf[charge.Reader, charge.Writer]{m}, at),
		increases: increase.NewService(increaseStore{storeOf[increase.Reader, increase.Writer]{m}}, at, 2),
		held:      func() []invoice.BilledPeriod { return m.held },
		catalogue: m, masterItems: []catalogue.ItemCode{"", "BASE", "BASE", "N/A"},
	}
	runs := invoice.RunID(0)
	w.run = func(asOf date.Date, drafts bool) (invoice.RunID, []invoice.Invoice) {
		runs++
		return runs, m.bill(t, runs, asOf, drafts)
	}
	w.work = func() { finish(t, w.increases) }
	w.explains = explainer(w.invoicing)
	documents := invoice.NewDocumentService(storeOf[invoice.DocumentReader, invoice.DocumentWriter]{m}, at)
	w.choose = func(method billing.Method, on date.Date) date.Date {
		at.Set(on.Time())
		w.chooses(t, documents, method)
		return on
	}
	return w
}

// chooses chooses how parts of periods are priced.
func (w *world) chooses(t *rapid.T, documents *invoice.DocumentService, method billing.Method) {
	if _, err := documents.UpdateProfile(w.ctx, "", func(p *invoice.Profile) error { p.Proration = method; return nil }); err != nil {
		t.Fatal(err)
	}
}

// billable returns what a store reads of a line for a run.
func (m *memory) billable(l *line.Line) billing.Billable {
	of := billing.Billable{
		ID: int32(l.ID), BillTo: int32(l.BillTo), Currency: "USD", Item: string(l.Item), MasterItem: string(l.MasterItem), Description: l.Description,
		Start: l.Start, End: l.End, BillDay: l.BillDay, Anchor: l.Anchor, Months: l.BillCycle.Months(), Unbilled: l.NextCycle, Again: l.Unbilled,
		Paused: line.PausedDays(l.Pauses), Resumed: line.ResumedDays(l.Pauses), InArrears: l.Timing == line.InArrears, Version: l.Version,
	}
	for _, rate := range l.Rates {
		of.Rates = billing.Then(of.Rates, billing.Price{From: rate.From(), Monthly: rate.MonthlyAmount.Minor(), Effective: rate.Effective})
	}
	return of
}

// bill bills what is due, and moves the lines on, as a run does.
func (m *memory) bill(t *rapid.T, of invoice.RunID, asOf date.Date, drafts bool) (made []invoice.Invoice) {
	due := billing.Due{Proration: m.profile.Chosen(), Descriptions: map[string]string{"BASE": "BASE"}}
	for i := range m.lines {
		l, err := m.Line(context.Background(), line.ID(i+1))
		if err != nil {
			t.Fatal(err)
		}
		due.Lines = append(due.Lines, m.billable(&l))
		for n, credit := range l.Credits {
			if credit.Invoice == "" {
				due.Credits = append(due.Credits, billing.Grant{
					Line: int32(l.ID), Number: int32(n + 1), BillTo: int32(credit.BillTo), Currency: "USD", Span: credit.Span(), Amount: credit.Amount.Minor(),
					Item: string(l.Item), Description: l.Description,
				})
			}
		}
	}
	for _, c := range m.charges {
		if c.Invoice == "" && !asOf.Before(c.Date) {
			due.OneOffs = append(due.OneOffs, billing.OneOff{
				Number: int32(c.ID), Version: c.Version, BillTo: int32(c.BillTo), Currency: "USD", Date: c.Date, Amount: c.Amount.Minor(), Item: string(c.Item),
			})
		}
	}
	statements, problems := billing.Bill(due, asOf)
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	for _, statement := range statements {
		made = append(made, m.keep(statement, of, asOf, drafts))
	}
	slices.SortFunc(m.held, func(a, b invoice.BilledPeriod) int {
		if a.Line != b.Line {
			return int(a.Line - b.Line)
		}
		return a.Start.Compare(b.Start)
	})
	return made
}

// keep stores an invoice, with what it holds.
func (m *memory) keep(statement billing.Statement, of invoice.RunID, asOf date.Date, drafts bool) invoice.Invoice {
	id := invoice.IDOf(of, catalogue.BillToID(statement.BillTo), "USD")
	made := invoice.Invoice{ID: id, State: invoice.Draft, Run: of, BillTo: catalogue.BillToID(statement.BillTo), IssueDate: asOf, Currency: "USD", Total: statement.Total, Items: statement.Items}
	if made.Version = 1; !drafts {
		m.numbered++
		made.State, made.Number = invoice.Finalized, m.numbered
	}
	m.invoices = append(slices.Clip(m.invoices), made)
	for _, item := range statement.Items {
		if item.Credit {
			m.credits[item.Parts[0].Line-1][item.Grant-1].Invoice = string(id)
		}
		if item.OneOff > 0 {
			billed := &m.charges[m.chargeAt(charge.ID(item.OneOff))]
			billed.Invoice = string(id)
			billed.Version++
		}
	}
	for _, moved := range statement.Lines {
		l := &m.lines[moved.Line-1]
		for _, part := range moved.Parts {
			m.held = append(m.held, invoice.BilledPeriod{Line: l.ID, Span: part, Invoice: id})
		}
		if moved.Again > 0 {
			l.Unbilled = moved.Rest
		}
		if moved.Moves() {
			l.NextCycle, l.LastCycle = moved.Next(), moved.Last()
		}
		l.Version++
	}
	return made
}

// tenants counts the tenants of a store.
type tenants struct{ last int }

// onStore returns a world on a database, in a tenant of its own.
func (n *tenants) onStore(t *rapid.T, of settings, f *billingtest.Fixture) *world {
	n.last++
	caller := auth.Principal{Tenant: auth.Tenant(fmt.Sprintf("life-%d", n.last)), Actor: "operator"}
	w := &world{ctx: auth.With(context.Background(), caller), lines: f.Lines, invoicing: f.Invoicing, charges: f.Charges, increases: f.Increases, masterItems: []catalogue.ItemCode{"", "BASE"}}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	profiles := store.New[invoice.DocumentReader, invoice.DocumentWriter](f.DB, api.Message)
	check(profiles.WriteGuarded(w.ctx, caller, f.Clock.Now(), func(ctx context.Context, to invoice.DocumentWriter) error {
		profile := of.profile()
		return to.PutProfile(ctx, &profile)
	}))
	for _, code := range []catalogue.ItemCode{"MON", "BASE", "VISIT"} {
		_, err := f.Catalogue.CreateItem(w.ctx, catalogue.Item{Code: code, Description: string(code)})
		check(err)
	}
	for id, customer := range map[catalogue.BillToID]catalogue.CustomerID{1: 1, 2: 1, 3: 3, 4: 4} {
		_, err := f.Catalogue.CreateBillTo(w.ctx, catalogue.BillTo{ID: id, Customer: customer, DisplayName: "Customer"})
		check(err)
	}
	for code, billTo := range masters {
		_, err := f.Catalogue.CreateMasterAccount(w.ctx, catalogue.MasterAccount{Code: code, Description: "Owner", Customer: catalogue.CustomerID(billTo), BillTo: billTo})
		check(err)
	}
	w.run = func(asOf date.Date, drafts bool) (invoice.RunID, []invoice.Invoice) {
		create := func() (run.Run, error) { return f.Runs.Create(w.ctx, asOf, run.Filter{}, false) }
		if drafts {
			create = func() (run.Run, error) { return f.Runs.CreateDraft(w.ctx, asOf, run.Filter{}) }
		}
		made, err := create()
		check(err)
		f.Finish(f.Runs)
		ended, err := f.Runs.Get(w.ctx, made.ID)
		check(err)
		if ended.State != run.Succeeded || ended.ProblemCount > 0 {
			t.Fatalf("%+v", ended)
		}
		return made.ID, invoicesOf(t, w, made.ID)
	}
	w.held = func() (held []invoice.BilledPeriod) {
		check(f.DB.Read(w.ctx, func(ctx context.Context, tx *database.Tx) error {
			rows, err := tx.QueryContext(ctx, `SELECT line_id, period_start, period_end, invoice_id FROM billed_periods WHERE tenant = $1 ORDER BY line_id, period_start`, string(caller.Tenant))
			if err != nil {
				return err
			}
			held, err = readHeld(rows)
			return err
		}))
		return held
	}
	w.work = func() { finish(t, f.Increases) }
	w.explains = explainer(f.Invoicing)
	w.preview = func(asOf date.Date) (made []invoice.Invoice) {
		check(f.Runs.Preview(w.ctx, asOf, run.Filter{}, func(some []invoice.Invoice, problems []run.Problem) error {
			if made = append(made, some...); len(problems) > 0 {
				t.Fatalf("%+v", problems)
			}
			return nil
		}))
		return made
	}
	w.choose = func(method billing.Method, _ date.Date) date.Date {
		w.chooses(t, f.Documents, method)
		return billingtest.Today
	}
	w.transfer = func() {
		var exported []any
		check(f.Books.Export(w.ctx, caller.Tenant, func(resource any) error { exported = append(exported, resource); return nil }))
		n.last++
		caller.Tenant = auth.Tenant(fmt.Sprintf("life-%d", n.last))
		w.ctx = auth.With(context.Background(), caller)
		_, err := f.Books.Import(w.ctx, exported)
		check(err)
	}
	return w
}

func readHeld(rows *sql.Rows) (held []invoice.BilledPeriod, err error) {
	for rows.Next() {
		var p invoice.BilledPeriod
		if err := rows.Scan(&p.Line, &p.Start, &p.End, &p.Invoice); err != nil {
			return nil, err
		}
		held = append(held, p)
	}
	return held, rows.Close()
}

// invoicesOf returns the invoices of a run with their items, ordered by bill-to.
func invoicesOf(t *rapid.T, w *world, of invoice.RunID) (made []invoice.Invoice) {
	listed, err := w.invoicing.List(w.ctx, listing.Query{Where: listing.Is(invoice.FieldRun, of), Order: billingtest.ByBillTo, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range listed {
		whole, err := w.invoicing.Get(w.ctx, l.ID)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, whole)
	}
	return made
}
