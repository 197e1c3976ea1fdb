package mutation

import "context"

// Premise is what a call takes for granted until its first mutation finds out whether it is so, in its own transaction. One goroutine at a time may use it.
type Premise struct {
	check func(ctx context.Context, writer any) error
	// found says that the last attempt of a mutation has found it so, holds that this attempt decided the mutation.
	found, holds bool
}

type premiseKey struct{}

// Presume returns a context with a premise. A mutation first calls check, with its writer: that is one read, which goes with those that the mutation announces
// (see Ahead). If check returns an error, nothing of the mutation runs, and the error is its own. Each attempt of a mutation calls check again, as others may
// have undone what it saw. Once a mutation was decided on the premise, it holds for the rest of the call.
func Presume(ctx context.Context, check func(ctx context.Context, writer any) error) (context.Context, *Premise) {
	premise := &Premise{check: check}
	return context.WithValue(ctx, premiseKey{}, premise), premise
}

// Holds reports whether a mutation was decided on the premise. Until then nobody may learn what the call has read, or why it was refused.
func (p *Premise) Holds() bool { return p.holds }

func premiseOf(ctx context.Context) *Premise {
	premise, _ := ctx.Value(premiseKey{}).(*Premise)
	return premise
}

// find finds out, unless it is known already, whether the premise holds. There may be none.
func (p *Premise) find(ctx context.Context, writer any) error {
	if p == nil || p.holds {
		return nil
	}
	err := p.check(ctx, writer)
	p.found = err == nil
	return err
}

// decided notes that a mutation has ended.
func (p *Premise) decided() {
	if p != nil && p.found {
		p.holds = true
	}
}
