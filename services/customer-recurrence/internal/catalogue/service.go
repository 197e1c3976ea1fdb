package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service offers the operations on packages. Its errors are faults or errors of the store. If it
// returns an error, nothing was changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New returns a service on a store that takes the time from clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds a package and generates its id if it is empty. Existing recurrences that name the
// package stay as they are. Faults: Invalid, AlreadyExists.
func (s *Service) Create(ctx context.Context, pack Package, options ...mutation.Option) (Package, error) {
	pack, err := pack.Prepared()
	if err != nil {
		return Package{}, err
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Package, error) {
		return Add(ctx, w, pack)
	}, options...)
}

// Prepared returns the package with its defaults filled in, ready to be created. Its error is an
// Invalid fault with all violations.
func (p Package) Prepared() (Package, error) {
	if p.ID == "" {
		p.ID = PackageID(id.New())
	}
	v := (&fault.Violations{}).In("package")
	p.check(v)
	p.Version = 1
	return p, v.Err()
}

// Add adds a prepared package within a mutation.
func Add(ctx context.Context, w Writer, pack Package) (Package, error) {
	pack.CreateTime, pack.UpdateTime = w.Now(), w.Now()
	return pack, mutation.Explain(w.CreatePackage(ctx, pack), "package", pack.ID)
}

// Get returns one package. Faults: NotFound.
func (s *Service) Get(ctx context.Context, id PackageID) (Package, error) {
	return mutation.Get(ctx, s.Service, "package", Reader.Package, id)
}

// List returns the packages that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Package, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Package, error) { return r.Packages(ctx, query) })
}
