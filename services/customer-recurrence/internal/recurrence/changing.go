package recurrence

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Changed is the outcome of asking for a change: the recurrence with the Change that was made, or
// with the one that is scheduled.
type Changed struct {
	Recurrence Recurrence       `json:"recurrence"`
	Change     *Change          `json:"change,omitempty"`
	Scheduled  *ScheduledChange `json:"scheduled,omitempty"`
}

// Ask makes a change now, or schedules it for the period's end. Faults: Invalid, NotFound, Conflict if
// the etag is not the present one, and FailedPrecondition for what the state, the dates, the quote
// or another scheduled change do not allow.
func (s *Service) Ask(ctx context.Context, ask Ask, options ...mutation.Option) (Changed, error) {
	v := &fault.Violations{}
	if v.PlainText("note", ask.Note, MaxNote); v.Err() != nil {
		return Changed{}, v.Err()
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Changed, error) { return s.ask(ctx, w, ask) }, options...)
}

func (s *Service) ask(ctx context.Context, w Writer, ask Ask) (Changed, error) {
	present, err := w.Recurrence(ctx, ask.Key)
	if err != nil {
		return Changed{}, mutation.Explain(err, "recurrence", ask.Key)
	}
	if err := mutation.CheckEtag("recurrence", ask.Key, present, ask.Etag); err != nil {
		return Changed{}, err
	}
	made, quote, err := s.planOf(ctx, w, present, ask)
	if err != nil {
		return Changed{}, err
	}
	if made.atEnd {
		return schedule(ctx, w, present, made, ask.Note, quote)
	}
	after, change, err := made.make(ctx, w, ask.Key, Change{Note: ask.Note, Quote: quote})
	return Changed{Recurrence: after, Change: change}, err
}

// planOf returns the plan that is asked for, with the id of its quote.
func (s *Service) planOf(ctx context.Context, w Writer, present Recurrence, ask Ask) (made plan, quote string, err error) {
	if ask.Quote == "" {
		made, err = newPlan(ctx, w, present, ask.AtEnd, w.Now(), ask.Update, ask.Offer)
		return made, "", err
	}
	var sealed sealedQuote
	if err := s.sealer.Open(ctx, quoteBound(w.Caller().Tenant, ask.Key), ask.Quote, &sealed); err != nil {
		return plan{}, "", fault.InvalidField("quote", reason.InvalidQuote, "is not a quote of recurrence %s", ask.Key)
	}
	made, err = sealed.open(present, w.Now())
	return made, sealed.ID, err
}

// make makes a change now.
func (p plan) make(ctx context.Context, w Writer, key Key, made Change) (after Recurrence, _ *Change, err error) {
	by := settlement{from: p.day, proration: p.proration}
	after, err = change(ctx, w, key, "", by, &made, func(ctx context.Context, w Writer, r *Recurrence) error { return p.apply(ctx, w, r) })
	if err != nil || made.Version == 0 {
		return after, nil, err
	}
	return after, &made, nil
}

// schedule schedules a change.
func schedule(ctx context.Context, w Writer, present Recurrence, made plan, note, quote string) (Changed, error) {
	after := present
	if err := made.apply(ctx, w, &after); err != nil {
		return Changed{}, err
	}
	scheduled := ScheduledChange{
		Customer: present.Customer, Recurrence: present.ID, ID: ScheduledID(id.New()), State: Scheduled, Day: made.day, Wanted: made.wanted,
		Note: note, Quote: quote, Actor: w.Caller().Actor, Version: 1, CreateTime: w.Now(), UpdateTime: w.Now(),
	}
	pending, err := w.ScheduledChanges(ctx, pendingOf(present.Key()))
	if err != nil {
		return Changed{}, err
	}
	if len(pending) > 0 {
		return Changed{}, fault.New(fault.FailedPrecondition, reason.ChangeScheduled,
			"recurrence %s has a change scheduled for %s: withdraw it first", present.Key(), pending[0].Day)
	}
	return Changed{Recurrence: present, Scheduled: &scheduled}, mutation.Explain(w.CreateScheduledChange(ctx, scheduled), "scheduled change", scheduled.Key())
}

// pendingOf returns the query for the change of a recurrence that is scheduled.
func pendingOf(key Key) listing.Query {
	return listing.Query{
		Where: listing.All(listing.Is("customer", key.Customer), listing.Is("recurrence", key.Recurrence), listing.Is("state", string(Scheduled))),
		Limit: 1,
	}
}

var scheduledChanges = mutation.Resource[ScheduledKey, ScheduledChange, Writer]{
	What: "scheduled change", Find: Writer.ScheduledChange, Keep: Writer.UpdateScheduledChange,
}

// Withdraw withdraws a scheduled change. Faults: Invalid, NotFound, Conflict if the etag is not the
// present one, and FailedPrecondition unless it is still scheduled.
func (s *Service) Withdraw(ctx context.Context, key ScheduledKey, etag, note string, options ...mutation.Option) (ScheduledChange, error) {
	v := &fault.Violations{}
	if v.PlainText("note", note, MaxNote); v.Err() != nil {
		return ScheduledChange{}, v.Err()
	}
	return mutation.Change(ctx, s.Service, scheduledChanges, key, etag, func(_ context.Context, _ Writer, change *ScheduledChange) error {
		if change.State != Scheduled {
			return fault.New(fault.FailedPrecondition, reason.NotScheduled, "scheduled change %s is %s: only one that is SCHEDULED can be withdrawn", key, change.State)
		}
		change.State, change.Withdrawal = Withdrawn, note
		return nil
	}, options...)
}

// ScheduledChange returns one scheduled change. Faults: NotFound.
func (s *Service) ScheduledChange(ctx context.Context, key ScheduledKey) (ScheduledChange, error) {
	return mutation.Get(ctx, s.Service, "scheduled change", Reader.ScheduledChange, key)
}

// ScheduledChanges returns the scheduled changes that match a query. Faults: NotFound if the query
// selects a recurrence that does not exist.
func (s *Service) ScheduledChanges(ctx context.Context, query listing.Query) ([]ScheduledChange, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]ScheduledChange, error) {
		if err := CheckSelected(ctx, r, query); err != nil {
			return nil, err
		}
		return r.ScheduledChanges(ctx, query)
	})
}
