package rpc

import (
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// ScopeOf returns the scope that a method needs: that of its option, or read for a GET and a preview,
// or write.
func ScopeOf(method protoreflect.MethodDescriptor) auth.Scope {
	option, _ := proto.GetExtension(method.Options(), optionsv1.E_Scope).(optionsv1.Scope)
	switch option {
	case optionsv1.Scope_SCOPE_READ:
		return auth.Read
	case optionsv1.Scope_SCOPE_WRITE:
		return auth.Write
	case optionsv1.Scope_SCOPE_BILL:
		return auth.Bill
	case optionsv1.Scope_SCOPE_ADMIN:
		return auth.Admin
	}
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule.GetGet() != "" || strings.HasPrefix(string(method.Name()), "Preview") {
		return auth.Read
	}
	return auth.Write
}

// scopesOf returns the scopes that the methods of a server need, by `/package.Service/Method`.
// Methods without a descriptor need write.
func scopesOf(services map[string]grpc.ServiceInfo) map[string]auth.Scope {
	needed := map[string]auth.Scope{}
	for service, info := range services {
		found, _ := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
		descriptor, described := found.(protoreflect.ServiceDescriptor)
		for _, method := range info.Methods {
			needs := auth.Write
			if described {
				if of := descriptor.Methods().ByName(protoreflect.Name(method.Name)); of != nil {
					needs = ScopeOf(of)
				}
			}
			needed["/"+service+"/"+method.Name] = needs
		}
	}
	return needed
}

// permit returns a PermissionDenied fault if the caller does not have the scope of the method.
func (c *calls) permit(principal auth.Principal, method string) error {
	needed := c.scopes[method]
	if strings.HasPrefix(method, reflectionMethods) { // for callers of any scope
		return nil
	}
	if principal.Scopes.Permit(c.service, needed) {
		return nil
	}
	return fault.New(fault.PermissionDenied, reason.ScopeMissing, "the credential does not have the scope %s", needed)
}
