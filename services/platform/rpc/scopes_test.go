package rpc_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// privileged are the methods that need bill or admin. A new method that needs them is added here.
var privileged = map[auth.Scope][]string{
	auth.Bill: {
		"UpdateBillingProfile", "UpdateBillingSchedule", "CreateCreditNote", "CreateCycleRun", "CancelCycleRun", "FinalizeCycleRun",
		"DiscardCycleRun", "VoidCycleRun", "FinalizeInvoice", "DeleteInvoice", "VoidInvoice",
	},
	auth.Admin: {
		"CreateUser", "UpdateUser", "DeleteUser", "SetUserPassword", "EndUserSessions", "DeleteSession", "IssueApiKey", "UpdateApiKey",
		"DeleteApiKey", "ImportResources", "ExportResources", "CreateWebhookEndpoint", "UpdateWebhookEndpoint", "DeleteWebhookEndpoint",
		"RotateWebhookSecret", "PingWebhookEndpoint", "ReplayWebhookEndpoint", "ReplayDeadLetter",
	},
}

func TestScopeOfEveryMethod(t *testing.T) {
	want := map[string]auth.Scope{}
	for scope, methods := range privileged {
		for _, method := range methods {
			want[method] = scope
		}
	}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				method := methods.Get(j)
				if !strings.HasPrefix(string(method.FullName()), "continuo.") {
					continue
				}
				name := string(method.Name())
				expected, found := want[name]
				switch {
				case found:
				case reads(name):
					expected = auth.Read
				default:
					expected = auth.Write
				}
				if got := rpc.ScopeOf(method); got != expected {
					t.Errorf("%s: got %s, want %s", method.FullName(), got, expected)
				}
				delete(want, name)
			}
		}
		return true
	})
	for name := range want {
		t.Errorf("there is no method %s", name)
	}
}

func reads(method string) bool {
	for _, verb := range []string{"Get", "BatchGet", "List", "Watch", "Search", "Preview", "Sum", "Print", "Export", "Query"} {
		if strings.HasPrefix(method, verb) {
			return true
		}
	}
	return false
}
