package lives_test

import (
	"context"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
)

// increaseStore is a memory as the store of increases.
type increaseStore struct {
	storeOf[increase.Reader, increase.Writer]
}

func (s increaseStore) Waiting(context.Context, time.Time) (bool, error) {
	return slices.ContainsFunc(s.increases, func(i increase.Increase) bool { return i.State.InProgress() }), nil
}

func (s increaseStore) Step(ctx context.Context, at time.Time, do func(context.Context, increase.Writer, increase.Increase) error) (bool, error) {
	place := slices.IndexFunc(s.increases, func(i increase.Increase) bool { return i.State.InProgress() })
	if place < 0 {
		return false, nil
	}
	return true, s.Write(ctx, auth.Principal{}, at, func(ctx context.Context, w increase.Writer) error { return do(ctx, w, s.increases[place]) })
}

func (s increaseStore) Follow(auth.Tenant) (news <-chan struct{}, leave func()) {
	return nil, func() {}
}

func (m *memory) CreateIncrease(_ context.Context, i *increase.Increase) error {
	i.ID, i.Version = increase.ID(len(m.increases)+1), 1
	m.increases = append(m.increases, *i)
	return nil
}

func (m *memory) Increase(_ context.Context, id increase.ID) (increase.Increase, error) {
	return m.increases[id-1], nil
}

func (m *memory) HoldIncrease(context.Context, increase.ID) error { return nil }

func (m *memory) UpdateIncrease(_ context.Context, i *increase.Increase) error {
	if err := revise(&i.Revision, &m.increases[i.ID-1].Revision); err != nil {
		return err
	}
	progress := m.increases[i.ID-1].Progress
	m.increases[i.ID-1] = *i
	m.increases[i.ID-1].Progress = progress
	return nil
}

func (m *memory) KeepProgress(_ context.Context, i *increase.Increase) error {
	m.increases[i.ID-1].Progress = i.Progress
	return nil
}

func (m *memory) IncreaseLines(_ context.Context, query listing.Query) (found []increase.Line, _ error) {
	of, _ := listing.Fixed(query.Where, increase.FieldIncrease)
	outcome, chosen := listing.Fixed(query.Where, increase.FieldOutcome)
	for _, l := range m.raised {
		if int64(l.Increase) == of && (!chosen || string(l.Outcome) == outcome) && int64(l.Line) > query.After[0].(int64) && len(found) < query.Limit {
			found = append(found, l)
		}
	}
	return found, nil
}

func (m *memory) NoteLine(_ context.Context, l increase.Line) error {
	m.raised = append(m.raised, l)
	return nil
}

func (m *memory) SettleLine(_ context.Context, l increase.Line) error {
	place := slices.IndexFunc(m.raised, func(r increase.Line) bool { return r.Increase == l.Increase && r.Line == l.Line })
	m.raised[place] = l
	return nil
}
