package terms

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// SchemeID identifies a billing term scheme.
type SchemeID string

// Terms are the billing terms of a subscription from one day to another.
type Terms struct {
	// ID is unique within the subscription.
	ID     string   `json:"id"`
	Scheme SchemeID `json:"scheme"`
	// Frequency is how often the subscription is billed, and Every the length of that when it was agreed.
	Frequency Frequency `json:"frequency"`
	Every     Length    `json:"every"`
	// CycleDay is the day of the month on which a cycle begins, 1 to 31, or 0 for the day of the agreement; LastDay is the last day of the month
	// instead.
	CycleDay int  `json:"cycle_day,omitempty"`
	LastDay  bool `json:"last_day,omitempty"`
	// Agreed is the day of the first terms of the subscription that these go back to, Effective the first day of these, and Expired the day
	// on which others took over, or zero.
	Agreed    date.Date `json:"agreed"`
	Effective date.Date `json:"effective"`
	Expired   date.Date `json:"expired,omitzero"`
	// Anchor is the day from which cycles are counted: that of the last terms that set scheme, frequency and day. Zero, as terms of earlier
	// versions have it, is Effective.
	Anchor date.Date `json:"anchor,omitzero"`
	// Renewed lets a binding period be followed by another one of the same length.
	Renewed bool `json:"renewed,omitempty"`
	// Binding is nil for terms that do not bind.
	Binding *Binding `json:"binding,omitempty"`
}

// Binding is a time for which a subscription is bound: from Start until the day before End.
type Binding struct {
	Period BindingPeriod `json:"period"`
	Length Length        `json:"length"`
	Start  date.Date     `json:"start"`
	End    date.Date     `json:"end"`
}

// BindingOn returns the binding that counts on a day: the one that was agreed or, where it is renewed, one that follows it. It is nil
// if the terms do not bind.
func (t Terms) BindingOn(day date.Date) *Binding {
	if t.Binding == nil {
		return nil
	}
	on := *t.Binding
	for times := 1; t.Renewed && on.Length.Positive() && !day.Before(on.End); times++ {
		on.Start, on.End = on.End, on.Length.After(t.Binding.End, times)
	}
	return &on
}

// BoundUntil returns the first day on which the subscription is not bound any more, if it is bound on a day.
func (t Terms) BoundUntil(day date.Date) (until date.Date, bound bool) {
	binding := t.BindingOn(day)
	if binding == nil || day.Before(binding.Start) || !day.Before(binding.End) {
		return date.Date{}, false
	}
	return binding.End, true
}

// clone returns a copy with its own binding.
func (t Terms) clone() Terms {
	if t.Binding != nil {
		binding := *t.Binding
		t.Binding = &binding
	}
	return t
}

// History are the terms of a subscription, one after the other. The last ones count unless they have expired.
type History []Terms

// maxHistory is how many terms a subscription remembers.
const maxHistory = 100

// Present returns the terms in force, or nil.
func (h History) Present() *Terms {
	if len(h) == 0 || !h[len(h)-1].Expired.IsZero() {
		return nil
	}
	return &h[len(h)-1]
}

// With returns the history with new terms, which take over from those in force.
func (h History) With(taking Terms) History {
	after := make(History, len(h), len(h)+1)
	for i := range h {
		after[i] = h[i].clone()
	}
	if present := after.Present(); present != nil {
		present.Expired = taking.Effective
	}
	after = append(after, taking)
	return after[max(0, len(after)-maxHistory):]
}

// BoundSince reports whether the binding in force was in force on a day already, and has not been cancelled since. One that came to its end
// by itself counts.
func (h History) BoundSince(on date.Date) bool {
	present := h.Present()
	if present == nil {
		return false
	}
	if _, bound := present.BoundUntil(on); !bound {
		return false
	}
	for i := 1; i < len(h); i++ {
		if h[i].cancels(h[i-1]) && !h[i].Effective.Before(on) && *h[i].Binding == *present.Binding {
			return false
		}
	}
	return true
}

// BoundBy returns the scheme under which the binding in force on a day was agreed: that of the first terms since which the subscription has been bound
// without a break, as far as they are remembered. ok is false if it is not bound then.
func (h History) BoundBy(on date.Date) (scheme SchemeID, ok bool) {
	present := h.Present()
	if present == nil {
		return "", false
	}
	if _, bound := present.BoundUntil(on); !bound {
		return "", false
	}
	first := len(h) - 1
	for ; first > 0; first-- {
		if _, bound := h[first-1].BoundUntil(h[first].Effective); !bound || h[first].cancels(h[first-1]) {
			break
		}
	}
	return h[first].Scheme, true
}

// cancels reports whether terms have ended the binding of those before them: on their first day, on which that was still in force.
func (t Terms) cancels(before Terms) bool {
	_, bound := before.BoundUntil(t.Effective)
	return bound && t.Binding != nil && t.Binding.End == t.Effective
}

// lastDate is the last day that a date can be.
var lastDate = date.MustNew(9999, time.December, 31)

// Extended returns the history where the binding in force on a day ends so many days later, or on the last day that a date can be.
// One that was cancelled since stays as it is.
func (h History) Extended(days int, on date.Date) History {
	present := h.Present()
	if present == nil {
		return h
	}
	if !h.BoundSince(on) {
		return h
	}
	after := append(History(nil), h...)
	last := present.clone()
	last.Binding = present.BindingOn(on)
	if last.Binding.End = last.Binding.End.AddDays(days); lastDate.Before(last.Binding.End) {
		last.Binding.End = lastDate
	}
	after[len(after)-1] = last
	return after
}
