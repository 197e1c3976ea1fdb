package recurrence

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Sealer seals quotes so that nobody else can make or change one.
type Sealer interface {
	Seal(ctx context.Context, bound string, value any) (string, error)
	Open(ctx context.Context, bound, token string, value any) error
}

// Ask asks for a change of a recurrence.
type Ask struct {
	// Update is what is asked for, of which recurrence. It may change only what Wanted holds.
	Update
	// AtEnd asks for the first day after the period instead of today.
	AtEnd bool
	// Note is why, for the Change.
	Note string
	// Offer is what another package brings with it.
	Offer Offer
	// Quote is the quote to take, instead of Revise and AtEnd.
	Quote string
}

// Quote says what a change does, before it is made.
type Quote struct {
	// ID identifies the quote, and Token takes it.
	ID, Token string
	// Expires is when it can no longer be taken.
	Expires time.Time
	// Day is the day from which on it counts.
	Day date.Date
	// Difference is between what is contracted and what would be.
	Difference Difference
	// Lines are what is credited and charged.
	Lines []Line
}

// sealedQuote is what the token of a quote holds.
type sealedQuote struct {
	ID      string    `json:"id"`
	Version Version   `json:"version"`
	Expires time.Time `json:"expires"`
	Wanted  Wanted    `json:"wanted"`
	Day     date.Date `json:"day"`
	AtEnd   bool      `json:"at_end,omitempty"`
	// Proration is the rule that the quote was made by; empty in quotes from before it was kept.
	Proration settings.Proration `json:"proration,omitempty"`
}

// MaxQuote is the maximum length of a quote's token in bytes.
const MaxQuote = 1 << 20

// quoteBound binds the token of a quote to its recurrence.
func quoteBound(tenant auth.Tenant, key Key) string {
	return "recurrence quote\n" + string(tenant) + "\n" + string(key.Customer) + "\n" + string(key.Recurrence)
}

// Quote says what a change would do, as of now, and changes nothing. Faults: those of Change.
func (s *Service) Quote(ctx context.Context, ask Ask) (Quote, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return Quote{}, err
	}
	now := s.Clock.Now().UTC().Truncate(time.Microsecond)
	var sealed sealedQuote
	quote, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (quote Quote, err error) {
		quote, sealed, err = ask.quote(ctx, r, now)
		return quote, err
	})
	if err != nil {
		return Quote{}, err
	}
	if quote.Token, err = s.sealer.Seal(ctx, quoteBound(caller.Tenant, ask.Key), sealed); err != nil {
		return Quote{}, err
	}
	if len(quote.Token) > MaxQuote {
		return Quote{}, fault.InvalidField("recurrence.services", reason.TooLong, "must be fewer or shorter for a quote: make the change without one")
	}
	return quote, nil
}

func (a Ask) quote(ctx context.Context, r Reader, now time.Time) (quote Quote, sealed sealedQuote, err error) {
	present, err := r.Recurrence(ctx, a.Key)
	if err != nil {
		return quote, sealed, mutation.Explain(err, "recurrence", a.Key)
	}
	if err := mutation.CheckEtag("recurrence", a.Key, present, a.Etag); err != nil {
		return quote, sealed, err
	}
	made, err := newPlan(ctx, r, present, a.AtEnd, now, a.Update, a.Offer)
	if err != nil {
		return quote, sealed, err
	}
	own, err := r.Settings(ctx)
	if err != nil {
		return quote, sealed, err
	}
	after := present
	if err := made.apply(ctx, r, &after); err != nil {
		return quote, sealed, err
	}
	quote = Quote{ID: id.New(), Expires: now.Add(own.QuoteValidity), Day: made.day}
	if quote.Difference, err = Compare(present, after); err != nil {
		return quote, sealed, err
	}
	if quote.Lines, err = settle(present, after, made.day, own.Proration); err != nil {
		return quote, sealed, err
	}
	sealed = sealedQuote{
		ID: quote.ID, Version: present.Version, Expires: quote.Expires, Wanted: made.wanted, Day: made.day, AtEnd: made.atEnd, Proration: own.Proration,
	}
	return quote, sealed, nil
}

// open returns the plan of a quote that can still be taken. It is made as it was quoted, whatever the
// catalogue and the settings say meanwhile.
func (q sealedQuote) open(present Recurrence, now time.Time) (plan, error) {
	switch {
	case !now.Before(q.Expires):
		return plan{}, fault.New(fault.FailedPrecondition, reason.QuoteExpired, "the quote could be taken until %s: ask for another", q.Expires.Format(time.RFC3339))
	case present.Version != q.Version:
		return plan{}, fault.New(fault.FailedPrecondition, reason.QuoteOutdated, "recurrence %s has changed since the quote: ask for another", present.Key())
	}
	return plan{wanted: q.Wanted, day: q.Day, atEnd: q.AtEnd, quoted: true, proration: q.Proration}, nil
}
