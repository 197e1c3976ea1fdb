package line

import (
	"context"
	"errors"
	"reflect"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Change lists what to change of a line. Nothing else can change while the line is billed; to
// change anything else, cancel the line and create another. A nil field keeps the present value.
// (Sedona: `PUT api/customerrecurring/{id}`.)
type Change struct {
	// ID must be the number of the line, or 0.
	ID ID
	// Item is the item to bill.
	Item *catalogue.ItemCode
	// Description may be empty: then the item's description is used.
	Description *string
	// MasterItem may be empty: then the line stands alone.
	MasterItem *catalogue.ItemCode
	// MasterAccount may be empty: then the line is no longer receivable to a master account.
	MasterAccount *catalogue.MasterAccountCode
	BillCycle     *BillCycle
	// Restart begins a full period on the next cycle date, which becomes the anchor.
	Restart bool
	Memo    *string
	// BillTo is a bill-to of the line's customer, or of its master account.
	//
	//   - While the line is receivable to a master account, its bill-to is the master's. Another is
	//     replaced if the change names a master account, and rejected otherwise.
	//   - Nil or 0 keeps the present bill-to if the line may keep it.
	//   - A line that is no longer receivable to a master account does not keep another customer's
	//     bill-to. It gets its own customer's with the lowest number.
	BillTo *catalogue.BillToID
	// Timing is when the periods of the days that are not billed are due.
	Timing *Timing
	// Job and Branch may be empty.
	Job, Branch *string
}

// changeAll returns the change that copies every changeable field from another line.
func changeAll(to Line) Change {
	return Change{
		Item: &to.Item, Description: &to.Description, MasterItem: &to.MasterItem, MasterAccount: &to.MasterAccount,
		BillCycle: &to.BillCycle, Memo: &to.Memo, BillTo: &to.BillTo, Timing: &to.Timing,
		Job: &to.Job, Branch: &to.Branch,
	}
}

// errUnchanged ends a change that changes nothing: the version stays and no entry is added to the
// change feed.
var errUnchanged = errors.New("nothing changed")

// Change changes a recurring line.
func (s *Service) Change(ctx context.Context, id ID, change Change) (Line, error) {
	return s.update(ctx, id, "", func(Line) (Change, error) { return change, nil }, mutation.Ahead(change.ahead))
}

// ahead announces what the change names.
func (c Change) ahead(ctx context.Context, w Writer) {
	for _, item := range []*catalogue.ItemCode{c.Item, c.MasterItem} {
		if item != nil && *item != "" {
			_, _ = w.FindItem(ctx, *item)
		}
	}
	if c.MasterAccount != nil && *c.MasterAccount != "" {
		_, _ = w.FindMasterAccount(ctx, *c.MasterAccount)
	}
	if c.BillTo != nil && *c.BillTo != 0 {
		_, _ = w.BillTo(ctx, *c.BillTo)
	}
}

// Update changes a recurring line. request computes the change from the line as stored. A non-empty
// etag must match the line's.
func (s *Service) Update(ctx context.Context, id ID, etag string, request func(Line) (Change, error)) (Line, error) {
	return s.update(ctx, id, etag, request)
}

func (s *Service) update(ctx context.Context, id ID, etag string, request func(Line) (Change, error), options ...mutation.Option) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		change, err := request(*line)
		if err != nil {
			return err
		}
		var v fault.Violations
		next, err := revise(ctx, &v, w, *line, change)
		if err != nil {
			return err
		}
		if err := v.Err(); err != nil {
			return err
		}
		if change.Restart {
			next.restart()
		}
		if reflect.DeepEqual(next, *line) {
			return errUnchanged
		}
		*line = next
		return nil
	}, append(options, mutation.Ahead(func(ctx context.Context, w Writer) { _, _ = w.Line(ctx, id) }))...)
}

// changeLine applies do to a line and stores the result.
func (s *Service) changeLine(ctx context.Context, id ID, etag string, do func(context.Context, Writer, *Line) error, options ...mutation.Option) (Line, error) {
	line, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Line, error) {
		line, err := w.Line(ctx, id)
		if err != nil {
			return Line{}, err
		}
		if err := mutation.CheckEtag("recurring line", id, line, etag); err != nil {
			return Line{}, err
		}
		switch err := do(ctx, w, &line); {
		case errors.Is(err, errUnchanged):
			return line, nil
		case err != nil:
			return Line{}, err
		}
		err = w.UpdateLine(ctx, &line)
		return line, err
	}, append(options, mutation.On("recurring line", id))...)
	return line, mutation.Explain(err, "recurring line", id)
}
