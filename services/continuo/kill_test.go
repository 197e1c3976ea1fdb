package continuo_test

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestKillLeavesBooksThatAddUp kills everything at random moments while callers of every service make and change
// resources through both faces and others follow the changes, and then holds the books to what all of them were told.
func TestKillLeavesBooksThatAddUp(t *testing.T) {
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
