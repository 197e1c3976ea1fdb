package organisation

import (
	"fmt"
	"testing"

	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

func TestSessionsThatWereReadLatelyAreBounded(t *testing.T) {
	var kept lately
	key := func(n int) resource.Key { return resource.Key{Name: resource.KeyToken, Value: fmt.Sprint(n)} }
	holds := func(when string, from, to int) {
		t.Helper()
		for n := range 4 * mostLately {
			if got, want := kept.find(key(n)) != nil, n >= from && n < to; got != want {
				t.Fatalf("%s: holds session %d: %t, want %t", when, n, got, want)
			}
		}
	}
	for n := range 2 * mostLately {
		kept.keep(key(n), &Located{})
	}
	holds("two full generations", 0, 2*mostLately)
	again := &Located{}
	if kept.keep(key(2*mostLately-1), again); kept.find(key(2*mostLately-1)) != again {
		t.Error("a session that is read again stays as it was")
	}
	holds("one of them read again", 0, 2*mostLately)
	kept.keep(key(2*mostLately), again)
	holds("one more", mostLately, 2*mostLately+1)
	for _, n := range []int{mostLately, 2 * mostLately} {
		if kept.forget(key(n)); kept.find(key(n)) != nil {
			t.Errorf("holds session %d, which it should forget", n)
		}
	}
	holds("one forgotten of each generation", mostLately+1, 2*mostLately)
	kept.keep(key(2*mostLately), again)
	holds("one read again", mostLately+1, 2*mostLately+1)
}
