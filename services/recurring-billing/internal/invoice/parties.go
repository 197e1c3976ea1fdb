package invoice

import (
	"context"
	"errors"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// PartyReader reads the parties of many invoices at once.
type PartyReader interface {
	// BillTosOf returns the bill-tos with the given numbers, in any order. Numbers that do not exist
	// are left out.
	BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error)
	// FormerBillTosOf and FormerProfiles return what documents issued earlier show, the oldest of
	// each bill-to first.
	FormerBillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]FormerBillTo, error)
	FormerProfiles(ctx context.Context) ([]FormerProfile, error)
}

// partiesOf returns the parties of each invoice, as they were when it was issued.
func partiesOf(ctx context.Context, r DocumentReader, tenant auth.Tenant, invoices []Invoice) ([]Parties, error) {
	if len(invoices) == 0 {
		return nil, nil
	}
	present, err := profileOf(ctx, r, tenant, Issued{})
	if err != nil {
		return nil, err
	}
	profiles, err := r.FormerProfiles(ctx)
	if err != nil {
		return nil, err
	}
	billTos, formers, err := billTosOf(ctx, r, invoices)
	if err != nil {
		return nil, err
	}
	parties := make([]Parties, len(invoices))
	for i := range invoices {
		inv, p := &invoices[i], &parties[i]
		p.Seller, p.BillTo = present, billTos[inv.BillTo]
		if inv.Number == 0 {
			continue // a draft shows what holds now
		}
		shows := func(last Issued) bool { return last.Invoice >= inv.Number }
		if at := slices.IndexFunc(profiles, func(f FormerProfile) bool { return shows(f.Last) }); at >= 0 {
			p.Seller = profiles[at].Profile
			if p.Seller.Unset() {
				p.Seller.DisplayName = string(tenant)
			}
		}
		of := formers[inv.BillTo]
		if at := slices.IndexFunc(of, func(f FormerBillTo) bool { return shows(f.Last) }); at >= 0 {
			p.BillTo.DisplayName, p.BillTo.Address = of[at].DisplayName, of[at].Address
		}
	}
	return parties, nil
}

// billTosOf returns the bill-tos of invoices, and what they were before.
func billTosOf(ctx context.Context, r PartyReader, invoices []Invoice) (map[catalogue.BillToID]catalogue.BillTo, map[catalogue.BillToID][]FormerBillTo, error) {
	ids := make([]catalogue.BillToID, len(invoices))
	for i := range invoices {
		ids[i] = invoices[i].BillTo
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := r.BillTosOf(ctx, ids)
	former, formerErr := r.FormerBillTosOf(ctx, ids)
	if err := errors.Join(err, formerErr); err != nil {
		return nil, nil, err
	}
	billTos, formers := map[catalogue.BillToID]catalogue.BillTo{}, map[catalogue.BillToID][]FormerBillTo{}
	for _, billTo := range found {
		billTos[billTo.ID] = billTo
	}
	for _, f := range former {
		formers[f.BillTo] = append(formers[f.BillTo], f)
	}
	for _, id := range ids {
		if _, known := billTos[id]; !known {
			return nil, nil, mutation.ErrNotFound
		}
	}
	return billTos, formers, nil
}
