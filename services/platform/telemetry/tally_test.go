package telemetry_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// TestTallyLogsOneLineForMany counts many events within one interval and one in a later one.
func TestTallyLogsOneLineForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		tally := telemetry.NewTally(slog.New(slog.NewTextHandler(&lines, nil)), "refused")
		for range 1000 {
			tally.Count("RATE_LIMITED")
		}
		tally.Count("OVERLOADED")
		time.Sleep(time.Minute)
		tally.Count("OVERLOADED")
		time.Sleep(time.Minute)
		synctest.Wait()
		got := strings.Split(strings.TrimSpace(lines.String()), "\n")
		if len(got) != 2 || !strings.Contains(got[0], "OVERLOADED=1 RATE_LIMITED=1000") || !strings.Contains(got[1], "OVERLOADED=1") {
			t.Errorf("got %q", got)
		}
	})
}
