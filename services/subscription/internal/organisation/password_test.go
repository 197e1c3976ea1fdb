package organisation

import (
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// TestUnknownUserHashTakesAsLong checks that signing in as an unknown user takes as long as with a
// wrong password.
func TestUnknownUserHashTakesAsLong(t *testing.T) {
	passwords := newPasswords()
	service := &Service{passwords: passwords}
	userHash, err := service.HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	for who, hash := range map[string]string{"unknown user": unknownUserHash, "user": userHash} {
		if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != bcrypt.DefaultCost {
			t.Errorf("hash of %s: got cost %d, error %v", who, cost, err)
		}
	}
	for _, test := range []struct {
		hash, password string
		want           bool
	}{{userHash, "right", true}, {userHash, "wrong", false}, {"", "right", false}, {"", "", false}} {
		if got, err := passwords.match(t.Context(), test.hash, test.password); err != nil || got != test.want {
			t.Errorf("password %q, hash %q: got %t, error %v", test.password, test.hash, got, err)
		}
	}
}

func TestNewTokenReturnsUniqueTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := newToken()
		if len(token) != 32 || seen[token] || seen[HashToken(token)] {
			t.Fatalf("got token %q, want 32 digits, unlike any other token or hash", token)
		}
		seen[token], seen[HashToken(token)] = true, true
	}
}
