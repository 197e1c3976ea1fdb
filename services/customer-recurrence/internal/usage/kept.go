package usage

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// keeps reports whether a total keeps its limit and package, because its window is over.
func (total *Total) keeps(today date.Date) bool {
	return total.PackageID != "" && !today.Before(total.Window.End)
}

// packages are the packages that were read, empty ones for those that do not exist.
type packages map[catalogue.PackageID]catalogue.Package

// read reads packages together, each once.
func (p packages) read(ctx context.Context, r Reader, ids ...catalogue.PackageID) error {
	var unknown []catalogue.PackageID
	for _, id := range ids {
		if _, known := p[id]; !known {
			p[id], unknown = catalogue.Package{}, append(unknown, id)
		}
	}
	found, err := r.PackagesByID(ctx, unknown)
	for _, one := range found {
		p[one.ID] = one
	}
	return err
}

// contracted returns the packages of recurrences.
func contracted(of []recurrence.Recurrence) []catalogue.PackageID {
	ids := make([]catalogue.PackageID, len(of))
	for i, one := range of {
		ids[i] = one.PackageID
	}
	return ids
}
