package line

import (
	"context"
	"errors"
	"reflect"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Change is what to change of a line, the only things that can be while it is billed; anything else means to cancel
// the line and to create another. A nil field keeps what the line has. (Sedona: `PUT api/customerrecurring/{id}`.)
type Change struct {
	// ID is the line that the change says it is for; 0 says nothing, any other must be the line's own.
	ID ID
	// Item is the item to bill.
	Item *catalogue.ItemCode
	// Description may be empty: the item's description.
	Description *string
	// MasterItem may be empty: the line stands alone.
	MasterItem *catalogue.ItemCode
	// MasterAccount may be empty: the line is receivable to no master any more.
	MasterAccount *catalogue.MasterAccountCode
	BillCycle     *BillCycle
	Memo          *string
	// BillTo is a bill-to of the line's customer, or that of its master account. While the line is receivable to a master
	// account it is the master's ("Receivable to Master"), whichever of them is given, unless the change says nothing of a
	// master account: then another is refused. Nil or 0: the line's present one, if the line may keep it. One that is
	// receivable to no master any more keeps none of a stranger: it gets the one of its customer's with the lowest number.
	BillTo *catalogue.BillToID
}

// changeAll is the change that sets all that can change to what another line has.
func changeAll(to Line) Change {
	return Change{
		Item: &to.Item, Description: &to.Description, MasterItem: &to.MasterItem, MasterAccount: &to.MasterAccount,
		BillCycle: &to.BillCycle, Memo: &to.Memo, BillTo: &to.BillTo,
	}
}

// errUnchanged ends a change that changes nothing: the version stays, and the change feed tells of nothing.
var errUnchanged = errors.New("nothing changed")

// Change changes a recurring line.
func (s *Service) Change(ctx context.Context, id ID, change Change) (Line, error) {
	return s.Update(ctx, id, "", func(Line) (Change, error) { return change, nil })
}

// Update changes a recurring line as asked says, of the line as it is when the change is made. The etag, if not empty, must
// be the line's.
func (s *Service) Update(ctx context.Context, id ID, etag string, asked func(Line) (Change, error)) (Line, error) {
	return s.changeLine(ctx, id, etag, func(ctx context.Context, w Writer, line *Line) error {
		change, err := asked(*line)
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
		if reflect.DeepEqual(next, *line) {
			return errUnchanged
		}
		*line = next
		return nil
	})
}

// changeLine makes of a line what do makes of it, or only tells what would become of it.
func (s *Service) changeLine(ctx context.Context, id ID, etag string, do func(context.Context, Writer, *Line) error) (Line, error) {
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
	})
	return line, mutation.Explain(err, "recurring line", id)
}
