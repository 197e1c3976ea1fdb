package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	// The resources of the services, for reading lines.
	_ "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
)

// Names of the services, in the order of an export.
const (
	CustomerRecurrence = "customer-recurrence"
	Subscription       = "subscription"
	RecurringBilling   = "recurring-billing"
)

// Names lists all services.
var Names = []string{CustomerRecurrence, Subscription, RecurringBilling}

// packages maps the proto packages to their services.
var packages = map[string]string{
	"continuo.customerrecurrence.v1": CustomerRecurrence,
	"continuo.subscription.v1":       Subscription,
	"continuo.recurringbilling.v1":   RecurringBilling,
}

// Target is a service to import into or export from.
type Target struct {
	// Service is the service's name.
	Service string
	// Connection is a connection to the service.
	Connection grpc.ClientConnInterface
	// Key is the caller's key, or empty for none.
	Key string
}

func (t Target) client() transferv1.TransferServiceClient {
	return transferv1.NewTransferServiceClient(t.Connection)
}

func (t Target) authorized(ctx context.Context) context.Context {
	if t.Key == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+t.Key)
}

// parse parses a line and returns the resource and its service, or the reject.
func parse(line []byte) (*anypb.Any, string, *Reject) {
	resource := &anypb.Any{}
	err := protojson.Unmarshal(line, resource)
	if err == nil {
		if service, known := owner(resource.GetTypeUrl()); known {
			return resource, service, nil
		}
		return nil, "", unknown(resource.GetTypeUrl())
	}
	var typed struct {
		Type string `json:"@type"`
	}
	if json.Unmarshal(line, &typed) == nil && typed.Type != "" {
		if _, known := owner(typed.Type); !known {
			return nil, "", unknown(typed.Type)
		}
	}
	return nil, "", &Reject{Reason: reason.MalformedRow, Message: err.Error()}
}

// owner returns the service of a resource type.
func owner(typeURL string) (service string, known bool) {
	name := typeURL[strings.LastIndexByte(typeURL, '/')+1:]
	service, known = packages[name[:max(0, strings.LastIndexByte(name, '.'))]]
	return service, known
}

func unknown(typeURL string) *Reject {
	return &Reject{Reason: reason.UnknownResource, Message: fmt.Sprintf("%q is not a resource type of any service", typeURL)}
}
