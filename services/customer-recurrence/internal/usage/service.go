package usage

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service offers the operations on usage. Its errors are faults or errors of the store. If it returns
// an error, nothing was changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New returns a service on a store that takes the time from clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// GetAlert returns one alert. Faults: NotFound.
func (s *Service) GetAlert(ctx context.Context, key AlertKey) (Alert, error) {
	return mutation.Get(ctx, s.Service, "usage alert", Reader.Alert, key)
}

// ListAlerts returns the alerts that match a query. Faults: NotFound if the query selects a recurrence
// that does not exist.
func (s *Service) ListAlerts(ctx context.Context, query listing.Query) ([]Alert, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Alert, error) {
		if err := recurrence.CheckSelected(ctx, r, query); err != nil {
			return nil, err
		}
		return r.Alerts(ctx, query)
	})
}
