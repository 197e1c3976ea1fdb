// Package contract defines a vendor contract as the gateway sees it.
package contract

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Contract describes a vendor's API beyond the messages in its protos.
type Contract struct {
	// Name is the name in the vendor's proto files; "" is the native API.
	Name string
	// Framework is the framework that serves the vendor's API. Contracts may share one.
	Framework *framework.Framework
	// RenderError returns the body of a failure in UTF-8.
	RenderError func(*failure.Failure, wire.Format) ([]byte, error)
	// Challenges are the WWW-Authenticate headers of 401 responses, one for each scheme that is
	// accepted, the usual one first.
	Challenges []string
	// TokenInBody means that requests carry their credentials in the body, or without one in the query,
	// rather than in a header.
	TokenInBody bool
	// Docs describes the contract in the documentation.
	Docs Docs
}

// Docs holds documentation texts of a contract.
type Docs struct {
	// Tag is the name of the group of operations, About its description.
	Tag, About string
	// Error returns the message of an error response, given that of the success response. Nil means
	// the framework's own error.
	Error func(answer protoreflect.MessageDescriptor) protoreflect.MessageDescriptor
}

// Challenges.
const (
	// Basic requests a user name and a password.
	Basic = `Basic realm="continuo", charset="UTF-8"`
	// Bearer requests a token.
	Bearer = `Bearer realm="continuo"` //nolint:gosec // a scheme, not a credential
)
