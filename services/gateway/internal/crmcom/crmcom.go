// Package crmcom renders all failures as CRM.COM does: in the JSON envelope of its responses, with
// a code and a message in the status.
package crmcom

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/strictjson"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Contract is the CRM.COM contract. Most of its requests carry a token in the body, reads in the query.
var Contract = contract.Contract{
	Name:        "crmcom",
	Framework:   &strictjson.Framework,
	RenderError: Render,
	Challenges:  []string{contract.Bearer, contract.Basic},
	TokenInBody: true,
	Docs: contract.Docs{
		Tag:   "CRM.COM",
		About: "The CRM.COM Web API (JSON in an envelope): subscriptions and sessions.",
		Error: func(protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
			return (&crmcomv2.FailureResponse{}).ProtoReflect().Descriptor()
		},
	},
}

// Render returns the body of a failure. The message says what is wrong, and the description lists
// the invalid parameters.
func Render(failed *failure.Failure, _ wire.Format) ([]byte, error) {
	result := &crmcomv2.Status{Code: proto.String(failure.VendorCode(failed.Reason)), Message: proto.String(failed.Message)}
	var texts, paths []string
	for _, field := range failed.Fields {
		texts = append(texts, field.String())
		if path := field.Path(); path != "" {
			paths = append(paths, path)
		}
	}
	if len(texts) > 0 {
		result.Message = proto.String(strings.Join(texts, "; "))
	}
	if len(paths) > 0 {
		result.Description = proto.String(strings.Join(paths, ", "))
	}
	body, err := wire.Append(nil, wire.JSON, &crmcomv2.FailureResponse{Status: result})
	if err != nil {
		return nil, fmt.Errorf("encoding a failure: %w", err)
	}
	return body, nil
}
