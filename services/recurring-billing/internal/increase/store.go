package increase

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Resource types as the change feed names them.
const (
	Type     = "RateIncrease"
	TypeLine = "RateIncreaseLine"
)

// Fields of the native API's list of an increase's lines.
const (
	FieldIncrease = "rate_increase"
	FieldLine     = "recurring_line"
	FieldOutcome  = "outcome"
)

// Store stores the increases of all tenants, and hands out the steps of their jobs.
type Store interface {
	mutation.Store[Reader, Writer]
	// Waiting reports whether a job of any tenant waits for its next step. It takes no locks.
	Waiting(ctx context.Context, at time.Time) (bool, error)
	// Step claims an increase whose job waits, and that no other worker has claimed, and calls do in
	// one guarded transaction that locks it. So the claim ends if the process crashes. It reports
	// whether there was one.
	Step(ctx context.Context, at time.Time, do func(context.Context, Writer, Increase) error) (bool, error)
	// Follow returns a channel that gets a value when this process has changed an increase of a
	// tenant, or of any for "", or what its job has done. leave ends that.
	Follow(of auth.Tenant) (news <-chan struct{}, leave func())
}

// Catalogue reads what the plans of increases name. It returns ErrNotFound for what does not
// exist.
type Catalogue interface {
	Item(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error)
	BillTo(ctx context.Context, id catalogue.BillToID) (catalogue.BillTo, error)
	MasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error)
	// KnownLines returns the given numbers that are numbers of lines, in any order.
	KnownLines(ctx context.Context, ids []line.ID) ([]line.ID, error)
}

// Reader reads the increases of one tenant. It returns ErrNotFound for one that does not exist.
type Reader interface {
	Catalogue
	line.Charger
	Increase(ctx context.Context, id ID) (Increase, error)
	// Increases and IncreaseLines return what matches a query on the fields of the native API's
	// lists.
	Increases(ctx context.Context, query listing.Query) ([]Increase, error)
	IncreaseLines(ctx context.Context, query listing.Query) ([]Line, error)
	// Lines returns the recurring lines that match a query on the fields of their list.
	Lines(ctx context.Context, query listing.Query) ([]line.Line, error)
	// LinesOf returns the recurring lines with the given numbers, in any order.
	LinesOf(ctx context.Context, ids []line.ID) ([]line.Line, error)
}

// LineWriter changes recurring lines.
type LineWriter interface {
	// UpdateLine replaces the line with the same number, without its rates, and fails with ErrStale
	// unless the stored version is the one in its Revision. ReplaceRates replaces the rates.
	UpdateLine(ctx context.Context, line *line.Line) error
	ReplaceRates(ctx context.Context, line line.ID, rates []line.Rate) error
}

// Creator creates increases.
type Creator interface {
	Catalogue
	// CreateIncrease creates an increase. One with number 0 gets the next number after the highest.
	// Any other number is kept; ErrTaken is returned if it is in use.
	CreateIncrease(ctx context.Context, increase *Increase) error
	// NoteLine stores what was done to a line. It returns ErrTaken if that is known already. It adds
	// no entry to the change feed.
	NoteLine(ctx context.Context, line Line) error
}

// Writer reads and writes the increases of one tenant. It sees its own writes.
type Writer interface {
	Reader
	Creator
	LineWriter
	mutation.Writer
	// HoldIncrease locks an increase until the end of the transaction. It waits for a step at hand.
	HoldIncrease(ctx context.Context, id ID) error
	// UpdateIncrease replaces the plan and the state of an increase, and not its progress. It clears
	// its attempts and failure, and adds an entry to the change feed. UpdateIncrease and DeleteIncrease return ErrStale if the stored
	// version is not the one in the Revision.
	UpdateIncrease(ctx context.Context, increase *Increase) error
	DeleteIncrease(ctx context.Context, increase Increase) error
	// KeepProgress stores what a job has done. It returns ErrStale if the increase is in another
	// state than the given one. PostponeStep stores why a step failed, and when it is tried again.
	KeepProgress(ctx context.Context, increase *Increase) error
	PostponeStep(ctx context.Context, increase *Increase, until time.Time) error
	// SettleLine replaces the outcome and the message of a line.
	SettleLine(ctx context.Context, line Line) error
}
