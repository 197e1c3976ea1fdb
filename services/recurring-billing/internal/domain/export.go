package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

// exportPage is how many resources an export reads at once.
const exportPage = 1000

// Export gives out all resources of a tenant, each after those it names, all of one snapshot.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, give func(Resource) error) error {
	return s.store.Read(ctx, tenant, func(ctx context.Context, r Reader) error {
		if err := giveEach(ctx, r.Items, func(i Item) ItemID { return i.ID }, give); err != nil {
			return err
		}
		if err := giveEach(ctx, r.BillTos, func(b BillTo) BillToID { return b.ID }, give); err != nil {
			return err
		}
		if err := giveEach(ctx, r.MasterAccounts, func(m MasterAccount) MasterAccountID { return m.ID }, give); err != nil {
			return err
		}
		return giveEach(ctx, r.Lines, func(l Line) LineID { return l.ID }, give)
	})
}

func giveEach[N ~int32, T Resource](ctx context.Context, read func(ctx context.Context, after N, limit int) ([]T, error), number func(T) N, give func(Resource) error) error {
	for after, more := N(0), true; more; {
		list, err := read(ctx, after, exportPage)
		if err != nil {
			return err
		}
		for _, resource := range list {
			if err := give(resource); err != nil {
				return err
			}
			after = number(resource)
		}
		more = len(list) == exportPage
	}
	return nil
}
