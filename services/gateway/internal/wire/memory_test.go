package wire_test

import (
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// boundBodies are bodies of up to a megabyte that bind.
func boundBodies() []hostileBody {
	const size = 1 << 20
	fill := func(before, part, after string) string { return before + strings.Repeat(part, size/len(part)) + after }
	const member, element = `{"service_id":"S-1","transaction_limit":2,"value":"some value","serviceid_ext":"E-1"},`,
		`<ServicesModel><service_id>S-1</service_id><transaction_limit>2</transaction_limit></ServicesModel>`
	return []hostileBody{
		{"services in JSON", wire.JSON, fill(`{"recurrence":{"services":[`, member, `{}]}}`)},
		{"services in XML", wire.XML, fill("<UpgradeDowngradeCrmModelApi><recurrence><services>", element, "</services></recurrence></UpgradeDowngradeCrmModelApi>")},
		{"empty services in JSON", wire.JSON, `{"recurrence":{"services":[` + strings.Repeat("{},", 65_000) + `{}]}}`},
		{"empty installed items in JSON", wire.JSON, `{"installed_items_set":[` + strings.Repeat("{},", 65_000) + `{}]}`},
		{"empty services in XML", wire.XML, `<UpgradeDowngradeCrmModelApi><recurrence><services>` + strings.Repeat("<ServicesModel/>", 65_000) +
			`</services></recurrence></UpgradeDowngradeCrmModelApi>`},
		{"a long text in a form", wire.Form, "recurrence[name]=" + strings.Repeat("a+", size/2)},
	}
}

// TestReadingTakesBoundedMemory measures what reading a body allocates, which bounds what it holds at
// any moment, and compares it with what is reserved for it.
func TestReadingTakesBoundedMemory(t *testing.T) {
	for _, c := range append(hostileBodies(), boundBodies()...) {
		for _, model := range []proto.Message{upgrade(), &crmcomv2.UpdateSubscriptionRequest{}} {
			if c.format != wire.JSON && model.ProtoReflect().Descriptor().ParentFile().Package() == "crmcom.v2" {
				continue
			}
			body := []byte(c.body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_ = wire.Read(c.format, body, wire.DefaultLimits, model) // also what does not bind takes memory
			runtime.ReadMemStats(&after)
			took, most := after.TotalAlloc-before.TotalAlloc, wire.Memory(c.format, body)
			t.Logf("%s: %.1f times the body, of %.1f reserved", c.name, float64(took)/float64(len(body)), float64(most)/float64(len(body)))
			if int64(took) > most {
				t.Errorf("%s: reading %d bytes took %d, reserved %d", c.name, len(body), took, most)
			}
		}
	}
}
