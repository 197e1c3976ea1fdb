package gateway

import (
	"strings"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/platform/auth"
)

// challenges returns the WWW-Authenticate headers of a contract's 401 responses: those whose scheme the
// authenticator accepts. Credentials of a contract that has them in the body do not depend on it.
func challenges(of *contract.Contract, by auth.Authenticator) []string {
	if of.TokenInBody {
		return of.Challenges
	}
	var accepted []string
	for _, challenge := range of.Challenges {
		if scheme, _, _ := strings.Cut(challenge, " "); auth.Accepts(by, scheme) {
			accepted = append(accepted, challenge)
		}
	}
	return accepted
}
