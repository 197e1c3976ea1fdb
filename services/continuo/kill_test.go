package continuo_test

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestKillLosesNoAcknowledgedChange kills everything at random times while clients of every service
// create and change resources through native and vendor APIs and others follow the changes. It then
// compares the stores with the responses and the received changes.
func TestKillLosesNoAcknowledgedChange(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			tr := newTraffic(t)
			var followers []*follower
			for service := range collections {
				followers = append(followers, in.follow(t, service))
			}
			for range 3 {
				stop := tr.startAcknowledged(t, in.http)
				time.Sleep(rand.N(250 * time.Millisecond))
				in.kill(t)
				stop()
				in.start(t)
			}
			for _, f := range followers {
				f.check(t)
			}
			tr.check(t, in)
		})
	}
}
