package books

import (
	"context"
	"errors"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

func importLine(ctx context.Context, w Writer, l line.Line) (imports.Outcome, error) {
	outcomes, err := importLines(ctx, w, []line.Line{l})
	if err != nil {
		return imports.Outcome{}, err
	}
	return outcomes[0], nil
}

// importLines imports lines, with a few statements for all of them.
func importLines(ctx context.Context, w LineImportWriter, lines []line.Line) ([]imports.Outcome, error) {
	known, err := knownTo(ctx, w, lines)
	if err != nil {
		return nil, err
	}
	outcomes, created, err := importNew(lines, known.lines, "recurring line", func(l line.Line) line.ID { return l.ID },
		func(l line.Line) (line.Line, error) { return known.settle(ctx, l) }, sameLine)
	if err != nil {
		return nil, err
	}
	err = w.CreateLines(ctx, created)
	if errors.Is(err, mutation.ErrTaken) {
		return nil, fault.Wrap(err, fault.Conflict, reason.ConcurrentChange, "recurring lines were created at the same time; try again")
	}
	if err != nil {
		return nil, err
	}
	for _, l := range created {
		if err := line.KeepCredits(ctx, w, l); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// importNew checks resources one by one and returns an outcome for each. New ones, as completed by
// settle, are added to known and returned to be created. A resource that differs from the stored
// one with the same key is rejected.
func importNew[K comparable, T any](resources []T, known map[K]T, what string, key func(T) K, settle func(T) (T, error), same func(a, b T) bool) (outcomes []imports.Outcome, created []T, err error) {
	outcomes, created = make([]imports.Outcome, len(resources)), make([]T, 0, len(resources))
	for i, resource := range resources {
		settled, err := settle(resource)
		if err == nil {
			if present, taken := known[key(settled)]; !taken {
				known[key(settled)] = settled
				created = append(created, settled)
				outcomes[i].Created = true
			} else if !same(settled, present) {
				err = imports.Differs(what, key(settled))
			}
		}
		if err != nil {
			if outcomes[i], err = imports.OutcomeOf(false, err); err != nil {
				return nil, nil, err
			}
		}
	}
	return outcomes, created, nil
}

// sameLine reports whether an imported line is the stored one. A cancellation that brings no number may have any.
func sameLine(a, b line.Line) bool {
	if a.Cancellation.Number == 0 {
		b.Cancellation.Number = 0
	}
	a.Revision, b.Revision = mutation.Revision{}, mutation.Revision{}
	return reflect.DeepEqual(a, b)
}
