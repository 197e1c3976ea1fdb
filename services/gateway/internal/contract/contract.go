// Package contract says what a vendor's contract is to the gateway: a value with a name, which the vendor's proto files name.
package contract

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Contract is what callers of a vendor's API rely on, beside the messages that its protos describe.
type Contract struct {
	// Name is the one in the vendor's proto files; "" is the native API.
	Name string
	// Framework is what serves the vendor's API. Several contracts may share one.
	Framework *framework.Framework
	// RenderError is the body of a failure, in UTF-8.
	RenderError func(*failure.Failure, wire.Format) ([]byte, error)
	// Challenge is the WWW-Authenticate header that a 401 is answered with.
	Challenge string
	// Docs is what documentation says of the contract.
	Docs Docs
}

// Docs is what documentation says of a contract.
type Docs struct {
	// Tag names the group of its operations, and About describes the group.
	Tag, About string
	// TokenInBody says that requests carry their credentials in the body, not in a header.
	TokenInBody bool
	// Error is the message that a failure is told in, given that of the operation's success. Nil: the framework's own error.
	Error func(answer protoreflect.MessageDescriptor) protoreflect.MessageDescriptor
}

// The challenges.
const (
	// Basic asks for a name and a password.
	Basic = `Basic realm="continuo", charset="UTF-8"`
	// Bearer asks for a token.
	Bearer = `Bearer realm="continuo"` //nolint:gosec // a scheme, not a credential
)
