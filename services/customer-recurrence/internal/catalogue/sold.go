package catalogue

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Sold is a service that is sold, alone or in a package.
type Sold struct {
	// ID is the vendor's service_id.
	ID ServiceID `json:"id"`
	// DisplayName is the service's name, Unit what one transaction of it is, for people.
	DisplayName string `json:"display_name,omitempty"`
	Unit        string `json:"unit,omitempty"`
	// Prices are what it costs by itself until the first of Versions, each cycle and currency once.
	Prices []Price `json:"prices,omitempty"`
	// Versions are what it costs by itself later, by their first day.
	Versions []SoldVersion `json:"versions,omitempty"`
	// Inactive means that the service is retired: recurrences that have it keep it, and no price is
	// taken from it any more.
	Inactive bool `json:"inactive,omitempty"`
	// Version starts at 1 and rises with each change.
	Version int64 `json:"version"`
	// CreateTime and UpdateTime are in UTC, to the microsecond.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// SoldVersion is what a service costs by itself from a day on, until the next version.
type SoldVersion struct {
	// ValidFrom is the first day. It is zero, in the first version alone, for since ever.
	ValidFrom date.Date `json:"valid_from_date"`
	// Prices are the prices, each cycle and currency once.
	Prices []Price `json:"prices,omitempty"`
}

// PricesOn returns what the service costs by itself on a day.
func (s Sold) PricesOn(day date.Date) []Price {
	prices := s.Prices
	for _, version := range s.Versions {
		if !day.Before(version.ValidFrom) {
			prices = version.Prices
		}
	}
	return prices
}

// maxUnit is the maximum length of a unit in UTF-16 units.
const maxUnit = 100

// Etag returns the etag of the service's present state.
func (s Sold) Etag() string { return id.Etag(s.Version) }

func (s *Sold) check(v *fault.Violations) {
	v.PlainText("display_name", s.DisplayName, MaxDisplayName)
	v.PlainText("unit", s.Unit, maxUnit)
	checkPrices(v, s.Prices)
	s.checkVersions(v)
}

func (s *Sold) checkVersions(v *fault.Violations) {
	if len(s.Versions) > maxVersions {
		v.Add("versions", reason.TooMany, "must be at most %d", maxVersions)
		return
	}
	for i, version := range s.Versions {
		v := v.In("versions[%d]", i)
		switch {
		case i > 0:
			checkFollows(v, s.Versions[i-1].ValidFrom, version.ValidFrom)
		case version.ValidFrom.IsZero() && len(s.Prices) > 0:
			v.Add("valid_from_date", reason.Inconsistent, "must be given for a service that has prices, which are those until that day")
		}
		checkPrices(v, version.Prices)
	}
}

// Prepared returns the service with its defaults filled in, ready to be created. Its error is an
// Invalid fault with all violations.
func (s Sold) Prepared() (Sold, error) {
	if s.ID == "" {
		s.ID = ServiceID(id.New())
	}
	v := (&fault.Violations{}).In("service")
	s.check(v)
	s.Version = 1
	return s, v.Err()
}

// AddSold adds a prepared service within a mutation.
func AddSold(ctx context.Context, w Writer, sold Sold) (Sold, error) {
	sold.CreateTime, sold.UpdateTime = w.Now(), w.Now()
	return sold, mutation.Explain(w.CreateService(ctx, sold), "service", sold.ID)
}

var services = mutation.Resource[ServiceID, Sold, Writer]{
	What: "service", Find: Writer.Service, Keep: Writer.UpdateService,
}

// CreateService adds a service and generates its id if it is empty. Faults: Invalid, AlreadyExists.
func (s *Service) CreateService(ctx context.Context, sold Sold, options ...mutation.Option) (Sold, error) {
	sold, err := sold.Prepared()
	if err != nil {
		return Sold{}, err
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Sold, error) { return AddSold(ctx, w, sold) }, options...)
}

// GetService returns one service. Faults: NotFound.
func (s *Service) GetService(ctx context.Context, id ServiceID) (Sold, error) {
	return mutation.Get(ctx, s.Service, "service", Reader.Service, id)
}

// ListServices returns the services that match a query.
func (s *Service) ListServices(ctx context.Context, query listing.Query) ([]Sold, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Sold, error) { return r.Services(ctx, query) })
}

// UpdateService applies revise to a service. Its id cannot change. Faults: Invalid, NotFound, and
// Conflict if the etag is not the present one.
func (s *Service) UpdateService(ctx context.Context, id ServiceID, etag string, revise func(*Sold) error, options ...mutation.Option) (Sold, error) {
	return mutation.Change(ctx, s.Service, services, id, etag, func(_ context.Context, _ Writer, sold *Sold) error {
		if err := revise(sold); err != nil {
			return err
		}
		v := (&fault.Violations{}).In("service")
		sold.check(v)
		return v.Err()
	}, options...)
}

// DeleteService removes a service that nothing names. Faults: NotFound, Conflict, and FailedPrecondition if
// something names it.
func (s *Service) DeleteService(ctx context.Context, id ServiceID, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, services, id, etag, func(ctx context.Context, w Writer, sold Sold) error {
		if err := unusedService(ctx, w, id); err != nil {
			return err
		}
		return w.DeleteService(ctx, sold)
	}, options...)
}
