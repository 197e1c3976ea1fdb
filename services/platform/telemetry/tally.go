package telemetry

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// tallyInterval is the time between two lines of a Tally.
const tallyInterval = 10 * time.Second

// Tally counts events that an overload makes numerous, and logs one line with the counts of each ten
// seconds in which there were any. It is safe for concurrent use.
type Tally struct {
	logger  *slog.Logger
	message string

	mu     sync.Mutex
	counts map[string]int64
}

// NewTally returns a tally that logs its counts at the level warn, with a message.
func NewTally(logger *slog.Logger, message string) *Tally {
	return &Tally{logger: logger, message: message}
}

// Count counts an event of a kind.
func (t *Tally) Count(kind string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
		time.AfterFunc(tallyInterval, t.log)
	}
	t.counts[kind]++
}

// log logs the counts and begins again.
func (t *Tally) log() {
	t.mu.Lock()
	counts := t.counts
	t.counts = nil
	t.mu.Unlock()
	attrs := []slog.Attr{slog.Duration("within", tallyInterval)}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		attrs = append(attrs, slog.Int64(kind, counts[kind]))
	}
	t.logger.LogAttrs(context.Background(), slog.LevelWarn, t.message, attrs...)
}
