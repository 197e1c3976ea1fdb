// Package reload loads files of settings again while a program runs, such as keys and certificates.
package reload

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// pollInterval is how often the files are looked at. Polling sees every kind of change, also that of
// a symbolic link through which Kubernetes mounts secrets.
const pollInterval = 2 * time.Second

// Watch calls load on SIGHUP, and after one of the files has changed, until ctx ends. It does not call
// it at first. If load fails, the program goes on with what it had, the log says why, and the next
// change or signal tries again. what names the settings in the log.
func Watch(ctx context.Context, logger *slog.Logger, what string, files []string, load func() error) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	seen := stateOf(files)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		case <-ticker.C:
			if slices.Equal(seen, stateOf(files)) {
				continue
			}
		}
		seen = stateOf(files)
		if err := load(); err != nil {
			logger.ErrorContext(ctx, "reloading failed; what was loaded before stays in use", "what", what, "error", err)
			continue
		}
		logger.InfoContext(ctx, "reloaded", "what", what)
	}
}

// fileState is what a change of a file changes. It is zero while there is no such file.
type fileState struct {
	modified time.Time
	size     int64
}

func stateOf(files []string) []fileState {
	states := make([]fileState, len(files))
	for i, name := range files {
		if info, err := os.Stat(name); err == nil {
			states[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return states
}
