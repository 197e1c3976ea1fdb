package books

import (
	"context"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// IncreaseReader reads rate increases, and what they did to lines.
type IncreaseReader interface {
	Increase(ctx context.Context, id increase.ID) (increase.Increase, error)
	Increases(ctx context.Context, query listing.Query) ([]increase.Increase, error)
	IncreaseLines(ctx context.Context, query listing.Query) ([]increase.Line, error)
}

// IncreaseImportWriter imports rate increases, and what they did to lines.
type IncreaseImportWriter interface {
	IncreaseReader
	increase.Creator
	// HoldIncrease locks an increase until the end of the transaction. It waits for a step at hand.
	HoldIncrease(ctx context.Context, id increase.ID) error
	// PassLine makes applying an increase go on behind a line, or where it goes on if that is later.
	PassLine(ctx context.Context, id increase.ID, line line.ID) error
	// KnownLines returns the given numbers that are numbers of lines.
	KnownLines(ctx context.Context, ids []line.ID) ([]line.ID, error)
}

// exportIncreases sends the rate increases, each before what it did to lines. One that is being
// applied or undone is sent as one of which that was cancelled.
func exportIncreases(ctx context.Context, r Reader, send func(Resource) error) error {
	return exportList(ctx, r.Increases, "name", func(i increase.Increase) int64 { return int64(i.ID) }, func(resource Resource) error {
		exported := resource.(increase.Increase)
		if err := send(exported.Stopped()); err != nil {
			return err
		}
		query := listing.Numbered(increase.FieldLine, line.ID(0), exportPage)
		query.Where = listing.Is(increase.FieldIncrease, exported.ID)
		return listing.Each(ctx, r.IncreaseLines, query, func(l increase.Line) any { return int64(l.Line) }, func(l increase.Line) error { return send(l) })
	})
}

// importIncrease imports a rate increase. What it did to lines comes later.
func importIncrease(ctx context.Context, w Writer, i increase.Increase) (imports.Outcome, error) {
	var v fault.Violations
	if i.ID == 0 {
		v.Add(catalogue.FieldID, reason.Required, "must be given")
	}
	if i.State == "" || i.State.InProgress() {
		v.Add("state", reason.UnknownValue, "must be given, and not be that of a job at work: export it when the job has ended or is cancelled")
	}
	if min(i.Raised, i.Skipped, i.Lowered, i.Kept) < 0 {
		v.Add("applied_count", reason.OutOfRange, "must be 0 or more, and so must skipped_count, undone_count and kept_count")
	}
	v.Text("actor", i.Actor, line.MaxMemo)
	if err := v.Err(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	if err := increase.Settle(ctx, w, &i.Plan); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (increase.Increase, error) { return w.Increase(ctx, i.ID) }, mutation.ErrNotFound,
		func(present increase.Increase) bool {
			present.Revision, present.AppliedTo, present.UndoneTo = mutation.Revision{}, 0, 0
			present.Attempts, present.Failure = 0, ""
			if len(present.Change) == 0 {
				present.Change = nil // as it is read from a message
			}
			return reflect.DeepEqual(present, i)
		},
		func() error { return mutation.Explain(w.CreateIncrease(ctx, &i), "rate increase", i.ID) }, "rate increase", i.ID)
}

// importRaise imports what a rate increase did to a line. Applying the increase goes on behind it.
func importRaise(ctx context.Context, w Writer, l increase.Line) (imports.Outcome, error) {
	if err := w.HoldIncrease(ctx, l.Increase); err != nil {
		return imports.Outcome{}, err
	}
	of, err := w.Increase(ctx, l.Increase)
	if err != nil {
		return imports.OutcomeOf(false, mutation.Explain(err, "rate increase", l.Increase))
	}
	known, err := w.KnownLines(ctx, []line.ID{l.Line})
	if err != nil {
		return imports.Outcome{}, err
	}
	var v fault.Violations
	if len(known) == 0 {
		v.Add("recurring_line", reason.NotFound, "there is no recurring line %d", l.Line)
	}
	if l.Outcome == "" {
		v.Add("outcome", reason.Required, "must be given")
	}
	v.Text("message", l.Message, line.MaxMemo)
	if l.Outcome != increase.Skipped {
		line.CheckReason(&v, "reason_code", l.Rate.Reason)
		if l.Rate.MonthlyAmount.Currency != l.Old.Currency {
			v.Add("new_monthly_amount", reason.AnotherCurrency, "must be in %s like the old one", l.Old.Currency)
		}
	}
	if len(l.Replaced) > line.MaxRates {
		v.Add("replaced_rates", reason.TooMany, "must be at most %d, as many rates as a line can have", line.MaxRates)
	}
	if err := v.Err(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (increase.Line, error) { return raiseOf(ctx, w, l) }, mutation.ErrNotFound,
		func(present increase.Line) bool { return reflect.DeepEqual(present, l) },
		func() error {
			if err := checkStopped(&of); err != nil {
				return err
			}
			if err := w.NoteLine(ctx, l); err != nil {
				return mutation.Explain(err, "line of a rate increase", l.Line)
			}
			return w.PassLine(ctx, l.Increase, l.Line)
		}, "line of a rate increase", l.Line)
}

// checkStopped returns a fault for an increase here that no exported line can belong to: one that was
// never applied, or whose job is at work.
func checkStopped(of *increase.Increase) error {
	switch {
	case of.State == increase.Planned:
		return fault.New(fault.FailedPrecondition, reason.IncreaseNotApplied, "rate increase %d here was never applied, so the line belongs to another one of that number", of.ID)
	case of.State.InProgress():
		return fault.New(fault.FailedPrecondition, reason.IncreaseWorking, "the job of rate increase %d is at work: wait until it has ended, or cancel it, and import again", of.ID)
	}
	return nil
}

// raiseOf returns what an increase did to a line, as it is stored.
func raiseOf(ctx context.Context, r IncreaseReader, l increase.Line) (increase.Line, error) {
	query := listing.Query{Where: listing.All(listing.Is(increase.FieldIncrease, l.Increase), listing.Is(increase.FieldLine, l.Line)), Limit: 1}
	found, err := r.IncreaseLines(ctx, query)
	if err == nil && len(found) == 0 {
		err = mutation.ErrNotFound
	}
	if err != nil {
		return increase.Line{}, err
	}
	return found[0], nil
}
