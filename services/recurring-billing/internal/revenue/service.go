package revenue

import (
	"context"
	"iter"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Service answers queries on recurring revenue.
type Service struct{ store Store }

// NewService returns a service that uses store.
func NewService(store Store) *Service { return &Service{store} }

// Revenue returns a page of the caller's recurring revenue.
func (s *Service) Revenue(ctx context.Context, query Query) (report Report, err error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return Report{}, err
	}
	if query.To < query.From {
		return Report{}, fault.InvalidField("end_month", reason.BeforeStart, "must not lie before start_month")
	}
	query.Tenant = caller.Tenant
	err = s.store.Report(ctx, query, func(progress Progress, waiting bool, counted iter.Seq2[Counted, error]) error {
		report = Report{Progress: progress, Waiting: waiting}
		for row, err := range Rows(counted, query.From, query.To, query.After) {
			if err != nil {
				return err
			}
			if len(report.Rows) == query.Limit {
				report.More = true
				return nil
			}
			report.Rows = append(report.Rows, row)
		}
		return nil
	})
	return report, err
}
