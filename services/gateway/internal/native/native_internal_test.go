package native

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

func updateItem(t testing.TB) *route.Route {
	t.Helper()
	routes, err := route.FromService("continuo.recurringbilling.v1.ItemService", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range routes {
		if candidate.HTTPMethod == "PATCH" {
			return candidate
		}
	}
	t.Fatal("items have no PATCH")
	return nil
}

// FuzzSentMask checks that every body that binds gets a mask or is refused, and that the mask names
// every field that the body gives a value, except for those that updates ignore.
func FuzzSentMask(f *testing.F) {
	asked := updateItem(f)
	f.Add([]byte(`{"taxable":false,"defaultRate":{"units":"1"},"etag":"x"}`))
	f.Add([]byte("\uFEFF{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		mask, refused := sentMask(asked, body)
		var item recurringbillingv1.Item
		if err := protojson.Unmarshal(withoutMark(body), &item); err != nil {
			return // binding refuses it
		}
		if mask == "" && refused == nil {
			t.Fatalf("%q binds, and has no mask", body)
		}
		names := "," + mask + ","
		for name, given := range map[string]bool{
			"taxable": item.GetTaxable(), "description": item.GetDescription() != "", "number": item.GetNumber() != 0, "default_rate": item.GetDefaultRate() != nil,
		} {
			if given && !strings.Contains(names, ","+name+",") {
				t.Errorf("%q: the mask %s lacks %s", body, mask, name)
			}
		}
	})
}

// FuzzSpelling checks that paths of any form are spelt without end or panic, and keep subscripts.
func FuzzSpelling(f *testing.F) {
	request := updateItem(f).RPC.Input()
	f.Add(`item.default_rate["a_b\"]"].x[0]`)
	f.Fuzz(func(t *testing.T, path string) {
		spelled := jsonPath(request, path)
		if !strings.ContainsAny(path, "_") && spelled != path && !strings.HasSuffix(path, ".") {
			t.Errorf("%q became %q", path, spelled)
		}
		if len(spelled) > len(path) {
			t.Errorf("%q grew to %q", path, spelled)
		}
	})
}
