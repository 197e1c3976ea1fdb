package rpc_test

import (
	"os"
	"regexp"
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

// privileged returns the methods that need bill or admin, as the operating guide lists them.
func privileged(t *testing.T) map[string]auth.Scope {
	t.Helper()
	guide, err := os.ReadFile("../../../deploy/README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]auth.Scope{}
	for _, scope := range []auth.Scope{auth.Bill, auth.Admin} {
		list := regexp.MustCompile("(?s)\nMethods that need `" + string(scope) + "`: (.*?)\\.\n").FindSubmatch(guide)
		if list == nil {
			t.Fatalf("the guide does not list the methods that need %s", scope)
		}
		for _, method := range regexp.MustCompile(`\w+`).FindAllString(string(list[1]), -1) {
			listed[method] = scope
		}
	}
	return listed
}

func TestScopeOfEveryMethod(t *testing.T) {
	want := privileged(t)
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
	for _, verb := range []string{"Get", "BatchGet", "List", "Watch", "Search", "Preview", "Sum", "Print", "Export", "Query", "Quote", "Check", "Find", "Explain"} {
		if strings.HasPrefix(method, verb) {
			return true
		}
	}
	return false
}
