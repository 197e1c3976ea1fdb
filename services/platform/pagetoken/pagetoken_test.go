package pagetoken_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
)

type place struct {
	Txid, Seq int64
	Code      string
}

// key returns a key function for a fixed secret.
func key(secret string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(secret), nil }
}

func TestTokensAreBoundToKeyAndContext(t *testing.T) {
	here, replica, other := pagetoken.New(key("ours")), pagetoken.New(key("ours")), pagetoken.New(key("theirs"))
	given := place{1 << 62, -1, "RMR-MON/é"}
	token, err := here.Seal(t.Context(), "feed of t", given)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := replica.Seal(t.Context(), "feed of t", given); err != nil || again != token {
		t.Errorf("token of a replica: got %q, %v, want %q", again, err, token)
	}
	if strings.Contains(token, "RMR") || strings.ContainsAny(token, "+/=") {
		t.Errorf("unexpected token %q", token)
	}
	var got place
	if err := replica.Open(t.Context(), "feed of t", token, &got); err != nil || got != given {
		t.Errorf("got position %+v, %v", got, err)
	}
	if err := replica.Open(t.Context(), "feed of t", "", &got); err != nil || got != given {
		t.Errorf("empty token: got position %+v, %v", got, err)
	}
	for name, err := range map[string]error{
		"another store":   other.Open(t.Context(), "feed of t", token, &got),
		"another binding": here.Open(t.Context(), "feed of u", token, &got),
		"a part":          here.Open(t.Context(), "feed of t", token[:8], &got),
		"another place":   here.Open(t.Context(), "feed of t", token, &[]string{}),
	} {
		if refused, _ := fault.As(err); !errors.Is(err, fault.Invalid) || refused.Reason != "INVALID_PAGE_TOKEN" || got != given {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func TestSealErrors(t *testing.T) {
	if _, err := pagetoken.New(key("ours")).Seal(t.Context(), "x", func() {}); err == nil {
		t.Error("a position that JSON cannot represent must be rejected")
	}
	away, keys := errors.New("away"), 0
	sealer := pagetoken.New(func(context.Context) ([]byte, error) {
		if keys++; keys == 1 {
			return nil, away
		}
		return []byte("ours"), nil
	})
	if _, err := sealer.Seal(t.Context(), "x", 1); !errors.Is(err, away) {
		t.Errorf("without a key: %v", err)
	}
	for range 3 {
		if _, err := sealer.Seal(t.Context(), "x", 1); err != nil || keys != 2 {
			t.Errorf("with a key that was read %d times: %v", keys, err)
		}
	}
}

// TestOpenInvertsSealAndRejectsChanges changes arbitrary characters of tokens.
func TestOpenInvertsSealAndRejectsChanges(t *testing.T) {
	sealer := pagetoken.New(key("ours"))
	rapid.Check(t, func(t *rapid.T) {
		given, bound := rapid.String().Draw(t, "place"), rapid.String().Draw(t, "bound")
		token, err := sealer.Seal(t.Context(), bound, given)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := sealer.Open(t.Context(), bound, token, &got); err != nil || got != given {
			t.Fatalf("%q: got %q, %v", given, got, err)
		}
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
		other := rapid.SampledFrom([]string{"A", "B", "_", "-", "+", "\n", "="}).Draw(t, "character")
		if changed := token[:at] + other + token[at+1:]; changed != token {
			if err := sealer.Open(t.Context(), bound, changed, &got); !errors.Is(err, fault.Invalid) {
				t.Fatalf("%q for %q: %v", changed, token, err)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	sealer := pagetoken.New(key("ours"))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("!")
	f.Fuzz(func(t *testing.T, token string) {
		var got place
		if err := sealer.Open(t.Context(), "feed", token, &got); token != "" && !errors.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, %+v", token, err, got)
		}
	})
}
