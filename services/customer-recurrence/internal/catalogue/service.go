package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service is what can be done with packages. Every error is a fault, or trouble of the store; nothing is changed when one is
// returned.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New is the service on a store, at the time of a clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds a package; an id that is empty is made. Recurrences that name it already stay as they are. Faults:
// Invalid, AlreadyExists.
func (s *Service) Create(ctx context.Context, pack Package, options ...mutation.Option) (Package, error) {
	pack, err := pack.Prepared()
	if err != nil {
		return Package{}, err
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Package, error) {
		return Add(ctx, w, pack)
	}, options...)
}

// Prepared is a package to create, with what was left open filled in; or an Invalid fault of all that is wrong.
func (p Package) Prepared() (Package, error) {
	if p.ID == "" {
		p.ID = PackageID(id.New())
	}
	v := (&fault.Violations{}).In("package")
	p.check(v)
	p.Version = 1
	return p, v.Err()
}

// Add adds a package that was prepared, as a part of a mutation.
func Add(ctx context.Context, w Writer, pack Package) (Package, error) {
	pack.CreateTime, pack.UpdateTime = w.Now(), w.Now()
	return pack, mutation.Explain(w.CreatePackage(ctx, pack), "package", pack.ID)
}

// Get is one package. Faults: NotFound.
func (s *Service) Get(ctx context.Context, id PackageID) (Package, error) {
	return mutation.Get(ctx, s.Service, "package", Reader.Package, id)
}

// List is the packages that a query asks for.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Package, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Package, error) { return r.Packages(ctx, query) })
}
