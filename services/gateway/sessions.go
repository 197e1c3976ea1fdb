package gateway

import (
	"regexp"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// withSessions is the prefix of the native paths of the service whose own sessions are credentials there.
const withSessions = "/subscription"

// sessionToken matches the value of an Authorization header that may be the token of a session: a random one, or a
// JWT whose header begins like those of sessions.
var sessionToken = regexp.MustCompile(`^(?i:bearer) ([0-9A-F]{32}|eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImtpZCI6[\w.-]+)$`)

// checkedByService reports whether only the service can check the credential of a request: the token of a
// session, which no authenticator of the configuration knows.
func checkedByService(operation *route.Route, credential string) bool {
	return operation.Contract == "" && operation.Prefix == withSessions && sessionToken.MatchString(credential)
}
