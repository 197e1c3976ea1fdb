package catalogue

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// References counts what names a service or a package, besides packages.
type References interface {
	// RecurrencesOfPackage counts the recurrences that name a package, in whatever state.
	RecurrencesOfPackage(ctx context.Context, id PackageID) (int64, error)
	// RecurrencesOfService counts the recurrences that contract a service, in whatever state.
	RecurrencesOfService(ctx context.Context, id ServiceID) (int64, error)
	// PendingChangesToPackage and PendingChangesToService count the scheduled changes to come that set a package,
	// or that contract a service.
	PendingChangesToPackage(ctx context.Context, id PackageID) (int64, error)
	PendingChangesToService(ctx context.Context, id ServiceID) (int64, error)
	// UsageOfPackage and UsageOfService count the totals of consumption that were counted with a package, or that
	// are of a service.
	UsageOfPackage(ctx context.Context, id PackageID) (int64, error)
	UsageOfService(ctx context.Context, id ServiceID) (int64, error)
}

// unusedPackage returns an InUse fault if something names a package.
func unusedPackage(ctx context.Context, w Writer, id PackageID) error {
	return unused(ctx, "package", id, []referrer[PackageID]{
		{"recurrences", w.RecurrencesOfPackage}, {"scheduled changes", w.PendingChangesToPackage}, {"usage totals", w.UsageOfPackage},
		{"packages", func(ctx context.Context, id PackageID) (int64, error) {
			return countPackages(ctx, w, func(p Package) bool { return p.ID != id && slices.Contains(p.Next, id) })
		}},
	})
}

// unusedService returns an InUse fault if something names a service.
func unusedService(ctx context.Context, w Writer, id ServiceID) error {
	return unused(ctx, "service", id, []referrer[ServiceID]{
		{"recurrences", w.RecurrencesOfService}, {"scheduled changes", w.PendingChangesToService}, {"usage totals", w.UsageOfService},
		{"packages", func(ctx context.Context, id ServiceID) (int64, error) {
			return countPackages(ctx, w, func(p Package) bool { return p.names(id) })
		}},
	})
}

// referrer counts what names a resource. what is its kind in the plural.
type referrer[ID any] struct {
	what  string
	count func(context.Context, ID) (int64, error)
}

func unused[ID any](ctx context.Context, what string, id ID, referrers []referrer[ID]) error {
	for _, one := range referrers {
		count, err := one.count(ctx, id)
		if err := mutation.Unused(what, id, one.what, count, err); err != nil {
			return err
		}
	}
	return nil
}

// names reports whether a package names a service, in any of its versions.
func (p Package) names(id ServiceID) bool {
	return slices.Contains(p.ServiceIDs, id) || slices.ContainsFunc(p.Versions, func(version Version) bool {
		return slices.ContainsFunc(version.Included, func(included Included) bool { return included.ServiceID == id })
	})
}

// packagesRead is how many packages are read at once.
const packagesRead = 100

// countPackages counts the packages that match.
func countPackages(ctx context.Context, r Reader, matches func(Package) bool) (count int64, err error) {
	query := listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: packagesRead}
	err = listing.Each(ctx, r.Packages, query, func(p Package) any { return string(p.ID) }, func(p Package) error {
		if matches(p) {
			count++
		}
		return nil
	})
	return count, err
}
