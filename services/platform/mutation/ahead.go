package mutation

import "context"

// Announcer is implemented by writers of stores that can send several reads at once.
type Announcer interface {
	// Ahead announces the reads that read makes, in which nothing is found. Those that the mutation makes
	// before it writes then need no further round trip to the store.
	Ahead(ctx context.Context, read func(context.Context))
}

// Ahead announces the reads of a mutation that its request already names. read makes them and ignores what
// they return. They are never needed for the outcome, so it may announce too few or too many.
func Ahead[W Writer](read func(context.Context, W)) Option {
	return func(s *settings) {
		s.ahead = append(s.ahead, func(ctx context.Context, writer any) {
			if w, ok := writer.(W); ok {
				Announce(ctx, w, func(ctx context.Context) { read(ctx, w) })
			}
		})
	}
}

// Announce announces reads within a mutation, like Ahead: those that what was read so far names.
func Announce(ctx context.Context, reader any, read func(context.Context)) {
	if announcer, ok := reader.(Announcer); ok {
		announcer.Ahead(ctx, read)
	}
}
