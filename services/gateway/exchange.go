package gateway

import (
	"context"
	"strings"

	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/gateway/internal/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// exchange is what is decided about a request before the mux sees it. It rides on the request's context, and on its body,
// because a runtime.Marshaler is given nothing else.
type exchange struct {
	// contract is whose words a failure is told in.
	contract route.Contract
	// route is nil where the request has none.
	route *route.Route
	// pattern names the route in the log.
	pattern string
	// sent is how the request's body is written down, body the body.
	sent aspnet.Body
	body []byte
	// query is the request's query as the transcoder reads it.
	query string
	// answer is how the answer is to be written down.
	answer aspnet.Body
	// refused is why the body does not bind; the generated handlers keep only the text of an error.
	refused *failure.Failure
	// answered is the service's status, where it refused.
	answered *status.Status
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

func exchangeOf(ctx context.Context) *exchange {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return &exchange{contract: route.Framework, answer: aspnet.Body{Format: wire.JSON, MediaType: "application/json", Charset: aspnet.UTF8}}
	}
	return x
}

// failure is what a service's status means to this request's caller.
func (x *exchange) failure(answered *status.Status) *failure.Failure {
	if x.refused != nil {
		return x.refused
	}
	return failure.FromStatus(answered, x.key)
}

// key is the wire's spelling of a field that a service names by its proto path.
func (x *exchange) key(path string) string {
	model := x.route.Model()
	if model == nil {
		return path
	}
	if x.route.Body == "*" {
		return wire.FieldKey(model, path)
	}
	below, inBody := strings.CutPrefix(path, x.route.Body)
	switch {
	case inBody && below == "":
		return failure.ModelKey
	case inBody && below[0] == '.':
		return failure.ModelKey + "." + wire.FieldKey(model, below[1:])
	default:
		return path
	}
}
