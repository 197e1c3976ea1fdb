package usage

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// keeps reports whether a total keeps its limit and package, because its window is over.
func (total *Total) keeps(today date.Date) bool {
	return total.PackageID != "" && !today.Before(total.Window.End)
}

// packages are the packages that were read, empty ones for those that do not exist.
type packages map[catalogue.PackageID]catalogue.Package

// read reads a package, once.
func (p packages) read(ctx context.Context, r Reader, id catalogue.PackageID) error {
	if _, known := p[id]; known {
		return nil
	}
	found, err := r.Package(ctx, id)
	if err != nil && !errors.Is(err, mutation.ErrNotFound) {
		return err
	}
	p[id] = found
	return nil
}
