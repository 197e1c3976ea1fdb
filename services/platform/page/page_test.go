package page_test

import (
	"errors"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/page"
)

func TestATokenCarriesItsCursorAndNothingElseIsAToken(t *testing.T) {
	type cursor struct{ Code string }
	token, err := page.Encode(cursor{"RMR-MON/é"})
	if err != nil {
		t.Fatal(err)
	}
	var got cursor
	if err := page.Decode(token, &got); err != nil || got.Code != "RMR-MON/é" {
		t.Errorf("cursor came back as %+v (%v)", got, err)
	}
	if err := page.Decode("", &got); err != nil || got.Code != "RMR-MON/é" {
		t.Errorf("an empty token changed the cursor: %+v (%v)", got, err)
	}
	for _, wrong := range []string{"%", "x", token[1:]} {
		if err := page.Decode(wrong, &got); !errors.Is(err, fault.Invalid) {
			t.Errorf("token %q: %v", wrong, err)
		}
	}
}

func TestPageSizesAreBounded(t *testing.T) {
	for requested, want := range map[int32]int{0: page.DefaultSize, -3: page.DefaultSize, 1: 1, 1000: 1000, 1001: page.MaxSize} {
		if got := page.Size(requested); got != want {
			t.Errorf("page size %d becomes %d, want %d", requested, got, want)
		}
	}
}
