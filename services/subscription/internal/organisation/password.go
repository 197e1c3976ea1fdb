package organisation

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// LongestPassword is the maximum length in bytes that bcrypt accepts.
const LongestPassword = 72

// unknownUserHash is compared when the user does not exist, so that the response takes equally long. It is
// the hash of a discarded random password, with the same cost as all others.
const unknownUserHash = "$2a$10$jXelKjZaPnu8TtawST3lh.vv8bnDsSbHx0ekzgaOk2VFIjZD8wILC"

// passwords hashes and compares passwords with bcrypt. All callers share its small pool.
type passwords struct{ pool *pool }

func newPasswords() *passwords { return &passwords{pool: newPool()} }

// match reports whether hash is a hash of password. An empty hash matches nothing.
func (p *passwords) match(ctx context.Context, hash, password string) (bool, error) {
	done, err := p.pool.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	err = bcrypt.CompareHashAndPassword([]byte(cmp.Or(hash, unknownUserHash)), []byte(password))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) || errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return hash != "", nil
}

// hash returns the hash of a password to be stored. Errors are faults on field.
func (p *passwords) hash(ctx context.Context, field, password string) (string, error) {
	if password == "" {
		return "", fault.Required(field)
	}
	if len(password) > LongestPassword {
		return "", fault.InvalidField(field, reason.TooLong, "must have at most %d bytes", LongestPassword)
	}
	done, err := p.pool.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return string(hash), nil
}
