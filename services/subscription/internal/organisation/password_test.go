package organisation

import (
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// TestNobodysPasswordTakesAsLong keeps an unknown user's answer from coming sooner than a wrong password's.
func TestNobodysPasswordTakesAsLong(t *testing.T) {
	passwords := newPasswords()
	service := &Service{passwords: passwords}
	somebodys, err := service.HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	for who, hash := range map[string]string{"nobody": nobodys, "somebody": somebodys} {
		if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != bcrypt.DefaultCost {
			t.Errorf("%s's hash has the cost %d, %v", who, cost, err)
		}
	}
	for _, test := range []struct {
		hash, password string
		want           bool
	}{{somebodys, "right", true}, {somebodys, "wrong", false}, {"", "right", false}, {"", "", false}} {
		if got, err := passwords.match(t.Context(), test.hash, test.password); err != nil || got != test.want {
			t.Errorf("password %q of hash %q: %t, %v", test.password, test.hash, got, err)
		}
	}
}

func TestTokensAreNeverTheSame(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := newToken()
		if len(token) != 32 || seen[token] || seen[HashToken(token)] {
			t.Fatalf("token %q", token)
		}
		seen[token], seen[HashToken(token)] = true, true
	}
}
